"""Loudspeakers tried one by one, where a cluster stands, and when its box was there."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from broadcast_server.local_time import local
from broadcast_server.monitoring import Monitoring
from broadcast_server.store.airings import AiringRow
from broadcast_server.store.fleet import PresenceSpanRow
from broadcast_server.store.people import AuditRow
from speaker_client.protocol.config import BoxConfig
from speaker_client.protocol.envelope import Envelope, payload_of
from speaker_client.protocol.ids import HOUR, MINUTE, SECOND, ClusterId
from tests.server_fleet.bell import bell
from tests.server_fleet.ground import Box, Ground, MovableClock, booted


def set_hour(ground: Ground, clock: MovableClock, hour: int) -> None:
    """The clocks of the village show so many hours."""
    now = local(ground.station.zone, ground.station.clock.now_us())
    clock.shift_us += (hour - now.hour) % 24 * HOUR


async def beat(box: Box) -> None:
    await box.http.post("/box/v1/heartbeat", content=box.beat().seal([box.key]).encode())


async def audited(ground: Ground, action: str) -> list[dict[str, Any]]:
    async with ground.station.database.reading() as session:
        rows = await session.scalars(select(AuditRow).filter_by(action=action))
        return [{"subject": row.subject, **row.detail} for row in rows]


async def test_a_test_is_an_ordinary_announcement_on_one_loudspeaker(ground: Ground, clock: MovableClock) -> None:
    cluster = await ground.cluster()
    await bell(ground.station)
    set_hour(ground, clock, 9)
    box = await ground.box(cluster)
    await beat(box)
    answer = await ground.technician().post(f"/api/v1/clusters/{cluster}/loudspeakers/2/test", json={})
    assert answer.status_code == 201, answer.text
    test = answer.json()
    assert test["end_us"] - test["start_us"] == 3 * SECOND
    log = (await ground.technician().get("/api/v1/log", params={"programme": test["programme_id"]})).json()
    (line,) = log["items"]
    assert (line["title"], line["start_us"]) == ("Thử loa 2 – Cụm chợ", test["start_us"])
    whole = (await ground.technician().get(f"/api/v1/log/{line['id']}")).json()
    assert [one["number"] for one in whole["loudspeakers"]] == [2]
    async with ground.station.database.reading() as session:
        planned = await session.scalar(select(AiringRow.planned).where(AiringRow.id == line["id"]))
    assert planned is not None
    assert len(planned["items"]) == 1, "a bell needs none around it"
    assert await audited(ground, "loudspeaker.test") == [{"subject": f"{cluster}:2", "programme": test["programme_id"]}]


async def test_whoever_heard_nothing_takes_the_loudspeaker_out_of_the_count(
    ground: Ground, clock: MovableClock
) -> None:
    cluster = await ground.cluster()
    await beat(await ground.box(cluster))
    path = f"/api/v1/clusters/{cluster}/loudspeakers/2/heard"

    async def states() -> list[str]:
        (found,) = (await ground.technician().get("/api/v1/clusters")).json()["items"]
        return [one["state"] for one in found["loudspeakers"]]

    for heard, state in ((False, "silent"), (True, "ready")):
        assert (await ground.technician().post(path, json={"heard": heard, "programme_id": "p"})).status_code == 200
        assert await states() == ["ready", state, "ready"]
    noted = [(one["subject"], one["heard"]) for one in await audited(ground, "loudspeaker.heard")]
    assert noted == [(f"{cluster}:2", False), (f"{cluster}:2", True)]


async def test_nothing_rings_at_night_unless_it_is_meant_nor_where_nobody_would_hear_it(
    ground: Ground, clock: MovableClock
) -> None:
    cluster = await ground.cluster()
    await ground.station.hushing.set("20:30", "05:00", "hoa")
    set_hour(ground, clock, 23)
    path = f"/api/v1/clusters/{cluster}/loudspeakers/1"

    async def refused(**form: bool) -> str:
        return str((await ground.technician().post(f"{path}/test", json=form)).json().get("code"))

    assert await refused() == "night"
    assert await refused(at_night=True) == "not_ready"
    await bell(ground.station)
    assert await refused(at_night=True) == "cluster_away"
    box = await ground.box(cluster)
    await beat(box)
    await ground.technician().patch(path, json={"muted": True})
    assert await refused(at_night=True) == "loudspeaker_muted"
    await ground.technician().patch(path, json={"muted": False})
    assert await refused(at_night=True) == "None"
    clock.shift_us += 2 * MINUTE
    assert await refused(at_night=True) == "cluster_away"
    missing = await ground.technician().post(f"/api/v1/clusters/{cluster}/loudspeakers/9/test", json={"at_night": True})
    assert missing.status_code == 404


async def test_the_timeline_of_a_cluster_shows_an_absence_and_what_nobody_watched(
    ground: Ground, clock: MovableClock
) -> None:
    cluster, station = await ground.cluster(), ground.station
    box = await ground.box(cluster)
    await beat(box)
    await station.monitoring.look()
    for _ in range(3):
        clock.shift_us += MINUTE
        await station.monitoring.look()
    await box.report(booted())
    await station.monitoring.look()

    async def spans() -> list[bool]:
        answer = await ground.technician().get(f"/api/v1/clusters/{cluster}/presence")
        found = answer.json()
        assert found["until_us"] - found["from_us"] == 24 * HOUR
        return [one["up"] for one in found["spans"]]

    assert await spans() == [True, False, True]
    clock.shift_us += 30 * MINUTE
    await box.report(booted())
    await station.monitoring.look()
    assert await spans() == [True, False, True, True]
    clock.shift_us += 9 * 24 * HOUR
    await box.report(booted())
    await station.monitoring.look()
    async with station.database.reading() as session:
        kept = await session.scalar(select(func.count()).select_from(PresenceSpanRow))
    assert kept == 1, "what is older than eight days is forgotten"
    assert (await ground.technician().get("/api/v1/clusters/none/presence")).status_code == 404


async def test_a_box_that_came_back_while_the_station_was_off_is_no_longer_called_lost(
    ground: Ground, clock: MovableClock
) -> None:
    box = await ground.box(await ground.cluster())
    await beat(box)
    clock.shift_us += 2 * MINUTE
    station = ground.station
    await station.monitoring.look()
    faults = "/api/v1/faults"
    assert [one["code"] for one in (await ground.technician().get(faults)).json()["items"]] == ["box_lost"]
    restarted = Monitoring(station.database, station.clock, station.station_id, station.doors, station.news)
    await restarted.recall()
    await restarted.look()
    assert len((await ground.technician().get(faults)).json()["items"]) == 1, "nobody has heard of it yet"
    restarted.spoke(box.id)
    await restarted.look()
    assert (await ground.technician().get(faults)).json()["items"] == []


async def place_of(ground: Ground, cluster: ClusterId) -> dict[str, Any]:
    found = (await ground.technician().get("/api/v1/clusters")).json()["items"]
    return next(dict(one) for one in found if one["id"] == cluster)


async def test_a_cluster_gets_a_place_on_the_map_and_somebody_to_call(ground: Ground) -> None:
    cluster = await ground.cluster()
    await ground.cluster("Đình")
    path = f"/api/v1/clusters/{cluster}"
    change = {"place": {"latitude": 19.8, "longitude": 105.77}, "keeper": "Ông Bình", "keeper_phone": "0912 345 678"}
    assert (await ground.technician().patch(path, json=change)).status_code == 200
    found = await place_of(ground, cluster)
    assert (found["latitude"], found["longitude"]) == (19.8, 105.77)
    assert (found["keeper"], found["keeper_phone"], found["name"]) == ("Ông Bình", "0912 345 678", "Cụm chợ")
    taken = await ground.technician().patch(path, json={"name": "Đình"})
    assert (taken.status_code, taken.json()["code"]) == (409, "name_taken")
    for change, left in (({"keeper": ""}, 19.8), ({"place": None}, None)):
        assert (await ground.technician().patch(path, json=change)).status_code == 200
        assert (await place_of(ground, cluster))["latitude"] == left, "what is left out stays"


@pytest.mark.parametrize("change", [{"place": {"latitude": 91, "longitude": 0}}, {"keeper_phone": "gọi nhé"}])
async def test_what_is_no_place_and_no_number_is_refused(ground: Ground, change: dict[str, Any]) -> None:
    path = f"/api/v1/clusters/{await ground.cluster()}"
    assert (await ground.technician().patch(path, json=change)).status_code == 422


async def test_a_box_is_told_how_soft_it_is_in_each_hour_of_its_own_clock(ground: Ground) -> None:
    cluster = await ground.cluster()
    box = await ground.box(cluster)
    path = f"/api/v1/clusters/{cluster}"

    async def told() -> list[int]:
        config = (await box.http.get("/box/v1/bundle")).json()["config"]
        return list(BoxConfig.read(payload_of(Envelope.model_validate(config))).hours_cb)

    assert await told() == []
    evening = [0] * 20 + [-1200] * 4
    assert (await ground.technician().patch(path, json={"hours_cb": evening})).json()["hours_cb"] == evening
    assert [hour for hour, cb in enumerate(await told()) if cb] == [13, 14, 15, 16], "20:00 here is 13:00 in UTC"
    assert (await ground.technician().patch(path, json={"hours_cb": [-100] * 5})).json()["code"] == "bad_hours"
    assert (await ground.technician().patch(path, json={"hours_cb": [100] * 24})).status_code == 422
    assert (await ground.technician().patch(path, json={"hours_cb": []})).json()["hours_cb"] is None
    assert await told() == []
