"""Notices of which a person says all but the blanks: what is to be recorded, what was, and whether it is wanted."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from audio_library.refusal import Refusal
from audio_library.room import is_full
from audio_library.speech import Manner, Recorded
from audio_library.speech.notices import NOTICES, example
from audio_library.speech.parts import PARTS, Part
from audio_library.speech.reciting import Recitals
from audio_library.speech.taking import Taken
from broadcast_server.ballast import DiskFull
from broadcast_server.clock import Clock
from broadcast_server.local_time import local
from broadcast_server.people.audit import record
from broadcast_server.previewing import Preview, Previewing
from broadcast_server.problem import Problem, not_found
from broadcast_server.pronouncing import Pronouncing
from broadcast_server.store.base import Database
from broadcast_server.take_desk import take_recorded
from speaker_client.protocol.ids import StationId


@dataclass(frozen=True)
class Recital:
    """The parts of a notice, whether there is a take of each, and whether the notice is to be heard with them."""

    parts: tuple[tuple[Part, bool], ...]
    chosen: bool


class Reciting:
    """Keeps the takes of parts. A notice is recited only as long as what somebody chose is what would be heard."""

    def __init__(
        self, database: Database, clock: Clock, station: StationId, zone: str, pronouncing: Pronouncing,
        recitals: Recitals, previewing: Previewing,
    ) -> None:  # fmt: skip
        """`previewing` recites whatever is recorded, chosen or not."""
        self._database, self._clock, self._station, self._zone = database, clock, station, zone
        self._pronouncing, self._recitals, self._previewing = pronouncing, recitals, previewing
        self._changing = asyncio.Lock()

    async def show(self, notice: str) -> Recital:
        """How it stands. Problem 404."""
        _check(notice)
        return await asyncio.to_thread(self._read, notice)

    async def take(self, notice: str, number: int, sound: bytes, anyway: bool, by: str) -> Taken:
        """Look at what was recorded of a part and keep it if it is good, or `anyway`. Problem 404 and those of
        `take_recorded`. With another take a machine says the whole notice, until that is chosen anew."""
        part = _part(notice, number)
        async with self._changing:
            taken = await take_recorded(self._recitals.takes.folder, part, sound, anyway)
            if taken.kept:
                await asyncio.to_thread(self._recitals.choose, notice, None)
                await self._note("notice.take", part.key, by)
        return taken

    async def forget(self, notice: str, number: int, by: str) -> None:
        """Take it out; a machine says the whole notice, until that is chosen anew. Problem 404."""
        part = _part(notice, number)
        async with self._changing:
            await self.sound(notice, number)
            await asyncio.to_thread(self._recitals.choose, notice, None)
            await asyncio.to_thread(self._recitals.takes.remove, part)
            await self._note("notice.remove", part.key, by)

    async def sound(self, notice: str, number: int) -> Path:
        """The take's WAV file. Problem 404."""
        place = self._recitals.takes.place(_part(notice, number))
        if not await asyncio.to_thread(place.exists):
            raise _no_take()
        return place

    async def choose(self, notice: str, wanted: bool, by: str) -> Recital:
        """Have it recited from now on, or not. Problem 404, 409 `parts_missing`, 507."""
        _check(notice)
        async with self._changing:
            if wanted:
                await self._check_complete(notice)
            try:
                await asyncio.to_thread(self._recitals.choose, notice, self._pronouncing.voice() if wanted else None)
            except OSError as error:
                if is_full(error):
                    raise DiskFull from error
                raise
            await self._note("notice.recite" if wanted else "notice.read", notice, by)
        return await self.show(notice)

    async def sample(self, notice: str) -> Preview:
        """How it would be heard, filled in with something. Problem 404, 409 `parts_missing`, 503
        `speech_unavailable`."""
        _check(notice)
        await self._check_complete(notice)
        text = example(NOTICES[notice], local(self._zone, self._clock.now_us()).date())
        made = await self._previewing.speak(text, Manner(self._pronouncing.voice()))
        if made.engine.split("+")[0] != Recorded.name:
            refusal = Refusal("speech_unavailable")
            raise Problem(503, refusal.code, refusal.vi, refusal.en)
        return made

    def _read(self, notice: str) -> Recital:
        held = self._recitals.held(notice)
        return Recital(
            tuple((one, one in held) for one in PARTS[notice]), self._recitals.chosen(notice, self._pronouncing.voice())
        )

    async def _check_complete(self, notice: str) -> None:
        if not await asyncio.to_thread(self._recitals.complete, notice):
            vi, en = "Mẫu này chưa ghi đủ các đoạn.", "Not all parts of this notice are recorded yet."
            raise Problem(409, "parts_missing", vi, en)

    async def _note(self, action: str, subject: str, by: str) -> None:
        async with self._database.transaction() as session:
            record(session, self._station, self._clock.now_us(), by, action, subject)


def _check(notice: str) -> None:
    if notice not in NOTICES:
        raise not_found("mẫu thông báo này", "notice")


def _part(notice: str, number: int) -> Part:
    _check(notice)
    if not 0 < number <= len(PARTS[notice]):
        raise _no_take()
    return PARTS[notice][number - 1]


def _no_take() -> Problem:
    return not_found("đoạn này của mẫu", "part of this notice")
