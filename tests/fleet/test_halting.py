"""Whom a stop is sent to."""

from __future__ import annotations

from broadcast_server.fleet.halting import AT_ONCE, SHORTEST, StopDraft, Target, orders
from speaker_client.protocol.bundle import LONGEST_WAIT_S
from speaker_client.protocol.config import BoxConfig
from speaker_client.protocol.ids import HOUR, MINUTE, SECOND, AiringId, ClusterId, Micros

NOW = Micros(1_000 * HOUR)
HILL, MARKET = ClusterId("hill"), ClusterId("market")


def target(name: str, cluster: ClusterId, until: int) -> Target:
    return Target(AiringId(name), cluster, until)


def test_with_nothing_named_the_whole_station_falls_silent() -> None:
    assert orders([], [], NOW) == (StopDraft(None, (), NOW + AT_ONCE),)


def test_airings_go_to_their_clusters_and_stand_while_they_could_sound() -> None:
    given = orders([target("a", HILL, NOW + HOUR), target("b", MARKET, NOW), target("c", HILL, NOW)], [], NOW)
    assert given == (
        StopDraft(HILL, (AiringId("a"), AiringId("c")), NOW + HOUR),
        StopDraft(MARKET, (AiringId("b"),), NOW + SHORTEST),
    )


def test_an_order_for_what_sounds_now_stands_until_every_box_has_asked_again() -> None:
    assert BoxConfig.model_fields["poll_us"].default + MINUTE <= AT_ONCE
    assert LONGEST_WAIT_S * SECOND + MINUTE <= AT_ONCE


def test_a_cluster_named_twice_is_told_once() -> None:
    assert orders([], [HILL, HILL], NOW) == (StopDraft(HILL, (), NOW + AT_ONCE),)
