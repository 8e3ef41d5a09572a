"""The timeline of who was there."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from broadcast_server.fleet.attendance import GAP_US, Span, carried_on
from speaker_client.protocol.ids import MINUTE, SECOND


def told(*looks: tuple[bool, int, int]) -> list[Span]:
    """The spans after looks of (there, last heard of, now)."""
    spans: list[Span] = []
    for up, since_us, now_us in looks:
        new = carried_on(spans[-1] if spans else None, up, since_us, now_us)
        if spans and (new[0].up, new[0].from_us) == (spans[-1].up, spans[-1].from_us):
            spans.pop()
        spans += new
    return spans


def test_an_absence_begins_where_the_box_was_last_heard_of() -> None:
    looks = [(True, 0, 0), (True, 60, 60), (False, 65, 160), (False, 65, 200), (True, 210, 210)]
    spans = told(*((up, since * SECOND, now * SECOND) for up, since, now in looks))
    times = [(one.up, one.from_us // SECOND, one.until_us // SECOND) for one in spans]
    assert times == [(True, 0, 65), (False, 65, 210), (True, 210, 210)]


def test_what_nobody_watched_is_a_gap_and_no_presence() -> None:
    spans = told((True, 0, 0), (True, MINUTE, MINUTE), (True, 60 * MINUTE, 60 * MINUTE))
    assert [(one.from_us, one.until_us) for one in spans] == [(0, MINUTE), (60 * MINUTE, 60 * MINUTE)]


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5 * GAP_US), st.integers(0, GAP_US)), max_size=30))
def test_spans_never_overlap_and_never_end_before_they_begin(steps: list[tuple[bool, int, int]]) -> None:
    now, looks = 0, []
    for up, step_us, ago_us in steps:
        now += step_us
        looks.append((up, now - ago_us, now))
    spans = told(*looks)
    assert all(one.from_us <= one.until_us for one in spans)
    assert all(one.until_us <= two.from_us for one, two in itertools.pairwise(spans))
