"""An order goes by datagram where its box is known to be, and by the broker when that is not answered, or not known."""

from __future__ import annotations

import asyncio
from pathlib import Path

from broadcast_server.insisting import FIRST_PAUSE_S
from speaker_client.protocol.ids import BoxId
from tests.server_fleet.ground import ground_in, press
from tests.server_fleet.roads import answer, socket_of, with_port


class Broker:
    """Takes everything, and says when it was told."""

    def __init__(self) -> None:
        self.told: asyncio.Queue[tuple[BoxId, float]] = asyncio.Queue()

    async def hint(self, _box: BoxId, _data: bytes) -> bool:
        return True

    async def alert(self, box: BoxId, _data: bytes) -> bool:
        self.told.put_nowait((box, asyncio.get_running_loop().time()))
        return True

    async def next(self) -> tuple[BoxId, float]:
        async with asyncio.timeout(5):
            return await self.told.get()


async def test_the_broker_is_asked_at_once_only_for_a_box_that_no_datagram_reaches(tmp_path: Path) -> None:
    async with ground_in(tmp_path, background=with_port) as ground:
        here, unheard = [await ground.box(await ground.cluster(name)) for name in ("chợ", "đình")]
        await ground.station.doors.refresh()
        broker = ground.station.telling.alarm = Broker()
        async with socket_of(ground, here) as (_, ear):
            await press(ground)
            assert (await broker.next())[0] == unheard.id
            came_s = asyncio.get_running_loop().time()
            await ear.order()
            later = [await broker.next()]
            while later[-1][0] != here.id:
                later.append(await broker.next())
            assert later[-1][1] - came_s > FIRST_PAUSE_S / 2


async def test_nor_at_all_once_it_is_answered(tmp_path: Path) -> None:
    async with ground_in(tmp_path, background=with_port) as ground:
        here, unheard = [await ground.box(await ground.cluster(name)) for name in ("chợ", "đình")]
        await ground.station.doors.refresh()
        broker = ground.station.telling.alarm = Broker()
        async with socket_of(ground, here) as (transport, ear):
            await press(ground)
            transport.sendto(answer(here, await ear.order()))
            told = [(await broker.next())[0] for _ in range(2)]  # the second time is after what `here` would have had
            assert told == [unheard.id] * 2
