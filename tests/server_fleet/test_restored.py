"""A station that was put back to an old state is still obeyed and still heard by its boxes."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from broadcast_server.clock import SystemClock
from broadcast_server.recovering import LEAST_LEAP, LONGEST_LEAP, go_on, leap
from broadcast_server.station import open_station
from broadcast_server.store.fleet import FaultRow
from speaker_client.protocol.bundle import Bundle
from speaker_client.protocol.config import BoxConfig
from speaker_client.protocol.envelope import payload_of
from speaker_client.protocol.ids import SECOND, ClusterId, Micros
from tests.server_fleet.ground import Ground, booted, ground_in

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


async def test_after_a_restore_configs_are_above_what_the_box_has_and_its_journal_goes_on(tmp_path: Path) -> None:
    data, backup = tmp_path / "data", tmp_path / "backup.db"
    async with ground_in(data) as ground:
        cluster = await ground.cluster()
        box = await ground.box(cluster)
        await box.report(booted())
        with closing(sqlite3.connect(data / "station.db")) as live, closing(sqlite3.connect(backup)) as copy:
            live.backup(copy)
        for gain in (-100, -200, -300):
            await ground.station.places.adjust_loudspeaker(cluster, 1, gain_cb=gain, muted=None, by="hoa")
        await box.report(booted(), booted())
        before = await config_of(ground, cluster)
        settings = ground.station.settings
    for old in data.glob("station.db*"):
        old.unlink()
    shutil.copy(backup, data / "station.db")
    with closing(sqlite3.connect(data / "station.db")) as connection, connection:
        go_on(connection, SystemClock().now_us())
    station = await open_station(settings)
    ground = Ground(station, "")
    await station.doors.refresh()
    after = await config_of(ground, cluster)
    assert before.seq < after.seq <= before.seq + FURTHEST_A_BOX_FOLLOWS
    assert [one.gain_cb for one in after.loudspeakers] == [0, 0, 0]
    known = await station.doors.enter(box.id, box.papers.access)
    box.write(booted())
    ack = payload_of(await station.receiving.receive(known, box.batch(box.lines[3:]).seal([box.key]).encode()))
    assert ack["upto"] == 4
    async with station.database.reading() as session:
        assert [one.detail for one in await session.scalars(select(FaultRow))] == ["2..3"]
    await station.close()
