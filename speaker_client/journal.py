"""The box's durable memory in SQLite: WAL with synchronous=FULL, one transaction a commit.

A damaged file is moved aside and never hidden: the new journal begins with what the station says it has.
"""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from audio_library.content import sync_folder
from speaker_client.memory import (
    Acknowledged,
    Anchor,
    Anchored,
    Change,
    Ended,
    Forgot,
    Kept,
    Memory,
    Ratcheted,
    Reopened,
    Stood,
    Tombstone,
    Unwrote,
    Wrote,
)
from speaker_client.playout import Standing, State
from speaker_client.protocol.ids import AiringId
from speaker_client.protocol.plan import PlannedAiring

log = logging.getLogger(__name__)

DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
"""Only these say that the file itself is bad; a full or failing disk must not cost us a good journal."""

_TABLES = """
CREATE TABLE IF NOT EXISTS standings (id TEXT PRIMARY KEY, planned TEXT NOT NULL, progress TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS ended (id TEXT PRIMARY KEY, until_us INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS tombstones (id TEXT PRIMARY KEY, by TEXT NOT NULL, until_us INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS reports (n INTEGER PRIMARY KEY, text TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS streams (
    key TEXT, kind TEXT, audience TEXT, seq INTEGER NOT NULL, PRIMARY KEY (key, kind, audience)
);
CREATE TABLE IF NOT EXISTS documents (kind TEXT PRIMARY KEY, envelope TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


class SqliteJournal:
    """A Journal in one file; `memory` is what it holds, loaded once and kept in step."""

    def __init__(self, path: Path) -> None:
        self._connection = _opened(path)
        self.memory = self._load()

    def commit(self, changes: Iterable[Change]) -> None:
        """All of the changes in one durable transaction; memory follows only after it."""
        listed = list(changes)
        if not listed:
            return
        with self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            for change in listed:
                self._write(change)
        for change in listed:
            self.memory.apply(change)

    def close(self) -> None:
        """Give the file back."""
        self._connection.close()

    def _write(self, change: Change) -> None:
        run = self._connection.execute
        match change:
            case Stood(standing):
                row = (standing.id, standing.planned.model_dump_json(), _progress(standing))
                run("INSERT OR REPLACE INTO standings VALUES (?, ?, ?)", row)
            case Ended(airing, until):
                run("DELETE FROM standings WHERE id = ?", (airing,))
                run("INSERT OR REPLACE INTO ended VALUES (?, ?)", (airing, until))
            case Tombstone(airing, by, until):
                run("INSERT OR REPLACE INTO tombstones VALUES (?, ?, ?)", (airing, by, until))
            case Wrote(n, text, head):
                run("INSERT INTO reports VALUES (?, ?)", (n, text))
                self._fact("head", [n, head])
            case Acknowledged(n):
                self._fact("acknowledged", max(n, self.memory.acknowledged))
            case Reopened(n):
                self._fact("acknowledged", n)
            case Unwrote(n):
                run("DELETE FROM reports WHERE n > ?", (n,))
            case Ratcheted((key, kind, audience), seq):
                run("INSERT OR REPLACE INTO streams VALUES (?, ?, ?, ?)", (key, kind, audience, seq))
            case Kept(kind, envelope):
                run("INSERT OR REPLACE INTO documents VALUES (?, ?)", (kind, envelope))
            case Anchored(anchor):
                self._fact("anchor", asdict(anchor))
            case Forgot(before, reports_to):
                run("DELETE FROM ended WHERE until_us < ?", (before,))
                run("DELETE FROM tombstones WHERE until_us < ?", (before,))
                run("DELETE FROM reports WHERE n <= ?", (reports_to,))
                for stream in self.memory.lapsed(before):
                    run("DELETE FROM streams WHERE key = ? AND kind = ? AND audience = ?", stream)

    def _fact(self, name: str, value: Any) -> None:
        self._connection.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, json.dumps(value)))

    def _load(self) -> Memory:
        run = self._connection.execute
        facts = {name: json.loads(value) for name, value in run("SELECT name, value FROM facts")}
        memory = Memory(
            standings={
                AiringId(key): _standing(planned, progress) for key, planned, progress in run("SELECT * FROM standings")
            },
            ended={AiringId(key): until for key, until in run("SELECT * FROM ended")},
            tombstones={AiringId(key): (by, until) for key, by, until in run("SELECT * FROM tombstones")},
            reports=dict(run("SELECT n, text FROM reports")),
            acknowledged=facts.get("acknowledged", 0),
            streams={(key, kind, audience): seq for key, kind, audience, seq in run("SELECT * FROM streams")},
            documents=dict(run("SELECT kind, envelope FROM documents")),
            anchor=Anchor(**facts["anchor"]) if "anchor" in facts else None,
        )
        if "head" in facts:
            memory.n, memory.head = facts["head"]
        return memory


def _opened(path: Path) -> sqlite3.Connection:
    try:
        return _connected(path)
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", None) not in DAMAGED:
            raise
        log.error("journal damaged (%s): moved aside, a new one begins", error)
        for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
            file = path.with_name(name)
            if file.exists():
                file.rename(file.with_name(f"damaged-{name}"))
        sync_folder(path.parent)
        return _connected(path)


def _connected(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, timeout=5)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        (verdict,) = connection.execute("PRAGMA quick_check").fetchone()
        if verdict != "ok":
            damaged = sqlite3.DatabaseError(verdict)
            damaged.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
            raise damaged
        connection.executescript(_TABLES)
    except BaseException:
        connection.close()
        raise
    sync_folder(path.parent)
    return connection


def _progress(standing: Standing) -> str:
    return json.dumps(
        {
            "plan_seq": standing.plan_seq,
            "state": standing.state,
            "part": standing.part,
            "shift_us": standing.shift_us,
            "segments": standing.segments,
            "started_us": standing.started_us,
            "error_us": standing.error_us,
            "underruns": standing.underruns,
        }
    )


def _standing(planned: str, progress: str) -> Standing:
    value = json.loads(progress)
    value["state"] = State(value["state"])
    value["segments"] = tuple((start, to) for start, to in value["segments"])
    return Standing(planned=PlannedAiring.model_validate_json(planned), **value)
