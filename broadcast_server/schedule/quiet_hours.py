"""The hours in which people sleep: when they are, what the timetable calls in them, when the next one may sound."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import time

from broadcast_server.schedule.occurrence import Occurrence, Window, occurrences
from broadcast_server.schedule.programme import Programme
from broadcast_server.schedule.rule import Rule
from broadcast_server.schedule.wall_clock import moments, past_midnight
from speaker_client.protocol.ids import DAY, HOUR, ProgrammeId
from speaker_client.protocol.priority import Priority

LONGEST_US = 14 * HOUR
"""Of quiet hours: the longest programme still fits into the rest of the day."""
BREAKS_THEM = Priority.LIVE_EMERGENCY
"""What stands on this step or above sounds at any hour."""


@dataclass(frozen=True)
class QuietHours:
    """From `start` to `end` of every day on the clocks of `zone`, past midnight where `end` is the earlier; never where
    both are the same."""

    start: time
    end: time
    zone: str = "Asia/Ho_Chi_Minh"

    @property
    def never(self) -> bool:
        """Whether there are none."""
        return self.start == self.end

    @property
    def length_us(self) -> int:
        """How long they are each night, in microseconds."""
        return (past_midnight(self.end) - past_midnight(self.start)) % DAY

    def stretches(self, window: Window) -> list[Window]:
        """The quiet stretches that touch the window, by time."""
        if self.never:
            return []
        first, last = window.days
        days = range(first, last + 1)
        mornings = days if self.start < self.end else range(first + 1, last + 2)
        starts = moments(self.zone, days, past_midnight(self.start))
        ends = moments(self.zone, mornings, past_midnight(self.end))
        found = (Window(start_us, end_us) for start_us, end_us in zip(starts, ends, strict=True))
        return [one for one in found if one.start_us < window.end_us and window.start_us < one.end_us]

    def disturbed(self, start_us: int, end_us: int) -> Window | None:
        """The first quiet stretch in which anything that sounds from `start_us` to `end_us` would be heard."""
        return next(iter(self.stretches(Window(start_us, max(end_us, start_us + 1)))), None)

    def next_free(self, start_us: int, length_us: int) -> int:
        """The first moment from `start_us` on from which something so long disturbs nobody."""
        quiet = self.disturbed(start_us, start_us + length_us)
        return start_us if quiet is None else quiet.end_us  # the rest of the day is before it: there is no longer one


USUAL = QuietHours(time(21), time(5))
"""Night is from nine in the evening; the first programmes of the country begin at five."""
NEVER = QuietHours(time(), time())


@dataclass(frozen=True)
class Breach:
    """What is called in quiet hours, and in which."""

    occurrence: Occurrence
    quiet: Window


def breaches(
    quiet: QuietHours, rules: Iterable[Rule], programmes: Mapping[ProgrammeId, Programme], window: Window
) -> list[Breach]:
    """What the rules call in the window and would be heard in quiet hours, by start; what may break them is none."""
    if quiet.never:
        return []
    calm = {name: one for name, one in programmes.items() if one.rung < BREAKS_THEM}
    longest_us = max((one.duration_us for one in calm.values()), default=0)
    stretches = quiet.stretches(window.wider(0, longest_us))
    ends = [one.end_us for one in stretches]
    found = []
    for one in occurrences(rules, calm, window):
        n = bisect_right(ends, one.start_us)
        if n < len(stretches) and stretches[n].start_us < one.end_us:
            found.append(Breach(one, stretches[n]))
    return found
