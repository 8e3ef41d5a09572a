"""Where a frame is put on the timeline, by plain numbers."""

from __future__ import annotations

from broadcast_server.live.pacing import EASY_TIMES, MOST_US, ROAD_US, TIGHT_US, WINDOW, Pacing
from speaker_client.protocol.live import FRAME_US

LEAST_US = ROAD_US - TIGHT_US


def steady(pacing: Pacing, frames: int, late_us: int = 0, quiet: bool = False, first: int = 0) -> list[int | None]:
    """Frames that come 20 ms apart, all of them `late_us` later than at the start."""
    return [pacing.place((first + n) * FRAME_US + late_us, quiet) for n in range(frames)]


def test_an_even_road_keeps_its_lead_and_every_number() -> None:
    pacing = Pacing(ROAD_US)
    assert steady(pacing, 1000) == list(range(1000))
    assert (pacing.slack_us, pacing.skipped, pacing.dropped) == (ROAD_US, 0, 0)


def test_a_speaker_who_begins_late_begins_with_the_same_lead_and_nothing_is_called_left_out() -> None:
    pacing = Pacing(ROAD_US)
    first = pacing.place(900_000, False)
    assert first == 45
    assert (pacing.slack_us, pacing.skipped) == (ROAD_US, 0)


def test_a_little_jitter_costs_nothing() -> None:
    pacing = Pacing(ROAD_US)
    numbers = [pacing.place(n * FRAME_US + (n % 3) * 10_000, False) for n in range(600)]
    assert numbers == list(range(600))


def test_a_road_that_stalls_is_given_more_lead_from_there_on_and_loses_no_word() -> None:
    pacing = Pacing(ROAD_US)
    steady(pacing, 100)
    stalled = [pacing.place(100 * FRAME_US + 300_000, False) for _ in range(15)]
    assert None not in stalled
    assert stalled[0] is not None
    assert stalled[0] > 100
    assert pacing.skipped == stalled[0] - 100
    assert pacing.slack_us >= LEAST_US


def test_a_lead_that_is_no_longer_needed_is_taken_back_where_nobody_speaks() -> None:
    pacing = Pacing(ROAD_US)
    steady(pacing, 100)
    steady(pacing, 20, late_us=300_000, first=100)
    late = pacing.slack_us
    steady(pacing, 4 * WINDOW, first=120)
    assert pacing.dropped == 0, "not in the middle of a word"
    steady(pacing, 8 * WINDOW, quiet=True, first=120 + 4 * WINDOW)
    assert pacing.dropped > 0
    assert LEAST_US <= pacing.slack_us < late


def test_what_lies_seconds_behind_is_dropped_even_if_it_is_loud() -> None:
    pacing = Pacing(ROAD_US)
    burst = [pacing.place(0, False) for _ in range(200)]
    assert pacing.slack_us <= MOST_US
    assert burst.count(None) == pacing.dropped > 0


def test_a_slow_clock_in_the_phone_is_followed() -> None:
    pacing = Pacing(ROAD_US)
    for n in range(30_000):
        pacing.place(n * FRAME_US + n * 10, False)  # 500 ppm, ten minutes
        assert pacing.slack_us >= LEAST_US
    assert pacing.skipped > 0


def test_a_fast_clock_in_the_phone_is_followed() -> None:
    pacing = Pacing(ROAD_US)
    for n in range(30_000):
        pacing.place(n * FRAME_US - n * 10, n % 50 < 10)
    assert pacing.slack_us < ROAD_US + 10 * FRAME_US


def test_a_box_that_gets_its_frames_late_is_given_more_lead_at_once() -> None:
    pacing = Pacing(ROAD_US)
    steady(pacing, 100)
    pacing.hear(-4)
    numbers = steady(pacing, 100, first=100)
    assert numbers[0] == 106
    assert pacing.slack_us == ROAD_US + 6 * FRAME_US


def test_a_lead_that_no_box_needs_shrinks_slowly_where_nobody_speaks() -> None:
    pacing = Pacing(ROAD_US)
    steady(pacing, 100)
    pacing.hear(-4)
    steady(pacing, 100, first=100)
    for _ in range(6 * EASY_TIMES):
        pacing.hear(9)
    steady(pacing, 20 * WINDOW, quiet=True, first=200)
    assert pacing.slack_us < ROAD_US + 3 * FRAME_US
