"""Relays that the station pulls: how they are begun, noted, and heard by a box."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from sqlalchemy import select

from broadcast_server.relay.by_hand import Started, Wish
from broadcast_server.store.airings import PlanRow
from broadcast_server.store.relays import RelayRow
from speaker_client.protocol.datagram import hail
from speaker_client.protocol.envelope import Envelope, payload_of
from speaker_client.protocol.live import Group, live_of, read_group
from speaker_client.protocol.plan import Plan, PlannedAiring
from tests.server_fleet.ground import Box, Ground
from tests.waiting import until

OFFICER = "lan"


@asynccontextmanager
async def relaying(ground: Ground) -> AsyncIterator[None]:
    """The station keeps its relays, until it is killed."""
    task = asyncio.create_task(ground.station.relaying.relay_forever())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def source(ground: Ground, name: str, address: str) -> str:
    return (await ground.station.sourcing.add(name, "http", address, OFFICER)).id


async def start(ground: Ground, *sources: str, in_us: int | None = None, length_s: int = 600) -> Started:
    at_us = None if in_us is None else ground.station.clock.now_us() + in_us
    return await ground.station.starting.start(Wish(sources, length_s, ("all",), at_us), OFFICER)


async def noted(ground: Ground) -> RelayRow | None:
    async with ground.station.database.reading() as session:
        return await session.scalar(select(RelayRow))


async def probes(ground: Ground, count: int) -> dict[str, bool]:
    """What its sources were found to be, once so many looks were taken."""

    async def enough() -> RelayRow | None:
        row = await noted(ground)
        return row if row and len(row.probes) >= count else None

    return {one["name"]: one["ok"] for one in (await until(enough, 60)).probes[-2:]}


class Ear:
    """A box's socket: where the station reaches it, and what came."""

    def __init__(self, ground: Ground, box: Box) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.bind(("127.0.0.1", 0))
        now = ground.station.clock.now_us()
        there = ("127.0.0.1", ground.station.settings.udp_port)
        self._socket.sendto(hail(box.id, box.papers.access, now), there)
        self.box = box

    async def hear(self, seconds: float, enough: int = 10_000) -> list[bytes]:
        """The frames that come in that time, or until there are enough."""
        heard: list[bytes] = []
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while len(heard) < enough:
                    data = await asyncio.get_running_loop().sock_recv(self._socket, 2000)
                    heard += [data] if live_of(data) else []
        return heard

    def close(self) -> None:
        self._socket.close()


async def planned(ground: Ground) -> PlannedAiring:
    async with ground.station.database.reading() as session:
        row = (await session.scalars(select(PlanRow))).first()
    assert row
    (only,) = Plan.read(payload_of(Envelope.model_validate_json(row.envelope))).airings
    return only


def groups(heard: list[bytes], one: PlannedAiring) -> list[Group]:
    assert one.relay
    return [read_group(data, one.relay.key) for data in heard]
