"""The library over HTTP: upload as a raw body, follow the intake, list, listen, rename, delete."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query, Request
from fastapi.responses import FileResponse
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select

from audio_library.content import ContentId
from audio_library.cutting import Cut
from audio_library.sound import Kind
from audio_library.speech.port import OWN_PACE, Manner, Pace, Voice
from broadcast_server.api.access import Right, User, allow
from broadcast_server.api.byte_range import PlayerDep
from broadcast_server.api.dependencies import StationDep
from broadcast_server.api.formulae import Worded, called
from broadcast_server.api.router import SOUND, ItemsJson, Router
from broadcast_server.library import intakes, recordings
from broadcast_server.library.intakes import IntakeJson
from broadcast_server.library.reception import LONGEST_TITLE
from broadcast_server.library.recordings import RecordingJson, WholeRecordingJson
from broadcast_server.people.audit import record
from broadcast_server.store.library import IntakeRow, RecordingRow
from broadcast_server.wording import clean_line

router = Router(prefix="/api/v1/library", tags=["library"])
Viewer = Annotated[User, Depends(allow(Right.VIEW))]
Librarian = Annotated[User, Depends(allow(Right.LIBRARY))]
LAST_INTAKES = 50
LONGEST_MS = 24 * 3_600_000
ANY_SIZE = 1 << 40
"""Uploads are bounded by the reception, which says so in words."""


class NewText(Worded):
    """A text to be spoken and kept."""

    model_config = ConfigDict(frozen=True)
    text: str = Field(max_length=20_000)
    title: str = Field(default="", max_length=LONGEST_TITLE)
    voice: Voice | None = None
    """The station's own if none is named."""
    pace: Pace = OWN_PACE
    """Of the voice, in hundredths of its own."""


class NewTitle(BaseModel):
    """What a recording is to be called."""

    model_config = ConfigDict(frozen=True)
    title: str = Field(min_length=1, max_length=LONGEST_TITLE)


class NewCut(BaseModel):
    """A stretch of a recording, in its own time, and how long it rises at the start and falls at the end."""

    model_config = ConfigDict(frozen=True)
    from_ms: int = Field(ge=0, le=LONGEST_MS)
    to_ms: int = Field(ge=0, le=LONGEST_MS)
    fade_in_ms: int = Field(default=0, ge=0, le=LONGEST_MS)
    fade_out_ms: int = Field(default=0, ge=0, le=LONGEST_MS)
    title: str = Field(default="", max_length=LONGEST_TITLE)


@router.post("/uploads", status_code=202, max_body_size=ANY_SIZE)
async def upload(
    request: Request,
    user: Librarian,
    station: StationDep,
    name: Annotated[str, Query(max_length=500)] = "",
    title: Annotated[str, Query(max_length=LONGEST_TITLE)] = "",
    kind: Kind | None = None,
) -> IntakeJson:
    """Send a sound file as the raw body. The answer means: it is on disk; follow the intake until it is ready."""
    declared = request.headers.get("content-length", "")
    size = int(declared) if declared.isdigit() else None
    intake = await station.reception.take_upload(name, title, kind, size, request.stream(), user.name)
    return intakes.intake_json(intake)


@router.get("/uploads")
async def list_uploads(_user: Viewer, station: StationDep) -> ItemsJson[IntakeJson]:
    """The last intakes, newest first."""
    query = select(IntakeRow).where(IntakeRow.station_id == station.station_id, IntakeRow.made_by != recordings.STATION)
    async with station.database.reading() as session:
        rows = await session.scalars(query.order_by(IntakeRow.made_us.desc()).limit(LAST_INTAKES))
        return {"items": [intakes.intake_json(row) for row in rows]}


@router.get("/uploads/{intake_id}")
async def follow_upload(intake_id: str, _user: Viewer, station: StationDep) -> IntakeJson:
    """How far it has come (`permille`), and at the end its `recording_id` or its `refusal`."""
    async with station.database.reading() as session:
        return intakes.intake_json(await intakes.find(session, station.station_id, intake_id))


@router.post("/texts", status_code=202)
async def speak(new: NewText, user: Librarian, station: StationDep) -> IntakeJson:
    """Have a text spoken and kept as a recording."""
    manner = Manner(new.voice or station.pronouncing.voice(), new.pace)
    text, title = new.given(new.text), called(new.title, new.text)
    return intakes.intake_json(await station.reception.take_text(text, title, None, user.name, manner=manner))


@router.get("")
async def list_recordings(
    _user: Viewer, station: StationDep, q: Annotated[str, Query(max_length=LONGEST_TITLE)] = ""
) -> ItemsJson[RecordingJson]:
    """The recordings, newest first; `q` searches their titles."""
    query = recordings.ours(station.station_id).order_by(RecordingRow.made_us.desc())
    wanted = clean_line(q, LONGEST_TITLE).casefold()
    async with station.database.reading() as session:
        rows = [row for row in await session.scalars(query) if wanted in row.title.casefold()]
    return {"items": [recordings.recording_json(row) for row in rows]}


@router.get("/{recording_id}")
async def show_recording(recording_id: str, _user: Viewer, station: StationDep) -> WholeRecordingJson:
    """One recording with its waveform (`peaks`: 1,000 values from 0 to 255)."""
    async with station.database.reading() as session:
        row = await recordings.find(session, station.station_id, recording_id)
        return await recordings.whole_recording_json(session, row)


@router.get("/{recording_id}/audio")
async def listen(
    recording_id: str, _user: Viewer, station: StationDep, player: PlayerDep
) -> Annotated[FileResponse, SOUND]:
    """The sound as it will be broadcast, Ogg Opus; one range is served, so that it can be played from anywhere."""
    async with station.database.reading() as session:
        row = await recordings.find(session, station.station_id, recording_id)
    return player.serve(station, ContentId(row.content), row.id)


@router.post("/{recording_id}/cuts", status_code=202)
async def cut_out(recording_id: str, new: NewCut, user: Librarian, station: StationDep) -> IntakeJson:
    """Make a new recording of a stretch of this one, cut to 10 ms from the original it was made of; this one stays.

    Follow the intake, as that of an upload; the new recording names this one as its `source_id`.
    """
    cut = Cut(*(value * 1000 for value in (new.from_ms, new.to_ms, new.fade_in_ms, new.fade_out_ms)))
    return intakes.intake_json(await station.reception.take_cut(recording_id, cut, new.title, user.name))


@router.patch("/{recording_id}")
async def rename(recording_id: str, new: NewTitle, user: Librarian, station: StationDep) -> RecordingJson:
    """Give it another title; what has been planned keeps the old one."""
    async with station.database.transaction() as session:
        row = await recordings.find(session, station.station_id, recording_id)
        row.title = clean_line(new.title, LONGEST_TITLE) or row.title
        record(
            session, station.station_id, station.clock.now_us(), user.name, "recording.rename", row.id, title=row.title
        )
    return recordings.recording_json(row)


@router.delete("/{recording_id}", status_code=204)
async def delete(recording_id: str, user: Librarian, station: StationDep) -> None:
    """Take it out of the library, unless a programme uses it."""
    now_us = station.clock.now_us()
    async with station.database.transaction() as session:
        row = await recordings.find(session, station.station_id, recording_id)
        await recordings.delete(session, row, now_us)
        record(session, station.station_id, now_us, user.name, "recording.delete", row.id, title=row.title)
