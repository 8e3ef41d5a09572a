"""A small commune to schedule for: two villages, three clusters, seven loudspeakers."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from broadcast_server.schedule.occurrence import Window
from broadcast_server.schedule.programme import Everywhere, Item, Programme, Target
from broadcast_server.schedule.rule import Daily, Recurrence, Rule
from broadcast_server.schedule.station import ClusterSite, Station
from broadcast_server.schedule.timetable import Schedule
from speaker_client.protocol.ids import MINUTE
from speaker_client.protocol.priority import Priority

STATION = Station(
    frozenset({"upper", "lower"}),
    (
        ClusterSite("c1", "upper", frozenset({1, 2, 3})),
        ClusterSite("c2", "upper", frozenset({1, 2})),
        ClusterSite("c3", "lower", frozenset({1, 2})),
    ),
)


def us(*moment: int) -> int:
    """Microseconds of a UTC moment given as year, month, day, hour…"""
    return int(datetime(*moment, tzinfo=UTC).timestamp()) * 1_000_000


def window(first: date, last: date) -> Window:
    """From 17:00 UTC before `first` to 17:00 UTC on `last`: whole days in Vietnam."""
    hours = 17 * 60 * MINUTE
    start, end = us(first.year, first.month, first.day), us(last.year, last.month, last.day)
    return Window(start - 24 * 60 * MINUTE + hours, end + hours)


def programme(name: str, minutes: int, priority: Priority = Priority.OWN, *targets: Target, **more) -> Programme:
    items = (Item("0" * 64, minutes * MINUTE, 1000),)
    return Programme(name, f"Bản tin {name}", priority, items, targets or (Everywhere(),), **more)


def rule(name: str, *times: time, recurrence: Recurrence | None = None, day: date = date(2027, 1, 1), **more) -> Rule:
    return Rule(f"rule of {name}", name, day, times, recurrence or Daily(), **more)


def schedule(programmes: list[Programme], rules: list[Rule]) -> Schedule:
    return Schedule({one.id: one for one in programmes}, tuple(rules))
