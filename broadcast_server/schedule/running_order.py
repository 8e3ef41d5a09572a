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
from dataclasses import dataclass
from enum import StrEnum
from heapq import heappop, heappush
from itertools import repeat
from typing import NamedTuple

from broadcast_server.schedule.occurrence import Occurrence, order
from speaker_client.protocol.ids import SECOND, OccurrenceId

_NEVER = 1 << 62

SHORTEST_LATE_PART_US = 30 * SECOND
"""A resumption sounds at least so long, a late start too unless the programme is shorter."""


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
    starts.append(_NEVER)
    crowded = [slot[0][1] > following for slot, following in zip(planned, starts[1:], strict=True)]
    slots: list[Slot] = []
    removals: list[Removal] = []
    here = 0
    while (there := _next(crowded, here)) < len(planned):
        slots += planned[here:there]
        floor = _Floor(planned, starts, there)
        here = floor.run()
        floor.slots.sort(key=time_on_air)
        slots += floor.slots
        removals += floor.removals
    slots += planned[here:]
    removals.sort(key=_planned_order)
    return RunningOrder(tuple(slots), tuple(removals))


def time_on_air(slot: Slot) -> int:
    """When its first part is heard, microseconds UTC."""
    return slot[1][0][0]


def _next(crowded: list[bool], here: int) -> int:
    try:
        return crowded.index(True, here)
    except ValueError:
        return len(crowded)


def _planned_order(removal: Removal) -> tuple[int, int, str]:
    start_us, _, spot, _ = removal[0]
    return start_us, -spot.programme.rung, spot.programme.id


def _takes_floor(newcomer: Occurrence, holder: Occurrence) -> bool:
    """Whether the newcomer, at its planned start, takes the floor from one on air."""
    mine, other = newcomer[2].programme, holder[2].programme
    if mine.rung != other.rung:
        return mine.rung > other.rung
    return mine.latest_wins and newcomer[0] > holder[0]


class _Bid:
    """One occurrence that has the floor or waits for it, and what of it has sounded."""

    __slots__ = ("cutter", "delayer", "done_us", "occurrence", "on_air_us", "parts", "slot")

    def __init__(self, slot: Slot, delayer: Occurrence | None) -> None:
        self.slot = slot
        self.occurrence = slot[0]
        self.on_air_us = self.occurrence[0]
        self.done_us = 0
        self.parts: list[Part] = []
        self.delayer = delayer
        self.cutter: Occurrence | None = None

    @property
    def strength(self) -> tuple[int, int, str]:
        """Sorts the strongest first."""
        start_us, programme = self.occurrence[0], self.occurrence[2].programme
        return -programme.rung, -start_us if programme.latest_wins else start_us, programme.id

    def room_us(self, now_us: int) -> int:
        """How much of it could still sound from now on."""
        _, end_us, spot, _ = self.occurrence
        return min(spot.programme.duration_us - self.done_us, end_us + spot.programme.grace_us - now_us)

    def too_late(self, now_us: int) -> bool:
        """Whether it may not begin, or go on, from now on."""
        if self.parts:
            return self.room_us(now_us) < SHORTEST_LATE_PART_US
        return now_us > self.occurrence[0] + self.occurrence[2].programme.grace_us

    def leave_air(self, now_us: int) -> None:
        """Note what sounded since it went on air."""
        length_us = now_us - self.on_air_us
        self.parts.append(Part(self.on_air_us, self.done_us, length_us))
        self.done_us += length_us


class _Floor:
    """The floor of one cluster from the first crowded start until it is free and nobody waits.

    `starts` are those of `planned` with one that never comes at the end.
    """

    __slots__ = ("_ends_us", "_holder", "_next", "_now_us", "_planned", "_starts", "_waiting", "removals", "slots")

    def __init__(self, planned: Sequence[Slot], starts: Sequence[int], first: int) -> None:
        self.slots: list[Slot] = []
        self.removals: list[Removal] = []
        self._planned = planned
        self._starts = starts
        self._next = first
        self._now_us = 0
        self._holder: _Bid | None = None
        self._ends_us = 0
        self._waiting: list[tuple[tuple[int, int, str], _Bid]] = []

    def run(self) -> int:
        """Play it through; the index of the first planned slot that finds the floor free again."""
        starts = self._starts
        self._arrivals()
        while self._holder is not None or self._waiting:
            start_us = starts[self._next]
            if self._holder is None or start_us < self._ends_us:
                self._arrivals()
                continue
            self._end_programme(self._holder)
            if start_us > self._now_us:
                self._to_the_waiting()
            else:
                self._arrivals()
        return self._next

    def _arrivals(self) -> None:
        """Those planned for the next start, the strongest of them first: one may have the floor, the others lose."""
        starts, here = self._starts, self._next
        self._now_us = starts[here]
        there = here + 1
        while starts[there] == self._now_us:
            there += 1
        self._next = there
        if self._first_come(self._planned[here]):
            here += 1
        for index in range(here, there):
            self._turn_away(self._planned[index])

    def _first_come(self, slot: Slot) -> bool:
        """Whether the strongest arrival gets the floor, from the one who has it or from those who wait."""
        newcomer = _Bid(slot, None)
        holder = self._holder
        if holder is None:
            if self._waiting:
                self._to_the_waiting(newcomer)
            if self._holder is not None:
                return False
        elif not _takes_floor(slot[0], holder.occurrence):
            return False
        self._go_on_air(newcomer)
        if holder is not None:
            holder.leave_air(self._now_us)
            self._put_aside(holder, slot[0])
        return True

    def _go_on_air(self, bid: _Bid) -> None:
        self._holder = bid
        bid.on_air_us = self._now_us
        self._ends_us = self._now_us + bid.room_us(self._now_us)

    def _end_programme(self, holder: _Bid) -> None:
        self._now_us = self._ends_us
        self._holder = None
        if holder.parts or holder.delayer is not None:
            holder.leave_air(self._now_us)
            self._finish(holder)
        else:
            self.slots.append(holder.slot)

    def _to_the_waiting(self, newcomer: _Bid | None = None) -> None:
        """Give the floor to the strongest who waits and may begin now, if he is stronger than the newcomer."""
        passed_over: list[tuple[tuple[int, int, str], _Bid]] = []
        while self._waiting and (newcomer is None or self._waiting[0][0] < newcomer.strength):
            first = heappop(self._waiting)
            bid = first[1]
            if bid.too_late(self._now_us):
                self._finish(bid)
            elif self._stronger_comes(bid):
                passed_over.append(first)
            else:
                self._go_on_air(bid)
                break
        for one in passed_over:
            heappush(self._waiting, one)

    def _stronger_comes(self, bid: _Bid) -> bool:
        """Whether one entitled to take the floor from it starts before a part worth hearing is over."""
        until_us = self._now_us + min(bid.room_us(self._now_us), SHORTEST_LATE_PART_US)
        index = self._next
        while self._starts[index] < until_us:
            if _takes_floor(self._planned[index][0], bid.occurrence):
                return True
            index += 1
        return False

    def _put_aside(self, bid: _Bid, by: Occurrence) -> None:
        bid.cutter = by
        if bid.occurrence[2].programme.resumes and not bid.too_late(self._now_us):
            heappush(self._waiting, (bid.strength, bid))
        else:
            self._finish(bid)

    def _turn_away(self, slot: Slot) -> None:
        """The floor is another's: wait for it, or be removed."""
        winner = None if self._holder is None else self._holder.occurrence
        if winner is None:
            raise AssertionError("somebody arrived and nobody has the floor")
        if slot[0][2].programme.waits:
            bid = _Bid(slot, winner)
            heappush(self._waiting, (bid.strength, bid))
        else:
            self.removals.append(Removal(slot[0], RemovalReason.SUPERSEDED, winner, False))

    def _finish(self, bid: _Bid) -> None:
        if bid.parts:
            self.slots.append(Slot(bid.occurrence, tuple(bid.parts), bid.delayer, bid.cutter))
        elif bid.delayer is not None:
            self.removals.append(Removal(bid.occurrence, RemovalReason.SUPERSEDED, bid.delayer, True))
