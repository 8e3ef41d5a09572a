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
from operator import gt, itemgetter

from broadcast_server.schedule.floor import NEVER, SHORTEST_LATE_PART_US, Floor, takes_floor
from broadcast_server.schedule.occurrence import Occurrence, Part, order
from broadcast_server.schedule.slot import Disturbed, Removal, RemovalReason, Slot, time_on_air

__all__ = ["Part", "Removal", "RemovalReason", "RunningOrder", "Slot", "running_order", "settle"]


@dataclass(frozen=True)
class RunningOrder:
    """Every occurrence of the window exactly once: in a slot (by time on air) or removed (by planned start)."""

    slots: tuple[Slot, ...]
    removals: tuple[Removal, ...]


_START, _END = itemgetter(0), itemgetter(1)


def running_order(occurrences: Iterable[Occurrence]) -> RunningOrder:
    """The running order of these occurrences on one cluster; their order does not matter."""
    slots, removals = settle(sorted(occurrences, key=order), {})
    return RunningOrder(tuple(slots), tuple(removals))


Outcome = tuple[list[Slot], list[Removal]]
"""The slots by time on air, and the removals by planned start. It is shared, and never changed."""


def settle(planned: Sequence[Occurrence], elsewhere: dict[tuple[int, ...], Outcome]) -> Outcome:
    """The running order of occurrences on one cluster, which are given in their `order`.

    `elsewhere` is what became of crowded stretches on other clusters, by the identities of their occurrences; it may
    be shared while they live. Most programmes are for a whole village or for everybody.
    """
    starts = [*map(_START, planned), NEVER]
    crowded = list(map(gt, map(_END, planned), starts[1:]))
    slots: list[Slot] = []
    removals: list[Removal] = []
    here = 0
    while (there := _next(crowded, here)) < len(planned):
        slots += planned[here:there]
        here = _end_of_stretch(planned, starts, there)
        stretch = planned[there:here]
        these = tuple(map(id, stretch))
        outcome = elsewhere.get(these)
        if outcome is None:
            outcome = elsewhere[these] = _play(stretch)
        slots += outcome[0]
        removals += outcome[1]
    slots += planned[here:]
    return slots, removals


def _end_of_stretch(planned: Sequence[Occurrence], starts: Sequence[int], first: int) -> int:
    """The index of the first later one that finds all of the stretch out of hearing, whatever becomes of it."""
    until_us = start_us = starts[first]
    index = first
    while start_us < until_us or index == first:
        latest_us = start_us + planned[index][2].programme.reach_us
        if latest_us > until_us:
            until_us = latest_us
        index += 1
        start_us = starts[index]
    return index


def _play(stretch: Sequence[Occurrence]) -> Outcome:
    return (_short_story(*stretch) if len(stretch) == 2 else None) or _long_story(stretch)


def _short_story(first: Occurrence, second: Occurrence) -> Outcome | None:
    """Most meetings are of two. In a full timetable meetings grow faster than rules, so these are told without the
    floor, which says the same; None of the rare ones that it has to tell."""
    programme, free_us = second[2].programme, first[1]
    if takes_floor(second, first):
        return [_interrupted(first, second), second], []
    if not programme.waits:
        return [first], [Removal(second, RemovalReason.SUPERSEDED, first, False)]
    if programme.relay or free_us > second[0] + programme.grace_us:
        return None
    return [first, Disturbed(free_us, (Part(free_us, 0, programme.duration_us),), second, first)], []


def _interrupted(first: Occurrence, second: Occurrence) -> Disturbed:
    """The first up to the second, and after that what is left of it, if it goes on and is worth it."""
    start_us, end_us, spot, _ = first
    programme, heard_us = spot.programme, second[0] - start_us
    parts: tuple[Part, ...] = (Part(start_us, 0, heard_us),)
    left_us = min(programme.duration_us - heard_us, end_us + programme.grace_us - second[1])
    if programme.resumes and left_us >= SHORTEST_LATE_PART_US:
        parts += (Part(second[1], heard_us, left_us),)
    return Disturbed(start_us, parts, first, None, second)


def _long_story(stretch: Sequence[Occurrence]) -> Outcome:
    floor = Floor(stretch)
    floor.run()
    return sorted(floor.slots, key=time_on_air), sorted(floor.removals, key=_planned_order)


def _next(crowded: list[bool], here: int) -> int:
    try:
        return crowded.index(True, here)
    except ValueError:
        return len(crowded)


def _planned_order(removal: Removal) -> tuple[int, int, int, str]:
    start_us, _, spot, _ = removal[0]
    return start_us, -spot.programme.rung, spot.programme.made_us, spot.programme.id
