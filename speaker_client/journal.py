"""The box's durable memory in SQLite: WAL with synchronous=FULL, one transaction a commit.

A damaged file is moved aside and never hidden: the new journal begins with what the station says it has. On a disk
that is full, read-only or dying the journal goes on in memory, says so, and does not pretend otherwise.
"""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from audio_library.content import sync_folder
from speaker_client.memory import (
    Acknowledged,
    Anchor,
    Anchored,
    Born,
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
from speaker_client.protocol.report import Evidence

log = logging.getLogger(__name__)

DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
"""Only these say that the file itself is bad; a full or failing disk must not cost us a good journal."""

FAILING = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN})
"""The disk is full, read-only or dying: primary result codes."""

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

_EMPTY = (
    "DELETE FROM standings",
    "DELETE FROM ended",
    "DELETE FROM tombstones",
    "DELETE FROM reports",
    "DELETE FROM streams",
    "DELETE FROM documents",
    "DELETE FROM facts",
)


class SqliteJournal:
    """A Journal in one file; `memory` is what it holds, loaded once and kept in step. One process at a time, the one
    that holds the data folder's lock: a damaged file is moved aside here.

    `failing` says why the disk does not take it, empty while it does. Then memory alone goes on, so that the village
    still hears what is in the cache. Given up until `retry` succeeds: if the daemon ends meanwhile, a routine airing
    may start a second time, what was stopped or ended since may sound again, and the reports since are lost, which
    the station is told as a hole.
    """

    def __init__(self, path: Path) -> None:
        self._path, self.failing, self._unread = path, "", False
        self._connection: sqlite3.Connection | None = None
        try:
            self._connection = _opened(path)
            self.memory = _load(self._connection)
        except (sqlite3.DatabaseError, OSError) as error:
            self._fail(error)
            self.memory = self._recalled()

    def commit(self, changes: Iterable[Change]) -> None:
        """All of the changes in one durable transaction, in memory alone while the disk fails; memory follows it."""
        listed = list(changes)
        if not listed:
            return
        if self._connection:
            try:
                self._transact(self._connection, listed)
            except sqlite3.DatabaseError as error:
                self._fail(error)
        for change in listed:
            self.memory.apply(change)

    def retry(self) -> None:
        """On a disk that failed: write down everything that memory holds, if it can be done now."""
        if self._connection:
            return
        try:
            connection = _opened(self._path)
            try:
                if self._unread and _load(connection) != Memory():
                    raise RuntimeError("the journal can be read again: the daemon has to begin with it")
                self._transact(connection, _whole(self.memory), afresh=True)
            except BaseException:
                connection.close()
                raise
        except (sqlite3.DatabaseError, OSError) as error:
            self._fail(error)
        else:
            log.warning("the journal is on the disk again")
            self._connection, self.failing, self._unread = connection, "", False

    def close(self) -> None:
        """Give the file back."""
        if self._connection:
            self._connection.close()

    def _fail(self, error: Exception) -> None:
        """Go on in memory, if it is the disk that fails; else raise."""
        if isinstance(error, sqlite3.Error) and getattr(error, "sqlite_errorcode", 0) & 0xFF not in FAILING:
            raise error
        if not self.failing:
            log.error("the disk does not take the journal (%s): it goes on in memory", error)
        self.failing = str(error)
        self.close()
        self._connection = None

    def _recalled(self) -> Memory:
        try:
            return recall(self._path)
        except sqlite3.DatabaseError as error:
            log.error("nor can it be read (%s): it begins empty", error)
            self._unread = True
            return Memory()

    def _transact(self, connection: sqlite3.Connection, changes: Iterable[Change], *, afresh: bool = False) -> None:
        with connection:
            connection.execute("BEGIN IMMEDIATE")
            for emptying in _EMPTY if afresh else ():
                connection.execute(emptying)
            for change in changes:
                self._write(connection, change)

    def _write(self, connection: sqlite3.Connection, change: Change) -> None:
        run = connection.execute
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
                _fact(connection, "head", [n, head])
            case Acknowledged(n):
                _fact(connection, "acknowledged", max(n, self.memory.acknowledged))
            case Reopened(n):
                _fact(connection, "acknowledged", n)
            case Unwrote(n):
                run("DELETE FROM reports WHERE n > ?", (n,))
            case Ratcheted((key, kind, audience), seq):
                run("INSERT OR REPLACE INTO streams VALUES (?, ?, ?, ?)", (key, kind, audience, seq))
            case Kept(kind, envelope):
                run("INSERT OR REPLACE INTO documents VALUES (?, ?)", (kind, envelope))
            case Anchored(anchor):
                _fact(connection, "anchor", asdict(anchor))
            case Born(at):
                _fact(connection, "born", at)
            case Forgot(before, reports_to):
                run("DELETE FROM ended WHERE until_us < ?", (before,))
                run("DELETE FROM tombstones WHERE until_us < ?", (before,))
                run("DELETE FROM reports WHERE n <= ?", (reports_to,))
                for stream in self.memory.lapsed(before):
                    run("DELETE FROM streams WHERE key = ? AND kind = ? AND audience = ?", stream)


def recall(path: Path) -> Memory:
    """What the journal holds, by reading alone, whether or not a daemon runs; sqlite3.DatabaseError if it cannot be.

    A journal that was closed has no log beside it and is read as it is. The log of one that was not cannot be read
    if its index is missing too and the disk is read-only: then what was written last is not seen.
    """
    plain = "mode=ro&immutable=1"
    if not path.with_name(f"{path.name}-wal").exists():
        return _read(path, plain)
    try:
        return _read(path, "mode=ro")
    except sqlite3.OperationalError as error:
        log.warning("the journal's log cannot be read: %s", error)
        return _read(path, plain)


def _read(path: Path, how: str) -> Memory:
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?{how}", uri=True, timeout=5)
    try:
        return _load(connection)
    finally:
        connection.close()


def _whole(memory: Memory) -> Iterator[Change]:
    """The changes that an empty journal needs to hold the same."""
    yield from map(Stood, memory.standings.values())
    yield from (Ended(airing, until) for airing, until in memory.ended.items())
    yield from (Tombstone(airing, *stone) for airing, stone in memory.tombstones.items())
    yield from (Wrote(n, text, memory.head) for n, text in sorted(memory.reports.items()))
    yield Acknowledged(memory.acknowledged)
    yield from (Ratcheted(stream, seq) for stream, seq in memory.streams.items())
    yield from (Kept(kind, envelope) for kind, envelope in memory.documents.items())
    yield from map(Anchored, [memory.anchor] if memory.anchor else [])
    yield from map(Born, [] if memory.born_us is None else [memory.born_us])


def _fact(connection: sqlite3.Connection, name: str, value: Any) -> None:
    connection.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, json.dumps(value)))


def _load(connection: sqlite3.Connection) -> Memory:
    run = connection.execute
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
        born_us=facts.get("born"),
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
            "concealed": standing.concealed,
            "filled": standing.filled,
            "ordered": standing.ordered,
            "begins_by_us": standing.begins_by_us,
            "interrupted": standing.interrupted,
            "proof": standing.proof,
        }
    )


def _standing(planned: str, progress: str) -> Standing:
    value = json.loads(progress)
    value["state"] = State(value["state"])
    value["segments"] = tuple((start, to) for start, to in value["segments"])
    value["proof"] = Evidence(value["proof"]) if value.get("proof") else None
    return Standing(planned=PlannedAiring.model_validate_json(planned), **value)
