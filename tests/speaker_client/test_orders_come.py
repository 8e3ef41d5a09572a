"""How orders come to a box: signed, late, by several roads; and how they are answered."""

from __future__ import annotations

from pathlib import Path

import pytest

from speaker_client.protocol.ids import MINUTE, SECOND
from speaker_client.protocol.order import Emergency
from speaker_client.protocol.report import AiringEnded, Reason, Result
from tests.speaker_client.orders import MADE, MESSAGE, SIREN, SONG, Box, airing, drill, emergency, item, song
from tests.speaker_client.station_of_tests import NOW


@pytest.fixture
def box(tmp_path: Path) -> Box:
    return Box(tmp_path)


@pytest.mark.parametrize("key", ["schedule", "alert", "drill"])
def test_only_its_own_key_may_sign_an_order(box: Box, key: str) -> None:
    real, exercise = emergency(1, "1", NOW + SECOND), drill(1, "d")
    box.listener.command(exercise.seal([getattr(MADE, key)]).encode(), box.time)
    assert (airing(exercise) in box.deck.released) == (key == "drill")
    box.later(SECOND)
    box.listener.command(real.seal([getattr(MADE, key)]).encode(), box.time)
    assert (airing(real) in box.deck.released) == (key == "alert")


def test_one_that_comes_late_is_refused(box: Box) -> None:
    order = emergency(1, "1")
    box.later(2 * MINUTE + 1)
    box.hear(order)
    assert box.deck.released == []


def test_one_that_comes_by_all_roads_starts_once(box: Box) -> None:
    order = emergency(1, "1")
    for _ in range(3):
        box.hear(order)
    box.pull(inbox=(order,))
    box.hear(emergency(7, "1"))
    assert box.deck.released == [airing(order)]


def test_a_stop_before_its_start_is_obeyed(box: Box) -> None:
    order = emergency(1, "1")
    box.stop(airing(order))
    box.hear(order)
    assert box.deck.released == []
    (end,) = box.said(AiringEnded)
    assert (end.result, end.reason, end.by) == (Result.CANCELLED, Reason.STOPPED, "lan")


def test_of_what_comes_at_once_the_stop_is_obeyed_first(box: Box) -> None:
    """A box that was off gets both in one answer, in the order in which they were given."""
    order = emergency(1, "1")
    box.pull(inbox=(order, MADE.stop(1, airing(order))))
    assert box.deck.released == []
    assert [(one.result, one.reason) for one in box.said(AiringEnded)] == [(Result.CANCELLED, Reason.STOPPED)]


def test_every_order_that_is_obeyed_is_answered_and_again_when_it_comes_again(box: Box) -> None:
    order = emergency(1, "1")
    box.hear(order)
    box.hear(order)
    assert len(box.answered) == 2
    assert len(set(box.answered)) == 1
    assert box.deck.released == [airing(order)]
    box.stop(airing(order))
    assert len(set(box.answered)) == 2


def test_what_was_pulled_is_answered_once(box: Box) -> None:
    order = emergency(1, "1")
    box.pull(inbox=(order,))
    box.pull(inbox=(order,))
    assert len(box.answered) == 1


def test_what_is_not_obeyed_is_not_answered(box: Box) -> None:
    order = emergency(1, "1")
    box.listener.command(order.seal([MADE.drill]).encode(), box.time)
    box.now += 3 * MINUTE
    box.hear(order)
    assert box.answered == []


def test_another_order_under_a_known_number_is_neither_obeyed_nor_answered(box: Box) -> None:
    """As a station could give one that went back to an older copy of itself."""
    box.hear(emergency(1, "1"))
    box.answered.clear()
    box.hear(emergency(1, "2"))
    assert box.answered == []


def test_a_stop_that_comes_late_is_not_for_an_emergency_that_was_given_after_it(box: Box) -> None:
    order = emergency(1, "1")
    box.hear(order)
    box.sounds(airing(order))
    box.stop(given_us=NOW - SECOND)
    assert box.deck.cuts == []
    box.stop(seq=2, given_us=NOW + SECOND)
    assert box.deck.cuts == [airing(order)]


def test_a_stop_that_comes_late_is_not_for_a_programme_that_was_due_after_it(box: Box) -> None:
    piece = song(NOW, resumes=True)
    box.pull(piece)
    box.later(SECOND)
    box.later(SECOND)
    box.sounds(piece.id)
    box.stop(given_us=NOW - SECOND)
    assert box.deck.cuts == []
    box.stop(seq=2, given_us=NOW + SECOND)
    assert box.deck.cuts == [piece.id]


def words(seq: int, name: str, **changes: object) -> Emergency:
    """A text as it is cut: a head that comes along with the order, and the rest."""
    return emergency(seq, name, **{"first": (item(MESSAGE, 3), item(SONG, 5)), "rounds": 1, **changes})


@pytest.mark.parametrize("late_us", [SECOND // 5, SECOND, 2 * SECOND - 10_000])
def test_words_that_are_said_once_and_after_nothing_begin_whole(box: Box, late_us: int) -> None:
    order = words(1, "1")
    box.later(late_us)
    box.hear(order)
    cue = box.deck.cues[airing(order)]
    assert (cue.from_us, cue.length_us, cue.at_mono_us) == (0, 8 * SECOND, box.now + 5_000)
    box.sounds(airing(order))
    box.later(8 * SECOND + 5_000)
    box.ends(airing(order), 8 * SECOND)
    assert [one.result for one in box.said(AiringEnded)] == [Result.PLAYED]


@pytest.mark.parametrize(
    ("late_us", "changes"),
    [
        (SECOND // 10, {}),
        (SECOND, {"rounds": 2}),
        (SECOND, {"first": (item(SIREN, 1), item(MESSAGE, 3)), "meanwhile": item(SIREN, 1)}),
    ],
    ids=["less than a syllable", "said again", "behind a lead-in"],
)
def test_a_little_late_all_else_is_joined_in_step(box: Box, late_us: int, changes: dict[str, object]) -> None:
    order = words(1, "1", **changes)
    box.later(late_us)
    box.hear(order)
    cue = box.deck.cues[airing(order)]
    assert (cue.from_us, cue.at_mono_us) == (late_us + 5_000, box.now + 5_000)


def test_a_lead_in_that_is_over_already_is_no_excuse(box: Box) -> None:
    order = words(1, "1", first=(item(SIREN, 1), item(MESSAGE, 3)), meanwhile=item(SIREN, 1))
    box.later(3 * SECOND // 2)
    box.hear(order)
    assert box.deck.cues[airing(order)].from_us == 0
