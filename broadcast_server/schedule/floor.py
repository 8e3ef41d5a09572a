"""The floor of one cluster, moment by moment: who has it, who waits for it, who lost it to whom."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from heapq import heappop, heappush
from operator import itemgetter

from broadcast_server.schedule.occurrence import Occurrence, Part
from broadcast_server.schedule.slot import Disturbed, Removal, RemovalReason, Slot
from speaker_client.protocol.ids import SECOND

Waiting = tuple[int, int, int, "Bid"]
"""Rung, start and place of who wants the floor, so that the strongest sorts first, and his bid."""

NEVER = 1 << 62
"""A moment that does not come."""

SHORTEST_LATE_PART_US = 30 * SECOND
"""A resumption sounds at least so long, a late start too unless the programme is shorter."""


def takes_floor(newcomer: Occurrence, holder: Occurrence) -> bool:
    """Whether the newcomer, at its planned start, takes the floor from one on air."""
    mine, other = newcomer[2].programme, holder[2].programme
    if mine.rung != other.rung:
        return mine.rung > other.rung
    return mine.latest_wins and newcomer[0] > holder[0]


class Bid:
    """One occurrence that has the floor or waits for it, and what of it has sounded."""

    __slots__ = ("awaited", "cutter", "delayer", "done_us", "occurrence", "on_air_us", "parts", "place")

    def __init__(self, occurrence: Occurrence, place: int) -> None:
        self.occurrence = occurrence
        self.place = place
        self.on_air_us = 0
        self.done_us = 0
        self.parts: list[Part] = []
        self.delayer: Occurrence | None = None
        self.cutter: Occurrence | None = None
        self.awaited: Occurrence | None = None
        """For whom, soon to come, it was not let in last."""

    @property
    def waiting(self) -> Waiting:
        """It among those who wait."""
        start_us, programme = self.occurrence[0], self.occurrence[2].programme
        return -programme.rung, -start_us if programme.latest_wins else start_us, self.place, self

    def room_us(self, now_us: int) -> int:
        """How much of it could still sound from now on."""
        _, end_us, spot, _ = self.occurrence
        return min(spot.programme.duration_us - self.done_us, end_us + spot.programme.grace_us - now_us)

    def too_late(self, now_us: int) -> bool:
        """Whether it may not begin, or go on, from now on."""
        if self.parts or self.occurrence[2].programme.relay:
            return self.room_us(now_us) < SHORTEST_LATE_PART_US
        return now_us > self.occurrence[0] + self.occurrence[2].programme.grace_us

    def leave_air(self, now_us: int) -> None:
        """Note what sounded since it went on air."""
        length_us = now_us - self.on_air_us
        self.parts.append(Part(self.on_air_us, self.done_us, length_us))
        self.done_us += length_us


class Floor:
    """The floor of one cluster while `planned`, in the `order` of their occurrences, come for it in turn."""

    __slots__ = (
        "_ends_us",
        "_holder",
        "_next",
        "_now_us",
        "_planned",
        "_starts",
        "_takings",
        "_waiting",
        "removals",
        "slots",
    )

    def __init__(self, planned: Sequence[Occurrence]) -> None:
        self.slots: list[Slot] = []
        self.removals: list[Removal] = []
        self._planned = planned
        self._starts = [one[0] for one in planned]
        self._starts.append(NEVER)
        self._next = 0
        self._now_us = 0
        self._holder: Bid | None = None
        self._ends_us = 0
        self._takings: list[tuple[int, Occurrence]] = []
        self._waiting: list[Waiting] = []

    def run(self) -> None:
        """Play it through, until all have come and the floor is free."""
        while self._holder is not None or self._next < len(self._planned):
            start_us = self._starts[self._next]
            if self._holder is None or start_us < self._ends_us:
                self._arrivals(start_us)
                continue
            self._end_programme(self._holder)
            if start_us > self._now_us:
                self._to_the_waiting()

    def _arrivals(self, now_us: int) -> None:
        """Those planned for this moment, the strongest of them first: one may have the floor, the others lose."""
        here = self._next
        self._now_us = now_us
        self._next = bisect_right(self._starts, now_us, here)
        for place in range(here, self._next):
            newcomer = Bid(self._planned[place], place)
            if self._holder is None and self._waiting:
                self._to_the_waiting(newcomer)
            holder = self._holder
            if holder is None:
                self._go_on_air(newcomer)
            elif takes_floor(newcomer.occurrence, holder.occurrence):
                self._go_on_air(newcomer)
                holder.leave_air(now_us)
                self._put_aside(holder, newcomer.occurrence)
            else:
                self._turn_away(newcomer, holder)

    def _go_on_air(self, bid: Bid) -> None:
        if self._now_us > bid.occurrence[0] and not bid.parts:
            bid.delayer = self._takings[-1][1]
        self._takings.append((self._now_us, bid.occurrence))
        self._holder = bid
        bid.on_air_us = self._now_us
        self._ends_us = self._now_us + bid.room_us(self._now_us)

    def _end_programme(self, holder: Bid) -> None:
        self._now_us = self._ends_us
        self._holder = None
        if holder.parts or holder.delayer is not None:
            holder.leave_air(self._now_us)
            self._finish(holder)
        else:
            self.slots.append(holder.occurrence)

    def _to_the_waiting(self, newcomer: Bid | None = None) -> None:
        """Give the floor to the strongest who waits and may begin now, if he is stronger than the newcomer."""
        passed_over: list[Waiting] = []
        while self._waiting and (newcomer is None or self._waiting[0] < newcomer.waiting):
            first = heappop(self._waiting)
            bid = first[3]
            if bid.too_late(self._now_us):
                self._finish(bid)
            elif self._stronger_comes(bid):
                passed_over.append(first)
            else:
                self._go_on_air(bid)
                break
        for one in passed_over:
            heappush(self._waiting, one)

    def _stronger_comes(self, bid: Bid) -> bool:
        """Whether one entitled to take the floor from it starts before a part worth hearing is over."""
        until_us = self._now_us + min(bid.room_us(self._now_us), SHORTEST_LATE_PART_US)
        index = self._next
        while self._starts[index] < until_us:
            if takes_floor(self._planned[index], bid.occurrence):
                bid.awaited = self._planned[index]
                return True
            index += 1
        return False

    def _put_aside(self, bid: Bid, by: Occurrence) -> None:
        bid.cutter = by
        if bid.occurrence[2].programme.resumes and not bid.too_late(self._now_us):
            heappush(self._waiting, bid.waiting)
        else:
            self._finish(bid)

    def _turn_away(self, bid: Bid, holder: Bid) -> None:
        """The floor is another's: wait for it, or be removed."""
        if bid.occurrence[2].programme.waits:
            heappush(self._waiting, bid.waiting)
        else:
            self.removals.append(Removal(bid.occurrence, RemovalReason.SUPERSEDED, holder.occurrence, False))

    def _finish(self, bid: Bid) -> None:
        if bid.parts:
            parts = tuple(bid.parts)
            self.slots.append(Disturbed(parts[0][0], parts, bid.occurrence, bid.delayer, bid.cutter))
        else:
            self.removals.append(Removal(bid.occurrence, RemovalReason.SUPERSEDED, self._kept_off(bid), True))

    def _kept_off(self, bid: Bid) -> Occurrence:
        """Who kept it off the air when its grace ran out: the holder then, or the one for whom it was not let in."""
        start_us, end_us, spot, _ = bid.occurrence
        programme = spot.programme
        last_us = start_us + programme.grace_us
        if programme.relay:
            last_us = max(start_us, end_us - SHORTEST_LATE_PART_US)
        if bid.awaited is not None and bid.awaited[0] > last_us:
            return bid.awaited
        return self._takings[bisect_right(self._takings, last_us, key=itemgetter(0)) - 1][1]
