"""Late from its first sample plays only what certainly never began: the journal must be older than the start."""

from __future__ import annotations

from pathlib import Path

import pytest

from speaker_client.protocol.ids import MINUTE, SECOND
from speaker_client.protocol.plan import PlannedAiring
from speaker_client.protocol.report import AiringEnded, Reason, Result
from tests.speaker_client.orders import SONG, Box, song
from tests.speaker_client.station_of_tests import NOW

DUE = NOW + MINUTE


@pytest.fixture
def bulletin() -> PlannedAiring:
    """A minute long, due in a minute, worth a late start for five."""
    return song(DUE, resumes=False, seconds=60)


def power_cut(box: Box, until_us: int) -> None:
    """It is on again, and knows the time, at that moment."""
    box.journal.close()
    box.now = until_us
    box.start()


def results(box: Box) -> list[tuple[Result, Reason | None]]:
    return [(one.result, one.reason) for one in box.said(AiringEnded)]


def test_what_was_played_before_the_journal_was_lost_does_not_begin_again(
    tmp_path: Path, bulletin: PlannedAiring
) -> None:
    box = Box(tmp_path)
    box.plays(bulletin)
    box.later(MINUTE)
    box.ends(bulletin.id, MINUTE)
    assert results(box) == [(Result.PLAYED, None)]
    box.journal.close()
    (tmp_path / "journal.db").write_bytes(b"worn out" * 4096)
    box.now = DUE + 2 * MINUTE
    box.start()
    box.pull(bulletin)
    box.later(SECOND)
    assert not box.deck.cues
    assert results(box) == [(Result.MISSED, Reason.POWER_OFF)]


def test_nor_after_the_next_power_cut(tmp_path: Path, bulletin: PlannedAiring) -> None:
    box = Box(tmp_path)
    box.journal.close()
    (tmp_path / "journal.db").unlink()
    box.now = DUE + MINUTE
    box.start()
    power_cut(box, DUE + 2 * MINUTE)
    box.pull(bulletin)
    box.later(SECOND)
    assert not box.deck.cues


def test_what_was_due_while_the_power_was_off_is_played_late_by_a_box_that_kept_its_journal(
    tmp_path: Path, bulletin: PlannedAiring
) -> None:
    box = Box(tmp_path)
    box.pull(bulletin)
    power_cut(box, DUE + 2 * MINUTE)
    box.later(SECOND)
    assert box.deck.released == [bulletin.id]


def test_what_was_due_after_a_new_journal_was_begun_is_played_late(tmp_path: Path, bulletin: PlannedAiring) -> None:
    box = Box(tmp_path)
    box.shelf.away = {SONG}
    box.pull(bulletin)
    box.later(3 * MINUTE)
    assert not box.deck.cues
    box.shelf.away = set()
    box.later(SECOND)
    box.later(SECOND)
    assert box.deck.released == [bulletin.id]
