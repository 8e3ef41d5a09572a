"""The whole daemon, with a real disk, sound path and loop: what ends it, and what does not."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from speaker_client.agent import Agent, _until
from speaker_client.identity import Card
from tests.speaker_client.station_of_tests import BOX, CLUSTER, STATION, MiniStation

STATION_MADE = MiniStation()
NOBODY = "http://127.0.0.1:9"


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


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
async def test_a_daemon_whose_decoder_died_ends(tmp_path: Path) -> None:
    agent = Agent(tmp_path, card(), "null")

    def fail() -> None:
        raise ValueError("a defect")

    agent._turntable._feeder.ask(fail)
    with pytest.raises(ExceptionGroup) as ended:
        async with asyncio.timeout(20):
            await agent.run()
    assert ended.group_contains(RuntimeError, match="decoder")


@pytest.mark.parametrize("laps", range(4))
async def test_a_wait_ends_when_it_is_cancelled_in_the_same_breath_as_its_event(laps: int) -> None:
    event = asyncio.Event()

    async def wait_for_ever() -> None:
        while True:
            await _until(event, 60)

    waiting = asyncio.create_task(wait_for_ever())
    await asyncio.sleep(0.01)
    event.set()
    for _ in range(laps):
        await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait({waiting}, timeout=5)
    assert waiting.cancelled()


async def test_a_task_that_fails_ends_the_daemon_whatever_else_happens_then(tmp_path: Path) -> None:
    agent = Agent(tmp_path, card(), "null")

    async def fail() -> None:
        await asyncio.sleep(0.3)
        for event in (agent._stir, agent._news, agent._told, agent._pulse):
            event.set()
        agent._fetcher.wake()
        await asyncio.sleep(0)
        raise ValueError("a defect")

    agent._tidy = fail  # type: ignore[method-assign]
    running = asyncio.create_task(agent.run())
    await asyncio.wait({running}, timeout=10)
    assert running.done(), "it hangs half-dead"
    with pytest.raises(ExceptionGroup, match="unhandled") as ended:
        running.result()
    assert ended.group_contains(ValueError, match="a defect")
