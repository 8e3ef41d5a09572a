"""The clock: intervals that must hold the truth."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from speaker_client.memory import Anchor
from speaker_client.protocol.ids import DAY, HOUR, SECOND
from speaker_client.sync import DRIFT_PPM, Exchange, Timeline, Trust, recalled

BOOT = "boot-1"


def exchange(true_offset: int, at: int, forth: int, back: int, work: int = 50) -> Exchange:
    """What the four stamps are when the roads take `forth` and `back` microseconds."""
    received = at + forth + true_offset
    return Exchange(at, received, received + work, at + forth + work + back)


@given(
    offset=st.integers(-(10**15), 10**15),
    roads=st.lists(st.tuples(st.integers(0, 900_000), st.integers(0, 900_000)), min_size=1, max_size=8),
    drift=st.integers(-DRIFT_PPM, DRIFT_PPM),
    waits=st.lists(st.integers(SECOND, 6 * HOUR), min_size=1, max_size=6),
)
def test_the_error_bound_always_holds_the_true_offset(
    offset: int, roads: list[tuple[int, int]], drift: int, waits: list[int]
) -> None:
    timeline, mono = Timeline(), 10 * SECOND
    for wait in waits:
        mono += wait
        true = offset + mono * drift // 1_000_000
        timeline = timeline.after([exchange(true, mono, *road) for road in roads], BOOT)
        later = mono + 2 * SECOND
        now = timeline.now(later)
        assert now.utc_us is not None
        assert now.error_us is not None
        truth = later + offset + later * drift // 1_000_000
        assert abs(now.utc_us - truth) <= now.error_us + 2


def test_the_fastest_way_there_and_the_fastest_way_back_need_not_be_in_one_exchange() -> None:
    roads = [(20_000, 39_000), (38_000, 21_000), (30_000, 25_000)]
    timeline = Timeline().after([exchange(10**15, at * SECOND, *road) for at, road in enumerate(roads)], BOOT)
    assert abs((timeline.now(3 * SECOND).utc_us or 0) - 10**15 - 3 * SECOND) < 1_000


def test_without_an_exchange_there_is_no_time() -> None:
    assert Timeline().now(5).utc_us is None


def test_trust_fades_with_age_and_ends_before_the_date_is_a_guess() -> None:
    timeline = Timeline().after([exchange(10**15, 0, 1000, 1000)], BOOT)
    assert timeline.now(HOUR).trust is Trust.ATTESTED
    assert timeline.now(2 * DAY).trust is Trust.HOLDOVER
    assert timeline.now(7 * DAY).utc_us is not None
    assert timeline.now(30 * DAY).utc_us is None


def test_a_road_that_takes_too_long_says_nothing() -> None:
    assert Timeline().after([exchange(0, 0, 5 * SECOND, 5 * SECOND)], BOOT) == Timeline()


def test_the_clock_survives_the_daemon_but_not_the_machine() -> None:
    anchor = Anchor(10**15, 500, 100, BOOT)
    assert recalled(anchor, BOOT, 200).now(200).utc_us == 10**15 + 200
    assert recalled(anchor, "boot-2", 200).now(200).utc_us is None


def test_a_wrong_estimate_is_replaced_not_averaged() -> None:
    timeline = Timeline().after([exchange(0, 0, 500, 500)], BOOT)
    moved = timeline.after([exchange(HOUR, 10 * SECOND, 500, 500)], BOOT)
    assert abs((moved.now(10 * SECOND).utc_us or 0) - HOUR - 10 * SECOND) <= 600
