"""When the box hands in what its journal says."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, cast

import pytest

from speaker_client import telling
from speaker_client.journal import SqliteJournal
from speaker_client.listener import Listener
from speaker_client.memory import Acknowledged
from speaker_client.protocol.envelope import Envelope, payload_of
from speaker_client.protocol.report import Booted, ReportBatch
from speaker_client.protocol.signature import SigningKey
from speaker_client.reporter import Reporter
from speaker_client.sync import Now
from speaker_client.telling import Reporting
from speaker_client.uplink import StationUnreachable, Uplink
from tests.speaker_client.daemon import card
from tests.speaker_client.station_of_tests import BOX, NOW


class Station:
    """Acknowledges what it is handed, and says when it was."""

    def __init__(self, journal: SqliteJournal) -> None:
        self._journal = journal
        self.away = False
        self.handed_in: asyncio.Queue[int] = asyncio.Queue()

    async def hand_in(self, envelope: Envelope) -> Any:
        if self.away:
            raise StationUnreachable("away")
        reports = ReportBatch.read(payload_of(envelope)).reports
        self._journal.commit([Acknowledged(self._journal.memory.n)])
        self.handed_in.put_nowait(len(reports))

    def acknowledgement(self, _ack: object, _now: Now) -> bool:
        return True


async def test_an_order_and_its_first_sample_are_one_call(tmp_path: Path) -> None:
    journal, now, told = SqliteJournal(tmp_path / "journal.db"), Now(NOW, 0, 1000, "attested"), asyncio.Event()
    reporter, station = Reporter(journal.memory, BOX, "boot"), Station(journal)
    reporting = Reporting(
        cast(Uplink, station), cast(Listener, station), journal.memory, card(), SigningKey.born(), lambda: now, told,
        asyncio.Event(), lambda: None,
    )  # fmt: skip
    running = asyncio.create_task(reporting.report())
    for _ in range(2):
        await asyncio.sleep(0.02)
        journal.commit(reporter.lines([Booted(software="s", machine_boot="m")], now))
        told.set()
    async with asyncio.timeout(5):
        assert await station.handed_in.get() == 2
    running.cancel()
    await asyncio.wait({running})
    journal.close()


async def test_reports_go_at_once_when_another_question_reached_the_station_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "pause", lambda failures: 3600.0)
    journal, now, told, back = SqliteJournal(tmp_path / "journal.db"), Now(NOW, 0, 1000, "attested"), *events(2)
    reporter, station, reached = Reporter(journal.memory, BOX, "boot"), Station(journal), list[bool]()
    station.away = True
    reporting = Reporting(
        cast(Uplink, station),
        cast(Listener, station),
        journal.memory,
        card(),
        SigningKey.born(),
        lambda: now,
        told,
        back,
        lambda: reached.append(True),
    )
    running = asyncio.create_task(reporting.report())
    journal.commit(reporter.lines([Booted(software="s", machine_boot="m")], now))
    told.set()
    await asyncio.sleep(0.5)
    assert station.handed_in.empty()
    station.away = False
    back.set()
    async with asyncio.timeout(5):
        assert await station.handed_in.get() == 1
    assert reached == [True], "whatever else waits is told in its turn"
    running.cancel()
    await asyncio.wait({running})
    journal.close()


def events(count: int) -> list[asyncio.Event]:
    return [asyncio.Event() for _ in range(count)]
