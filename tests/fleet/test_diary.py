"""The feed's diary: what changed, in numbers that go up by one, and what somebody missed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast_server.feed.diary import Diary, Entry, difference

PICTURES = st.lists(st.dictionaries(st.sampled_from("abc"), st.integers(1, 3)), max_size=12)


def after(parts: dict[str, Any], entries: tuple[Entry, ...]) -> dict[str, Any]:
    """What a screen makes of changes: it puts in each part whole, and takes out those that are null."""
    for entry in entries:
        parts = {name: part for name, part in {**parts, **entry.parts}.items() if part is not None}
    return parts


def test_a_difference_holds_whole_parts_and_none_for_what_is_gone() -> None:
    before = {"cluster:a": {"presence": "online"}, "cluster:b": {"presence": "late"}, "next": {"title": "Tin"}}
    now = {"cluster:a": {"presence": "lost"}, "cluster:b": {"presence": "late"}, "faults": {"open": 1}}
    assert difference(before, now) == {"cluster:a": {"presence": "lost"}, "faults": {"open": 1}, "next": None}
    assert difference(now, now) == {}


def test_each_change_has_the_next_number_and_no_change_has_none() -> None:
    diary = Diary()
    assert diary.write({"faults": {"open": 0}}, 5) == Entry(1, 5, {"faults": {"open": 0}})
    assert diary.write({"faults": {"open": 0}}, 6) is None
    assert diary.write({}, 7) == Entry(2, 7, {"faults": None})
    assert (diary.seq, diary.parts) == (2, {})


def test_whoever_was_away_gets_what_they_missed_as_long_as_it_is_kept() -> None:
    diary = Diary(kept=3)
    for n in range(1, 6):
        diary.write({"n": n}, n)
    assert diary.since(5) == ()
    assert [entry.seq for entry in diary.since(2) or ()] == [3, 4, 5]
    assert [diary.since(seq) for seq in (1, 0, -1, 6)] == [None] * 4


@pytest.mark.parametrize("kept", [2, 100])
@given(pictures=PICTURES, cut=st.integers(0, 12))
def test_a_screen_that_follows_the_changes_shows_the_picture(
    kept: int, pictures: list[dict[str, Any]], cut: int
) -> None:
    diary = Diary(kept)
    for n, picture in enumerate(pictures[:cut]):
        diary.write(picture, n)
    shown, seen = dict(diary.parts), diary.seq
    for n, picture in enumerate(pictures[cut:]):
        diary.write(picture, n)
    missed = diary.since(seen)
    assert (missed is None) == (diary.seq - seen > kept)
    if missed is not None:
        assert [entry.seq for entry in missed] == list(range(seen + 1, diary.seq + 1))
        assert after(shown, missed) == diary.parts
