"""Who the box is, and whose journal lies in its folder."""

from __future__ import annotations

from pathlib import Path

from speaker_client.identity import put_aside
from speaker_client.protocol.ids import BoxId


def test_the_journal_of_a_lost_identity_is_not_taken_over(tmp_path: Path) -> None:
    (tmp_path / "journal.db").write_bytes(b"lines of a box that nobody knows")
    put_aside(tmp_path, BoxId("new"))
    assert not (tmp_path / "journal.db").exists()
    assert (tmp_path / "nobody-journal.db").exists()
