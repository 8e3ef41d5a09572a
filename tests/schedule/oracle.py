"""Two dumb oracles: one walks every minute of a window and asks each rule, one walks the floor tick by tick."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

from broadcast_server.schedule.occurrence import Occurrence, Window
from broadcast_server.schedule.rule import Daily, Monthly, Once, Recurrence, RRuleText, Rule, Weekly
from speaker_client.protocol.priority import Priority

TICK_US = 10_000_000
"""Ten seconds: three of them are the shortest part that is begun late."""

MINUTE = timedelta(minutes=1)


def falls_on(recurrence: Recurrence, first_day: date, day: date) -> bool:
    """Whether the recurrence names the day, asked about that one day only."""
    if day < first_day:
        return False
    match recurrence:
        case Once():
            return day == first_day
        case Daily():
            return True
        case Weekly(days):
            return day.weekday() in days
        case Monthly(days):
            length = monthrange(day.year, day.month)[1]
            return day.day in days or day.day - length - 1 in days
        case RRuleText(text):
            return day in _rrule_dates(text, first_day)


@lru_cache
def _rrule_dates(text: str, first_day: date) -> frozenset[date]:
    start = datetime.combine(first_day, datetime.min.time())
    rule = rrulestr(text, dtstart=start)
    return frozenset(moment.date() for moment in rule.between(start, start + timedelta(days=800), inc=True))


def fires(rule: Rule, wall: datetime) -> bool:
    """Whether the rule is due at this naive wall minute."""
    day = wall.date()
    if rule.last_day is not None and day > rule.last_day:
        return False
    return wall.time() in rule.times and day not in rule.exceptions and falls_on(rule.recurrence, rule.first_day, day)


def walk(rule: Rule, window: Window) -> list[tuple[int, datetime]]:
    """Every (start_us, planned wall time) in the window, found by looking at a clock each minute."""
    zone = ZoneInfo(rule.zone)
    found: list[tuple[int, datetime]] = []
    moment = datetime.fromtimestamp(window.start_us // 1_000_000, UTC) - timedelta(hours=26)
    end = datetime.fromtimestamp(window.end_us // 1_000_000, UTC)
    offset, jumped, jump = moment.astimezone(zone).utcoffset(), moment, timedelta(0)
    while moment < end:
        local = moment.astimezone(zone)
        if local.utcoffset() != offset:
            jumped, jump, offset = moment, local.utcoffset() - offset, local.utcoffset()
        naive = local.replace(tzinfo=None, fold=0)
        due = [naive] if local.fold == 0 else []
        if moment - jumped < jump:
            due.append(naive - jump)  # the minute the clock leapt over
        start_us = int(moment.timestamp()) * 1_000_000
        found += [(start_us, wall) for wall in due if fires(rule, wall) and start_us in window]
        moment += MINUTE
    return found


@dataclass
class Seat:
    """One occurrence in the walk of the floor, in ticks."""

    occurrence: Occurrence
    sounded: int = 0
    dead: bool = False

    @property
    def start(self) -> int:
        return self.occurrence.start_us // TICK_US

    @property
    def length(self) -> int:
        return self.occurrence.programme.duration_us // TICK_US

    @property
    def grace(self) -> int:
        return self.occurrence.programme.grace_us // TICK_US

    @property
    def latest(self) -> int:
        """The last tick at which it may begin; a relay while there are three left of it."""
        relay = self.occurrence.programme.relay
        return max(self.start, self.start + self.length - 3) if relay else self.start + self.grace

    def room(self, tick: int) -> int:
        return min(self.length - self.sounded, self.start + self.length + self.grace - tick)


def may_take(newcomer: Seat, holder: Seat) -> bool:
    mine, other = newcomer.occurrence.programme.priority, holder.occurrence.programme.priority
    if mine == other and mine in (Priority.EMERGENCY, Priority.LIVE_EMERGENCY):
        return newcomer.start > holder.start
    return mine > other


def beats(one: Seat, two: Seat) -> bool:
    mine, other = one.occurrence.programme, two.occurrence.programme
    if mine.priority != other.priority:
        return mine.priority > other.priority
    if one.start != two.start:
        latest_wins = mine.priority in (Priority.EMERGENCY, Priority.LIVE_EMERGENCY)
        return (one.start > two.start) == latest_wins
    return (mine.made_us, mine.id) < (other.made_us, other.id)


def may_begin(seat: Seat, tick: int, seats: list[Seat]) -> bool:
    """Whether one not on air may go on air at this tick."""
    if seat.dead or seat.start > tick or seat.sounded == seat.length:
        return False
    if seat.start == tick:
        return True
    if seat.sounded == 0 and (seat.occurrence.programme.if_busy == "drop" or tick > seat.latest):
        return False
    if seat.sounded > 0 and (seat.occurrence.programme.if_interrupted == "end" or seat.room(tick) < 3):
        return False
    soon = range(tick + 1, tick + min(seat.room(tick), 3))
    return not any(other.start in soon and may_take(other, seat) for other in seats)


def last_before(walked: list[tuple[int, Occurrence]], tick: int) -> Occurrence:
    """Who was the last to sound before this tick."""
    return max((one for one in walked if one[0] < tick), key=lambda one: one[0])[1]


def kept_off(loser: Occurrence, occurrences: list[Occurrence], walked: list[tuple[int, Occurrence]]) -> Occurrence:
    """Who kept one that is never heard off the air, asked at the last tick at which it might have begun.

    Whoever sounds at that tick and ranks before it; in a silence, or beside a weaker one that came in time, the
    stronger one for whose sake it was not let in for a moment.
    """
    seat = Seat(loser)
    tick = seat.latest if loser.programme.if_busy == "delay" else seat.start
    holder = dict(walked).get(tick)
    if holder is not None and beats(Seat(holder), seat):
        return holder
    others = [Seat(one) for one in occurrences]
    coming = [one for one in others if one.start > tick and may_take(one, seat)]
    first = [one for one in coming if one.start == min(other.start for other in coming)]
    return next(one for one in first if all(one is two or beats(one, two) for two in first)).occurrence


def walk_floor(occurrences: list[Occurrence]) -> list[tuple[int, Occurrence]]:
    """Who sounds at each tick at which anybody does."""
    seats = [Seat(one) for one in occurrences]
    if not seats:
        return []
    heard: list[tuple[int, Occurrence]] = []
    holder: Seat | None = None
    last = max(seat.start + seat.length + seat.grace for seat in seats)
    for tick in range(min(seat.start for seat in seats), last + 1):
        if holder is not None and holder.room(tick) <= 0:
            holder.dead = True
            holder = None
        thrown_out = None
        if holder is not None and any(seat.start == tick and may_take(seat, holder) for seat in seats):
            thrown_out, holder = holder, None
        if holder is None:
            able = [seat for seat in seats if seat is not thrown_out and may_begin(seat, tick, seats)]
            holder = next((one for one in able if all(one is two or beats(one, two) for two in able)), None)
        if holder is not None:
            heard.append((tick, holder.occurrence))
            holder.sounded += 1
    return heard
