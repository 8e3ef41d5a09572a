"""On which days a rule speaks. Days are proleptic Gregorian ordinals (`date.toordinal`), always ascending.

Plain arithmetic for the everyday kinds, because dateutil takes a hundred times as long; RRULE text goes
through dateutil. All of them equal what dateutil's rrule would give.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from broadcast_server.schedule.rrule_text import rrule_days


@dataclass(frozen=True)
class Once:
    """The rule's first day and no other."""


@dataclass(frozen=True)
class Daily:
    """Every day."""


@dataclass(frozen=True)
class Weekly:
    """The named weekdays of every week; Monday is 0."""

    days: frozenset[int]


@dataclass(frozen=True)
class Monthly:
    """The named days of every month: 1 is the first, -1 the last. A month that lacks the day is skipped."""

    days: tuple[int, ...]


@dataclass(frozen=True)
class RRuleText:
    """An RFC 5545 RRULE of whole days (`FREQ=MONTHLY;BYDAY=2TU`), counted from the rule's first day."""

    text: str


Recurrence = Once | Daily | Weekly | Monthly | RRuleText


def recurrence_days(recurrence: Recurrence, first_day: int, low: int, high: int) -> list[int]:
    """The days in [low, high] (both included) of a recurrence that begins on `first_day`."""
    low = max(low, first_day)
    match recurrence:
        case Once():
            return [first_day] if low == first_day <= high else []
        case Daily():
            return list(range(low, high + 1))
        case Weekly(days):
            return _weekly(days, low, high)
        case Monthly(days):
            return _monthly(days, low, high)
        case RRuleText(text):
            return rrule_days(text, first_day, low, high)


def _weekly(weekdays: frozenset[int], low: int, high: int) -> list[int]:
    found: list[int] = []
    for weekday in weekdays:
        found += range(low + (weekday + 1 - low) % 7, high + 1, 7)  # ordinal 1 is a Monday
    found.sort()
    return found


def _monthly(days: tuple[int, ...], low: int, high: int) -> list[int]:
    if low > high:
        return []
    found: list[int] = []
    for year in range(date.fromordinal(low).year, date.fromordinal(high).year + 1):
        for before, length in _months(year):
            if before + length >= low and before < high:
                found += sorted(
                    {before + (day if day > 0 else length + 1 + day) for day in days if -length <= day <= length}
                )
    return [day for day in found if low <= day <= high]


@lru_cache(maxsize=256)
def _months(year: int) -> tuple[tuple[int, int], ...]:
    """For each month of the year: the ordinal of the day before its first, and its length in days."""
    return tuple((date(year, month, 1).toordinal() - 1, monthrange(year, month)[1]) for month in range(1, 13))
