"""The daemon of the box of tests: who it is, and its work."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from speaker_client.agent import Agent
from speaker_client.identity import Card
from tests.speaker_client.station_of_tests import BOX, CLUSTER, STATION, MiniStation

STATION_MADE = MiniStation()
NOBODY = "http://127.0.0.1:9"


@asynccontextmanager
async def running(agent: Agent) -> AsyncIterator[asyncio.Task[None]]:
    """The daemon at work until the block ends; it must not have ended before."""
    daemon = asyncio.create_task(agent.run())
    try:
        yield daemon
        assert not daemon.done(), daemon.exception()
    finally:
        daemon.cancel()
        await asyncio.wait({daemon})


def card(server: str = NOBODY) -> Card:
    """The identity of the box of tests."""
    return Card(
        server=server,
        station=STATION,
        box=BOX,
        cluster=CLUSTER,
        access="a",
        root=STATION_MADE.root.public,
        keyring=STATION_MADE.keyring().seal([STATION_MADE.root]),
        config=STATION_MADE.config().seal([STATION_MADE.schedule]),
    )
