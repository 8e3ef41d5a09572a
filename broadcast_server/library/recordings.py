"""Recordings: sound with a title, ready to be put into programmes."""

from __future__ import annotations

import uuid
from typing import cast

from sqlalchemy import Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from typing_extensions import TypedDict

from audio_library.content import ContentId
from audio_library.sound import Intake, Kind
from broadcast_server.people.naming import full_names
from broadcast_server.problem import Problem, not_found
from broadcast_server.store.library import IntakeRow, RecordingRow
from broadcast_server.store.orders import OrderRow, SpokenRow, TemplateRow
from broadcast_server.store.programmes import ProgrammeItemRow, ProgrammeRow
from speaker_client.protocol.ids import DAY, Micros

STATION = "(station)"
"""Who made what no person made; no login name looks like this."""
KEPT_US = 30 * DAY
"""How long the sound of a deleted recording stays: longer than any plan that may still name it."""
SPOKEN_KEPT_US = 400 * DAY
"""How long what was spoken for an order stays: as long as the log may be asked what it was, a year and a month."""


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
        source_id=intake.source_id,
        cuts=intake.cuts,
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
    coming = TemplateRow.coming["recording"].as_string()
    templates = select(TemplateRow.title).where(or_(TemplateRow.recording_id == row.id, coming == row.id))
    if titles := [*await session.scalars(users.distinct()), *await session.scalars(templates)]:
        names = ", ".join(titles)[:200]
        vi, en = f"Bản ghi đang được dùng trong: {names}.", f"This recording is used in: {names}."
        raise Problem(409, "recording_in_use", vi, en)
    row.deleted_us = now_us


async def forgotten(session: AsyncSession, now_us: Micros) -> set[ContentId]:
    """Contents that only recordings deleted long ago, and orders that were over even longer ago, still name."""
    deleted = RecordingRow.deleted_us <= now_us - KEPT_US
    over = OrderRow.until_us <= now_us - SPOKEN_KEPT_US
    queries = (
        select(RecordingRow.content, deleted),
        select(RecordingRow.original, deleted),
        select(SpokenRow.content, over).join(OrderRow, OrderRow.id == SpokenRow.order_id),
    )
    named = [(ContentId(name), bool(gone)) for query in queries for name, gone in await session.execute(query)]
    return {name for name, gone in named if gone} - {name for name, gone in named if not gone}


class CutJson(TypedDict):
    """A stretch that was kept, in the time of what was left before it, and how long it rises and falls."""

    from_us: int
    to_us: int
    fade_in_us: int
    fade_out_us: int


class RecordingJson(TypedDict):
    """A recording. `content`, `original`: SHA-256 of the sound as it is broadcast, and as it came; sizes in bytes.

    `voice`: the engine that spoke it, null for a recording. `source_id`: the recording from whose original it was cut.
    """

    id: str
    title: str
    kind: Kind
    duration_us: int
    size: int
    content: str
    original: str
    original_name: str
    original_size: int
    loudness_before_lufs: float
    loudness_lufs: float
    true_peak_dbtp: float
    voice: str | None
    source_id: str | None
    cuts: list[CutJson] | None
    made_by: str
    made_us: int


class WholeRecordingJson(RecordingJson):
    """A recording with its waveform (1,000 values from 0 to 255) and, if it was spoken, its text. `by`: who made it, by
    the full name if they have one; null for what no person made."""

    peaks: list[int]
    text: str | None
    by: str | None


def recording_json(row: RecordingRow) -> RecordingJson:
    """The recording as the API shows it."""
    return {
        "id": row.id,
        "title": row.title,
        "kind": cast(Kind, row.kind),
        "duration_us": row.duration_us,
        "size": row.size,
        "content": row.content,
        "original": row.original,
        "original_name": row.original_name,
        "original_size": row.original_size,
        "loudness_before_lufs": row.loudness_before_lufs,
        "loudness_lufs": row.loudness_lufs,
        "true_peak_dbtp": row.true_peak_dbtp,
        "voice": row.voice,
        "source_id": row.source_id,
        "cuts": row.cuts,
        "made_by": row.made_by,
        "made_us": row.made_us,
    }


async def whole_recording_json(session: AsyncSession, row: RecordingRow) -> WholeRecordingJson:
    """The same with the waveform, the text and its maker's full name."""
    people = await full_names(session, row.station_id, [row.made_by])
    by = None if row.made_by == STATION else people.get(row.made_by, row.made_by)
    return {**recording_json(row), "peaks": row.peaks, "text": row.text, "by": by}
