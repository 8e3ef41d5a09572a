"""Heartbeats over HTTP, silence, and being put out."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from broadcast_server.fleet.presence import Presence
from broadcast_server.monitoring import Monitoring
from broadcast_server.store.fleet import BoxRow, FaultRow
from speaker_client.protocol.datagram import hail
from speaker_client.protocol.ids import MINUTE, SECOND
from speaker_client.protocol.signature import SigningKey
from tests.server_fleet.ground import Box, Ground, MovableClock, booted

HERE = ("192.0.2.1", 4000)


async def seen(ground: Ground) -> dict[str, Any]:
    (cluster,) = (await ground.technician().get("/api/v1/clusters")).json()["items"]
    return dict(cluster["box"])


async def beat(box: Box, key: SigningKey | None = None, **changed: object) -> int:
    envelope = box.beat(**changed).seal([key or box.key])
    return (await box.http.post("/box/v1/heartbeat", content=envelope.encode())).status_code


async def test_a_heartbeat_shows_the_box_and_what_it_says(ground: Ground) -> None:
    box = await ground.box(await ground.cluster())
    assert (await seen(ground))["presence"] == "never"
    assert await beat(box, missing=3, faults=("disk_full",)) == 204
    shown = await seen(ground)
    assert (shown["presence"], shown["missing"], shown["faults"]) == ("online", 3, ["disk_full"])
    assert shown["age_us"] < 5 * SECOND


async def test_a_silent_box_is_shown_as_lost_within_100_seconds_and_as_back_when_it_speaks(
    ground: Ground, clock: MovableClock
) -> None:
    box = await ground.box(await ground.cluster())
    await beat(box)
    clock.shift_us += 98 * SECOND
    await ground.station.monitoring.look()
    assert (await seen(ground))["presence"] == "lost"
    (fault,) = (await ground.technician().get("/api/v1/faults")).json()["items"]
    assert (fault["box_id"], fault["code"]) == (box.id, "box_lost")
    await box.http.get("/box/v1/bundle")
    await ground.station.monitoring.look()
    assert (await seen(ground))["presence"] == "online"
    assert (await ground.technician().get("/api/v1/faults")).json()["items"] == []


async def test_a_true_hail_shows_that_the_box_lives_and_no_other_does(ground: Ground, clock: MovableClock) -> None:
    box = await ground.box(await ground.cluster())
    await beat(box)
    take, began = ground.station.datagrams.take, clock.now_us()
    clock.shift_us += 60 * SECOND
    kept = hail(box.id, box.papers.access, clock.now_us())
    clock.shift_us += 10 * SECOND
    for false in (hail(box.id, "another secret", clock.now_us()), hail(box.id, box.papers.access, began)):
        take(false, HERE)
        assert (await seen(ground))["presence"] == "late"
    take(kept, HERE)
    shown = await seen(ground)
    assert shown["presence"] == "online"
    assert 10 * SECOND <= shown["age_us"] < 12 * SECOND, "it lived when it said so, not when that was let through"
    clock.shift_us += 56 * SECOND
    take(kept, HERE)
    assert (await seen(ground))["presence"] == "late"
    clock.shift_us += 30 * SECOND
    assert (await seen(ground))["presence"] == "lost"


async def test_a_forged_or_repeated_heartbeat_shows_nothing(ground: Ground, clock: MovableClock) -> None:
    box = await ground.box(await ground.cluster())
    first = box.beat(missing=1)
    monitoring = ground.station.monitoring
    await monitoring.heard(box.id, first.seal([box.key]).encode())
    clock.shift_us += 80 * SECOND
    await monitoring.heard(box.id, first.seal([box.key]).encode())
    await monitoring.heard(box.id, box.beat(missing=9).seal([SigningKey.born()]).encode())
    await monitoring.heard(box.id, b"rubbish")
    shown = await seen(ground)
    assert (shown["presence"], shown["missing"]) == ("late", 1)


async def test_a_dead_box_is_not_kept_alive_by_a_heartbeat_from_before_it_had_a_clock(
    ground: Ground, clock: MovableClock
) -> None:
    box = await ground.box(await ground.cluster())
    clockless = box.beat(boot="long ago", not_before_us=0, clock="FLOOR")
    await box.report(booted())
    await beat(box)
    await ground.station.monitoring.look()
    clock.shift_us += 80 * SECOND
    station = ground.station
    after_a_restart = Monitoring(station.database, station.clock, station.station_id, station.doors, station.news)
    await after_a_restart.recall()
    for monitoring in (station.monitoring, after_a_restart):
        await monitoring.heard(box.id, clockless.seal([box.key]).encode())
        assert monitoring.presence_of(box.id)[0] is Presence.LATE


async def test_a_restored_box_is_found_out_by_its_heartbeat(ground: Ground, clock: MovableClock) -> None:
    cluster = await ground.cluster()
    box, bell = await ground.box(cluster), ground.station.news.bell(cluster)
    await box.report(booted(), booted())
    await beat(box, n=1, head=box.heads[1])
    assert not bell.is_set()
    assert (await ground.technician().get("/api/v1/faults")).json()["items"] == [], "it may have been overtaken"
    clock.shift_us += MINUTE
    await beat(box, n=1, head=box.heads[1])
    (fault,) = (await ground.technician().get("/api/v1/faults")).json()["items"]
    assert fault["code"] == "journal_rolled_back"
    assert bell.is_set(), "it has to hear of every stop now"


@pytest.mark.parametrize("by", ["heartbeat", "batch"])
async def test_a_box_whose_journal_fits_again_is_no_longer_suspected(
    ground: Ground, clock: MovableClock, by: str
) -> None:
    box = await ground.box(await ground.cluster())
    await box.report(booted(), booted())
    clock.shift_us += MINUTE
    await beat(box, n=1, head=box.heads[1])
    assert len((await ground.technician().get("/api/v1/faults")).json()["items"]) == 1
    if by == "heartbeat":
        clock.shift_us += SECOND
        await beat(box)
    else:
        await box.report(booted())
    assert (await ground.technician().get("/api/v1/faults")).json()["items"] == []


async def test_sightings_survive_a_restart_of_the_station(ground: Ground, clock: MovableClock) -> None:
    box = await ground.box(await ground.cluster())
    await beat(box)
    clock.shift_us += 11 * SECOND
    await ground.station.monitoring.look()
    async with ground.station.database.reading() as session:
        row = await session.get_one(BoxRow, box.id)
    assert row.seen_us is not None
    assert row.heartbeat is not None
    assert row.heartbeat["n"] == 0


async def test_a_revoked_box_gets_nothing_and_its_word_counts_no_more(ground: Ground) -> None:
    cluster = await ground.cluster()
    box = await ground.box(cluster)
    await box.report(booted())
    answer = await ground.technician().post(f"/api/v1/boxes/{box.id}/revoke")
    assert answer.json() == {"id": box.id, "revoked": True}
    box.write(booted())
    calls = [
        await box.http.get("/box/v1/bundle"),
        await box.hand_in(box.lines),
        await box.http.post("/box/v1/heartbeat", content=box.beat().seal([box.key]).encode()),
        await box.http.post("/box/v1/time", json={"box": box.id, "nonce": "0" * 32}),
        await box.http.get(f"/box/v1/content/{'0' * 64}"),
    ]
    assert {(one.status_code, one.json()["code"]) for one in calls} == {(403, "box_revoked")}
    assert not await ground.station.doors.admits(box.id, box.papers.access)
    assert (await ground.technician().get("/api/v1/clusters")).json()["items"][0]["box"] is None
    assert (await ground.technician().post("/api/v1/boxes/nobody/revoke")).status_code == 404


@pytest.mark.parametrize("path", ["/box/v1/bundle", "/box/v1/content/" + "0" * 64])
async def test_one_boxs_secret_opens_no_other_boxs_door(ground: Ground, path: str) -> None:
    here, there = await ground.box(await ground.cluster("Cụm chợ")), await ground.box(await ground.cluster("Cụm đồi"))
    answer = await ground.client(auth=(here.id, there.papers.access)).get(path)
    assert (answer.status_code, answer.json()["code"]) == (401, "box_unknown")


async def test_a_box_can_ask_for_the_time_only_for_itself(ground: Ground) -> None:
    here, there = await ground.box(await ground.cluster("Cụm chợ")), await ground.box(await ground.cluster("Cụm đồi"))
    answer = await here.http.post("/box/v1/time", json={"box": there.id, "nonce": "0" * 32})
    assert (answer.status_code, answer.json()["code"]) == (403, "wrong_box")


async def test_faults_of_all_times_can_be_read(ground: Ground, clock: MovableClock) -> None:
    box = await ground.box(await ground.cluster())
    await beat(box)
    clock.shift_us += 3 * MINUTE
    await ground.station.monitoring.look()
    await beat(box)
    await ground.station.monitoring.look()
    async with ground.station.database.reading() as session:
        (row,) = await session.scalars(select(FaultRow))
    assert row.cleared_us is not None
    listed = (await ground.technician().get("/api/v1/faults", params={"all": True})).json()["items"]
    assert [one["code"] for one in listed] == ["box_lost"]
