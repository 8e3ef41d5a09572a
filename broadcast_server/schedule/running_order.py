"""Occurrences to the running order of one cluster: who has the floor when, and who lost it to whom.

The floor is the cluster, whatever loudspeakers are meant. The rules:

* The stronger takes the floor from the weaker. Between equals the one on air keeps it, and of two that
  could begin at one moment the earlier planned does (then the smaller programme id). Only among
  emergencies, spoken or not, does the latest win.
* A programme that finds the floor taken is dropped, or waits for it until its grace has run out.
* A programme that loses the floor ends there, or goes on later from where it was cut, if at least 30 s of
  it would still sound. Nothing sounds later than planned start + duration + grace.
* Nobody late or interrupted is let in for a moment: when something stronger comes within 30 s, he waits on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import repeat
from typing import NamedTuple

from broadcast_server.schedule.occurrence import Occurrence, order
from broadcast_server.schedule.programme import IfBusy, IfInterrupted
from speaker_client.protocol.ids import SECOND, OccurrenceId
from speaker_client.protocol.priority import Priority

SHORTEST_LATE_PART_US = 30 * SECOND
"""A resumption sounds at least so long, a late start too unless the programme is shorter."""

LATEST_WINS = frozenset({Priority.EMERGENCY, Priority.LIVE_EMERGENCY})
"""Among equals of these the later start takes the floor, so that a forgotten microphone cannot block."""


class Part(NamedTuple):
    """A stretch on air: from `from_us` inside the programme for `length_us`, heard from `start_us`."""

    start_us: int
    from_us: int
    length_us: int

    @property
    def end_us(self) -> int:
        return self.start_us + self.length_us


class Slot(NamedTuple):
    """When an occurrence sounds. Parts follow the programme without a gap and cover less of it only when cut."""

    occurrence: Occurrence
    parts: tuple[Part, ...]
    delayer: Occurrence | None = None
    cutter: Occurrence | None = None

    @property
    def lost_us(self) -> int:
        """How much of the programme's end is not heard, in microseconds."""
        return self.occurrence.programme.duration_us - sum(part.length_us for part in self.parts)

    @property
    def delayed_by(self) -> OccurrenceId | None:
        """Who held the floor at its planned start, if it had to wait."""
        return None if self.delayer is None else self.delayer.id

    @property
    def interrupted_by(self) -> OccurrenceId | None:
        """Who last took the floor from it, whether or not it went on later."""
        return None if self.cutter is None else self.cutter.id

    @property
    def cut_by(self) -> OccurrenceId | None:
        """Who cut it for good; None if it sounds whole, even in parts."""
        return self.interrupted_by if self.lost_us else None


class RemovalReason(StrEnum):
    """Why an occurrence does not sound at all."""

    SUPERSEDED = "superseded"


class Removal(NamedTuple):
    """An occurrence that does not sound here, and the one that held the floor at its planned start."""

    occurrence: Occurrence
    reason: RemovalReason
    winner: Occurrence
    waited: bool
    """Whether it waited for the floor until its grace had run out."""

    @property
    def by(self) -> OccurrenceId:
        return self.winner.id


@dataclass(frozen=True)
class RunningOrder:
    """Every occurrence of the window exactly once: in a slot (by time on air) or removed (by planned start)."""

    slots: tuple[Slot, ...]
    removals: tuple[Removal, ...]


def as_planned(occurrences: Sequence[Occurrence]) -> list[Slot]:
    """For each occurrence the slot it would have if it were alone."""
    starts = [one[0] for one in occurrences]
    lengths = [one[1] - one[0] for one in occurrences]
    parts = zip(map(Part._make, zip(starts, repeat(0), lengths)))
    return list(map(Slot._make, zip(occurrences, parts, repeat(None), repeat(None))))


def running_order(occurrences: Iterable[Occurrence]) -> RunningOrder:
    """The running order of these occurrences on one cluster; their order does not matter."""
    return settle(as_planned(sorted(occurrences, key=order)))


def settle(planned: Sequence[Slot]) -> RunningOrder:
    """The running order of slots as planned, which are in the `order` of their occurrences."""
    starts = [slot[0][0] for slot in planned]
    crowded = [slot[0][1] > following for slot, following in zip(planned, starts[1:])]  # noqa: B905
    crowded.append(False)
    slots: list[Slot] = []
    removals: list[Removal] = []
    here = 0
    while (there := _next(crowded, here)) < len(planned):
        slots += planned[here:there]
        floor = _Floor(planned, there)
        here = floor.run()
        slots += sorted(floor.slots, key=_time_on_air)
        removals += floor.removals
    slots += planned[here:]
    removals.sort(key=_planned_order)
    return RunningOrder(tuple(slots), tuple(removals))


def _next(crowded: list[bool], here: int) -> int:
    try:
        return crowded.index(True, here)
    except ValueError:
        return len(crowded)


def _time_on_air(slot: Slot) -> int:
    return slot.parts[0].start_us


def _planned_order(removal: Removal) -> tuple[object, ...]:
    return order(removal.occurrence)


@dataclass(slots=True, eq=False)
class _Bid:
    """One occurrence that wants the floor, has it, or waits to have it again."""

    occurrence: Occurrence
    strength: tuple[int, int, str] = field(init=False)
    on_air_us: int = 0
    done_us: int = 0
    parts: list[Part] = field(default_factory=list)
    delayer: Occurrence | None = None
    cutter: Occurrence | None = None

    def __post_init__(self) -> None:
        self.strength = _strength(self.occurrence)

    def room_us(self, now_us: int) -> int:
        """How much of it could still sound from now on."""
        left_us = self.occurrence.programme.duration_us - self.done_us
        latest_us = self.occurrence.end_us + self.occurrence.programme.grace_us
        return min(left_us, latest_us - now_us)

    def too_late(self, now_us: int) -> bool:
        """Whether it may not begin, or go on, from now on."""
        if self.parts:
            return self.room_us(now_us) < SHORTEST_LATE_PART_US
        return now_us > self.occurrence.start_us + self.occurrence.programme.grace_us

    def leave_air(self, now_us: int) -> None:
        """Note what sounded since it went on air."""
        length_us = now_us - self.on_air_us
        self.parts.append(Part(self.on_air_us, self.done_us, length_us))
        self.done_us += length_us


def _strength(occurrence: Occurrence) -> tuple[int, int, str]:
    """Sorts the strongest first."""
    programme = occurrence.spot.programme
    start_us = occurrence.start_us
    return -programme.priority, -start_us if programme.priority in LATEST_WINS else start_us, programme.id


def _takes_floor(newcomer: Occurrence, holder: Occurrence) -> bool:
    """Whether the newcomer, at its planned start, takes the floor from one on air."""
    mine, other = newcomer.programme.priority, holder.programme.priority
    return mine > other or (mine == other and mine in LATEST_WINS and newcomer.start_us > holder.start_us)


class _Floor:
    """The floor of one cluster from the first crowded start until it is free and nobody waits."""

    def __init__(self, planned: Sequence[Slot], first: int) -> None:
        self.slots: list[Slot] = []
        self.removals: list[Removal] = []
        self._planned = planned
        self._next = first
        self._now_us = 0
        self._holder: _Bid | None = None
        self._ends_us = 0
        self._waiting: list[_Bid] = []

    def run(self) -> int:
        """Play it through; the index of the first planned slot that finds the floor free again."""
        while True:
            self._now_us = self._next_moment()
            self._end_programme()
            self._let_in(self._arrivals())
            if self._holder is None and not self._waiting:
                return self._next

    def _next_moment(self) -> int:
        moments_us = [self._planned[self._next].occurrence.start_us] if self._next < len(self._planned) else []
        if self._holder is not None:
            moments_us.append(self._ends_us)
        return min(moments_us)

    def _arrivals(self) -> list[_Bid]:
        found: list[_Bid] = []
        while self._next < len(self._planned):
            occurrence = self._planned[self._next].occurrence
            if occurrence.start_us != self._now_us:
                break
            found.append(_Bid(occurrence))
            self._next += 1
        return found

    def _end_programme(self) -> None:
        if self._holder is not None and self._ends_us == self._now_us:
            self._holder.leave_air(self._now_us)
            self._finish(self._holder)
            self._holder = None

    def _let_in(self, arrivals: list[_Bid]) -> None:
        interrupted = self._interrupt(arrivals)
        if self._holder is None:
            self._give_floor(arrivals)
        if self._holder is None:
            return  # then nobody arrived, and whoever waits lets a stronger one pass
        if interrupted is not None:
            self._put_aside(interrupted, self._holder.occurrence)
        for bid in arrivals:
            if bid is not self._holder:
                self._turn_away(bid, self._holder.occurrence)

    def _interrupt(self, arrivals: list[_Bid]) -> _Bid | None:
        """Take the floor from its holder if one of the arrivals is entitled to it."""
        holder = self._holder
        if holder is None or not any(_takes_floor(bid.occurrence, holder.occurrence) for bid in arrivals):
            return None
        holder.leave_air(self._now_us)
        self._holder = None
        return holder

    def _give_floor(self, arrivals: list[_Bid]) -> None:
        """To the strongest that may begin now; those who are too late by now are done with."""
        for bid in sorted([*self._waiting, *arrivals], key=lambda bid: bid.strength):
            if bid.occurrence.start_us < self._now_us:
                if bid.too_late(self._now_us):
                    self._waiting.remove(bid)
                    self._finish(bid)
                    continue
                if self._stronger_comes(bid):
                    continue
                self._waiting.remove(bid)
            self._holder = bid
            bid.on_air_us = self._now_us
            self._ends_us = self._now_us + bid.room_us(self._now_us)
            return

    def _stronger_comes(self, bid: _Bid) -> bool:
        """Whether one entitled to take the floor from it starts before a part worth hearing is over."""
        until_us = self._now_us + min(bid.room_us(self._now_us), SHORTEST_LATE_PART_US)
        for index in range(self._next, len(self._planned)):
            coming = self._planned[index].occurrence
            if coming.start_us >= until_us:
                return False
            if _takes_floor(coming, bid.occurrence):
                return True
        return False

    def _put_aside(self, bid: _Bid, by: Occurrence) -> None:
        bid.cutter = by
        goes_on = bid.occurrence.programme.if_interrupted is IfInterrupted.RESUME
        if goes_on and not bid.too_late(self._now_us):
            self._waiting.append(bid)
        else:
            self._finish(bid)

    def _turn_away(self, bid: _Bid, by: Occurrence) -> None:
        if bid.occurrence.programme.if_busy is IfBusy.DELAY:
            bid.delayer = by
            self._waiting.append(bid)
        else:
            self.removals.append(Removal(bid.occurrence, RemovalReason.SUPERSEDED, by, waited=False))

    def _finish(self, bid: _Bid) -> None:
        if bid.parts:
            self.slots.append(Slot(bid.occurrence, tuple(bid.parts), bid.delayer, bid.cutter))
        elif bid.delayer is not None:
            self.removals.append(Removal(bid.occurrence, RemovalReason.SUPERSEDED, bid.delayer, waited=True))
