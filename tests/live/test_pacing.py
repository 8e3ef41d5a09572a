"""Where a frame is put on the timeline, by plain numbers."""

from __future__ import annotations

import pytest

from broadcast_server.live.pacing import (
    FEWEST,
    LONGEST_ROAD_US,
    MOST_US,
    NO_ROAD_US,
    RESERVE_US,
    ROAD_US,
    SUDDEN_FRAMES,
    Pacing,
)
from speaker_client.protocol.ids import SECOND, BoxId
from speaker_client.protocol.live import FRAME_US

NEAR, FAR = BoxId("near"), BoxId("far")
A_SECOND = SECOND // FRAME_US


def steady(pacing: Pacing, frames: int, late_us: int = 0, quiet: bool = False, first: int = 0) -> list[int | None]:
    """Frames that come evenly, all of them `late_us` later than at the start."""
    return [pacing.place((first + n) * FRAME_US + late_us, quiet) for n in range(frames)]


class Live:
    """A voice that goes on, and what its boxes say of it: each second of theirs has `spare` plus the lead that grew."""

    def __init__(self) -> None:
        self.pacing = Pacing(ROAD_US)
        self.seconds = 0

    @property
    def lead_us(self) -> int:
        return (self.pacing.skipped - self.pacing.dropped) * FRAME_US

    def second(self, *, quiet: bool = False, **spare_us: int) -> None:
        """One second of speech, then the reports on it."""
        steady(self.pacing, A_SECOND, quiet=quiet, first=self.seconds * A_SECOND)
        self.seconds += 1
        for box, spare in spare_us.items():
            self.pacing.hear(BoxId(box), self.seconds * SECOND, spare + self.lead_us)


def test_an_even_road_keeps_its_lead_and_every_number() -> None:
    pacing = Pacing(ROAD_US)
    assert steady(pacing, 1000) == list(range(1000))
    assert (pacing.slack_us, pacing.skipped, pacing.dropped) == (ROAD_US, 0, 0)


def test_a_speaker_who_begins_late_begins_with_the_same_lead_and_nothing_is_called_left_out() -> None:
    pacing = Pacing(ROAD_US)
    assert pacing.place(900_000, False) == 90
    assert (pacing.slack_us, pacing.skipped) == (ROAD_US, 0)


def test_a_frame_that_comes_late_is_late_alone() -> None:
    pacing = Pacing(ROAD_US)
    steady(pacing, 100)
    late = [pacing.place((100 + n) * FRAME_US + (14 - n) * FRAME_US, False) for n in range(15)]
    assert late == list(range(100, 115))
    assert steady(pacing, 100, first=115) == list(range(115, 215))


def test_a_road_that_is_slower_all_at_once_is_given_its_lead_without_a_word_of_any_box() -> None:
    pacing = Pacing(ROAD_US)
    steady(pacing, 100)
    numbers = steady(pacing, SUDDEN_FRAMES + 1, late_us=300_000, first=100)
    assert numbers[-1] == 100 + SUDDEN_FRAMES + pacing.skipped
    assert ROAD_US <= pacing.slack_us < ROAD_US + FRAME_US


def test_one_bad_second_is_an_accident_and_two_are_the_road() -> None:
    live = Live()
    for _ in range(10):
        live.second(near=RESERVE_US)
    live.second(near=-50_000)
    live.second(near=RESERVE_US)
    assert live.lead_us == 0
    live.second(near=-30_000)
    live.second(near=RESERVE_US)
    assert live.lead_us == 40_000, "enough for the second worst, with what is kept in reserve"


def test_the_tightest_box_sets_the_lead() -> None:
    live = Live()
    for _ in range(8):
        live.second(near=90_000, far=-11_000)
    assert live.lead_us == 20_000


def test_a_box_that_is_hopelessly_late_takes_no_more_than_a_second_from_the_others() -> None:
    live = Live()
    for _ in range(20):
        live.second(near=50_000, far=-(10**15))
    assert ROAD_US < live.pacing.slack_us <= LONGEST_ROAD_US + FRAME_US


def test_what_is_told_of_a_time_before_a_change_does_not_change_it_again() -> None:
    live = Live()
    live.second(near=-11_000)
    for _ in range(2):
        live.second(near=-11_000 - live.lead_us)
    assert live.lead_us == 20_000
    live.second()
    assert live.lead_us == 20_000


def test_a_lead_that_no_box_needs_is_taken_back_where_nobody_speaks() -> None:
    live = Live()
    for _ in range(FEWEST + 4):
        live.second(near=48_000, far=60_000)
    assert live.lead_us == 0, "not in the middle of a word"
    live.second(quiet=True)
    assert live.lead_us == -40_000
    assert live.pacing.slack_us == ROAD_US - 40_000


def test_a_box_that_is_gone_gives_no_lead() -> None:
    live = Live()
    for _ in range(6):
        live.second(near=80_000, far=5_000)
    for _ in range(15):
        live.second(near=80_000)
    live.second(quiet=True)
    assert live.lead_us == -70_000


def test_what_lies_seconds_behind_is_dropped_even_if_it_is_loud() -> None:
    pacing = Pacing(ROAD_US)
    burst = [pacing.place(0, False) for _ in range(400)]
    assert pacing.slack_us <= MOST_US
    assert burst.count(None) == pacing.dropped > 0


@pytest.mark.parametrize("ppm", [500, -500])
def test_a_slow_or_fast_clock_in_the_phone_is_followed_even_if_no_box_says_a_word(ppm: int) -> None:
    pacing = Pacing(ROAD_US)
    for n in range(60_000):  # ten minutes of 500 ppm
        pacing.place(n * FRAME_US + n * ppm // 100, False)
        assert NO_ROAD_US - FRAME_US < pacing.slack_us <= ROAD_US + 300_000
