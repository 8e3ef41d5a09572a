"""The disk is full or read-only: what is cached is heard, the fault is said, and all is written down afterwards."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from audio_library.content import FolderStore
from speaker_client import identity
from speaker_client.agent import Agent
from speaker_client.cache import Bounds, Cache
from speaker_client.journal import SqliteJournal, recall
from speaker_client.memory import Acknowledged, Anchor, Anchored, Born, Memory, Ratcheted, Reopened, Stood, Wrote
from speaker_client.playout import Standing
from speaker_client.protocol.ids import DAY, SECOND, AiringId, LoudspeakerNumber, OccurrenceId, ProgrammeId
from speaker_client.protocol.plan import Item, Part, PlannedAiring
from speaker_client.protocol.report import AiringEnded, Fault, Report, Result
from speaker_client.timekeeper import mono_us
from tests.speaker_client.changes import CHANGES
from tests.speaker_client.daemon import card, running
from tests.speaker_client.small_disk import SmallDisk, small_disk
from tests.speaker_client.sound_of_tests import as_opus, speech
from tests.speaker_client.station_of_tests import NOW

AIRING = AiringId("a" * 32)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "box") as disk:
        yield disk


def plan_in(seconds: float, folder: Path) -> None:
    """A cached programme of two seconds stands in the journal, due so soon; the clock is known."""
    sound = as_opus(folder.parent / "a.opus", speech(2.0))
    Cache(folder / "content", Bounds(1 << 30, 0))
    content = FolderStore(folder / "content" / "whole").put(sound.path)
    start = NOW + round(seconds * SECOND)
    planned = PlannedAiring(
        id=AIRING,
        occurrence=OccurrenceId("o" * 32),
        programme=ProgrammeId("p"),
        title="Bản tin sáng",
        loudspeakers=(LoudspeakerNumber(1),),
        items=(Item(content=content, size=sound.path.stat().st_size, duration_us=sound.duration_us),),
        parts=(Part(start_us=start, length_us=sound.duration_us),),
        grace_us=60 * SECOND,
    )
    journal = SqliteJournal(folder / "journal.db")
    anchor = Anchor(NOW - mono_us(), 1000, mono_us(), identity.machine_boot())
    journal.commit([Anchored(anchor), Born(NOW - DAY), Stood(Standing(planned, 1))])
    journal.close()


def bodies(agent: Agent) -> list[object]:
    """What the box has to report."""
    return [Report.model_validate_json(text).body for text in agent._journal.memory.reports.values()]


async def live(disk: SmallDisk, seconds: float) -> Agent:
    """A daemon that holds the lock lives so long on this disk."""
    held = identity.lock(disk.folder)
    agent = Agent(disk.folder, card(), "null")
    async with running(agent):
        await asyncio.sleep(seconds)
        assert "disk_failing" in agent._heartbeat().faults
    os.close(held)
    return agent


def assert_heard_and_said(agent: Agent) -> None:
    ends = [body for body in bodies(agent) if isinstance(body, AiringEnded)]
    assert [(end.airing, end.result) for end in ends] == [(AIRING, Result.PLAYED)]
    assert any(isinstance(body, Fault) and body.code == "disk_failing" and body.raised for body in bodies(agent))


async def test_on_a_full_disk_what_is_cached_is_heard_and_the_fault_said(disk: SmallDisk) -> None:
    identity.device_key(disk.folder)
    plan_in(3, disk.folder)
    disk.fill()
    assert_heard_and_said(await live(disk, 6.5))


async def test_on_a_disk_that_became_read_only_too(disk: SmallDisk) -> None:
    identity.device_key(disk.folder)
    plan_in(3, disk.folder)
    os.close(identity.lock(disk.folder))
    disk.turn("ro")
    assert_heard_and_said(await live(disk, 6.5))


async def test_a_disk_that_fills_up_under_the_daemon_costs_nothing_once_there_is_room(disk: SmallDisk) -> None:
    identity.device_key(disk.folder)
    plan_in(4, disk.folder)
    agent = Agent(disk.folder, card(), "null")
    async with running(agent):
        await asyncio.sleep(1)
        disk.fill()
        await asyncio.sleep(6.5)
        assert agent._journal.failing
        disk.empty()
        agent._journal.retry()
        assert not agent._journal.failing
    assert recall(disk.folder / "journal.db") == agent._journal.memory
    assert [body.result for body in bodies(agent) if isinstance(body, AiringEnded)] == [Result.PLAYED]


@pytest.mark.parametrize("clean", [True, False])
def test_a_journal_on_a_read_only_disk_is_known_to_its_last_word(disk: SmallDisk, clean: bool) -> None:
    path, expected = disk.folder / "journal.db", Memory()
    journal = SqliteJournal(path)
    journal.commit(CHANGES)
    for change in CHANGES:
        expected.apply(change)
    if clean:
        journal.close()
    else:  # as a power cut leaves it: with its log
        for name in ("journal.db", "journal.db-wal", "journal.db-shm"):
            (disk.folder / f"cut-{name}").write_bytes((disk.folder / name).read_bytes())
        path = disk.folder / "cut-journal.db"
        journal.close()
    disk.turn("ro")
    again = SqliteJournal(path)
    assert again.memory == expected
    again.commit([Wrote(3, "three", "j" * 64)])
    assert again.failing
    assert again.memory.n == 3


def test_all_that_was_done_in_memory_is_written_down_when_the_disk_is_well(disk: SmallDisk) -> None:
    journal = SqliteJournal(disk.folder / "journal.db")
    journal.commit(CHANGES)
    disk.fill()
    while not journal.failing:
        journal.commit([Ratcheted(("k", "plan", "x" * 5000), journal.memory.n)])
    journal.commit([Wrote(3, "three", "j" * 64), Acknowledged(3), Reopened(2)])
    journal.retry()
    assert journal.failing, "still full"
    disk.empty()
    journal.retry()
    assert not journal.failing
    journal.commit([Wrote(4, "four", "k" * 64)])
    journal.close()
    assert SqliteJournal(disk.folder / "journal.db").memory == journal.memory


def test_a_journal_that_could_not_be_read_is_not_overwritten(disk: SmallDisk) -> None:
    path = disk.folder / "journal.db"
    journal = SqliteJournal(path)
    journal.commit(CHANGES)
    journal.close()
    path.rename(disk.folder / "elsewhere")
    disk.turn("ro")
    blind = SqliteJournal(path)
    assert (blind.memory, bool(blind.failing)) == (Memory(), True)
    blind.commit([Wrote(1, "one", "h" * 64)])
    disk.turn("rw")
    (disk.folder / "elsewhere").rename(path)
    with pytest.raises(RuntimeError, match="begin with it"):
        blind.retry()
    assert SqliteJournal(path).memory == journal.memory
