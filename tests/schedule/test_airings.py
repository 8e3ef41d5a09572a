"""An airing is one occurrence on one cluster; its id is known before it plays."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time

from broadcast_server.schedule.airings import AiringKey, airing_id, airings
from broadcast_server.schedule.programme import IfInterrupted, Loudspeaker, Village
from broadcast_server.schedule.timetable import running_orders
from speaker_client.protocol.priority import Priority
from tests.schedule.commune import STATION, programme, rule, schedule, window

DAY = window(date(2027, 1, 4), date(2027, 1, 4))


def test_each_cluster_airs_on_the_loudspeakers_meant_for_it() -> None:
    some = schedule([programme("a", 5, Priority.OWN, Village("lower"), Loudspeaker("c1", 2))], [rule("a", time(5))])
    orders = running_orders(STATION, some, DAY)
    found = {cluster: airings(STATION, some, cluster, orders[cluster]) for cluster in orders}
    assert {cluster: [one.loudspeakers for one in them] for cluster, them in found.items()} == {
        "c1": [(2,)],
        "c2": [],
        "c3": [(1, 2)],
    }
    [first], [second] = found["c1"], found["c3"]
    assert first.key.occurrence == second.key.occurrence
    assert first.id != second.id


def test_an_id_is_the_same_whenever_it_is_computed_and_changes_with_each_part_of_the_key() -> None:
    key = AiringKey("0" * 32, "c1", 0)
    others = [key, replace(key, occurrence="1" * 32), replace(key, cluster="c2"), replace(key, revision=1)]
    assert len({airing_id(one) for one in others}) == 4
    assert airing_id(key) == "93cba0b8e2d26a2860c8feedc4fd2fa4"


def test_an_airing_that_is_cut_names_who_cut_it() -> None:
    relay = programme("relay", 30, Priority.RELAY, if_interrupted=IfInterrupted.END)
    some = schedule([relay, programme("own", 10)], [rule("relay", time(5)), rule("own", time(5, 10))])
    [cut, whole] = airings(STATION, some, "c1", running_orders(STATION, some, DAY)["c1"])
    assert (cut.occurrence.programme.id, cut.cut_by) == ("relay", whole.key.occurrence)
    assert whole.cut_by is None
