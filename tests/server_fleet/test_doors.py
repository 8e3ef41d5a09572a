"""Who knocks while the boxes are still being read is no stranger."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast_server.doorkeeping import Doorkeeping
from broadcast_server.store.base import Database
from speaker_client.protocol.ids import BoxId
from tests.server_fleet.ground import Ground


class SlowDatabase:
    """Reads nothing before `open` is set, and then fails so many times."""

    def __init__(self, database: Database, failures: int = 0) -> None:
        self._database, self._failures = database, failures
        self.open, self.reads = asyncio.Event(), 0

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        self.reads += 1
        await self.open.wait()
        if self.reads <= self._failures:
            raise OSError("the disk does not answer")
        async with self._database.reading() as session:
            yield session


def doors_of(ground: Ground, database: SlowDatabase) -> Doorkeeping:
    return Doorkeeping(cast(Database, database), ground.station.station_id)


async def test_all_who_knock_during_the_first_read_wait_for_it(ground: Ground) -> None:
    boxes = [await ground.box(await ground.cluster(name)) for name in ("Cụm chợ", "Cụm đồi", "Cụm đình")]
    slow = SlowDatabase(ground.station.database)
    doors = doors_of(ground, slow)
    knocks = [asyncio.create_task(doors.admits(box.id, box.papers.access)) for box in boxes]
    stranger = asyncio.create_task(doors.find(BoxId("f" * 32)))
    await asyncio.sleep(0.05)
    assert not any(one.done() for one in (*knocks, stranger))
    slow.open.set()
    assert await asyncio.gather(*knocks) == [True] * 3
    assert await stranger is None
    assert slow.reads == 1, "one read answers all who waited for it"


async def test_a_first_read_that_fails_makes_nobody_a_stranger(ground: Ground) -> None:
    box = await ground.box(await ground.cluster())
    slow = SlowDatabase(ground.station.database, failures=2)
    slow.open.set()
    doors = doors_of(ground, slow)
    for _ in range(2):
        with pytest.raises(OSError, match="does not answer"):
            await doors.admits(box.id, box.papers.access)
    assert await doors.admits(box.id, box.papers.access)


async def test_strangers_do_not_have_the_boxes_read_again_and_again(ground: Ground) -> None:
    slow = SlowDatabase(ground.station.database)
    slow.open.set()
    doors = doors_of(ground, slow)
    for number in range(10):
        assert await doors.find(BoxId(f"{number:032}")) is None
    assert slow.reads <= 2
