"""Rules to occurrences: one planned start of one programme, the same whatever window it is asked for in.

Occurrences are made by the hundred thousand, so they are tuples and their ids are computed when asked for.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import partial
from itertools import repeat
from operator import add, attrgetter
from typing import NamedTuple

from broadcast_server.schedule.programme import Programme
from broadcast_server.schedule.rule import Rule, rule_days
from broadcast_server.schedule.wall_clock import EPOCH_DAY, day_of, moments, past_midnight, steady_offset
from speaker_client.protocol.ids import DAY, OccurrenceId, ProgrammeId, RuleId

_SHIFT_DAYS = 2
"""The wall clock and UTC are never further apart, a skipped day at the date line included."""


@dataclass(frozen=True)
class Window:
    """The moments from `start_us` up to and without `end_us` (microseconds UTC)."""

    start_us: int
    end_us: int

    def __contains__(self, moment_us: int) -> bool:
        return self.start_us <= moment_us < self.end_us

    def wider(self, before_us: int, after_us: int) -> Window:
        """This window with so much more at each side."""
        return Window(self.start_us - before_us, self.end_us + after_us)

    @property
    def days(self) -> tuple[int, int]:
        """The first and the last local day (ordinals) that can touch the window, whatever the zone."""
        return day_of(self.start_us) - _SHIFT_DAYS, day_of(self.end_us) + _SHIFT_DAYS


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in the timetable: one rule's one time of day, `at_us` after midnight on the wall clock of `zone`."""

    programme: Programme
    rule: RuleId
    at_us: int
    zone: str


class Part(NamedTuple):
    """A stretch on air: from `from_us` inside the programme for `length_us`, heard from `start_us`."""

    start_us: int
    from_us: int
    length_us: int

    @property
    def end_us(self) -> int:
        return self.start_us + self.length_us


class _Planned(NamedTuple):
    start_us: int
    end_us: int
    spot: Spot
    day: int
    """The local day it was planned for, as an ordinal."""


class Occurrence(_Planned):
    """One planned start of a programme: from `start_us` to `end_us` (microseconds UTC) if nothing disturbs it.

    Undisturbed it is its own `Slot`: a second tuple for each would take up as much memory again.
    """

    __slots__ = ()

    delayer = cutter = taker = None
    lost_us = 0

    @property
    def occurrence(self) -> Occurrence:
        return self

    @property
    def parts(self) -> tuple[Part, ...]:
        """It whole, in one."""
        return (Part(self.start_us, 0, self.end_us - self.start_us),)

    @property
    def programme(self) -> Programme:
        return self.spot.programme

    @property
    def rule(self) -> RuleId:
        """The rule that called it; the first by id where several call the same start."""
        return self.spot.rule

    @property
    def zone(self) -> str:
        return self.spot.zone

    @property
    def local(self) -> datetime:
        """The planned wall time, naive, in `zone`; in a gap of the clock the one that does not exist."""
        return datetime.fromordinal(self.day) + timedelta(microseconds=self.spot.at_us)

    @property
    def latest_us(self) -> int:
        """The moment after which nothing of it may sound."""
        return self.start_us + self.spot.programme.reach_us

    @property
    def id(self) -> OccurrenceId:
        """32 hex digits of programme, planned wall time and zone; the rule has no part in it."""
        spot = self.spot
        text = f"occurrence\0{spot.programme.id}\0{self.local.isoformat()}\0{spot.zone}"
        return OccurrenceId(hashlib.sha256(text.encode()).hexdigest()[:32])


def order(occurrence: Occurrence) -> tuple[int, int, int, str, int, int, str, str]:
    """Sorts occurrences by start; of one moment the stronger first, then the elder programme. Total."""
    start_us, _, spot, day = occurrence
    programme = spot.programme
    return start_us, -programme.rung, programme.made_us, programme.id, day, spot.at_us, spot.zone, spot.rule


new_occurrence = partial(tuple.__new__, Occurrence)
"""Occurrence from a tuple of its fields, without a step of Python."""
_DURATION = attrgetter("programme.duration_us")


def expand(rule: Rule, programme: Programme, window: Window) -> list[Occurrence]:
    """The rule's occurrences that start in the window, in `order`."""
    return occurrences([rule], {programme.id: programme}, window)


def occurrences(rules: Iterable[Rule], programmes: Mapping[ProgrammeId, Programme], window: Window) -> list[Occurrence]:
    """The occurrences of all rules that start in the window, in `order`; a start called twice is one occurrence.

    A rule whose programme is not given plays nothing.
    """
    known = [rule for rule in rules if rule.programme in programmes]
    low, high = window.days
    zones = {rule.zone for rule in known}
    if len(zones) == 1 and (offset := steady_offset(zones.pop(), low, high)) is not None:
        return _day_by_day(_spot_days(known, programmes, low, high), window, offset)
    return _sorted(_spot_days(known, programmes, low, high), window)


SpotDays = list[tuple[Spot, list[int]]]
"""Each spot with the days (ordinals, ascending) it stands on."""


def _spot_days(rules: list[Rule], programmes: Mapping[ProgrammeId, Programme], low: int, high: int) -> SpotDays:
    found: SpotDays = []
    for rule in rules:
        if days := rule_days(rule, low, high):
            programme = programmes[rule.programme]
            found += [(Spot(programme, rule.id, at_us, rule.zone), days) for at_us in _clock_times(rule.times)]
    return found


def _clock_times(times: tuple[time, ...]) -> set[int]:
    return {past_midnight(at) for at in times}


def _sorted(spot_days: SpotDays, window: Window) -> list[Occurrence]:
    """For any zones: compute every moment, sort, and let equal starts of one programme fall together."""
    found: list[Occurrence] = []
    for spot, days in spot_days:
        duration_us = spot.programme.duration_us
        starts = moments(spot.zone, days, spot.at_us)
        found += [
            Occurrence(start_us, start_us + duration_us, spot, day)
            for start_us, day in zip(starts, days, strict=True)
            if window.start_us <= start_us < window.end_us
        ]
    found.sort(key=order)
    return list({(one.start_us, one.spot.programme.id): one for one in reversed(found)}.values())[::-1]


def _day_by_day(spot_days: SpotDays, window: Window, offset_us: int) -> list[Occurrence]:
    """For one zone that keeps its offset: deal the spots, in the order of the day, onto the days. No sorting.

    Occurrences are made in the order in which they will be read, so that in a year of them neighbours in time are
    neighbours in memory: the processor's cache is worth a third of a large timetable.
    """
    low, high = window.days
    timetable: list[list[Spot]] = [[] for _ in range(low, high + 1)]
    day_zero_us = -offset_us - EPOCH_DAY * DAY
    for spot, days in _once_each(spot_days):
        base_us = day_zero_us + spot.at_us
        first = bisect_left(days, -((base_us - window.start_us) // DAY))
        last = bisect_left(days, -((base_us - window.end_us) // DAY))
        for day in days[first:last]:
            timetable[day - low].append(spot)
    found: list[Occurrence] = []
    for day, spots in enumerate(timetable, low):
        midnight_us = day_zero_us + day * DAY
        starts = [midnight_us + spot.at_us for spot in spots]
        ends = map(add, starts, map(_DURATION, spots))
        found += map(new_occurrence, zip(starts, ends, spots, repeat(day)))
    return found


def _once_each(spot_days: SpotDays) -> SpotDays:
    """In the order of a day; of spots for the same programme and time each keeps the days no earlier one has."""
    ordered = sorted(spot_days, key=_order_in_day)
    taken: set[int] = set()
    for n in range(1, len(ordered)):
        (before, days_before), (spot, days) = ordered[n - 1], ordered[n]
        if (before.at_us, before.programme.id) != (spot.at_us, spot.programme.id):
            taken = set()
        else:
            taken.update(days_before)
            ordered[n] = spot, [day for day in days if day not in taken]
    return ordered


def _order_in_day(spot_days: tuple[Spot, list[int]]) -> tuple[int, int, int, str, str]:
    spot = spot_days[0]
    programme = spot.programme
    return spot.at_us, -programme.rung, programme.made_us, programme.id, spot.rule
