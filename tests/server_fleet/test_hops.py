"""Between the loop and SQLite's thread: one way there and back a statement, and no lock left behind."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiosqlite
import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from broadcast_server.store.base import Database


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'a.db'}")
    async with database.transaction() as session:
        await session.execute(text("CREATE TABLE things (name TEXT PRIMARY KEY)"))
    yield database
    await database.close()


@pytest.fixture
def hops(monkeypatch: pytest.MonkeyPatch, database: Database) -> list[object]:
    """What was sent to the thread, once the connection is open."""
    sent: list[object] = []
    real = aiosqlite.Connection._execute

    async def counted(self: aiosqlite.Connection, what: Callable[..., Any], *more: Any, **named: Any) -> Any:
        sent.append(what)
        return await real(self, what, *more, **named)

    monkeypatch.setattr(aiosqlite.Connection, "_execute", counted)
    return sent


async def names(database: Database) -> list[str]:
    async with database.reading() as session:
        return list(await session.scalars(text("SELECT name FROM things ORDER BY name")))


async def until(holds: Callable[[], bool]) -> None:
    """Let the others run until it does."""
    for _ in range(100):
        if holds():
            return
        await asyncio.sleep(0)
    raise AssertionError("it never did")


async def test_a_transaction_goes_there_once_for_each_statement_and_once_to_end(
    database: Database, hops: list[object]
) -> None:
    async with database.transaction() as session:
        assert (await session.execute(text("INSERT INTO things VALUES ('a'), ('b')"))).rowcount == 2
        assert list(await session.scalars(text("SELECT name FROM things"))) == ["a", "b"]
    assert len(hops) == 3
    hops.clear()
    async with database.transaction() as session:
        await session.connection()
    assert hops == [], "what executed nothing neither begins nor ends anything"
    assert await names(database) == ["a", "b"]


async def test_what_fails_is_rolled_back_and_the_connection_goes_on(database: Database) -> None:
    async def write(then: str) -> None:
        async with database.transaction() as session:
            await session.execute(text("INSERT INTO things VALUES ('a')"))
            await session.execute(text(then))

    for _ in range(2):
        with pytest.raises(OperationalError, match="no such table"):
            await write("SELECT * FROM missing")
        assert await names(database) == []
    await write("SELECT 1")
    assert await names(database) == ["a"]


async def test_a_transaction_that_cannot_begin_says_so(database: Database, tmp_path: Path) -> None:
    holder = sqlite3.connect(tmp_path / "a.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    async with database.reading() as session:
        await session.execute(text("PRAGMA busy_timeout=0"))
    with pytest.raises(OperationalError, match="locked"):
        async with database.transaction() as session:
            await session.execute(text("SELECT 1"))
    holder.close()
    async with database.transaction() as session:
        await session.execute(text("INSERT INTO things VALUES ('a')"))
    assert await names(database) == ["a"]


async def test_whoever_is_cancelled_while_it_waits_for_the_lock_does_not_keep_it(
    database: Database, tmp_path: Path, hops: list[object]
) -> None:
    holder = sqlite3.connect(tmp_path / "a.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")

    async def write() -> None:
        async with database.transaction() as session:
            await session.execute(text("INSERT INTO things VALUES ('late')"))

    writing = asyncio.create_task(write())
    await until(lambda: bool(hops))
    writing.cancel()
    await asyncio.sleep(0)
    holder.close()
    with pytest.raises(asyncio.CancelledError):
        await writing
    async with database.transaction() as session:
        await session.execute(text("INSERT INTO things VALUES ('a')"))
    assert await names(database) == ["a"]


async def test_who_waits_in_vain_for_a_connection_suffers_from_a_failing_database(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everything that outlasts a lock held too long outlasts this as well."""
    monkeypatch.setattr(database.engine.pool, "_timeout", 0.05)
    async with AsyncExitStack() as held:
        for _ in range(15):
            session = await held.enter_async_context(database.reading())
            await session.execute(text("SELECT 1"))
        with pytest.raises(OperationalError, match="waiting for a connection"):
            async with database.reading() as one_more:
                await one_more.execute(text("SELECT 1"))
