"""A small commune to schedule for: two villages, three clusters, seven loudspeakers."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from hypothesis import strategies as st

from broadcast_server.schedule.occurrence import Window
from broadcast_server.schedule.programme import (
    Cluster,
    Everywhere,
    IfBusy,
    IfInterrupted,
    Item,
    Loudspeaker,
    Programme,
    Target,
    Village,
)
from broadcast_server.schedule.rule import Daily, Monthly, Once, Recurrence, Rule, Weekly
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
targets = st.sampled_from([Everywhere(), Village("upper"), Village("lower"), Cluster("c2"), Loudspeaker("c1", 3)])
ladder = st.sampled_from([Priority.EMERGENCY, Priority.PRIORITY_COMMUNE, Priority.OWN, Priority.RELAY])


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


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    programmes = [
        programme(
            name,
            draw(st.sampled_from([1, 5, 30, 59, 240, 1500])),
            draw(ladder),
            *draw(st.lists(targets, min_size=1, max_size=2)),
            grace_us=draw(st.sampled_from([0, 5, 120])) * MINUTE,
            if_busy=draw(st.sampled_from(list(IfBusy))),
            if_interrupted=draw(st.sampled_from(list(IfInterrupted))),
        )
        for name in "abcde"
    ]
    clock = st.builds(time, st.integers(0, 23), st.sampled_from([0, 30]))
    recurrences = st.sampled_from([Once(), Daily(), Weekly(frozenset({0, 3})), Monthly((5, -1))])
    rules = [
        Rule(
            f"r{n}",
            draw(st.sampled_from("abcde")),
            date(2027, 1, draw(st.integers(1, 6))),
            tuple(draw(st.lists(clock, min_size=1, max_size=3))),
            draw(recurrences),
        )
        for n in range(draw(st.integers(1, 6)))
    ]
    return schedule(programmes, rules)
