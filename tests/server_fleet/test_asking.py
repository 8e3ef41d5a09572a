"""A real box keeps its question for news open, so that an order reaches it when the broker carries nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from broadcast_server.app import Job
from broadcast_server.station import Station
from speaker_client.agent import Agent
from speaker_client.join import enrol
from speaker_client.protocol.ids import ClusterId
from speaker_client.protocol.patience import LinkState
from tests.server_fleet.ground import Ground, ground_in
from tests.waiting import until

SOON_S = 20.0


def untold(station: Station) -> tuple[Job, ...]:
    """The boxes' lines to the broker hold, but nobody speaks on the station's."""
    settings = station.settings
    return (station.carrying.run, lambda: station.datagrams.serve(settings.host, settings.udp_port))


def told(station: Station) -> tuple[Job, ...]:
    return (*untold(station), station.telling.tell_forever)


class Road:
    """The way from the box to the station's HTTP; what is under way when it dies neither arrives nor breaks."""

    def __init__(self, port: int) -> None:
        self._port, self._dead = port, asyncio.Event()

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self._port)
        dead = self._dead
        await asyncio.gather(self._carry(reader, there_writer, dead), self._carry(there_reader, writer, dead))

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, dead: asyncio.Event) -> None:
        while data := await reader.read(65536):
            if not dead.is_set():
                writer.write(data)
        writer.close()

    def die(self) -> None:
        """For those who are on it now."""
        self._dead.set()
        self._dead = asyncio.Event()


@asynccontextmanager
async def listening(ground: Ground, cluster: ClusterId, folder: Path, url: str = "") -> AsyncIterator[Agent]:
    """The part of the cluster's box that hears the station; both lines to the broker are up, and a bundle is there."""
    code, _ = await ground.station.enrolling.issue_code(cluster, "hoa")
    card = await enrol(folder, url or ground.url, code, "tests")
    agent = Agent(folder, card, "null")
    loops = (agent._clock_keeping.keep_time, agent._asking.pull, *(one.run for one in agent._lines))
    ears = [asyncio.create_task(loop()) for loop in loops]
    try:
        await until(
            lambda: agent._asking.etag is not None and all(line.state is LinkState.ONLINE for line in agent._lines)
        )
        yield agent
    finally:
        for ear in ears:
            ear.cancel()
        await asyncio.wait(ears, timeout=SOON_S)
        agent._turntable.close()
        await agent._uplink.close()
        agent._journal.close()


def gain(agent: Agent) -> int:
    assert agent._listener.config
    return agent._listener.config.loudspeakers[0].gain_cb


async def test_a_stop_that_no_broker_carries_is_obeyed_soon(tmp_path: Path) -> None:
    async with ground_in(tmp_path / "station", background=untold) as ground:
        cluster = await ground.cluster()
        async with listening(ground, cluster, tmp_path / "box") as agent:
            await ground.station.places.adjust_loudspeaker(cluster, 1, gain_cb=-200, muted=None, by="hoa")
            await until(lambda: gain(agent) == -200)
            await ground.station.commanding.stop((), [cluster], "hoa")
            await until(lambda: any(kind == "stop" for _, kind, _ in agent._journal.memory.streams))


async def test_a_question_whose_road_died_is_asked_anew_when_there_is_a_hint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("speaker_client.asking.HINTED_S", 0.5)
    async with ground_in(tmp_path / "station", background=told) as ground:
        road = Road(ground.station.settings.port)
        http = await asyncio.start_server(road.take, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{http.sockets[0].getsockname()[1]}"
        cluster = await ground.cluster()
        async with http, listening(ground, cluster, tmp_path / "box", url) as agent:
            await asyncio.sleep(2.0)
            road.die()
            await ground.station.places.adjust_loudspeaker(cluster, 1, gain_cb=-200, muted=None, by="hoa")
            await until(lambda: gain(agent) == -200)
