"""The whole station's timetable: rules and programmes to one running order a cluster."""

from __future__ import annotations

import gc
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from operator import itemgetter

from broadcast_server.schedule.occurrence import Occurrence, Window, occurrences
from broadcast_server.schedule.programme import Programme, Target
from broadcast_server.schedule.rule import Rule
from broadcast_server.schedule.running_order import Outcome, RunningOrder, settle
from broadcast_server.schedule.slot import Removal, Slot, time_on_air
from broadcast_server.schedule.station import Station
from speaker_client.protocol.ids import DAY, ClusterId, ProgrammeId

FURTHEST_LOOK_US = 35 * DAY
"""How far outside a window a quiet moment is looked for; only a floor never free for so long is cut there."""

AT_HAND = 500
"""So many occurrences, with all that is made of them, stay in a processor's own cache."""


@dataclass(frozen=True)
class Schedule:
    """What is to be played and when."""

    programmes: Mapping[ProgrammeId, Programme]
    rules: tuple[Rule, ...]

    @property
    def longest_reach_us(self) -> int:
        """From a planned start to the moment after which nothing of any programme can sound, microseconds."""
        return max((programme.reach_us for programme in self.programmes.values()), default=0)

    def without(self, programme: ProgrammeId) -> Schedule:
        """This schedule, had the programme never been made."""
        others = {name: one for name, one in self.programmes.items() if name != programme}
        return Schedule(others, tuple(rule for rule in self.rules if rule.programme != programme))


def running_orders(station: Station, schedule: Schedule, window: Window) -> dict[ClusterId, RunningOrder]:
    """For each cluster, the occurrences planned to start in the window; the same however time is cut into windows.

    What began before the window and still sounds belongs to the window before: to have it too, ask from earlier.
    """
    heard_in = _heard_in(station, schedule.programmes.values())
    found: dict[ClusterId, RunningOrder] = {}
    for clusters, part in apart([site.id for site in station.clusters], schedule, heard_in):
        with _no_search_for_cycles():
            longest_us = part.longest_reach_us
            for cluster, whole in _settled(clusters, part, heard_in, _undisturbed(part, window), longest_us).items():
                found[cluster] = _within(window, longest_us, *whole)
    return {site.id: found[site.id] for site in station.clusters}


HeardIn = Mapping[ProgrammeId, Sequence[ClusterId]]
"""The clusters that the targets of each programme mean; programmes with the same targets share one sequence."""


def _heard_in(station: Station, programmes: Iterable[Programme]) -> HeardIn:
    """Targets are slow to hash: here once for each programme, and nowhere else."""
    meant: dict[tuple[Target, ...], list[ClusterId]] = {}
    found: dict[ProgrammeId, list[ClusterId]] = {}
    for programme in programmes:
        clusters = meant.get(programme.targets)
        if clusters is None:
            clusters = meant[programme.targets] = list(station.reach(programme.targets))
        found[programme.id] = clusters
    return found


def apart(
    clusters: Sequence[ClusterId], schedule: Schedule, heard_in: HeardIn
) -> list[tuple[Sequence[ClusterId], Schedule]]:
    """The clusters that no programme joins, directly or through others, apart, each part with what is played there.

    Communes that merge into one station mostly keep to themselves: one after the other their timetables fit into the
    processor's cache, all at once they do not.
    """
    part_of = {cluster: [cluster] for cluster in clusters}
    for together in {id(one): one for one in heard_in.values()}.values():
        for cluster in together[1:]:
            whole, other = part_of[together[0]], part_of[cluster]
            if whole is not other:
                whole += other
                part_of.update(dict.fromkeys(other, whole))
    parts = {id(part): part for part in part_of.values()}
    if len(parts) == 1:
        return [(clusters, schedule)]
    programmes: dict[int, dict[ProgrammeId, Programme]] = {number: {} for number in parts}
    rules: dict[int, list[Rule]] = {number: [] for number in parts}
    home = {name: id(part_of[together[0]]) for name, together in heard_in.items() if together}
    for name, number in home.items():
        programmes[number][name] = schedule.programmes[name]
    for rule in schedule.rules:
        if rule.programme in home:
            rules[home[rule.programme]].append(rule)
    return [(part, Schedule(programmes[number], tuple(rules[number]))) for number, part in parts.items()]


@contextmanager
def _no_search_for_cycles() -> Iterator[None]:
    """Tuples by the hundred thousand that all live on: to look again and again for dead rings takes half the time.

    Afterwards they are looked through once; of merged communes one by one, while each is still in the cache.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _settled(
    clusters: Sequence[ClusterId],
    schedule: Schedule,
    heard_in: HeardIn,
    occurrences: Sequence[Occurrence],
    longest_us: int,
) -> dict[ClusterId, Outcome]:
    """What becomes on each cluster of those of the occurrences that it is to hear.

    Some days after the other, those for all clusters: what one cluster has just read is at hand for the next.
    """
    dealt: dict[ClusterId, list[Occurrence]] = {cluster: [] for cluster in clusters}
    hands = {name: [dealt[cluster].append for cluster in heard_in[name]] for name in schedule.programmes}
    slots: dict[ClusterId, list[Slot]] = {cluster: [] for cluster in clusters}
    removals: dict[ClusterId, list[Removal]] = {cluster: [] for cluster in clusters}
    for days in _cut_in_quiet(occurrences, longest_us):
        elsewhere: dict[tuple[int, ...], Outcome] = {}
        for one in days:
            for give in hands[one[2].programme.id]:
                give(one)
        for cluster, planned in dealt.items():
            on_air, off_air = settle(planned, elsewhere)
            slots[cluster] += on_air
            removals[cluster] += off_air
            planned.clear()
    return {cluster: (slots[cluster], removals[cluster]) for cluster in clusters}


def _cut_in_quiet(occurrences: Sequence[Occurrence], longest_us: int) -> Iterator[Sequence[Occurrence]]:
    """The occurrences, some hundreds at a time, cut where all earlier ones are out of hearing."""
    here = 0
    while here < len(occurrences):
        there = here + AT_HAND
        while there < len(occurrences) and occurrences[there][0] - occurrences[there - 1][0] < longest_us:
            there += 1
        yield occurrences[here:there]
        here = there


def _within(window: Window, longest_us: int, slots: list[Slot], removals: list[Removal]) -> RunningOrder:
    """What was planned to start in the window. Slots go by time on air, which is later by less than the longest."""
    first = bisect_left(slots, window.start_us, key=time_on_air)
    inside = bisect_left(slots, window.start_us + longest_us, key=time_on_air)
    after = max(inside, bisect_left(slots, window.end_us, key=time_on_air))
    kept = [slot for slot in slots[first:inside] if slot.occurrence[0] in window]
    kept += slots[inside:after]
    kept += [slot for slot in slots[after:] if slot.occurrence[0] in window]
    begin = bisect_left(removals, window.start_us, key=_planned_start)
    end = bisect_left(removals, window.end_us, key=_planned_start)
    return RunningOrder(tuple(kept), tuple(removals[begin:end]))


def _planned_start(removal: Removal) -> int:
    return removal[0][0]


def _undisturbed(schedule: Schedule, window: Window) -> Sequence[Occurrence]:
    """The window's occurrences and all before and after that could change what becomes of them."""
    longest_us = schedule.longest_reach_us
    look_us = DAY
    while True:
        margin_us = longest_us + look_us
        found = occurrences(schedule.rules, schedule.programmes, window.wider(margin_us, margin_us))
        first = _quiet_before(found, window.start_us, window.start_us - look_us)
        last = _quiet_after(found, window.end_us, window.end_us + margin_us, longest_us)
        if (first is not None and last is not None) or look_us >= FURTHEST_LOOK_US:
            return found[first or 0 : last]
        look_us *= 6


def _quiet_before(found: Sequence[Occurrence], moment_us: int, known_from_us: int) -> int | None:
    """The index from which on nothing earlier can be heard, at the last such time up to the moment.

    Before `known_from_us` unseen occurrences may still sound.
    """
    busy_until_us = known_from_us
    quiet: int | None = None
    for index, occurrence in enumerate(found):
        if busy_until_us <= min(occurrence.start_us, moment_us):
            quiet = index
        if occurrence.start_us >= moment_us:
            return quiet
        busy_until_us = max(busy_until_us, occurrence.latest_us)
    return len(found) if busy_until_us <= moment_us else quiet


def _quiet_after(found: Sequence[Occurrence], moment_us: int, known_until_us: int, longest_us: int) -> int | None:
    """The index of the first occurrence from the moment on that finds all earlier ones out of hearing.

    From `known_until_us` on there may be unseen occurrences.
    """
    busy_until_us = moment_us
    for index in range(bisect_left(found, moment_us - longest_us, key=itemgetter(0)), len(found)):
        occurrence = found[index]
        if occurrence.start_us >= busy_until_us:
            return index
        busy_until_us = max(busy_until_us, occurrence.latest_us)
    return len(found) if busy_until_us <= known_until_us else None
