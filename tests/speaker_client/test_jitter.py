"""The jitter buffer by plain numbers."""

from __future__ import annotations

from collections.abc import Iterable

from speaker_client.jitter import FARTHEST_AHEAD, JitterBuffer
from speaker_client.protocol.ids import OrderId
from speaker_client.protocol.live import DEAD_MAN_FRAMES, FRAME_US, LIMIT_FRAMES, Ending, Group
from speaker_client.protocol.report import Reason

LIVE = OrderId("ab" * 16)


def group(numbers: Iterable[int], ending: Ending = Ending.OPEN, limit: int = LIMIT_FRAMES) -> Group:
    wanted = list(numbers)
    return Group(LIVE, wanted[0], tuple(b"%d" % number for number in wanted), limit, ending)


def test_frames_come_out_by_number_whatever_their_order_and_once() -> None:
    buffer = JitterBuffer(0, LIMIT_FRAMES)
    for numbers in (range(2, 4), range(4), range(1, 3)):
        buffer.put(group(numbers), 0)
    assert [buffer.take(number, 0) for number in range(4)] == [(b"%d" % number, 0) for number in range(4)]
    assert (buffer.counts.twice, buffer.counts.late, buffer.missing) == (4, 0, 0)


def test_what_is_missing_is_said_to_be_and_for_how_long_and_comes_no_more() -> None:
    buffer = JitterBuffer(0, LIMIT_FRAMES)
    buffer.put(group([0]), 0)
    assert buffer.take(0, 0) == (b"0", 0)
    assert [buffer.take(1, 0), buffer.take(2, 0)] == [(None, 1), (None, 2)]
    buffer.put(group([1, 2, 3]), 0)
    assert buffer.take(3, 0) == (b"3", 0)
    assert (buffer.counts.late, buffer.missing) == (2, 2)


def test_what_is_to_spare_is_the_time_between_coming_and_being_asked_for_the_tightest_since_it_was_looked_at() -> None:
    buffer = JitterBuffer(0, LIMIT_FRAMES)
    buffer.put(group([0, 1]), 1_000)
    buffer.put(group([1, 2]), 9_000)
    for number in range(3):
        buffer.take(number, 20_000 + number)
    assert buffer.spare_us == 11_002
    buffer.spare_us = None
    assert buffer.take(3, 40_000) == (None, 1)
    assert buffer.spare_us is None, "what never comes says nothing about the road"
    buffer.put(group([3]), 47_000)
    assert buffer.spare_us == -7_000


def test_before_anything_flows_a_frame_that_comes_late_is_told_apart_too() -> None:
    buffer = JitterBuffer(0, LIMIT_FRAMES)
    buffer.skip_to(10, 100_000)
    buffer.put(group([8]), 130_000)
    assert buffer.spare_us == -30_000 - FRAME_US


def test_what_the_sender_left_out_is_not_missed() -> None:
    buffer = JitterBuffer(0, LIMIT_FRAMES)
    buffer.put(Group(LIVE, 0, (b"0", b"", b"", b"3"), origin=0), 0)
    assert [buffer.take(number, 0)[1] for number in range(4)] == [0, 1, 2, 0]
    assert buffer.missing == 0


def test_a_repeat_of_what_was_heard_is_neither_late_nor_news() -> None:
    buffer = JitterBuffer(0, LIMIT_FRAMES)
    buffer.put(group([0]), 0)
    buffer.take(0, 0)
    buffer.put(group([0]), 0)
    assert (buffer.counts.twice, buffer.counts.late) == (1, 0)
    assert not buffer.holds(0)


def test_five_seconds_after_the_last_frame_it_is_over_and_the_silence_is_not_called_missing() -> None:
    buffer = JitterBuffer(0, LIMIT_FRAMES)
    buffer.put(group(range(10)), 0)
    for number in range(10 + DEAD_MAN_FRAMES):
        buffer.take(number, 0)
    assert buffer.over == 10 + DEAD_MAN_FRAMES
    assert (buffer.whole, buffer.missing, buffer.why_over()) == (10, 0, Reason.SPEAKER_GONE)


def test_a_close_ends_it_at_its_number_and_nothing_after_it_is_believed() -> None:
    buffer = JitterBuffer(0, LIMIT_FRAMES)
    buffer.put(group(range(5)), 0)
    buffer.put(group([5], Ending.CLOSED), 0)
    buffer.put(group([6, 7]), 0)
    buffer.put(group([20], Ending.GONE), 0)
    assert (buffer.over, buffer.whole, buffer.why_over()) == (6, 6, None)


def test_a_tail_that_never_came_before_a_close_is_missing() -> None:
    buffer = JitterBuffer(0, LIMIT_FRAMES)
    buffer.put(group([0]), 0)
    buffer.put(Group(LIVE, 4, (), ending=Ending.CLOSED), 0)
    for number in range(4):
        buffer.take(number, 0)
    assert (buffer.over, buffer.missing) == (4, 3)


def test_a_speaker_who_is_known_to_be_gone_is_named() -> None:
    buffer = JitterBuffer(0, LIMIT_FRAMES)
    buffer.put(group([0, 1], Ending.GONE), 0)
    assert (buffer.over, buffer.why_over()) == (2, Reason.SPEAKER_GONE)


def test_it_ends_at_its_limit_unless_it_is_extended() -> None:
    buffer = JitterBuffer(95, 100)
    buffer.put(group(range(95, 105), limit=100), 0)
    assert (buffer.over, buffer.why_over()) == (100, Reason.TIME_UP)
    buffer.put(group(range(100, 105), limit=200), 0)
    assert buffer.over == 200
    assert buffer.holds(104)


def test_a_voice_that_never_came_says_so_after_the_same_five_seconds() -> None:
    buffer = JitterBuffer(40, LIMIT_FRAMES)
    assert (buffer.begun, buffer.over, buffer.why_over()) == (False, 40 + DEAD_MAN_FRAMES, Reason.NO_VOICE)


def test_what_lies_ten_seconds_ahead_fills_no_memory() -> None:
    buffer = JitterBuffer(0, LIMIT_FRAMES)
    buffer.put(group([FARTHEST_AHEAD]), 0)
    assert not buffer.begun


def test_what_somebody_says_again_long_after_makes_no_road_look_bad() -> None:
    buffer = JitterBuffer(0, LIMIT_FRAMES)
    for number in range(0, 4 * FARTHEST_AHEAD, 2):
        buffer.put(group([number, number + 1]), 0)
        buffer.take(number, 0)
        buffer.take(number + 1, 0)
    buffer.spare_us = None
    buffer.put(group([10, 11]), 0)
    assert (buffer.spare_us, buffer.counts.stale, buffer.counts.late) == (None, 2, 0)


def test_what_was_due_before_it_was_listened_to_is_not_late() -> None:
    buffer = JitterBuffer(100, LIMIT_FRAMES)
    buffer.put(group(range(96, 104)), 7)
    assert buffer.take(100, 12) == (b"100", 0)
    assert (buffer.spare_us, buffer.counts.stale, buffer.counts.late) == (5, 4, 0)


def test_an_end_that_is_known_late_makes_no_missing_frames_of_the_silence_after_it() -> None:
    buffer = JitterBuffer(0, LIMIT_FRAMES)
    buffer.put(group(range(100)), 0)
    for number in range(290):
        buffer.take(number, 0)
    buffer.put(Group(LIVE, 102, (), ending=Ending.GONE), 0)
    assert (buffer.over, buffer.missing, buffer.why_over()) == (102, 2, Reason.SPEAKER_GONE)
