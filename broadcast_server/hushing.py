"""Quiet hours are kept: what would be heard in them is refused, and what was there before they were set is named."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import time

from sqlalchemy.ext.asyncio import AsyncSession

from broadcast_server.clash import LOOK_AHEAD_US, changed_rules, windows
from broadcast_server.clock import Clock
from broadcast_server.people.audit import record
from broadcast_server.problem import Problem
from broadcast_server.programmes.reading import read_time
from broadcast_server.programmes.timetable import Timetable, read_quiet, read_timetable, write_quiet
from broadcast_server.schedule.occurrence import Window
from broadcast_server.schedule.quiet_hours import LONGEST_US, Breach, QuietHours, breaches
from broadcast_server.schedule.rule import Rule
from broadcast_server.schedule.wall_clock import wall
from broadcast_server.store.base import Database
from broadcast_server.store.station import StationRow
from speaker_client.protocol.ids import HOUR, ClusterId, LoudspeakerNumber, Micros, ProgrammeId, StationId


@dataclass(frozen=True)
class Heard:
    """What one cluster hears of a breach: a programme from one moment to another on some of its loudspeakers, so loud.
    A programme that reaches none is heard where there is no cluster: there may be one later."""

    programme: ProgrammeId
    cluster: ClusterId | None
    loudspeakers: frozenset[LoudspeakerNumber]
    gain_cb: int
    start_us: int
    end_us: int

    def fits(self, room: Heard) -> bool:
        """Whether nobody hears more, or louder, than they heard of the other."""
        lasts = room.start_us <= self.start_us and self.end_us <= room.end_us
        return lasts and self.gain_cb <= room.gain_cb and self.loudspeakers <= room.loudspeakers


@dataclass(frozen=True)
class Stays:
    """A programme that one time of day calls in the quiet hours, for the first time at `first`, `count` times in the
    next six weeks. It plays as it was scheduled until somebody moves it."""

    first: Breach
    count: int

    def vi(self, quiet: QuietHours) -> str:
        """One sentence in Vietnamese."""
        title, at = self.first.occurrence.programme.title, wall(quiet.zone, self.first.occurrence.start_us)
        return f"“{title}” lúc {at:%H:%M}, lần tới {at:%d/%m}, kêu trong giờ yên tĩnh: vẫn phát cho đến khi được dời."

    def en(self, quiet: QuietHours) -> str:
        """One sentence in English."""
        title, at = self.first.occurrence.programme.title, wall(quiet.zone, self.first.occurrence.start_us)
        return f"“{title}” at {at:%H:%M}, next on {at:%d/%m}, sounds in the quiet hours: it plays until it is moved."


@dataclass(frozen=True)
class Hours:
    """The quiet hours, and what the timetable has in them all the same."""

    quiet: QuietHours
    stays: tuple[Stays, ...]


class Hushing:
    """Knows the quiet hours, and sets them."""

    def __init__(self, database: Database, clock: Clock, station: StationId) -> None:
        self._database, self._clock, self._station = database, clock, station

    async def hours(self) -> Hours:
        """The quiet hours as they stand."""
        async with self._database.reading() as session:
            timetable = await read_timetable(session, self._station)
        return Hours(timetable.quiet, _stays(timetable, self._clock.now_us()))

    async def set(self, start: str | None, end: str | None, by: str) -> Hours:
        """From when to when (`HH:MM`) only an emergency may sound; None for never. What is scheduled stays. Problem 422
        `time_unreadable`, `quiet_hours_unclear`, `quiet_hours_too_long`."""
        from_, until = read_hours(start, end)
        async with self._database.transaction() as session:
            row = await session.get_one(StationRow, self._station)
            write_quiet(row, QuietHours(from_, until, row.zone))
            detail = {"from": row.quiet_from, "until": row.quiet_until}
            record(session, self._station, self._clock.now_us(), by, "station.quiet_hours", self._station, **detail)
        return await self.hours()


def read_hours(start: str | None, end: str | None) -> tuple[time, time]:
    """From when to when; both the same for never. Problem 422."""
    if start is None and end is None:
        return time(), time()
    if start is None or end is None:
        vi = "Giờ yên tĩnh cần cả giờ bắt đầu và giờ kết thúc."
        raise Problem(422, "quiet_hours_unclear", vi, "Quiet hours need a beginning and an end.")
    from_, until = (read_time(text).replace(second=0, microsecond=0, tzinfo=None) for text in (start, end))
    quiet = QuietHours(from_, until)
    if quiet.length_us > LONGEST_US:
        most = LONGEST_US // HOUR
        vi = f"Giờ yên tĩnh dài nhất {most} giờ, để trong ngày còn giờ phát được."
        en = f"Quiet hours last {most} hours at most, so that there is a time for programmes."
        raise Problem(422, "quiet_hours_too_long", vi, en)
    return quiet.start, quiet.end


def check_change(before: Timetable, after: Timetable, now: Micros) -> None:
    """Problem 409 `quiet_hours` if a cluster hears anything in the quiet hours that it did not before; it may become
    shorter or softer, or another programme in the place of one that goes, on loudspeakers that had that one."""
    rules = changed_rules(before.schedule, after.schedule)
    if after.quiet.never or not rules:
        return
    known = {heard for heard, _ in _heard(before, after, rules, before, now)}
    found = list(_heard(before, after, rules, after, now))
    room = _by_cluster(known - {heard for heard, _ in found})
    for heard, breach in sorted(found, key=lambda one: one[0].start_us):
        if heard in known:
            continue
        free = [one for one in room.get(heard.cluster, ()) if heard.fits(one)]
        if not free:
            raise refused(after.quiet, breach.quiet, heard.start_us, heard.end_us - heard.start_us)
        room[heard.cluster].remove(min(free, key=lambda one: one.end_us))


async def check_moment(session: AsyncSession, station: StationId, start_us: int, length_us: int = 0) -> None:
    """Problem 409 `quiet_hours` if something so long may not begin at that moment."""
    hours = await read_quiet(session, station)
    if (quiet := hours.disturbed(start_us, start_us + length_us)) is not None:
        raise refused(hours, quiet, start_us, length_us)


def refused(hours: QuietHours, quiet: Window, start_us: int, length_us: int) -> Problem:
    """What would be heard in this quiet stretch; `next_us`: from when on it disturbs nobody."""
    next_us = hours.next_free(start_us, length_us)
    at, free = wall(hours.zone, start_us), wall(hours.zone, next_us)
    span = f"{hours.start:%H:%M}–{hours.end:%H:%M}"
    if start_us < quiet.start_us:
        vi = (
            f"Phát từ {at:%H:%M} thì kéo sang giờ yên tĩnh ({span}), khi chỉ bản tin khẩn cấp được phát. "
            f"Sớm nhất sau đó là {free:%H:%M} ngày {free:%d/%m}."
        )
        en = (
            f"From {at:%H:%M} it would last into the quiet hours ({span}), when only an emergency may sound. "
            f"The earliest after that is {free:%H:%M} on {free:%d/%m}."
        )
        return Problem(409, "quiet_hours", vi, en, next_us=next_us)
    vi = (
        f"{at:%H:%M} nằm trong giờ yên tĩnh ({span}): chỉ bản tin khẩn cấp được phát. "
        f"Sớm nhất là {free:%H:%M} ngày {free:%d/%m}."
    )
    en = (
        f"{at:%H:%M} is in the quiet hours ({span}): only an emergency may sound. "
        f"The earliest is {free:%H:%M} on {free:%d/%m}."
    )
    return Problem(409, "quiet_hours", vi, en, next_us=next_us)


def _breaches(before: Timetable, after: Timetable, rules: set[Rule], of: Timetable, now: Micros) -> Iterator[Breach]:
    """What of these rules one of the two timetables has in the hours that the second keeps, from now on."""
    mine = [rule for rule in of.schedule.rules if rule in rules]
    for window in windows(before, after, rules, now):
        for one in breaches(after.quiet, mine, of.schedule.programmes, window):
            if one.occurrence.start_us > now:
                yield one


def _heard(
    before: Timetable, after: Timetable, rules: set[Rule], of: Timetable, now: Micros
) -> Iterator[tuple[Heard, Breach]]:
    """The same, cluster by cluster."""
    for one in _breaches(before, after, rules, of, now):
        programme, (start_us, end_us, *_) = one.occurrence.programme, one.occurrence
        reach = of.station.reach(programme.targets)
        places: Iterable[tuple[ClusterId | None, frozenset[LoudspeakerNumber]]] = reach.items()
        for cluster, loudspeakers in places if reach else [(None, frozenset[LoudspeakerNumber]())]:
            yield Heard(programme.id, cluster, loudspeakers, programme.gain_cb, start_us, end_us), one


def _by_cluster(heard: Iterable[Heard]) -> dict[ClusterId | None, list[Heard]]:
    found: dict[ClusterId | None, list[Heard]] = {}
    for one in heard:
        found.setdefault(one.cluster, []).append(one)
    return found


def _stays(timetable: Timetable, now: Micros) -> tuple[Stays, ...]:
    """What the timetable has in the quiet hours, once for each programme and time of day, the next first."""
    ahead = Window(now, now + LOOK_AHEAD_US)
    found: dict[tuple[str, int], list[Breach]] = {}
    for one in breaches(timetable.quiet, timetable.schedule.rules, timetable.schedule.programmes, ahead):
        found.setdefault((one.occurrence.programme.id, one.occurrence.spot.at_us), []).append(one)
    return tuple(Stays(same[0], len(same)) for same in found.values())
