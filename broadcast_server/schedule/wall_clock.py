"""Local wall time to moments on the timeline, by the IANA zone; each day computed by itself.

A wall time that does not exist (clocks go forward over it) is played as much later as the clocks jump:
02:30 on such a night is 03:30 of the new time. A wall time that exists twice is played the first time only.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from speaker_client.protocol.ids import DAY, HOUR, MINUTE, SECOND

EPOCH_DAY = date(1970, 1, 1).toordinal()
"""1 January 1970 as an ordinal."""

_MICROSECOND = timedelta(microseconds=1)
_NOON = timedelta(hours=12)


def moments(zone: str, days: Sequence[int], at_us: int) -> list[int]:
    """For each day (ordinals, ascending) the moment, microseconds UTC, when its clock is `at_us` past midnight."""
    if not days:
        return []
    base = at_us - EPOCH_DAY * DAY
    steady = steady_offset(zone, days[0], days[-1])
    if steady is not None:
        base -= steady
        return [day * DAY + base for day in days]
    return [day * DAY + base - _offset(zone, day, at_us) for day in days]


def past_midnight(at: time) -> int:
    """How far the wall time is past midnight on the dial, in microseconds."""
    return at.hour * HOUR + at.minute * MINUTE + at.second * SECOND + at.microsecond


def steady_offset(zone: str, first_day: int, last_day: int) -> int | None:
    """The offset from UTC (microseconds) all through these days (ordinals); None if it changes in those years."""
    years = range(date.fromordinal(first_day).year, date.fromordinal(last_day).year + 1)
    offsets = {offset for year in years for offset in _year(zone, year)[0]}
    return offsets.pop() if len(offsets) == 1 else None


def day_of(moment_us: int) -> int:
    """The ordinal of the UTC day the moment lies in."""
    return moment_us // DAY + EPOCH_DAY


def wall(zone: str, moment_us: int) -> datetime:
    """The naive wall time that people in the zone read at the moment."""
    aware = datetime.fromtimestamp(moment_us // 1_000_000, UTC).astimezone(ZoneInfo(zone))
    return aware.replace(tzinfo=None)


def local_day(zone: str, moment_us: int) -> date:
    """The day that the zone's calendars show at the moment."""
    return wall(zone, moment_us).date()


def _offset(zone: str, day: int, at_us: int) -> int:
    offset = _year(zone, date.fromordinal(day).year)[1].get(day)
    if offset is not None:
        return offset
    return _offset_at(zone, datetime.fromordinal(day) + timedelta(microseconds=at_us))


@lru_cache(maxsize=512)
def _year(zone: str, year: int) -> tuple[frozenset[int | None], dict[int, int]]:
    """The offsets of the year's days (None among them if one changes its own), and day -> offset of the others."""
    first, last = date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal()
    midnights = [datetime.fromordinal(day) for day in range(first, last + 1)]
    next_year = midnights[-1] + timedelta(days=1) if year < 9999 else midnights[-1]
    edges = [_offset_at(zone, moment) for moment in [*midnights, next_year]]
    noons = [_offset_at(zone, moment + _NOON) for moment in midnights]
    calm = {first + n: offset for n, offset in enumerate(noons) if edges[n] == offset == edges[n + 1]}
    offsets: set[int | None] = set(calm.values())
    return frozenset(offsets if len(calm) == len(noons) else offsets | {None}), calm


def _offset_at(zone: str, naive: datetime) -> int:
    # fold=0 is the offset before a change: later by the jump inside a gap, the first of two in an overlap.
    offset = naive.replace(tzinfo=ZoneInfo(zone), fold=0).utcoffset()
    if offset is None:
        raise ValueError(f"{zone} has no offset at {naive}")
    return offset // _MICROSECOND
