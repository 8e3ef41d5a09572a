"""The whole station: who hears what, and that it does not matter how the time is cut into windows."""

from __future__ import annotations

from datetime import date, time

from hypothesis import given, settings
from hypothesis import strategies as st

from broadcast_server.schedule.occurrence import Window, occurrences
from broadcast_server.schedule.programme import Cluster, Everywhere, IfBusy, Loudspeaker, Village
from broadcast_server.schedule.running_order import running_order
from broadcast_server.schedule.timetable import Schedule, apart, running_orders
from speaker_client.protocol.ids import HOUR, MINUTE
from speaker_client.protocol.priority import Priority
from tests.schedule.commune import STATION, programme, rule, schedule, schedules, us, window

MONDAY = date(2027, 1, 4)
CLUSTERS = ["c1", "c2", "c3"]


@given(schedules(), st.integers(0, 5 * 48))
@settings(max_examples=150, deadline=None)
def test_two_windows_hold_what_the_one_around_them_holds(some: Schedule, half_hours: int) -> None:
    whole = window(MONDAY, date(2027, 1, 8))
    cut_us = whole.start_us + half_hours * 30 * MINUTE
    first = running_orders(STATION, some, Window(whole.start_us, cut_us))
    second = running_orders(STATION, some, Window(cut_us, whole.end_us))
    for cluster, everything in running_orders(STATION, some, whole).items():
        both = [*first[cluster].slots, *second[cluster].slots]
        assert sorted(both, key=lambda slot: slot.parts[0].start_us) == list(everything.slots)
        assert first[cluster].removals + second[cluster].removals == everything.removals


@given(schedules())
@settings(max_examples=100, deadline=None)
def test_each_cluster_alone_would_be_the_same(some: Schedule) -> None:
    """Against all occurrences since the first rule, cluster by cluster, without looking for quiet moments."""
    some_days = window(MONDAY, date(2027, 1, 6))
    all_of_it = occurrences(some.rules, some.programmes, Window(us(2026, 12, 30), us(2027, 1, 20)))
    for cluster, found in running_orders(STATION, some, some_days).items():
        here = [one for one in all_of_it if cluster in STATION.reach(one.programme.targets)]
        alone = running_order(here)
        assert found.slots == tuple(slot for slot in alone.slots if slot.occurrence.start_us in some_days)
        assert found.removals == tuple(one for one in alone.removals if one.occurrence.start_us in some_days)


def test_targets_mean_loudspeakers() -> None:
    assert STATION.reach([Everywhere()]) == {"c1": {1, 2, 3}, "c2": {1, 2}, "c3": {1, 2}}
    assert STATION.reach([Village("lower"), Loudspeaker("c1", 2)]) == {"c1": {2}, "c3": {1, 2}}
    assert STATION.reach([Loudspeaker("c1", 9), Cluster("gone")]) == {}
    assert STATION.unknown([Everywhere(), Village("lower"), Cluster("gone"), Loudspeaker("c1", 9)]) == (
        Cluster("gone"),
        Loudspeaker("c1", 9),
    )


def test_what_one_village_hears_takes_no_floor_in_the_other() -> None:
    some = schedule(
        [programme("relay", 30, Priority.RELAY), programme("own", 10, Priority.OWN, Village("lower"))],
        [rule("relay", time(5)), rule("own", time(5, 10))],
    )
    orders = running_orders(STATION, some, window(MONDAY, MONDAY))
    assert {cluster: len(found.slots) for cluster, found in orders.items()} == {"c1": 1, "c2": 1, "c3": 2}
    assert [len(found.slots[0].parts) for found in orders.values()] == [1, 1, 2]


def test_what_began_yesterday_still_holds_the_floor_at_midnight() -> None:
    some = schedule(
        [programme("long", 120), programme("next", 10, if_busy=IfBusy.DROP)],
        [rule("long", time(23)), rule("next", time(0, 30))],
    )
    found = running_orders(STATION, some, window(MONDAY, MONDAY))["c1"]
    assert [one.occurrence.programme.id for one in found.removals] == ["next"]
    assert [slot.occurrence.programme.id for slot in found.slots] == ["long"]


def test_a_floor_that_is_never_free_is_still_the_same_next_week() -> None:
    """A filler every hour of the clock leaves no quiet moment between its graces."""
    some = schedule(
        [programme("filler", 60, Priority.FILLER), programme("own", 45)],
        [rule("filler", *(time(hour) for hour in range(24))), rule("own", time(5, 50), time(17))],
    )
    week, day = window(MONDAY, date(2027, 1, 10)), window(date(2027, 1, 7), date(2027, 1, 7))
    in_week = [one for one in running_orders(STATION, some, week)["c1"].slots if one.occurrence.start_us in day]
    assert list(running_orders(STATION, some, day)["c1"].slots) == in_week
    removed = [one.occurrence.local.hour for one in running_orders(STATION, some, day)["c1"].removals]
    assert (len(in_week), removed) == (24, [6, 17])
    assert all(slot.parts[-1].end_us <= slot.occurrence.end_us + HOUR for slot in in_week)


def test_nothing_planned_is_nothing_on_air() -> None:
    orders = running_orders(STATION, Schedule({}, ()), window(MONDAY, MONDAY))
    assert {cluster: (found.slots, found.removals) for cluster, found in orders.items()} == {
        "c1": ((), ()),
        "c2": ((), ()),
        "c3": ((), ()),
    }


def test_villages_that_share_no_programme_are_timetabled_one_after_the_other() -> None:
    upper, lower = (Village("upper"),), (Village("lower"),)
    heard_in = {"a": ["c1", "c2"], "b": ["c3"], "c": []}
    some = schedule(
        [
            programme("a", 5, Priority.OWN, *upper),
            programme("b", 5, Priority.OWN, *lower),
            programme("c", 5, Priority.OWN, Village("gone")),
        ],
        [rule(name, time(6)) for name in "abcd"],
    )
    parts = [(clusters, [one.programme for one in part.rules]) for clusters, part in apart(CLUSTERS, some, heard_in)]
    assert parts == [(["c1", "c2"], ["a"]), (["c3"], ["b"])]
    joined = schedule([*some.programmes.values(), programme("d", 5)], list(some.rules))
    assert apart(CLUSTERS, joined, {**heard_in, "d": CLUSTERS}) == [(CLUSTERS, joined)]
