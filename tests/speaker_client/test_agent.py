"""The whole daemon, with a real disk, sound path and loop: what ends it, and what does not."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from speaker_client.agent import Agent
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
