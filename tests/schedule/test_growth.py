"""What a station costs grows as it does: nothing is worked out anew for each cluster, or looked for in all of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, time
from typing import ClassVar
from unittest.mock import patch

import pytest
from hypothesis import given, settings

from broadcast_server.schedule import running_order, station, timetable
from broadcast_server.schedule.programme import Everywhere, Village
from broadcast_server.schedule.rule import Daily
from broadcast_server.schedule.station import ClusterSite, Station
from broadcast_server.schedule.timetable import Schedule, running_orders
from speaker_client.protocol.priority import Priority
from tests.schedule.commune import STATION, programme, rule, schedule, schedules, window

MONDAY, SUNDAY = date(2027, 1, 4), date(2027, 1, 10)


@given(schedules())
@settings(max_examples=100, deadline=None)
def test_it_does_not_matter_how_many_days_are_settled_at_a_time(some: Schedule) -> None:
    days = window(MONDAY, SUNDAY)
    whole = running_orders(STATION, some, days)
    with patch.object(timetable, "AT_HAND", 1):
        assert running_orders(STATION, some, days) == whole


def test_days_are_cut_only_where_nothing_that_came_before_can_be_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    some = schedule([programme("a", 59, Priority.OWN)], [rule("a", time(5), time(6), time(9), recurrence=Daily())])
    settled: list[list[int]] = []
    play = timetable.settle

    def watched(planned: list[running_order.Occurrence], *more: object) -> object:
        settled.append([one.local.hour for one in planned])
        return play(planned, *more)

    monkeypatch.setattr(timetable, "settle", watched)
    monkeypatch.setattr(timetable, "AT_HAND", 1)
    running_orders(STATION, some, window(MONDAY, MONDAY))
    assert {5, 6} <= set(next(hours for hours in settled if 5 in hours))
    assert [9] in settled


def test_what_several_clusters_hear_alike_is_settled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    some = schedule(
        [programme("a", 30, Priority.OWN, Everywhere()), programme("b", 30, Priority.EMERGENCY, Everywhere())],
        [rule("a", time(6)), rule("b", time(6, 10))],
    )
    played: list[int] = []
    play = running_order._play
    monkeypatch.setattr(running_order, "_play", lambda stretch: played.append(len(stretch)) or play(stretch))
    orders = running_orders(STATION, some, window(MONDAY, MONDAY))
    assert played == [2]
    assert len({found.slots for found in orders.values()}) == 1


@dataclass(frozen=True)
class Counted(Village):
    """A target that counts how often it was hashed."""

    seen: ClassVar = Counter[str]()

    def __hash__(self) -> int:
        self.seen[self.village] += 1
        return hash(self.village)


def test_targets_are_hashed_once_a_programme_however_many_rules_it_has() -> None:
    names = [f"p{n}" for n in range(20)]
    village = Counted("upper")
    some = schedule(
        [programme(name, 1, Priority.OWN, village) for name in names],
        [rule(name, time(hour)) for name in names for hour in (6, 7, 8)],
    )
    Counted.seen.clear()
    running_orders(STATION, some, window(MONDAY, MONDAY))
    assert Counted.seen["upper"] <= len(names) + 2


def test_a_target_is_looked_for_only_where_it_can_be(monkeypatch: pytest.MonkeyPatch) -> None:
    large = Station(
        frozenset(f"v{n}" for n in range(50)),
        tuple(ClusterSite(f"c{n}", f"v{n // 2}", frozenset({1, 2})) for n in range(100)),
    )
    asked: list[str] = []
    meant = station._meant
    monkeypatch.setattr(station, "_meant", lambda site, target: asked.append(site.id) or meant(site, target))
    assert list(large.reach([Village("v7"), station.Cluster("c3")])) == ["c3", "c14", "c15"]
    assert sorted(asked) == ["c14", "c15", "c3"]
