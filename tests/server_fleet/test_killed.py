"""The real server process is killed while boxes report: what it acknowledged is never lost, nor entered twice."""

from __future__ import annotations

import asyncio
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx2
from sqlalchemy import select

from broadcast_server.settings import Settings
from broadcast_server.store.airings import AiringRow
from broadcast_server.store.base import Database
from broadcast_server.store.fleet import BoxRow, FaultRow, ReportRow
from speaker_client.protocol.envelope import Envelope, payload_of
from speaker_client.protocol.ids import DAY, MINUTE
from speaker_client.protocol.report import Ack, AiringStarted
from tests.server_fleet.ground import BARE, Box, Ground, ended, founded, ground_in

KILLS = 3
START_S = 60
"""Generous: the machine may be busy with other tests."""


class Server:
    """The server process on a data folder."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.url = f"http://127.0.0.1:{settings.port}"
        (settings.data / "station.env").write_text(
            f"TIENGLANG_PORT={settings.port}\nTIENGLANG_BROKER_PORT={settings.broker_port}\n"
            f"TIENGLANG_TIME_PORT={settings.time_port}\n"
        )
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        argv = [sys.executable, "-m", "broadcast_server", "--data", str(self.settings.data)]
        with (self.settings.data / "server.log").open("ab") as log:
            self.process = subprocess.Popen(argv, stderr=log)

    async def serving(self) -> None:
        deadline = time.monotonic() + START_S
        async with httpx2.AsyncClient(base_url=self.url, trust_env=False, verify=BARE) as client:
            while time.monotonic() < deadline:
                try:
                    await client.get("/api/v1/villages")
                    return
                except httpx2.TransportError:
                    await asyncio.sleep(0.05)
        raise AssertionError((self.settings.data / "server.log").read_text()[-3000:])

    def kill(self, how: signal.Signals = signal.SIGKILL) -> int:
        assert self.process is not None
        self.process.send_signal(how)
        return self.process.wait(timeout=START_S)


async def hand_in_forever(box: Box, acked: list[int]) -> None:
    """The box's own way: from what is acknowledged, again and again, whatever breaks."""
    while acked[-1] < len(box.lines):
        try:
            answer = await box.hand_in(box.lines[acked[-1] : acked[-1] + 3])
        except httpx2.TransportError:
            await asyncio.sleep(0.05)
            continue
        assert answer.status_code == 200, answer.text
        acked.append(Ack.read(payload_of(Envelope.model_validate_json(answer.content))).upto)


async def test_nothing_acknowledged_is_lost_when_the_server_is_killed(tmp_path: Path) -> None:
    async with ground_in(tmp_path) as ground:
        cluster = await ground.cluster()
        box = await ground.box(cluster)
        yesterday = ground.station.clock.now_us() - DAY
        hours = {"start_us": yesterday, "end_us": yesterday + MINUTE, "until_us": yesterday + 2 * MINUTE}
        airings = [await ground.airing(cluster, f"bản tin {n}", **hours) for n in range(200)]
        settings = ground.station.settings
    for airing in airings:
        box.write(AiringStarted(airing=airing, due_us=0, started_us=1, error_us=1), ended(airing))
    server, acked, seed = Server(settings), [0], random.Random(20240701)
    outside = Ground(ground.station, server.url)
    reporting = asyncio.create_task(hand_in_forever(Box(outside, box.key, box.papers, box.lines, box.heads), acked))
    kills = 0
    try:
        server.start()
        while not reporting.done():
            await server.serving()
            await asyncio.sleep(seed.uniform(0.05, 0.4))
            if kills < KILLS:
                server.kill()
                kills += 1
                assert await held(settings) >= acked[-1]
                server.start()
        await reporting
    finally:
        reporting.cancel()
        server.kill(signal.SIGTERM)
        for client in outside.opened:
            await client.aclose()
    assert kills == KILLS
    assert len(acked) > KILLS
    database = Database(settings.database_url)
    async with database.reading() as session:
        texts = list(await session.scalars(select(ReportRow.text).order_by(ReportRow.n)))
        states = list(await session.scalars(select(AiringRow.state)))
        mishaps = list(await session.scalars(select(FaultRow.code)))
    await database.close()
    assert texts == box.lines
    assert states == ["PLAYED"] * len(airings)
    assert mishaps == []


async def held(settings: Settings) -> int:
    """Up to where the killed server's disk has the journal."""
    database = Database(settings.database_url)
    async with database.reading() as session:
        (n,) = await session.scalars(select(BoxRow.report_n))
    await database.close()
    return n


async def test_the_server_goes_quietly_when_asked_even_while_a_box_waits(tmp_path: Path) -> None:
    async with ground_in(tmp_path) as ground:
        box = await ground.box(await ground.cluster())
        settings = ground.station.settings
    server = Server(settings)
    outside = Ground(ground.station, server.url)
    try:
        server.start()
        await server.serving()
        box = Box(outside, box.key, box.papers)
        etag = await planned(box)
        waiting = asyncio.create_task(pull(box, etag))
        await asyncio.sleep(0.3)
        began = time.monotonic()
        await asyncio.to_thread(server.kill, signal.SIGTERM)
        assert time.monotonic() - began < 15
        assert (await waiting).status_code == 304
    finally:
        server.kill(signal.SIGTERM)
        for client in outside.opened:
            await client.aclose()


async def pull(box: Box, etag: str) -> httpx2.Response:
    return await box.http.get("/box/v1/bundle", params={"wait": 50}, headers={"If-None-Match": etag}, timeout=60)


async def planned(box: Box) -> str:
    """The tag of the bundle with the first plan of a server that has just started."""
    answer = await box.http.get("/box/v1/bundle")
    while answer.json()["plan"] is None:
        answer = await pull(box, answer.headers["etag"])
    return str(answer.headers["etag"])


async def test_a_second_server_on_the_same_folder_is_refused_in_words(tmp_path: Path) -> None:
    settings = await founded(tmp_path)
    server = Server(settings)
    try:
        server.start()
        await server.serving()
        argv = [sys.executable, "-m", "broadcast_server", "--data", str(settings.data)]
        second = await asyncio.to_thread(subprocess.run, argv, capture_output=True, timeout=START_S, check=False)
    finally:
        server.kill(signal.SIGTERM)
    assert second.returncode == 1
    assert "Another server" in second.stderr.decode()


async def test_a_taken_port_ends_the_server_with_an_error(tmp_path: Path) -> None:
    async with ground_in(tmp_path) as ground:
        second = Server(ground.station.settings)
        second.start()
        assert second.process is not None
        assert await asyncio.to_thread(second.process.wait, START_S) != 0


async def test_an_empty_folder_is_refused_in_words(tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "broadcast_server", "--data", str(tmp_path)]
    ended_in = await asyncio.to_thread(subprocess.run, argv, capture_output=True, timeout=START_S, check=False)
    assert ended_in.returncode == 1
    assert "tienglang init" in ended_in.stderr.decode()
