"""Occurrences to the running order of one cluster: who has the floor when, and who lost it to whom.

The floor is the cluster, whatever loudspeakers are meant. The rules:

* The stronger takes the floor from the weaker. Between equals the one on air keeps it, and of two that
  could begin at one moment the earlier planned does (then the programme that was saved first). Only among
  emergencies, spoken or not, does the latest win.
* A programme that finds the floor taken is dropped, or waits for it until its grace has run out.
* A programme that loses the floor ends there, or goes on later from where it was cut, if at least 30 s of
  it would still sound. Nothing sounds later than planned start + duration + grace.
* Nobody late or interrupted is let in for a moment: when something stronger comes within 30 s, he waits on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import repeat
from operator import gt, itemgetter

from broadcast_server.schedule.floor import NEVER, Floor
from broadcast_server.schedule.occurrence import Occurrence, order
from broadcast_server.schedule.precedents import Outcome, Precedents
from broadcast_server.schedule.slot import Part, Removal, RemovalReason, Slot, time_on_air

__all__ = ["Part", "Removal", "RemovalReason", "RunningOrder", "Slot", "as_planned", "running_order", "settle"]


@dataclass(frozen=True)
class RunningOrder:
    """Every occurrence of the window exactly once: in a slot (by time on air) or removed (by planned start)."""

    slots: tuple[Slot, ...]
    removals: tuple[Removal, ...]


_START, _END, _OCCURRENCE = itemgetter(0), itemgetter(1), itemgetter(0)
_new_slot = partial(tuple.__new__, Slot)


def as_planned(occurrences: Sequence[Occurrence]) -> list[Slot]:
    """For each occurrence the slot it would have if it were alone."""
    return list(map(_new_slot, zip(occurrences, repeat(None), repeat(None), repeat(None))))


def running_order(occurrences: Iterable[Occurrence]) -> RunningOrder:
    """The running order of these occurrences on one cluster; their order does not matter."""
    slots, removals = settle(as_planned(sorted(occurrences, key=order)), Precedents())
    return RunningOrder(tuple(slots), tuple(removals))


def settle(planned: Sequence[Slot], precedents: Precedents) -> Outcome:
    """The running order of slots as planned, which are in the `order` of their occurrences.

    `precedents` may be shared by the clusters of one station while their occurrences live.
    """
    settled = list(map(_OCCURRENCE, planned))
    starts = [*map(_START, settled), NEVER]
    crowded = list(map(gt, map(_END, settled), starts[1:]))
    slots: list[Slot] = []
    removals: list[Removal] = []
    here = 0
    while (there := _next(crowded, here)) < len(planned):
        slots += planned[here:there]
        here = _end_of_stretch(planned, starts, there)
        on_air, off_air = precedents.outcome(planned[there:here], _play)
        slots += on_air
        removals += off_air
    slots += planned[here:]
    removals.sort(key=_planned_order)
    return slots, removals


def _end_of_stretch(planned: Sequence[Slot], starts: Sequence[int], first: int) -> int:
    """The index of the first later one that finds all of the stretch out of hearing, whatever becomes of it."""
    until_us = start_us = starts[first]
    index = first
    while start_us < until_us or index == first:
        latest_us = start_us + planned[index][0][2].programme.reach_us
        if latest_us > until_us:
            until_us = latest_us
        index += 1
        start_us = starts[index]
    return index


def _play(stretch: Sequence[Slot]) -> Outcome:
    """Play the stretch through; the floor may be free in it now and then."""
    starts = [*(slot[0][0] for slot in stretch), NEVER]
    slots: list[Slot] = []
    removals: list[Removal] = []
    here = 0
    while here < len(stretch):
        floor = Floor(stretch, starts, here)
        here = floor.run()
        slots += sorted(floor.slots, key=time_on_air)
        removals += floor.removals
    return slots, removals


def _next(crowded: list[bool], here: int) -> int:
    try:
        return crowded.index(True, here)
    except ValueError:
        return len(crowded)


def _planned_order(removal: Removal) -> tuple[int, int, int, str]:
    start_us, _, spot, _ = removal[0]
    return start_us, -spot.programme.rung, spot.programme.made_us, spot.programme.id
