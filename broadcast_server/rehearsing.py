"""What an announcement would come to, without speaking or planning it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from sqlalchemy.ext.asyncio import AsyncSession

from audio_library.content import ContentId
from audio_library.speech.length import spoken_s
from audio_library.speech.port import Manner
from broadcast_server.announcing import programme_of, rule_of, start_of
from broadcast_server.clash import Clash, clashes
from broadcast_server.clock import Clock
from broadcast_server.framing import framed
from broadcast_server.hushing import check_change
from broadcast_server.library import recordings
from broadcast_server.library.reception import LONGEST_TITLE, Reception, title_of
from broadcast_server.programmes.reading import read_programme, read_rule
from broadcast_server.programmes.rows import item_of
from broadcast_server.programmes.timetable import Timetable, read_timetable
from broadcast_server.pronouncing import Pronouncing
from broadcast_server.schedule.programme import Item
from broadcast_server.schedule.wall_clock import local_day
from broadcast_server.store.base import Database
from broadcast_server.wording import clean_line
from speaker_client.protocol.ids import SECOND, ClusterId, LoudspeakerNumber, Micros, ProgrammeId, RuleId, StationId

PAUSE_US = 1_200_000
CHIMES_US = 4_900_000
_REHEARSED = ProgrammeId("rehearsed")


@dataclass(frozen=True)
class Wish:
    """A text or a recording of the library, so many times; where; when, or as soon as is safe."""

    text: str | None
    recording: str | None
    title: str
    targets: tuple[str, ...]
    at_us: int | None
    times: int
    manner: Manner = field(default_factory=Manner)
    """Of a text."""


@dataclass(frozen=True)
class Rehearsal:
    """It would begin at about `start_us` and last `duration_us` (of a text: estimated), there, and clash with these."""

    title: str
    start_us: int
    duration_us: int
    reach: dict[ClusterId, tuple[LoudspeakerNumber, ...]]
    clashes: tuple[Clash, ...]


class Rehearsing:
    """Tries announcements out."""

    def __init__(
        self, database: Database, clock: Clock, station: StationId, zone: str, pronouncing: Pronouncing
    ) -> None:
        self._database, self._clock, self._station, self._zone = database, clock, station, zone
        self._pronouncing = pronouncing

    async def rehearse(self, wish: Wish, reception: Reception) -> Rehearsal:
        """What would become of it. The Problems with which it would be refused."""
        now = self._clock.now_us()
        async with self._database.reading() as session:
            title, sounds = await self._sounds(session, wish, reception)
            before = await read_timetable(session, self._station)
        start_us = start_of(wish.at_us, now, now)
        after = self._with(before, title, sounds, wish.targets, start_us, now)
        check_change(before, after, now)
        reach = before.station.reach(after.schedule.programmes[_REHEARSED].targets)
        told = {cluster: tuple(sorted(numbers)) for cluster, numbers in reach.items()}
        length_us = sum(one.duration_us for one in sounds)
        return Rehearsal(title, start_us, length_us, told, clashes(before, after, now))

    async def _sounds(self, session: AsyncSession, wish: Wish, reception: Reception) -> tuple[str, list[Item]]:
        if wish.recording is None:
            text = reception.check_text(wish.text or "")
            said = self._pronouncing.reader(wish.manner.said_as)(text, wish.manner.voice).text
            once_us = round(spoken_s(said, wish.manner.voice, wish.manner.pace) * SECOND)
            length_us = CHIMES_US + wish.times * (PAUSE_US + once_us)
            return title_of(wish.title, text), [Item(ContentId("0" * 64), length_us, 0)]
        row = await recordings.find(session, self._station, wish.recording)
        names = await framed(session, self._station, wish.recording, wish.times)
        sounds = [item_of(await recordings.find(session, self._station, name)) for name in names]
        return clean_line(wish.title, LONGEST_TITLE) or row.title, sounds

    def _with(
        self, before: Timetable, title: str, sounds: list[Item], targets: tuple[str, ...], start_us: Micros, now: Micros
    ) -> Timetable:
        library = {str(place): sound for place, sound in enumerate(sounds)}
        draft = programme_of(title, list(library), targets)
        programme = replace(read_programme(draft, _REHEARSED, library, before.station), made_us=now)
        today = local_day(self._zone, now)
        rule = read_rule(rule_of(self._zone, start_us), RuleId(_REHEARSED), _REHEARSED, self._zone, today, now)
        programmes = {**before.schedule.programmes, _REHEARSED: programme}
        return replace(
            before, schedule=replace(before.schedule, programmes=programmes, rules=(*before.schedule.rules, rule))
        )
