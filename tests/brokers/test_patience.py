"""When a broken line is dialled again."""

from __future__ import annotations

import pytest

from speaker_client.protocol.patience import LinkState, Patience, pause_s, refused_pause_s


@pytest.mark.parametrize(("failures", "longest"), [(1, 1), (2, 2), (3, 4), (6, 32), (7, 60), (10_000, 60)])
def test_the_pause_doubles_up_to_a_minute_and_may_be_any_part_of_it(failures: int, longest: float) -> None:
    assert pause_s(failures, 0.0) == 0
    assert pause_s(failures, 0.5) == longest / 2
    assert pause_s(failures, 1.0) == longest


def test_a_refused_account_waits_minutes() -> None:
    assert (refused_pause_s(0.0), refused_pause_s(1.0)) == (150, 300)


def test_a_line_that_keeps_breaking_at_once_is_dialled_ever_more_rarely() -> None:
    patience = Patience(draw=lambda: 1.0)
    assert [patience.after_loss(held_s=2) for _ in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]


def test_a_line_that_held_is_dialled_soon() -> None:
    patience = Patience(draw=lambda: 1.0, failures=9)
    assert patience.after_loss(held_s=3600) == 1


def test_trouble_is_told_once_and_so_is_its_end() -> None:
    patience = Patience(draw=lambda: 0.0)
    seen = [None, LinkState.OFFLINE, LinkState.OFFLINE, LinkState.REFUSED, LinkState.REFUSED, None, None]
    assert [patience.is_news(trouble) for trouble in seen] == [False, True, False, True, False, True, False]
