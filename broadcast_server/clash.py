"""What a change to the timetable clashes with, once for each pair of programmes and not once a day."""

from __future__ import annotations

from dataclasses import dataclass

from broadcast_server.programmes.timetable import Timetable
from broadcast_server.schedule.conflicts import Conflict, conflicts
from broadcast_server.schedule.occurrence import Window
from speaker_client.protocol.ids import DAY, Micros

LOOK_AHEAD_US = 28 * DAY
MOST = 50
"""Kinds of clash told at once; nobody reads more."""


@dataclass(frozen=True)
class Clash:
    """The first of `count` conflicts of one kind between two programmes."""

    first: Conflict
    count: int


def clashes(before: Timetable, after: Timetable, now: Micros) -> tuple[Clash, ...]:
    """The clashes of the next four weeks that `after` has and `before` had not, by time."""
    if before == after:
        return ()
    window = Window(now, now + LOOK_AHEAD_US)
    kinds: dict[tuple[object, ...], list[Conflict]] = {}
    for one in conflicts(after.station, before.schedule, after.schedule, window):
        kinds.setdefault(_kind(one), []).append(one)
    return tuple(Clash(same[0], len(same)) for same in list(kinds.values())[:MOST])


def _kind(one: Conflict) -> tuple[object, ...]:
    return one.loser.programme.id, one.winner.programme.id, one.fate, one.why, one.clusters, one.loss_us
