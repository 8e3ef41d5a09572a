"""Online, late, lost."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from broadcast_server.fleet.allowance import Allowance
from broadcast_server.fleet.chain import Head
from broadcast_server.fleet.presence import Presence, Sighting, age_us, presence
from broadcast_server.fleet.pulse import Copy, Journal, fresh, journal
from broadcast_server.fleet.readiness import Readiness, readiness
from broadcast_server.monitoring import LOOK_EVERY_S
from speaker_client.datagrams import MISSED_S
from speaker_client.protocol.datagram import HAIL_EVERY_S
from speaker_client.protocol.ids import DAY, MINUTE, SECOND, StationId
from speaker_client.protocol.report import Heartbeat
from speaker_client.protocol.statement import WHOLE_STATION

NOON = 1_700_000_000 * SECOND


def test_a_box_that_beats_every_55_seconds_is_online_all_the_time() -> None:
    seen = Sighting().seen(NOON)
    assert {presence(seen, NOON + s * SECOND) for s in range(61)} == {Presence.ONLINE}


def test_two_hails_may_be_lost_before_a_box_is_called_late() -> None:
    seen = Sighting().seen(NOON)
    assert presence(seen, NOON + int((2 * HAIL_EVERY_S + 3 * MISSED_S) * SECOND)) is Presence.ONLINE


def test_a_dead_box_is_shown_within_100_seconds() -> None:
    seen = Sighting().seen(NOON)
    shown = NOON + 100 * SECOND - int(LOOK_EVERY_S * SECOND)
    assert presence(seen, shown) is Presence.LOST


def test_late_comes_before_lost() -> None:
    seen = Sighting().seen(NOON)
    assert presence(seen, NOON + 80 * SECOND) is Presence.LATE


def test_a_last_will_makes_late_at_once_but_not_lost() -> None:
    seen = Sighting().seen(NOON).broke(NOON + SECOND)
    assert presence(seen, NOON + 2 * SECOND) is Presence.LATE
    assert presence(seen.seen(NOON + 3 * SECOND), NOON + 4 * SECOND) is Presence.ONLINE


def test_hails_alone_do_not_hide_that_all_else_is_closed() -> None:
    seen = Sighting().seen(NOON)
    after = [(at, seen.hailed(NOON + at * SECOND)) for at in range(0, 800, 25)]
    shown = [presence(seen, NOON + at * SECOND) for at, seen in after]
    assert shown == [Presence.ONLINE] * 28 + [Presence.LATE] + [Presence.LOST] * 3
    assert presence(after[-1][1].seen(NOON + 800 * SECOND), NOON + 800 * SECOND) is Presence.ONLINE
    assert presence(Sighting().hailed(NOON), NOON) is Presence.NEVER


def test_a_hail_does_not_mend_a_broken_link() -> None:
    broken = Sighting().seen(NOON).broke(NOON + SECOND).hailed(NOON + 2 * SECOND)
    assert presence(broken, NOON + 3 * SECOND) is Presence.LATE
    assert presence(broken.seen(NOON + 4 * SECOND), NOON + 4 * SECOND) is Presence.ONLINE


def test_nobody_is_lost_for_the_time_the_station_itself_was_down() -> None:
    seen = Sighting().seen(NOON)
    up_again = NOON + 3600 * SECOND
    assert presence(seen, up_again + SECOND, up_again) is Presence.LATE
    assert presence(seen, up_again + 95 * SECOND, up_again) is Presence.LOST


def test_a_box_never_heard_of_has_no_age() -> None:
    assert presence(Sighting(), NOON) is Presence.NEVER
    assert age_us(Sighting(), NOON) is None


def test_a_clock_set_back_makes_no_negative_age() -> None:
    assert age_us(Sighting().seen(NOON), NOON - SECOND) == 0


def beat(at: int, boot: str = "b1", n: int = 5, head: str = "h5") -> Heartbeat:
    return Heartbeat(
        station=StationId("s"),
        audience=WHOLE_STATION,
        seq=n,
        not_before_us=at,
        expires_us=at + 10 * MINUTE,
        boot=boot,
        n=n,
        head=head,
        plan=1,
        clock="ATTESTED",
    )


def test_a_heartbeat_said_again_or_kept_back_is_no_sign_of_life() -> None:
    assert fresh(beat(NOON), None, NOON)
    assert not fresh(beat(NOON), beat(NOON), NOON)
    assert not fresh(beat(NOON), None, NOON + 11 * MINUTE)
    assert fresh(beat(NOON + SECOND), beat(NOON), NOON + SECOND)


def test_a_box_without_a_clock_is_alive_while_its_journal_goes_on() -> None:
    assert fresh(beat(0, n=5), None, NOON)
    assert fresh(beat(0, n=6), beat(0, n=5), NOON)
    assert fresh(beat(0, boot="b2", n=6), beat(NOON, n=5), NOON)
    assert fresh(beat(NOON, n=5), beat(0, n=5), NOON)


def test_a_heartbeat_without_a_clock_that_somebody_kept_is_no_sign_of_life() -> None:
    assert not fresh(beat(0, n=5), beat(0, n=5), NOON)
    assert not fresh(beat(0, n=4), beat(0, n=5), NOON)
    assert not fresh(beat(0, boot="long ago", n=5), beat(NOON, n=900), NOON + 30 * DAY)


def test_a_cloned_or_restored_box_shows_in_its_heartbeat() -> None:
    assert journal(beat(NOON), Copy(Head(5, "h5"), "h5")) is Journal.SAME
    assert journal(beat(NOON), Copy(Head(4, "h4"))) is Journal.AHEAD
    assert journal(beat(NOON), Copy(Head(5, "other"), "other")) is Journal.ROLLED_BACK
    assert journal(beat(NOON), Copy(Head(6, "h6"), "other", NOON)) is Journal.ROLLED_BACK
    assert journal(beat(NOON), Copy(Head(6, "h6"), "h5", NOON - MINUTE)) is Journal.ROLLED_BACK


def test_a_heartbeat_that_a_report_overtook_is_no_offence() -> None:
    assert journal(beat(NOON), Copy(Head(6, "h6"), "h5", NOON + SECOND)) is Journal.SAME
    assert journal(beat(0), Copy(Head(6, "h6"), "h5", NOON)) is Journal.SAME


@given(st.lists(st.integers(0, 3 * SECOND), max_size=200))
def test_no_more_is_allowed_than_the_burst_and_the_rate(pauses: list[int]) -> None:
    allowance, now, taken = Allowance(8, 4), NOON, 0
    for pause in pauses:
        now += pause
        taken += allowance.take("box", now)
    assert taken <= 8 + 4 * (now - NOON) / SECOND
    assert allowance.take("box", now + 10 * SECOND)


def test_a_loudspeaker_is_ready_only_if_nothing_says_that_it_is_not() -> None:
    assert readiness(Presence.ONLINE, (), muted=False, heard=None, unheard=0) is Readiness.READY
    assert readiness(Presence.ONLINE, ("disk_full",), muted=False, heard=True, unheard=0) is Readiness.READY
    for absent in (None, Presence.NEVER, Presence.LATE, Presence.LOST):
        assert readiness(absent, ("audio_no_card",), muted=True, heard=False, unheard=0) is Readiness.AWAY
    assert readiness(Presence.ONLINE, ("audio_no_card",), muted=True, heard=False, unheard=0) is Readiness.BROKEN
    assert readiness(Presence.ONLINE, (), muted=True, heard=False, unheard=0) is Readiness.MUTED
    assert readiness(Presence.ONLINE, (), muted=False, heard=False, unheard=0) is Readiness.SILENT
    for times, state in ((2, Readiness.READY), (3, Readiness.UNHEARD), (9, Readiness.UNHEARD)):
        assert readiness(Presence.ONLINE, (), muted=False, heard=True, unheard=times) is state
    assert readiness(Presence.ONLINE, (), muted=False, heard=False, unheard=3) is Readiness.SILENT
