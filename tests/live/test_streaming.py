"""A relay's timeline and its datagrams, by numbers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from broadcast_server.live.streaming import LEAD_US, LEAST_US, MOST_FRAMES, MOST_US, Packing, Timeline
from speaker_client.protocol.ids import OrderId
from speaker_client.protocol.live import FRAME_US, LARGEST_GROUP, live_of, read_group
from speaker_client.protocol.signature import SigningKey

STREAM = OrderId("ab" * 16)
KEY = SigningKey.born()
START = 1_000_000_000_000


def test_what_comes_early_is_not_heard_and_the_first_is_due_after_the_lead() -> None:
    timeline = Timeline(START)
    placed = [timeline.place(START - 5_000_000 + n * FRAME_US) for n in range(800)]
    heard = [number for number in placed if number is not None]
    assert heard == list(range(len(heard)))
    assert placed.index(0) == (5_000_000 - LEAD_US) // FRAME_US


def test_a_server_that_comes_back_goes_on_where_the_timeline_is() -> None:
    assert Timeline(START).place(START + 60_000_000) == (60_000_000 + LEAD_US) // FRAME_US


def test_a_pause_is_left_out_and_a_burst_is_cut() -> None:
    timeline, now = Timeline(START), START
    for _ in range(100):
        timeline.place(now)
        now += FRAME_US
    now += 20_000_000
    number = timeline.place(now)
    assert number is not None
    assert LEAD_US <= START + number * FRAME_US - now < LEAD_US + FRAME_US
    placed = [timeline.place(now) for _ in range(1000)]
    most = max(number for number in placed if number is not None)
    assert START + most * FRAME_US - now <= MOST_US
    assert timeline.dropped > 400


@given(st.lists(st.integers(0, 60_000), max_size=400), st.integers(-3_000_000, 3_000_000))
def test_numbers_rise_and_every_frame_has_its_time(steps: list[int], offset: int) -> None:
    timeline, now, last = Timeline(START), START + offset, -1
    for step in steps:
        now += step
        number = timeline.place(now)
        if number is not None:
            assert number > last
            assert number == 0 or LEAST_US <= START + number * FRAME_US - now <= MOST_US + FRAME_US
            last = number


@given(st.lists(st.tuples(st.integers(1, 3), st.integers(1, 200)), max_size=200))
def test_every_frame_leaves_once_in_a_group_that_a_datagram_carries(frames: list[tuple[int, int]]) -> None:
    packing, number, sent, groups = Packing(STREAM, 10_000), -1, {}, []
    for step, size in frames:
        number += step
        sent[number] = bytes([number % 256]) * size
        groups += packing.add(number, sent[number])
    groups += packing.flush()
    assert packing.flush() == []
    came = {}
    for group in groups:
        data = group.seal(KEY)
        assert len(data) <= LARGEST_GROUP
        assert live_of(data) == STREAM
        read = read_group(data, KEY.public)
        assert len(read.packets) <= MOST_FRAMES
        assert read.limit == 10_000
        came |= {read.first + n: packet for n, packet in enumerate(read.packets)}
    assert came == sent
