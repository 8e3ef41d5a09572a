"""The whole daemon, with a real disk, sound path and loop: what ends it, and what does not."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path
from typing import cast

import pytest

from speaker_client import asking, telling
from speaker_client.agent import Agent
from speaker_client.deck import Emitted
from speaker_client.link import Link
from speaker_client.output import Trouble
from speaker_client.protocol.ids import AiringId
from speaker_client.waiting import until
from tests.speaker_client.daemon import card, running


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
            await until(event, 60)

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
        agent._stock.fetcher.wake()
        await asyncio.sleep(0)
        raise ValueError("a defect")

    agent._upkeep.tidy = fail
    running = asyncio.create_task(agent.run())
    await asyncio.wait({running}, timeout=10)
    assert running.done(), "it hangs half-dead"
    with pytest.raises(ExceptionGroup, match="unhandled") as ended:
        running.result()
    assert ended.group_contains(ValueError, match="a defect")


def broken_disk(_: object) -> None:
    """In place of a commit: a failure that the journal does not know how to live with."""
    raise sqlite3.OperationalError("no such table: reports")


async def test_a_fault_that_cannot_be_written_down_ends_the_daemon_and_is_not_forgotten(tmp_path: Path) -> None:
    agent = Agent(tmp_path, card(), "null")
    daemon = asyncio.create_task(agent.run())
    await asyncio.sleep(0.5)
    agent._journal.commit = broken_disk
    agent._health.trouble(Trouble("audio_no_card", "x", raised=True))
    await asyncio.wait({daemon}, timeout=10)
    assert daemon.done()
    with pytest.raises(ExceptionGroup):
        daemon.result()
    assert [fault.code for fault in agent._health.unreported()] == ["audio_no_card"]


async def test_a_fault_is_in_the_journal_once(tmp_path: Path) -> None:
    agent = Agent(tmp_path, card(), "null")
    async with running(agent):
        agent._health.trouble(Trouble("audio_no_card", "x", raised=True))
        await asyncio.sleep(0.5)
        agent._health.trouble(Trouble("audio_no_card", "", raised=False))
        await asyncio.sleep(0.5)
    assert agent._health.unreported() == []
    assert sum("audio_no_card" in text for text in agent._journal.memory.reports.values()) == 2


async def test_an_event_of_the_deck_that_cannot_be_taken_ends_the_daemon(tmp_path: Path) -> None:
    agent = Agent(tmp_path, card(), "null")

    def fail(*_: object) -> None:
        raise ValueError("a defect")

    agent._conductor.heard = fail
    daemon = asyncio.create_task(agent.run())
    await asyncio.sleep(0.3)
    agent._from_deck(Emitted(AiringId("a" * 32), 0, 5))
    await asyncio.wait({daemon}, timeout=10)
    assert daemon.done()
    with pytest.raises(ExceptionGroup):
        daemon.result()


class Impostor:
    """Answers reports with a refusal of its own making, without any key; everything else with 503, or `has_no_news`."""

    def __init__(self, refusal: bytes) -> None:
        self._refusal, self.asked, self.has_no_news = refusal, 0, False
        self.reported, self.pulled = asyncio.Event(), asyncio.Event()

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        is_report = b"/reports" in head.split(b"\r\n")[0]
        if is_report:
            self.asked += 1
            self.reported.set()
        is_pull = b"/bundle" in head
        otherwise = b"304 Not Modified" if self.has_no_news and is_pull else b"503 Unavailable"
        status, body = (b"409 Conflict", self._refusal) if is_report and self._refusal else (otherwise, b"")
        writer.write(b"HTTP/1.1 %s\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body))
        await writer.drain()
        writer.close()
        if is_pull:
            self.pulled.set()


@pytest.mark.parametrize(
    "refusal",
    [
        b'{"code":"journal_forked","upto":9007199254740991,"head":"evil"}',
        b'{"code":"journal_forked","upto":1000000000000000000000000000000,"head":"evil"}',
        b'{"code":"journal_forked","upto":7,"head":"' + b"a" * 64 + b'"}',
        b'{"code":"journal_gap","fork":{"payload":"{}","signatures":[]}}',
        b'{"code":{},"fork":7}',
        b"[" * 200_000,
    ],
    ids=["largest", "huge", "plausible", "empty", "odd", "deep"],
)
async def test_a_refusal_that_nobody_signed_costs_nothing(tmp_path: Path, refusal: bytes) -> None:
    impostor = Impostor(refusal)
    server = await asyncio.start_server(impostor.answer, "127.0.0.1", 0)
    agent = Agent(tmp_path, card(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"), "null")
    async with server, running(agent):
        await asyncio.sleep(1.5)
    memory = agent._journal.memory
    assert 1 <= impostor.asked < 8, "there is a pause between two tries"
    assert memory.acknowledged == 0
    assert sorted(memory.reports) == list(range(1, memory.n + 1))
    assert memory.n < 10


class SpyLine:
    """A line to the broker that never comes up, and is hurried."""

    def __init__(self) -> None:
        self.hurried = asyncio.Event()

    async def run(self) -> None:
        await asyncio.Event().wait()

    def hurry(self) -> None:
        self.hurried.set()


async def test_a_station_that_answers_one_question_again_is_tried_by_all_that_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "pause", lambda _: 3600.0)
    monkeypatch.setattr(asking, "pause", lambda _: 0.1)
    station, line = Impostor(b""), SpyLine()
    server = await asyncio.start_server(station.answer, "127.0.0.1", 0)
    agent = Agent(tmp_path, card(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"), "null")
    agent._lines = [cast(Link, line)]
    agenda = agent._stock.fetcher._agenda
    agenda._quiet_until = 1e12
    async with server, running(agent), asyncio.timeout(10):
        await asyncio.gather(station.reported.wait(), station.pulled.wait())
        station.reported.clear()
        station.has_no_news = True
        await line.hurried.wait()
        await station.reported.wait()
    assert agenda._quiet_until == 0.0
