"""SQLite in a thread, with as few ways there and back as there are statements.

aiosqlite goes to its thread to make a cursor, to execute, to fetch and to close; each way costs the loop about as much
as the statement itself. Here a statement with its rows is one way, and BEGIN goes along with what it begins.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, TypeVar

import aiosqlite
from aiosqlite.context import contextmanager

T = TypeVar("T")
CHUNK = 64
"""Rows at a time for whoever iterates; nobody here does."""


class OneHop(aiosqlite.Connection):
    """A connection for SQLAlchemy, which has one task at a time execute on it and takes all rows at once."""

    def __init__(self, *where: Any, **how: Any) -> None:
        super().__init__(lambda: sqlite3.connect(*where, **how), CHUNK)
        self._thread.daemon = True
        self._begin: str | None = None
        self._used = False
        """Whether a transaction may be open: something was sent to the thread since the last end of one came back."""

    @contextmanager
    async def cursor(self) -> aiosqlite.Cursor:
        """Costs nothing."""
        return _Cursor(self)

    async def commit(self) -> None:
        """Nothing is to be committed where nothing was executed."""
        await self._end(self._conn.commit)

    async def rollback(self) -> None:
        """Whoever was cancelled while the thread executed gets in line behind it."""
        await self._end(self._conn.rollback)

    async def _end(self, end: Callable[[], None]) -> None:
        self._begin = None
        if self._used:
            await self._there(end)
            self._used = False

    def put_off(self, begin: str) -> None:
        """It is said together with the first statement; its failure is that statement's."""
        self._begin = begin

    async def run(self, sql: str, parameters: Any, many: bool) -> _Outcome:
        """The statement, behind BEGIN if that was put off."""
        begin, self._begin, self._used = self._begin, None, True
        return await self._there(partial(self._run, begin, sql, parameters, many))

    async def _there(self, what: Callable[[], T]) -> T:
        done: T = await self._execute(what)  # type: ignore[no-untyped-call] # aiosqlite says no types here
        return done

    def _run(self, begin: str | None, sql: str, parameters: Any, many: bool) -> _Outcome:
        if begin:
            self._conn.execute(begin)
        cursor = self._conn.executemany(sql, parameters) if many else self._conn.execute(sql, parameters)
        try:
            return _Outcome(cursor)
        finally:
            cursor.close()


class _Outcome:
    """All that a statement came to, so that nothing of the thread's is touched from outside."""

    def __init__(self, cursor: sqlite3.Cursor) -> None:
        self.description, self.lastrowid = cursor.description, cursor.lastrowid
        self.rows: list[Any] = cursor.fetchall() if cursor.description else []
        self.rowcount = cursor.rowcount


class _Cursor(aiosqlite.Cursor):
    """What SQLAlchemy's adapter asks of a cursor."""

    def __init__(self, connection: OneHop) -> None:
        self._one_hop, self._outcome = connection, None
        self.iter_chunk_size = CHUNK
        self._size = 1

    _outcome: _Outcome | None

    async def execute(self, sql: str, parameters: Iterable[Any] | None = None) -> aiosqlite.Cursor:
        if sql.startswith("BEGIN"):
            self._one_hop.put_off(sql)
        else:
            self._outcome = await self._one_hop.run(sql, parameters or (), many=False)
        return self

    async def executemany(self, sql: str, parameters: Iterable[Iterable[Any]]) -> aiosqlite.Cursor:
        self._outcome = await self._one_hop.run(sql, parameters, many=True)
        return self

    async def fetchall(self) -> Sequence[Any]:
        return self._outcome.rows if self._outcome else []

    async def close(self) -> None:
        """Done where it ran."""

    @property
    def rowcount(self) -> int:
        return self._outcome.rowcount if self._outcome else -1

    @property
    def lastrowid(self) -> int | None:
        return self._outcome.lastrowid if self._outcome else None

    @property
    def description(self) -> Any:
        return self._outcome.description if self._outcome else None
