"""Recordings: sound with a title, ready to be put into programmes."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from audio_library.content import ContentId
from audio_library.sound import Intake
from broadcast_server.problem import Problem, not_found
from broadcast_server.store.library import IntakeRow, RecordingRow
from broadcast_server.store.orders import TemplateRow
from broadcast_server.store.programmes import ProgrammeItemRow, ProgrammeRow
from speaker_client.protocol.ids import DAY, Micros

STATION = "(station)"
"""Who made what no person made; no login name looks like this."""
KEPT_US = 30 * DAY
"""How long the sound of a deleted recording stays: longer than any plan that may still name it."""


def living(station_id: str) -> Select[RecordingRow]:
    """The recordings that are not deleted."""
    return select(RecordingRow).where(RecordingRow.station_id == station_id, RecordingRow.deleted_us.is_(None))


async def find(session: AsyncSession, station_id: str, recording_id: str) -> RecordingRow:
    """The recording, or Problem 404."""
    row = await session.scalar(living(station_id).where(RecordingRow.id == recording_id))
    if row is None:
        raise not_found("bản ghi này", "recording")
    return row


def keep(session: AsyncSession, intake: IntakeRow, sound: Intake, voice: str | None, now_us: Micros) -> RecordingRow:
    """The recording that an intake became."""
    row = RecordingRow(
        id=uuid.uuid4().hex,
        station_id=intake.station_id,
        title=intake.title,
        content=sound.content,
        size=sound.size,
        duration_us=sound.duration_us,
        original=sound.original,
        original_size=sound.original_size,
        original_name=intake.original_name,
        kind=sound.kind,
        loudness_before_lufs=sound.loudness_before_lufs,
        loudness_lufs=sound.loudness_lufs,
        true_peak_dbtp=sound.true_peak_dbtp,
        peaks=list(sound.peaks),
        voice=voice,
        text=intake.text,
        made_by=intake.made_by,
        made_us=now_us,
    )
    session.add(row)
    return row


def ours(station_id: str) -> Select[RecordingRow]:
    """The living recordings that people made: those of the emergency templates are shown with the templates."""
    return living(station_id).where(RecordingRow.made_by != STATION)


async def delete(session: AsyncSession, row: RecordingRow, now_us: Micros) -> None:
    """Take it out of the library; Problem 409 while a programme uses it."""
    users = (
        select(ProgrammeRow.title)
        .join(ProgrammeItemRow, ProgrammeItemRow.programme_id == ProgrammeRow.id)
        .where(ProgrammeItemRow.recording_id == row.id, ProgrammeRow.deleted_us.is_(None))
    )
    templates = select(TemplateRow.title).where(TemplateRow.recording_id == row.id)
    if titles := [*await session.scalars(users.distinct()), *await session.scalars(templates)]:
        names = ", ".join(titles)[:200]
        vi, en = f"Bản ghi đang được dùng trong: {names}.", f"This recording is used in: {names}."
        raise Problem(409, "recording_in_use", vi, en)
    row.deleted_us = now_us


async def forgotten(session: AsyncSession, now_us: Micros) -> set[ContentId]:
    """Contents that only recordings deleted long ago still name."""
    gone = RecordingRow.deleted_us <= now_us - KEPT_US
    old = (await session.execute(select(RecordingRow.content, RecordingRow.original).where(gone))).all()
    needed = RecordingRow.deleted_us.is_(None) | (RecordingRow.deleted_us > now_us - KEPT_US)
    used = (await session.execute(select(RecordingRow.content, RecordingRow.original).where(needed))).all()
    return {ContentId(name) for pair in old for name in pair} - {ContentId(name) for pair in used for name in pair}


def recording_json(row: RecordingRow, whole: bool = False) -> dict[str, Any]:
    """The recording as the API shows it; `whole` adds the waveform and the text."""
    names = ("id", "title", "kind", "duration_us", "size", "content", "original", "original_name", "original_size")
    levels = ("loudness_before_lufs", "loudness_lufs", "true_peak_dbtp", "voice", "made_by", "made_us")
    more = ("peaks", "text") if whole else ()
    return {name: getattr(row, name) for name in names + levels + more}
