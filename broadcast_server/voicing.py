"""A person's own voice for the station: which phrases are to be recorded, what was, and which texts they cover."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from sqlalchemy import select

from audio_library.refusal import Refusal
from audio_library.speech import Voice
from audio_library.speech.fallback import words_of
from audio_library.speech.phrases import Group, Phrase, listing, place_phrase
from audio_library.speech.recorded import lacking
from audio_library.speech.regions import region_of
from audio_library.speech.takes import MOST, Takes
from audio_library.speech.taking import Taken
from broadcast_server.clock import Clock
from broadcast_server.library.incoming import refused
from broadcast_server.local_time import local
from broadcast_server.people.audit import record
from broadcast_server.problem import Problem, not_found
from broadcast_server.pronouncing import Pronouncing
from broadcast_server.store.base import Database
from broadcast_server.store.station import VillageRow
from broadcast_server.take_desk import take_recorded
from speaker_client.protocol.ids import StationId

OWN: Final = "own"
Kind = Group | Literal["own"]


@dataclass(frozen=True)
class Standing:
    """A phrase of the list, or one that somebody added, and whether there is a take of it."""

    kind: Kind
    phrase: Phrase
    held: bool


class Voicing:
    """Keeps the takes of the person who speaks for the station, in `folder`; their accent is that of `region`.
    `chosen`: the station has their voice among its own."""

    def __init__(
        self, database: Database, clock: Clock, station: StationId, zone: str, pronouncing: Pronouncing, folder: Path,
        region: Voice, chosen: bool,
    ) -> None:  # fmt: skip
        self._database, self._clock, self._station, self._zone = database, clock, station, zone
        self._pronouncing, self._takes, self.region = pronouncing, Takes(folder), region
        self._taking, self._chosen = asyncio.Lock(), chosen

    async def all(self) -> list[Standing]:
        """The whole list in its order, then what was recorded beside it."""
        year = local(self._zone, self._clock.now_us()).year
        numbers = self._pronouncing.accent.numbers or region_of(self.region)
        listed = listing(year, numbers, await self._places())
        held = dict.fromkeys(await asyncio.to_thread(self._takes.held))
        told = [Standing(one.group, one.phrase, one.phrase in held) for one in listed]
        known = {one.phrase for one in listed}
        return told + [Standing(OWN, phrase, True) for phrase in held if phrase not in known]

    async def take(self, key: str, sound: bytes, anyway: bool, by: str) -> Taken:
        """Look at what was recorded and keep it if it is good, or `anyway`. Problem 404, 409 `voice_full`, 422 with the
        code of the Refusal, 500 `intake_failed`, 507."""
        phrase = _phrase(key)
        async with self._taking:
            held = await asyncio.to_thread(self._takes.held)
            if len(held) >= MOST and phrase not in held:
                vi, en = f"Đài giữ nhiều nhất {MOST} câu ghi sẵn.", f"The station keeps {MOST} phrases at most."
                raise Problem(409, "voice_full", vi, en)
            taken = await take_recorded(self._takes.folder, phrase, sound, anyway)
            if taken.kept:
                await self._note("voice.take", phrase, by)
        return taken

    async def forget(self, key: str, by: str) -> None:
        """Take it out: other voices say it again. Problem 404."""
        phrase = _phrase(key)
        async with self._taking:
            try:
                await asyncio.to_thread(self._takes.remove, phrase)
            except FileNotFoundError as error:
                raise _no_phrase() from error
            await self._note("voice.remove", phrase, by)

    async def sound(self, key: str) -> Path:
        """The take's WAV file. Problem 404."""
        place = self._takes.place(_phrase(key))
        if not await asyncio.to_thread(place.exists):
            raise _no_phrase()
        return place

    async def missing(self, text: str) -> list[str]:
        """What would have to be recorded so that the text is said in this voice. Problem 422 if nothing of it is."""
        try:
            said = words_of(text, self.region, self._pronouncing.read)
        except Refusal as refusal:
            raise refused(refusal) from refusal
        held = await asyncio.to_thread(self._takes.held)
        return lacking(said, held)

    def is_asked(self) -> bool:
        """Whether the station's texts are given to this voice at all, unless they name another."""
        return self._chosen and self._pronouncing.voice() == self.region

    async def _places(self) -> list[Phrase]:
        """The villages' names, those that are single phrases."""
        query = select(VillageRow.name).filter_by(station_id=self._station, deleted_us=None).order_by(VillageRow.name)
        async with self._database.reading() as session:
            names = list(await session.scalars(query))
        phrases = (place_phrase(self._pronouncing.read(name, self.region).text) for name in names)
        return [phrase for phrase in phrases if phrase is not None]

    async def _note(self, action: str, phrase: Phrase, by: str) -> None:
        async with self._database.transaction() as session:
            record(session, self._station, self._clock.now_us(), by, action, phrase.key)


def _phrase(key: str) -> Phrase:
    try:
        return Phrase.of(key)
    except ValueError as error:
        raise _no_phrase() from error


def _no_phrase() -> Problem:
    return not_found("câu này", "phrase")
