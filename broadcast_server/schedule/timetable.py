"""The whole station's timetable: rules and programmes to one running order a cluster."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter

from broadcast_server.schedule.occurrence import Occurrence, Window, occurrences
from broadcast_server.schedule.programme import Programme
from broadcast_server.schedule.rule import Rule
from broadcast_server.schedule.running_order import RunningOrder, as_planned, settle
from broadcast_server.schedule.station import Station
from speaker_client.protocol.ids import DAY, ClusterId, ProgrammeId

FURTHEST_LOOK_US = 35 * DAY
"""How far outside a window a quiet moment is looked for; only a floor never free for so long is cut there."""


@dataclass(frozen=True)
class Schedule:
    """What is to be played and when."""

    programmes: Mapping[ProgrammeId, Programme]
    rules: tuple[Rule, ...]


def running_orders(station: Station, schedule: Schedule, window: Window) -> dict[ClusterId, RunningOrder]:
    """For each cluster, the occurrences planned to start in the window; the same however time is cut into windows.

    What began before the window and still sounds belongs to the window before: to have it too, ask from earlier.
    """
    settled = as_planned(_undisturbed(schedule, window))
    audience = {programme.id: station.reach(programme.targets).keys() for programme in schedule.programmes.values()}
    orders: dict[ClusterId, RunningOrder] = {}
    for site in station.clusters:
        heard = {programme for programme, clusters in audience.items() if site.id in clusters}
        planned = [slot for slot in settled if slot.occurrence.spot.programme.id in heard]
        orders[site.id] = _within(window, settle(planned))
    return orders


def _within(window: Window, whole: RunningOrder) -> RunningOrder:
    start_us, end_us = window.start_us, window.end_us
    return RunningOrder(
        tuple(slot for slot in whole.slots if start_us <= slot[0][0] < end_us),
        tuple(removal for removal in whole.removals if start_us <= removal[0][0] < end_us),
    )


def _undisturbed(schedule: Schedule, window: Window) -> Sequence[Occurrence]:
    """The window's occurrences and all before and after that could change what becomes of them."""
    longest_us = max((programme.reach_us for programme in schedule.programmes.values()), default=0)
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
