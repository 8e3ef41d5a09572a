"""A sound that rots on the box's disk is found before anybody needs it, told of, and fetched again."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path

import pytest

from audio_library.content import ContentId
from speaker_client.agent import Agent
from speaker_client.deck import Cue, Reel
from speaker_client.inspecting import LAP_S, Lap
from speaker_client.journal import SqliteJournal
from speaker_client.memory import Kept
from speaker_client.protocol.ids import DAY, LoudspeakerNumber
from speaker_client.protocol.plan import Item
from speaker_client.protocol.shelf import Shelf
from speaker_client.protocol.statement import WHOLE_STATION
from speaker_client.timekeeper import mono_us
from tests.speaker_client.daemon import STATION_MADE, card, running
from tests.speaker_client.sound_of_tests import ALARM, as_opus, speech
from tests.speaker_client.station_of_tests import NOW, STATION
from tests.waiting import until

SIREN_S = 8
PATIENCE_S = 25.0
"""Less than a round: what is mended by then did not wait for its turn."""


def names(*letters: str) -> list[ContentId]:
    return [ContentId(letter * 64) for letter in letters]


def test_after_a_start_each_sound_has_its_turn_and_then_a_few_times_a_day() -> None:
    lap, shelf = Lap(), names("a", "b", "a", "c")
    first = [lap.next(shelf, at) for at in (0.0, 30.0, 60.0)]
    assert first == names("a", "b", "c")
    said = {at: one for at in range(90, 90 + 2 * int(LAP_S), 30) if (one := lap.next(shelf, float(at)))}
    assert list(said.values()) == names("a", "b", "c") * 2
    times = list(said)
    assert {later - sooner for sooner, later in pairwise(times)} == {int(LAP_S) // 3}


def test_a_shelf_that_comes_later_is_read_as_soon() -> None:
    lap = Lap()
    assert [lap.next((), at) for at in (0.0, 30.0)] == [None, None]
    assert [lap.next(names("a", "b"), at) for at in (60.0, 90.0)] == names("a", "b")


class Disk:
    """The disk of a box with a siren on its shelf."""

    def __init__(self, folder: Path) -> None:
        reel = as_opus(folder / "siren.opus", speech(SIREN_S))
        self.good = reel.path.read_bytes()
        self.content = ContentId(hashlib.sha256(self.good).hexdigest())
        self.file = folder / "content" / "whole" / self.content[:2] / self.content
        self.file.parent.mkdir(parents=True)
        self.file.write_bytes(self.good)
        self.reel = Reel(self.file, reel.duration_us)
        item = Item(content=self.content, size=len(self.good), duration_us=reel.duration_us)
        shelf = Shelf(
            station=STATION,
            audience=WHOLE_STATION,
            seq=1,
            not_before_us=0,
            expires_us=NOW + 3650 * DAY,
            items=(item,),
        )
        journal = SqliteJournal(folder / "journal.db")
        journal.commit([Kept("shelf", shelf.seal([STATION_MADE.alert]).model_dump_json())])
        journal.close()

    def rot(self) -> None:
        """A block in the middle is lost, as after years on a card; the first second is as it was."""
        middle = len(self.good) // 2
        self.file.write_bytes(self.good[:middle] + bytes(4096) + self.good[middle + 4096 :])

    @property
    def is_right(self) -> bool:
        return self.file.exists() and self.file.read_bytes() == self.good


@pytest.fixture
def disk(tmp_path: Path) -> Disk:
    return Disk(tmp_path)


@asynccontextmanager
async def at_work(disk: Disk, folder: Path) -> AsyncIterator[Agent]:
    """The box, beside a station that has nothing but the siren."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = (await reader.readuntil(b"\r\n\r\n")).split()[1].decode()
        is_siren = asked.endswith(disk.content)
        status, body = (b"200 OK", disk.good) if is_siren else (b"503 Unavailable", b"")
        head = b"HTTP/1.1 %s\r\nConnection: close\r\nContent-Type: audio/ogg\r\n" % status
        head += b'ETag: "%s"\r\nContent-Length: %d\r\n\r\n' % (disk.content.encode(), len(body))
        writer.write(head + body)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as station:
        server = f"http://127.0.0.1:{station.sockets[0].getsockname()[1]}"
        agent = Agent(folder, card(server), "null")
        async with running(agent):
            yield agent


def told(agent: Agent) -> bool:
    return any("content_damaged" in text for text in agent._journal.memory.reports.values())


async def test_a_siren_that_rotted_is_found_before_it_is_pressed(disk: Disk, tmp_path: Path) -> None:
    disk.rot()
    async with at_work(disk, tmp_path) as agent:
        await until(lambda: disk.is_right and told(agent) and not agent._upkeep._cache.broken(), PATIENCE_S)
        agent._upkeep.look_at_the_cache()
        assert "content_damaged" not in agent._health.standing(), "it is whole again"


async def test_a_siren_that_proves_rotten_when_it_sounds_is_whole_at_the_next_press(disk: Disk, tmp_path: Path) -> None:
    async with at_work(disk, tmp_path) as agent:
        await asyncio.sleep(1.0)  # the round of the start is over, and the next is half a minute away
        disk.rot()
        everywhere = frozenset(LoudspeakerNumber(number) for number in (1, 2, 3))
        agent._turntable.arm(
            Cue(
                airing=ALARM,
                serial=1,
                part=0,
                title="Lũ về",
                reels=(disk.reel,),
                at_mono_us=mono_us(),
                from_us=0,
                length_us=disk.reel.duration_us,
                loudspeakers=everywhere,
                waits=True,
                meanwhile=disk.reel,
            )
        )
        agent._turntable.release(ALARM)
        await until(lambda: disk.is_right and told(agent), PATIENCE_S)
