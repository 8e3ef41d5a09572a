"""Whom a stop is sent to."""

from __future__ import annotations

from broadcast_server.fleet.halting import AT_ONCE, SHORTEST, Order, Target, orders
from speaker_client.protocol.ids import HOUR, AiringId, ClusterId, Micros

NOW = Micros(1_000 * HOUR)
HILL, MARKET = ClusterId("hill"), ClusterId("market")


def target(name: str, cluster: ClusterId, until: int) -> Target:
    return Target(AiringId(name), cluster, until)


def test_with_nothing_named_the_whole_station_falls_silent() -> None:
    assert orders([], [], NOW) == (Order(None, (), NOW + AT_ONCE),)


def test_airings_go_to_their_clusters_and_stand_while_they_could_sound() -> None:
    given = orders([target("a", HILL, NOW + HOUR), target("b", MARKET, NOW), target("c", HILL, NOW)], [], NOW)
    assert given == (
        Order(HILL, (AiringId("a"), AiringId("c")), NOW + HOUR),
        Order(MARKET, (AiringId("b"),), NOW + SHORTEST),
    )


def test_a_cluster_named_twice_is_told_once() -> None:
    assert orders([], [HILL, HILL], NOW) == (Order(HILL, (), NOW + AT_ONCE),)
