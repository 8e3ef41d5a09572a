"""The engine: SQLite in WAL with synchronous=FULL by default, so that what was accepted survives a power cut."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, ClassVar

from sqlalchemy import JSON, BigInteger, CursorResult, Executable, Integer, event
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase

from broadcast_server.store.hops import OneHop


class Base(DeclarativeBase):
    """All tables."""

    type_annotation_map: ClassVar[dict[Any, Any]] = {
        dict[str, Any]: JSON(none_as_null=True),
        list[Any]: JSON(none_as_null=True),
        int: BigInteger().with_variant(Integer(), "sqlite"),  # microseconds do not fit into 32 bits
    }


class Database:
    """One engine and its sessions."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine: AsyncEngine = create_async_engine(url)
        if self.engine.dialect.name == "sqlite":
            event.listen(self.engine.sync_engine, "do_connect", _one_hop)
            event.listen(self.engine.sync_engine, "connect", _durable)
            event.listen(self.engine.sync_engine, "begin", _write_at_once)
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """One transaction: committed at the end, rolled back by any exception."""
        with _connected():
            async with self._sessions.begin() as session:
                yield session

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A view for reading only, that neither waits for a writer nor makes one wait."""
        with _connected():
            async with self._sessions(bind=self.engine.execution_options(reading=True)) as session, session.begin():
                yield session

    async def close(self) -> None:
        """Give all connections back."""
        await self.engine.dispose()


async def past_mapper(
    session: AsyncSession, statement: Executable, parameters: Any = None
) -> CursorResult[*tuple[Any, ...]]:
    """The statement on the session's own connection, for what an alarm waits for: the mapper takes as long for it as
    the statement itself. What the session holds is neither flushed before nor told of it."""
    connection = await session.connection()
    return await connection.execute(statement, parameters)


@contextmanager
def _connected() -> Iterator[None]:
    """Who waits in vain for a connection suffers from a failing database, as whoever waits for a lock does."""
    try:
        yield
    except PoolExhausted as error:
        raise OperationalError("waiting for a connection", {}, error) from error


def _one_hop(_dialect: Any, _record: Any, _where: Any, how: dict[str, Any]) -> None:
    how["async_creator_fn"] = OneHop


def _durable(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    try:
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()
    except BaseException:
        connection.close()  # the pool forgets a connection that was not made ready, and its thread would live on
        raise


def _write_at_once(connection: Any) -> None:
    """Take the write lock first: a transaction that reads then writes never fails half-way for want of it."""
    reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
