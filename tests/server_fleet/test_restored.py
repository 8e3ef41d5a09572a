"""A station that was put back to an old state is still obeyed and still heard by its boxes."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from audio_library.content import ContentId
from broadcast_server.clock import SystemClock
from broadcast_server.problem import Problem
from broadcast_server.recovering import LEAST_LEAP, LONGEST_LEAP, go_on, leap
from broadcast_server.settings import Settings
from broadcast_server.station import Station, open_station
from broadcast_server.store.airings import AiringRow
from broadcast_server.store.fleet import FaultRow, ReportRow
from speaker_client.conductor import Conductor
from speaker_client.deck import Deck, Reel
from speaker_client.floor import Floor
from speaker_client.journal import SqliteJournal
from speaker_client.listener import Identity, Listener
from speaker_client.memory import Forgot, Kept
from speaker_client.orders import Orders
from speaker_client.protocol.bundle import Bundle
from speaker_client.protocol.config import BoxConfig
from speaker_client.protocol.envelope import payload_of
from speaker_client.protocol.ids import MINUTE, SECOND, AiringId, ClusterId, Micros, OrderId
from speaker_client.protocol.plan import Item
from speaker_client.protocol.report import Body, Reason, chain_hash
from speaker_client.reporter import Reporter, unsent
from speaker_client.sync import Now, Trust
from tests.programmes.stage import OFFICER, ZONE, HandClock, Stage, once, rules
from tests.server_fleet.ground import Box, Ground, MovableClock, booted, ended, ground_in, press

FURTHEST_A_BOX_FOLLOWS = 1_000_000


@given(st.integers(0, 10**16), st.integers(0, 10**16), st.integers(0, 10**6))
def test_a_later_restore_leaps_above_an_earlier_and_no_box_loses_sight(since: int, now: int, later_s: int) -> None:
    first, second = leap(since, Micros(now)), leap(since, Micros(now + later_s * SECOND))
    assert LEAST_LEAP <= first <= second <= LONGEST_LEAP < FURTHEST_A_BOX_FOLLOWS
    if now >= since and second < LONGEST_LEAP:
        assert second - first == later_s


async def config_of(ground: Ground, cluster: ClusterId) -> BoxConfig:
    (known,) = [one for one in ground.station.doors.all() if one.cluster == cluster]
    packed = await ground.station.bundling.bundle(known)
    return BoxConfig.read(payload_of(Bundle.model_validate_json(packed.data).config))


def back_up(data: Path, backup: Path) -> None:
    with closing(sqlite3.connect(data / "station.db")) as live, closing(sqlite3.connect(backup)) as copy:
        live.backup(copy)


def put_back(data: Path, backup: Path, now_us: Micros) -> None:
    """As `tienglang restore` does."""
    for old in data.glob("station.db*"):
        old.unlink()
    shutil.copy(backup, data / "station.db")
    with closing(sqlite3.connect(data / "station.db")) as connection, connection:
        go_on(connection, now_us)


@asynccontextmanager
async def restored(data: Path, backup: Path, clock: MovableClock | None = None) -> AsyncIterator[Ground]:
    """The station of the backup, opened."""
    clock = clock or MovableClock()
    put_back(data, backup, clock.now_us())
    station = await open_station(Settings(data=data), clock)
    try:
        await station.doors.refresh()
        yield Ground(station, "")
    finally:
        await station.close()


async def test_after_a_restore_configs_are_above_what_the_box_has(tmp_path: Path) -> None:
    data, backup = tmp_path / "data", tmp_path / "backup.db"
    async with ground_in(data) as ground:
        cluster = await ground.cluster()
        await ground.box(cluster)
        back_up(data, backup)
        for gain in (-100, -200, -300):
            await ground.station.places.adjust_loudspeaker(cluster, 1, gain_cb=gain, muted=None, by="hoa")
        before = await config_of(ground, cluster)
    async with restored(data, backup) as ground:
        after = await config_of(ground, cluster)
    assert before.seq < after.seq <= before.seq + FURTHEST_A_BOX_FOLLOWS
    assert [one.gain_cb for one in after.loudspeakers] == [0, 0, 0]


class Bare:
    """A box that holds no content yet, so that nothing is armed."""

    def lacking(self, contents: Iterable[ContentId]) -> Reason | None:
        return Reason.NO_MEDIA

    def reel(self, item: Item) -> Reel:
        raise NotImplementedError


class RealBox:
    """A box's real journal, and the real cores that write it, hand it in and obey what the station says."""

    def __init__(self, folder: Path, box: Box) -> None:
        self._box, self._now = box, Now(5, SystemClock().now_us(), 3, Trust.ATTESTED)
        self.journal = SqliteJournal(folder / "journal.db")
        self.journal.commit([Kept("keyring", box.papers.keyring.model_dump_json())])
        self.memory = self.journal.memory
        self._reporter = Reporter(self.memory, box.id, "boot")
        identity = Identity(box.papers.station, box.id, box.papers.root)
        floor = Floor(self.journal, cast(Deck, None), Bare())  # nothing here ever sounds
        orders = Orders(self.journal, floor, Conductor(self.journal, floor, self._reporter), self._reporter)
        self._listener = Listener(identity, self.journal, orders, self._reporter)

    def write(self, *bodies: Body) -> None:
        self.journal.commit(self._reporter.lines(bodies, self._now))

    def forget(self, upto: int) -> None:
        self.journal.commit([Forgot(0, upto)])

    def close(self) -> None:
        self.journal.close()

    async def pull(self, station: Station) -> set[AiringId]:
        """Obey all that is in force; what is then to be played."""
        await station.doors.refresh()
        known = await station.doors.enter(self._box.id, self._box.papers.access)
        packed = await station.bundling.bundle(known)
        self._listener.bundle(Bundle.model_validate_json(packed.data), self._now)
        return set(self.memory.standings)

    async def hand_in(self, station: Station) -> list[str]:
        """Until the station has everything; what it refused on the way. Fails where it would be asked for ever."""
        known, refused = await station.doors.enter(self._box.id, self._box.papers.access), list[str]()
        while batch := unsent(self.memory, self._box.papers.station, self._box.id):
            assert len(refused) < 5, refused
            try:
                ack = await station.receiving.receive(known, batch.seal([self._box.key]).encode())
            except Problem as problem:
                refused.append(problem.code)
                self._listener.forked(problem.more["fork"], chain_hash(batch.reports[-1]), self._now)
            else:
                assert self._listener.acknowledgement(ack, self._now)
        return refused


async def faults(station: Station) -> list[tuple[str, str]]:
    """What stands in the list of faults and what was noted, with its detail."""
    async with station.database.reading() as session:
        rows = await session.scalars(select(FaultRow).order_by(FaultRow.id))
        return [(one.code, one.detail) for one in rows if one.cleared_us is None or one.code == "reports_lost"]


async def received(station: Station) -> list[int]:
    async with station.database.reading() as session:
        return list(await session.scalars(select(ReportRow.n).order_by(ReportRow.n)))


async def test_what_was_played_since_the_backup_is_asked_from_the_box_again(tmp_path: Path) -> None:
    data, backup = tmp_path / "data", tmp_path / "backup.db"
    async with ground_in(data) as ground:
        cluster = await ground.cluster()
        box = RealBox(tmp_path, await ground.box(cluster))
        airing = await ground.airing(cluster, "bản tin")
        box.write(booted())
        await box.hand_in(ground.station)
        back_up(data, backup)
        box.write(ended(airing), *[booted()] * 200)
        await box.hand_in(ground.station)
        assert (await ground.log(airing)).state == "PLAYED"
    async with restored(data, backup) as ground:
        assert (await ground.log(airing)).state == "PENDING"
        box.write(booted())
        assert await box.hand_in(ground.station) == ["journal_gap"]
        assert (await ground.log(airing)).state == "PLAYED"
        assert await received(ground.station) == list(range(1, box.memory.n + 1))
        assert await faults(ground.station) == []
    box.close()


@pytest.mark.parametrize("forgotten", [1, 3])
async def test_what_the_box_itself_no_longer_has_is_shown_as_lost_and_all_the_rest_is_kept(
    tmp_path: Path, forgotten: int
) -> None:
    data, backup = tmp_path / "data", tmp_path / "backup.db"
    async with ground_in(data) as ground:
        box = RealBox(tmp_path, await ground.box(await ground.cluster()))
        back_up(data, backup)
        box.write(*[booted()] * 5)
        await box.hand_in(ground.station)
    box.forget(forgotten)
    async with restored(data, backup) as ground:
        box.write(booted())
        assert await box.hand_in(ground.station) == ["journal_gap"]
        assert await received(ground.station) == list(range(forgotten + 1, 7))
        assert await faults(ground.station) == [("reports_lost", f"1..{forgotten}")]
    box.close()


async def test_a_journal_that_was_lost_since_the_backup_goes_on_beyond_the_hole(tmp_path: Path) -> None:
    data, backup, old, new = tmp_path / "data", tmp_path / "backup.db", tmp_path / "old", tmp_path / "new"
    old.mkdir()
    new.mkdir()
    async with ground_in(data) as ground:
        papers = await ground.box(await ground.cluster())
        box = RealBox(old, papers)
        box.write(*[booted()] * 2)
        await box.hand_in(ground.station)
        back_up(data, backup)
        box.write(*[booted()] * 4)
        await box.hand_in(ground.station)
        box.close()
        box = RealBox(new, papers)
        box.write(booted())
        assert await box.hand_in(ground.station) == ["journal_forked"]
    async with restored(data, backup) as ground:
        box.write(booted())
        assert await box.hand_in(ground.station) == ["journal_gap"]
        assert await received(ground.station) == [1, 2, 7, 8, 9]
        assert ("reports_lost", "3..6") in await faults(ground.station)
    box.close()


async def airings_of(ground: Ground, order: OrderId) -> set[AiringId]:
    async with ground.station.database.reading() as session:
        return {AiringId(one) for one in await session.scalars(select(AiringRow.id).filter_by(order_id=order))}


async def test_an_emergency_is_above_those_before_it_though_the_backup_knows_of_none(tmp_path: Path) -> None:
    data, backup = tmp_path / "data", tmp_path / "backup.db"
    async with ground_in(data) as ground:
        box = RealBox(tmp_path, await ground.box(await ground.cluster()))
        back_up(data, backup)
        await press(ground)
        second = await press(ground)
        assert await box.pull(ground.station) == await airings_of(ground, second)
    for times in (1, 2):
        async with restored(data, backup, MovableClock(10 * times * SECOND)) as ground:
            newest = await press(ground)
            assert await box.pull(ground.station) == await airings_of(ground, newest)
    box.close()


async def test_what_was_withdrawn_and_came_back_since_the_backup_is_played_after_a_restore_and_after_another(
    tmp_path: Path,
) -> None:
    data, backup = tmp_path / "data", tmp_path / "backup.db"
    friday = once((datetime.now(ZONE) + timedelta(days=2)).strftime("%Y-%m-%d"), "17:00")
    async with ground_in(data) as ground:
        cluster = await ground.cluster()
        box = RealBox(tmp_path, await ground.box(cluster))
        stage = Stage(ground.station, HandClock(), {"Chợ": cluster})
        saved = await stage.programme("Bản tin", friday)
        (first,) = await box.pull(ground.station)
        await box.hand_in(ground.station)
        back_up(data, backup)
        (rule,) = await rules(stage, saved.programme)
        await ground.station.scheduling.delete_rule(saved.programme, rule, OFFICER)
        assert not await box.pull(ground.station)
        await ground.station.scheduling.make_rule(saved.programme, friday, OFFICER)
        (second,) = await box.pull(ground.station)
        await box.hand_in(ground.station)
    given = {first, second}
    for times in (1, 2):
        async with restored(data, backup, MovableClock(times * MINUTE)) as ground:
            await ground.station.planning.replan("tests")
            assert not await box.pull(ground.station), "it has ended the one that the station knows"
            await box.hand_in(ground.station)
            (now,) = await box.pull(ground.station)
            assert now not in given
            assert [one.id for one in await Stage(ground.station, HandClock(), {"Chợ": cluster}).planned()] == [now]
            assert ((await ground.log(first)).state, (await ground.log(now)).state) == ("CANCELLED", "PENDING")
            given.add(now)
    box.close()
