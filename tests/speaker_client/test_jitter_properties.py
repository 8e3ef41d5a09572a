"""The jitter buffer against a dumb oracle: whatever a road loses, doubles, delays and turns round."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from speaker_client.jitter import FARTHEST_AHEAD, JitterBuffer
from speaker_client.protocol.ids import OrderId
from speaker_client.protocol.live import DEAD_MAN_FRAMES, FRAME_US, LIMIT_FRAMES, Ending, Group

LIVE = OrderId("ab" * 16)
LAST = 60
"""Frames in these lives."""

Step = tuple[int, int, bool]
"""A datagram with the frames from … to …, or a question for the next frame."""

steps = st.lists(
    st.one_of(
        st.just((0, 0, True)),
        st.tuples(st.integers(0, LAST - 1), st.integers(1, 4), st.just(False)),
    ),
    max_size=150,
)


def packet(number: int, left_out: frozenset[int]) -> bytes:
    return b"" if number in left_out else b"%d" % number


class Oracle:
    """What is here, what was asked for, what was missed."""

    def __init__(self, began: int) -> None:
        self.due = began
        self.here: set[int] = set()
        self.void: set[int] = set()
        self.heard = self.missing = self.open = 0

    def put(self, number: int, left_out: frozenset[int]) -> None:
        if number >= self.due:
            (self.void if number in left_out else self.here).add(number)

    def take(self) -> bytes | None:
        number, self.due = self.due, self.due + 1
        if number in self.here:
            self.heard, self.missing, self.open = self.heard + 1, self.missing + self.open, 0
            return b"%d" % number
        self.open += number not in self.void
        return None


@settings(max_examples=300, deadline=None)
@given(steps, st.frozensets(st.integers(0, LAST - 1), max_size=20), st.integers(0, 20), st.booleans())
def test_each_frame_comes_once_at_its_turn_or_is_missed(
    walk: list[Step], left_out: frozenset[int], began: int, closed: bool
) -> None:
    buffer, oracle = JitterBuffer(began, LIMIT_FRAMES), Oracle(began)
    for first, count, asked in walk:
        if asked and oracle.due < LAST:
            assert buffer.take(oracle.due, 0)[0] == oracle.take()
        elif not asked:
            numbers = range(first, min(LAST, first + count))
            buffer.put(Group(LIVE, first, tuple(packet(number, left_out) for number in numbers)), 0)
            for number in numbers:
                oracle.put(number, left_out)
        assert buffer.whole <= buffer.over <= max(began, buffer.whole) + DEAD_MAN_FRAMES
    if closed:
        buffer.put(Group(LIVE, LAST, (), ending=Ending.CLOSED), 0)
        while oracle.due < LAST:
            assert buffer.take(oracle.due, 0)[0] == oracle.take()
        assert (buffer.over, buffer.whole) == (LAST, LAST)
    assert buffer.counts.heard == oracle.heard
    assert buffer.missing == oracle.missing + (oracle.open if closed else 0)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4_000_000_000), st.integers(0, 255)), max_size=40), st.integers(0, 100))
def test_whatever_comes_it_fills_no_memory_and_ends_within_its_limit(come: list[tuple[int, int]], taken: int) -> None:
    buffer = JitterBuffer(0, LIMIT_FRAMES)
    for number in range(taken):
        buffer.put(Group(LIVE, number, (b"x",)), 0)
        buffer.take(number, 0)
    for first, count in come:
        buffer.put(Group(LIVE, first, (b"x",) * count), 0)
    assert len(buffer._waiting) <= FARTHEST_AHEAD
    assert len(buffer._known) <= 2 * FARTHEST_AHEAD
    assert taken <= buffer.over <= LIMIT_FRAMES
    assert buffer.spare_us is None or -FARTHEST_AHEAD * FRAME_US <= buffer.spare_us <= 0
