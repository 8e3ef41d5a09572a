"""A lane takes what was received, one at a time, and makes recordings of it. Uploads and texts have a lane each,
so that an announcement never waits behind somebody's two-hour upload."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

from audio_library.refusal import Refusal
from audio_library.sound import Intake, Kind
from audio_library.speech.port import OWN_PACE, Manner, Voice
from audio_library.worker import IntakeBroke
from broadcast_server.clock import Clock
from broadcast_server.library import intakes, recordings
from broadcast_server.library.incoming import Incoming
from broadcast_server.library.intakes import State
from broadcast_server.store.base import Database
from broadcast_server.store.library import IntakeRow

log = logging.getLogger(__name__)

WRITE_EVERY_S = 1.0
"""Progress is written down no oftener."""
LOOK_EVERY_S = 60.0
"""How long a lane sleeps if nobody rings."""

Progress = Callable[[str, int], None]
Cuts = Sequence[Mapping[str, int]]
"""Cuts of the audio library, one after the other, on their wire."""
AfterReady = Callable[[str], Awaitable[None]]
"""Told the id of an intake that has just become ready."""


class Workshop(Protocol):
    """Makes broadcast sound, away from this process."""

    def voice(self) -> Voice:
        """Who says a text that names no other voice."""

    async def take_in(self, file: Path, kind: Kind | None, progress: Progress, cuts: Cuts = ()) -> Intake:
        """The upload, or what the cuts leave of it, as content in the store; Refusal or IntakeBroke otherwise."""

    async def speak(self, text: str, target: Path, times: int | None, manner: Manner) -> str:
        """Write the spoken text to `target`: bare, or so many times between chimes. Returns the voice's engine.

        Refusal or IntakeBroke otherwise.
        """


class Lane:
    """One worker of the library."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        station_id: str,
        incoming: Incoming,
        workshop: Workshop,
        texts: bool,
        after_ready: AfterReady,
    ) -> None:
        self._database, self._clock, self._station_id = database, clock, station_id
        self._incoming, self._workshop, self._texts = incoming, workshop, texts
        self._after_ready = after_ready
        self.bell = asyncio.Event()

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            self.bell.clear()
            while intake := await self._next():
                await self._work(intake)
            await _ring_or_timeout(self.bell, LOOK_EVERY_S)

    async def _next(self) -> IntakeRow | None:
        async with self._database.transaction() as session:
            row = await session.scalar(intakes.waiting(self._station_id, self._texts).limit(1))
            if row is not None:
                intakes.begin(row)
            return row

    async def _work(self, intake: IntakeRow) -> None:
        try:
            sound, voice = await self._make(intake)
        except Refusal as refusal:
            log.info("intake %s is refused: %s %s", intake.id, refusal.code, refusal.detail)
            sentences = {"code": refusal.code, "vi": refusal.vi, "en": refusal.en}
            await self._close(intake.id, lambda row: intakes.end(row, State.REFUSED, refusal=sentences))
        except (IntakeBroke, OSError) as error:  # a disk that is full after all ends the intake, never the server
            log.error("intake %s broke off: %s", intake.id, error)
            await self._close(intake.id, intakes.give_back)
        else:
            await self._keep(intake, sound, voice)

    async def _make(self, intake: IntakeRow) -> tuple[Intake, str | None]:
        voice, source = None, self._incoming.path(intake.id)
        async with _diary(self._database, intake.id) as note:
            if intake.text is not None:
                note("speak", 0)
                source, wish = self._incoming.spoken(intake.id), intake.announce or intake.manner or {}
                said_as = tuple((written, said) for written, said in wish.get("said_as", ()))
                accent, pace = wish.get("voice") or self._workshop.voice(), wish.get("pace", OWN_PACE)
                of_alarm = intake.made_by == recordings.STATION
                manner = Manner(accent, pace, said_as, by_machine=of_alarm, words=wish.get("words"))
                voice = await self._workshop.speak(intake.text, source, wish.get("times"), manner)
            return await self._workshop.take_in(source, kind_said(intake.kind), note, intake.cuts or ()), voice

    async def _keep(self, intake: IntakeRow, sound: Intake, voice: str | None) -> None:
        async with self._database.transaction() as session:
            row = await intakes.find(session, self._station_id, intake.id)
            recording = recordings.keep(session, row, sound, voice, self._clock.now_us())
            intakes.end(row, State.READY, recording_id=recording.id)
        await self._after_ready(intake.id)
        self._incoming.remove(intake.id)

    async def _close(self, intake_id: str, how: Callable[[IntakeRow], None]) -> None:
        async with self._database.transaction() as session:
            row = await intakes.find(session, self._station_id, intake_id)
            how(row)
        if row.state not in intakes.OPEN:
            self._incoming.remove(intake_id)


@asynccontextmanager
async def _diary(database: Database, intake_id: str) -> AsyncIterator[Progress]:
    """Writes progress down now and then; the newest word wins."""
    newest: asyncio.Queue[tuple[str, int]] = asyncio.LifoQueue()
    writing = asyncio.create_task(_write_down(database, intake_id, newest))
    try:
        yield lambda step, permille: newest.put_nowait((step, permille))
    finally:
        writing.cancel()
        await asyncio.wait([writing])
    if not writing.cancelled():
        writing.result()


async def _write_down(database: Database, intake_id: str, newest: asyncio.Queue[tuple[str, int]]) -> None:
    while True:
        step, permille = await newest.get()
        while not newest.empty():
            newest.get_nowait()
        async with database.transaction() as session:
            row = await session.get_one(IntakeRow, intake_id)
            row.step, row.permille = step, min(permille, 999)
        await asyncio.sleep(WRITE_EVERY_S)


def kind_said(text: str | None) -> Kind | None:
    """The kind that somebody named; None if nobody did."""
    return "music" if text == "music" else "speech" if text == "speech" else None


async def _ring_or_timeout(bell: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await bell.wait()
    except TimeoutError:
        return
