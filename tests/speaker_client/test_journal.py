"""The box's journal: all of a commit or none of it, whatever happens in between."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from speaker_client.journal import SqliteJournal
from speaker_client.memory import (
    Acknowledged,
    Change,
    Ended,
    Forgot,
    Memory,
    Ratcheted,
    Tombstone,
    Wrote,
    passing_course,
)
from tests.speaker_client.changes import AIRING, CHANGES


def test_what_was_committed_is_there_after_a_restart(tmp_path: Path) -> None:
    journal, expected = SqliteJournal(tmp_path / "journal.db"), Memory()
    journal.commit(CHANGES)
    for change in CHANGES:
        expected.apply(change)
    journal.close()
    again = SqliteJournal(tmp_path / "journal.db")
    assert again.memory == expected
    more: list[Change] = [Ended(AIRING.id, 77), Forgot(60, 1)]
    again.commit(more)
    for change in more:
        expected.apply(change)
    again.close()
    assert SqliteJournal(tmp_path / "journal.db").memory == expected


@pytest.mark.parametrize(
    ("kept", "before_us", "reports_to"),
    [
        (Ended(AIRING.id, 50), 50, 0),
        (Tombstone(AIRING.id, "lan", 50), 50, 0),
        (Wrote(7, "seven", "h"), 0, 6),
        (Ratcheted(("k", "stop", passing_course("station#7", 50)), 7), 50, 0),
    ],
)
def test_only_what_forgetting_would_let_go_of_is_outdated(kept: Change, before_us: int, reports_to: int) -> None:
    memory = Memory()
    assert not memory.outdated(before_us + 1, reports_to + 1)
    memory.apply(kept)
    assert not memory.outdated(before_us, reports_to), "an idle box must not write"
    assert memory.outdated(before_us + 1, reports_to + 1)
    memory.apply(Forgot(before_us, reports_to))
    assert memory != Memory(n=memory.n, head=memory.head), "not yet"
    memory.apply(Forgot(before_us + 1, reports_to + 1))
    assert not memory.outdated(before_us + 1, reports_to + 1), "told once, done once"


def test_a_commit_that_fails_changes_neither_disk_nor_memory(tmp_path: Path) -> None:
    journal = SqliteJournal(tmp_path / "journal.db")
    journal.commit([Wrote(1, "one", "h")])
    with pytest.raises(Exception, match="UNIQUE"):
        journal.commit([Acknowledged(1), Wrote(1, "again", "h")])
    assert journal.memory.acknowledged == 0
    journal.close()
    assert SqliteJournal(tmp_path / "journal.db").memory.acknowledged == 0


def test_a_damaged_journal_is_moved_aside_not_hidden(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    journal = SqliteJournal(path)
    journal.commit(CHANGES)
    journal.close()
    path.write_bytes(b"not a database" * 500)
    assert SqliteJournal(path).memory == Memory()
    assert (tmp_path / "damaged-journal.db").exists()


WRITER = """
import sys
from pathlib import Path
from speaker_client.journal import SqliteJournal
from speaker_client.memory import Acknowledged, Wrote
journal = SqliteJournal(Path(sys.argv[1]))
n = journal.memory.n
while True:
    n += 1
    journal.commit([Wrote(n, str(n), str(n)), Acknowledged(n)])
    print(n, flush=True)
"""


def test_kill_9_at_any_moment_loses_nothing_that_was_committed(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    for round_number in range(8):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True)
        assert writer.stdout is not None
        writer.stdout.readline()
        time.sleep(0.003 * round_number)
        os.kill(writer.pid, signal.SIGKILL)
        said = [int(line) for line in writer.stdout if line.endswith("\n")]
        writer.wait()
        writer.stdout.close()
        journal = SqliteJournal(path)
        assert journal.memory.n >= max(said, default=0)
        assert journal.memory.acknowledged == journal.memory.n
        assert sorted(journal.memory.reports) == list(range(1, journal.memory.n + 1))
        journal.close()


def test_each_commit_is_on_the_disk_when_it_returns(tmp_path: Path) -> None:
    """WAL with synchronous=FULL (2): one fsync a commit, and no commit without."""
    journal = SqliteJournal(tmp_path / "journal.db")
    assert journal._connection
    ask = journal._connection.execute
    assert (ask("PRAGMA journal_mode").fetchone(), ask("PRAGMA synchronous").fetchone()) == (("wal",), (2,))
    journal.close()
