"""When a relay's sources are looked at, when it is pulled, and who is sent its frames."""

from __future__ import annotations

from broadcast_server.schedule.relayed import CAST_BEFORE_US, PULLED_BEFORE_US, Place, Relayed
from speaker_client.protocol.ids import MINUTE, SECOND
from speaker_client.protocol.plan import Part

START = 1_000 * MINUTE


def part(from_minute: int, minutes: int) -> Part:
    start_us = START + from_minute * MINUTE
    return Part(start_us=start_us, from_us=from_minute * MINUTE, length_us=minutes * MINUTE)


RELAY = Relayed(
    "o", "p", "Thời sự", START, START + 30 * MINUTE,
    (Place("chợ", (part(0, 30),)), Place("đình", (part(0, 10), part(15, 15)))),
)  # fmt: skip


def test_its_sources_are_looked_at_ten_minutes_and_one_minute_before() -> None:
    probed, looked = None, []
    for now in range(START - 20 * MINUTE, START + MINUTE, SECOND):
        if RELAY.probe_due(probed, now):
            probed = now
            looked.append((START - now) // MINUTE)
    assert looked == [10, 1]


def test_one_that_is_planned_late_is_looked_at_once_and_one_that_begins_at_once_never() -> None:
    assert RELAY.probe_due(None, START - 5 * MINUTE)
    assert not RELAY.probe_due(START - 5 * MINUTE, START - 2 * MINUTE)
    assert RELAY.probe_due(START - 5 * MINUTE, START - 40 * SECOND)
    assert not RELAY.probe_due(None, START - 15 * SECOND)
    assert not RELAY.probe_due(None, START - 11 * MINUTE)


def test_it_is_pulled_from_just_before_its_start_to_its_hard_end_while_anybody_is_to_hear_it() -> None:
    assert not RELAY.pulled(START - PULLED_BEFORE_US - 1)
    assert RELAY.pulled(START - PULLED_BEFORE_US)
    assert RELAY.pulled(START + 12 * MINUTE)
    assert not RELAY.pulled(START + 30 * MINUTE)
    assert not Relayed("o", "p", "", START, START + MINUTE, ()).pulled(START)


def test_frames_go_to_those_who_hear_it_now_or_in_a_moment() -> None:
    assert RELAY.listeners(START - CAST_BEFORE_US - 1) == frozenset()
    assert RELAY.listeners(START) == {"chợ", "đình"}
    assert RELAY.listeners(START + 12 * MINUTE) == {"chợ"}
    assert RELAY.listeners(START + 15 * MINUTE - CAST_BEFORE_US) == {"chợ", "đình"}
    assert START + 15 * MINUTE - CAST_BEFORE_US in set(RELAY.moments())
