"""Who the box is, and whose journal lies in its folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from speaker_client.cli import _parser
from speaker_client.identity import CARD_FILE, KEY_FILE, put_aside
from speaker_client.protocol.ids import BoxId
from tests.speaker_client.daemon import card


def test_the_journal_of_a_lost_identity_is_not_taken_over(tmp_path: Path) -> None:
    (tmp_path / "journal.db").write_bytes(b"lines of a box that nobody knows")
    put_aside(tmp_path, BoxId("new"))
    assert not (tmp_path / "journal.db").exists()
    assert (tmp_path / "nobody-journal.db").exists()


@pytest.mark.parametrize("torn", [b"", b'{"server": "http://a', b"\xff\xfe", b"[]"])
@pytest.mark.parametrize(("command", "file"), [("run", CARD_FILE), ("status", CARD_FILE), ("run", KEY_FILE)])
def test_a_damaged_identity_is_said_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str, file: str, torn: bytes
) -> None:
    (tmp_path / CARD_FILE).write_text(card().model_dump_json())
    (tmp_path / file).write_bytes(torn)
    more = ("--output", "null") if command == "run" else ()
    arguments = _parser().parse_args(["--data", str(tmp_path), command, *more])
    assert arguments.run(arguments) == 1
    said = capsys.readouterr().err
    assert "identity_damaged" in said
    assert "bị hỏng" in said
    assert "enrol this box again" in said


def test_a_damaged_identity_does_not_keep_a_box_from_enrolling_again(tmp_path: Path) -> None:
    (tmp_path / CARD_FILE).write_bytes(b"{")
    (tmp_path / "journal.db").write_bytes(b"lines of a box that nobody knows")
    put_aside(tmp_path, BoxId("new"))
    assert (tmp_path / "nobody-journal.db").exists()
