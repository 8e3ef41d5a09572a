"""The station's clock is set while a box holds the old time: an emergency pressed then reaches it all the same."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from speaker_client import clock as clock_module
from speaker_client import datagrams
from speaker_client.agent import Agent
from speaker_client.identity import KEY_FILE, Card, keep_card
from speaker_client.protocol.ids import MINUTE, SECOND
from speaker_client.sync import Trust
from tests.server_fleet.ground import Box, Ground, MovableClock, ground_in, press
from tests.server_fleet.roads import acknowledged, with_port
from tests.waiting import until


def papers_in(folder: Path, ground: Ground, box: Box) -> Card:
    """The box's folder as it is after enrolment."""
    folder.mkdir()
    (folder / KEY_FILE).write_text(box.key.seed().hex())
    return keep_card(folder, ground.url, box.papers)


@asynccontextmanager
async def daemon(ground: Ground, box: Box, folder: Path) -> AsyncIterator[Agent]:
    """The box's whole program, once it knows the time."""
    agent = Agent(folder, papers_in(folder, ground, box), "null")
    running = asyncio.create_task(agent.run())
    while agent._clock.now().trust is not Trust.ATTESTED:
        await asyncio.sleep(0.05)
        assert not running.done()
    yield agent
    assert not running.done()
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


@pytest.mark.parametrize("minutes", [10, -10])
async def test_it_asks_the_time_anew_and_obeys(
    tmp_path: Path, clock: MovableClock, minutes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock_module, "FIRST_PAUSE_S", 600.0)
    monkeypatch.setattr(clock_module, "LEAST_BETWEEN_BURSTS_S", 0.5)
    async with ground_in(tmp_path / "station", clock, with_port) as ground:
        box = await ground.box(await ground.cluster())
        async with daemon(ground, box, tmp_path / "box"):
            clock.shift_us += minutes * MINUTE
            given = await press(ground)
            pressed = time.monotonic()
            while await acknowledged(ground, given) == [None]:
                await asyncio.sleep(0.1)
                assert time.monotonic() < pressed + 12, "refused as too early or expired, and never asked why"


@pytest.mark.parametrize("minutes", [10, -10])
async def test_a_box_whose_hails_are_believed_no_longer_asks_the_time_anew(
    tmp_path: Path, clock: MovableClock, minutes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until then no order would come by datagram, the fastest road."""
    monkeypatch.setattr(clock_module, "FIRST_PAUSE_S", 600.0)
    monkeypatch.setattr(clock_module, "LEAST_BETWEEN_BURSTS_S", 0.5)
    monkeypatch.setattr(datagrams, "HAIL_EVERY_S", 0.3)
    monkeypatch.setattr(datagrams, "MISSED_S", 0.1)
    monkeypatch.setattr(Agent, "_has_hints", lambda _: True)
    async with ground_in(tmp_path / "station", clock, with_port) as ground:
        box = await ground.box(await ground.cluster())
        async with daemon(ground, box, tmp_path / "box") as agent:

            async def found() -> None:
                await until(lambda: agent._hailing.heard and not agent._hailing.unsure and is_right(), 30)

            def is_right() -> bool:
                return abs((agent._clock.now().utc_us or 0) - clock.now_us()) < SECOND

            await found()
            clock.shift_us += minutes * MINUTE
            await found()
