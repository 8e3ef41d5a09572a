"""Intakes: what was received, kept as rows so that no restart forgets one."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from typing_extensions import TypedDict

from audio_library.sound import Kind
from broadcast_server.problem import not_found
from broadcast_server.store.library import IntakeRow, RecordingRow
from speaker_client.protocol.ids import Micros

MOST_ATTEMPTS = 3

LOST = {
    "code": "upload_lost",
    "vi": "Tệp này không còn trên máy chủ. Hãy gửi lại.",
    "en": "This file is no longer on the server. Send it again.",
}


class State(StrEnum):
    """Where an intake stands; the last three are for good."""

    RECEIVED = "received"
    WORKING = "working"
    READY = "ready"
    REFUSED = "refused"
    FAILED = "failed"


OPEN = (State.RECEIVED.value, State.WORKING.value)
FAILURE = {
    "code": "intake_failed",
    "vi": "Máy chủ không xử lý được tệp này. Hãy thử lại hoặc báo kỹ thuật viên.",
    "en": "The server could not work on this file. Try again or tell the technician.",
}


def new_intake(station_id: str, title: str, made_by: str, now_us: Micros) -> IntakeRow:
    """An intake that was just received."""
    row = IntakeRow(id=uuid.uuid4().hex, station_id=station_id, state=State.RECEIVED.value, title=title)
    row.original_name, row.made_by, row.made_us = "", made_by, now_us
    return row


async def find(session: AsyncSession, station_id: str, intake_id: str) -> IntakeRow:
    """The intake, or Problem 404."""
    row = await session.get(IntakeRow, intake_id)
    if row is None or row.station_id != station_id:
        raise not_found("tệp tải lên này", "upload")
    return row


def waiting(station_id: str, texts: bool) -> Select[IntakeRow]:
    """Texts, or uploads, that nobody works on yet, oldest first."""
    of_kind = IntakeRow.text.is_not(None) if texts else IntakeRow.text.is_(None)
    query = select(IntakeRow).where(IntakeRow.station_id == station_id, IntakeRow.state == State.RECEIVED.value)
    return query.where(of_kind).order_by(IntakeRow.made_us, IntakeRow.id)


async def recover(session: AsyncSession, station_id: str, held: Callable[[str], bool]) -> list[str]:
    """After a start: what was being worked on waits again; an upload whose file is not `held` has failed.

    Returns the ids of all that are open.
    """
    query = select(IntakeRow).where(IntakeRow.station_id == station_id, IntakeRow.state.in_(OPEN))
    rows = (await session.scalars(query)).all()
    for row in rows:
        if row.text is None and not held(row.id):
            end(row, State.FAILED, refusal=LOST)
        elif row.state == State.WORKING:
            give_back(row)
    return [row.id for row in rows if row.state == State.RECEIVED.value]


async def titles(session: AsyncSession, station_id: str) -> set[str]:
    """What living recordings, and those that are being made, are called."""
    living = RecordingRow.deleted_us.is_(None)
    kept = await session.scalars(select(RecordingRow.title).where(RecordingRow.station_id == station_id, living))
    coming = IntakeRow.state.in_(OPEN)
    made = await session.scalars(select(IntakeRow.title).where(IntakeRow.station_id == station_id, coming))
    return {*kept, *made}


def unfinished(station_id: str) -> Select[str]:
    """The ids of those that wait or are worked on."""
    return select(IntakeRow.id).where(IntakeRow.station_id == station_id, IntakeRow.state.in_(OPEN))


def unannounced(station_id: str) -> Select[str]:
    """Ids of announcements that are ready to be heard but not scheduled yet."""
    query = select(IntakeRow.id).where(IntakeRow.station_id == station_id, IntakeRow.state == State.READY.value)
    return query.where(IntakeRow.announce.is_not(None), IntakeRow.programme_id.is_(None))


def begin(row: IntakeRow) -> None:
    """Work starts."""
    row.state, row.step, row.permille = State.WORKING.value, "probe", 0
    row.attempts = row.attempts + 1


def give_back(row: IntakeRow) -> None:
    """Work broke off through no fault that we know of: try again, but not for ever."""
    if row.attempts >= MOST_ATTEMPTS:
        end(row, State.FAILED, refusal=FAILURE)
    else:
        row.state, row.step, row.permille = State.RECEIVED.value, "received", 0


def end(row: IntakeRow, state: State, recording_id: str | None = None, refusal: dict[str, Any] | None = None) -> None:
    """It ends here, one way or the other."""
    row.state, row.step, row.permille = state.value, state.value, 1000
    row.recording_id, row.refusal = recording_id, refusal


class RefusalJson(TypedDict):
    """Why something is refused, in a stable code and a sentence in both languages."""

    code: str
    vi: str
    en: str


class IntakeJson(TypedDict):
    """An upload or a text on its way to a recording, `permille` of which is done; `step` is for the eye.

    `size`: bytes received, 0 for a text. `text` null: an upload. `source_id`: what it is cut from.
    At the end it has its `recording_id` or its `refusal`; `programme_id`: what an announcement became.
    """

    id: str
    state: State
    step: str
    permille: int
    title: str
    original_name: str
    size: int
    kind: Kind | None
    text: str | None
    source_id: str | None
    recording_id: str | None
    programme_id: str | None
    refusal: RefusalJson | None
    made_by: str
    made_us: int


def intake_json(row: IntakeRow) -> IntakeJson:
    """The intake as the API shows it."""
    return {
        "id": row.id,
        "state": State(row.state),
        "step": row.step,
        "permille": row.permille,
        "title": row.title,
        "original_name": row.original_name,
        "size": row.size,
        "kind": cast(Kind | None, row.kind),
        "text": row.text,
        "source_id": row.source_id,
        "recording_id": row.recording_id,
        "programme_id": row.programme_id,
        "refusal": cast(RefusalJson | None, row.refusal),
        "made_by": row.made_by,
        "made_us": row.made_us,
    }
