"""`tienglang-speaker status` looks and touches nothing, whatever it finds and whoever runs."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from pathlib import Path

from speaker_client.identity import CARD_FILE
from speaker_client.journal import SqliteJournal
from speaker_client.memory import Ratcheted
from tests.speaker_client.changes import CHANGES
from tests.speaker_client.daemon import card


def status(folder: Path) -> subprocess.CompletedProcess[str]:
    """The command as a person calls it."""
    command = "from speaker_client.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", command, "--data", str(folder), "status"], capture_output=True, text=True, timeout=60
    )


def enrolled(folder: Path) -> Path:
    """A box's folder; where its journal will be."""
    (folder / CARD_FILE).write_text(card().model_dump_json())
    return folder / "journal.db"


def test_status_tells_what_the_running_daemon_has_just_committed(tmp_path: Path) -> None:
    journal = SqliteJournal(enrolled(tmp_path))
    journal.commit(CHANGES)
    told = json.loads(status(tmp_path).stdout)
    assert (told["reports"], told["acknowledged"], told["airings"]) == (2, 1, 1)
    assert "access" not in told["identity"]
    journal.close()
    assert json.loads(status(tmp_path).stdout)["reports"] == 2
    assert sorted(file.name for file in tmp_path.iterdir()) == ["identity.json", "journal.db"]


def test_status_leaves_a_damaged_journal_to_the_daemon_that_writes_it(tmp_path: Path) -> None:
    path = enrolled(tmp_path)
    daemon = SqliteJournal(path)
    for number in range(400):
        daemon.commit([Ratcheted(("k", "plan", str(number) * 50), number)])
    with sqlite3.connect(path) as other:
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    other.close()
    with path.open("r+b") as file:
        for page in range(8, path.stat().st_size // 4096 - 1):
            file.seek(4096 * page)
            file.write(b"\xff" * 64)
    files = sorted(tmp_path.iterdir())
    answer = status(tmp_path)
    assert (answer.returncode, answer.stdout) == (1, "")
    assert "nothing to tell" in answer.stderr
    assert sorted(tmp_path.iterdir()) == files
    daemon.close()


def test_a_box_that_has_no_journal_gets_none(tmp_path: Path) -> None:
    enrolled(tmp_path)
    assert status(tmp_path).returncode == 1
    assert [file.name for file in tmp_path.iterdir()] == [CARD_FILE]
