"""A disk that is full for a while: the background jobs wait it out, and the log says so twice, not a thousand times."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text

from broadcast_server.enduring import Hardship, endure
from broadcast_server.store.base import Database
from tests.waiting import until


@contextlib.contextmanager
def full_disk(database: Database) -> Iterator[None]:
    """SQLite may add no page to the file meanwhile. Looked at whenever a connection is taken, so none is lost."""
    full = True

    def limit(connection: Any, _record: Any, _proxy: Any) -> None:
        connection.execute(f"PRAGMA max_page_count = {1 if full else 1 << 30}")

    event.listen(database.engine.sync_engine, "checkout", limit)
    yield
    full = False


async def test_a_full_disk_is_outlasted_and_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("broadcast_server.enduring.LONGEST_PAUSE_S", 0.01)
    database, written, hardship = (
        Database(f"sqlite+aiosqlite:///{tmp_path / 'a.db'}"),
        asyncio.Event(),
        Hardship("watching"),
    )

    async def write() -> None:
        async with asyncio.TaskGroup(), database.transaction() as session:  # the error comes out in a group
            await session.execute(text("CREATE TABLE seen (box TEXT)"))
        written.set()
        await asyncio.Event().wait()

    with full_disk(database):
        job = asyncio.create_task(endure(hardship, write, steady_s=0.05))
        await until(lambda: hardship.failures >= 3)
        assert not job.done()
    await until(written.is_set)
    await until(lambda: not hardship.failures)
    job.cancel()
    with pytest.raises(asyncio.CancelledError):
        await job
    await database.close()
    told = [one.getMessage() for one in caplog.records if one.name == "broadcast_server.enduring"]
    assert len(told) == 2
    assert "watching stands still" in told[0]
    assert "full" in told[0]
    assert "watching goes on" in told[1]


async def test_any_other_failure_still_ends_the_job() -> None:
    async def broken() -> None:
        raise LookupError("a mistake of ours")

    with pytest.raises(LookupError):
        await endure(Hardship("watching"), broken)
