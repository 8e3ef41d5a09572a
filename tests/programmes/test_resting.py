"""A cluster that is switched off for a while: silent but for an emergency, and the log says why."""

from __future__ import annotations

import httpx2
import pytest

from broadcast_server.broadcast_log import read_line
from broadcast_server.fleet.ledger import State
from broadcast_server.ordering import Ordering, Wish
from broadcast_server.problem import Problem
from broadcast_server.schedule.outlook import RESTS
from broadcast_server.speaking import Wish as Spoken
from speaker_client.protocol.ids import DAY, HOUR, MINUTE
from tests.programmes.alarms import SIREN
from tests.programmes.stage import OFFICER, Stage, at, daily, once

MORNING = at("2026-11-24 05:00")
"""Of the day after the stage's."""


async def said(stage: Stage, airing: str) -> str:
    """What the log says of it."""
    async with stage.station.database.reading() as session:
        return (await read_line(session, stage.station.station_id, airing)).sentence.vi


async def test_what_was_planned_until_it_is_switched_on_is_taken_back_there_alone_and_the_log_says_why(
    stage: Stage,
) -> None:
    await stage.programme("Bản tin", daily("05:00", "17:00"))
    before = await stage.planned("Đình")
    row = await stage.station.resting.rest(stage.clusters["Chợ"], MORNING, "Nhà có đám tang", OFFICER)
    assert (row.rests_since_us, row.rests_by, row.rests_why) == (stage.clock.moment, OFFICER, "Nhà có đám tang")
    assert await stage.planned("Đình") == before
    assert (await stage.planned("Chợ"))[0].start_us == MORNING
    taken = (await stage.log())[0]
    assert (taken.start_us, taken.withdrawn_by, taken.state) == (at("2026-11-23 17:00"), RESTS, "PENDING")
    assert await said(stage, taken.id) == "Đã hủy, đang chờ hộp loa xác nhận: cụm loa đang tắt tạm."
    await stage.say(taken.id, State.CANCELLED, reason="WITHDRAWN", by=RESTS)
    assert await said(stage, taken.id) == "Đã hủy: cụm loa đang tắt tạm."
    assert await stage.stops() == [], "nothing sounded there"


async def test_what_is_made_meanwhile_has_its_line_there_too_and_one_end(stage: Stage) -> None:
    await stage.station.resting.rest(stage.clusters["Chợ"], None, "", OFFICER)
    await stage.programme("Họp thôn", once("2026-11-23", "17:00"))
    assert await stage.planned("Chợ") == []
    (line,) = await stage.log()
    assert (line.state, line.first_plan) == ("PENDING", None)
    assert await said(stage, line.id) == "Sẽ không phát: cụm loa đang tắt tạm."
    for _ in range(3):
        await stage.replan(4 * HOUR)
    (line,) = await stage.log()
    assert line.state == "CANCELLED"
    assert await said(stage, line.id) == "Đã hủy: cụm loa đang tắt tạm."


async def test_until_somebody_switches_it_on_means_however_long_that_is(stage: Stage) -> None:
    await stage.programme("Bản tin", daily("17:00"))
    cluster = stage.clusters["Chợ"]
    await stage.station.resting.rest(cluster, None, "", OFFICER)
    for _ in range(12):
        await stage.replan(DAY)
        assert await stage.planned("Chợ") == []
    assert {row.state for row in await stage.log() if row.start_us > at("2026-12-01 00:00")} <= {"PENDING", "CANCELLED"}
    await stage.station.resting.wake(cluster, OFFICER)
    assert [one.start_us for one in await stage.planned("Chợ")] == [one.start_us for one in await stage.planned("Đình")]
    assert len(await stage.planned("Chợ")) == 7


async def test_what_sounds_there_or_is_about_to_is_stopped_by_name_and_no_emergency_with_it(
    stage: Stage, ordering: Ordering
) -> None:
    await stage.programme("Ca nhạc", once("2026-11-23", "08:05"), minutes=30)
    stage.clock.moment = at("2026-11-23 08:10")
    await stage.programme("Bản tin", once("2026-11-23", "08:40"), minutes=5, priority="priority_commune")
    playing = (await stage.log())[0]
    await stage.say(playing.id, State.PLAYING, started_us=playing.start_us)
    given = await ordering.sound(SIREN, OFFICER)
    stage.clock.moment = at("2026-11-23 08:39") + 30_000_000
    await stage.station.resting.rest(stage.clusters["Chợ"], stage.clock.moment + HOUR, "", OFFICER)
    (stop,) = await stage.stops()
    rows = {row.id: row for row in await stage.log()}
    assert {rows[one].title for one in stop.airings} <= {"Ca nhạc", "Bản tin"}
    assert "Bản tin" in {rows[one].title for one in stop.airings}
    assert all(rows[one].order_id is None for one in stop.airings)
    assert stop.by == RESTS
    siren = next(row for row in await stage.log() if row.order_id == given.id)
    assert siren.withdrawn_by is None
    again = await ordering.sound(Wish("emergency", "siren", ("all",), 2, "emergency:two"), OFFICER)
    assert {row.cluster_id for row in await stage.log(None) if row.order_id == again.id} == set(stage.clusters.values())


async def test_a_drill_and_a_voice_that_is_no_emergency_pass_it_by(stage: Stage, ordering: Ordering) -> None:
    cluster = stage.clusters["Chợ"]
    await stage.station.resting.rest(cluster, None, "", OFFICER)
    drill = await ordering.sound(Wish("drill", "drill", ("all",), None, "drill:one"), OFFICER)
    assert cluster not in {row.cluster_id for row in await stage.log(None) if row.order_id == drill.id}
    with pytest.raises(Problem) as refused:
        await stage.station.speaking.open(Spoken((f"cluster:{cluster}",), "", False), OFFICER)
    assert (refused.value.status, refused.value.code) == (409, "cluster_rests")


async def test_it_is_switched_off_and_on_over_http_and_shown_with_its_age(
    stage: Stage, officer: httpx2.AsyncClient
) -> None:
    await stage.programme("Bản tin", daily("17:00"))
    cluster, moment = stage.clusters["Chợ"], stage.clock.moment
    path = f"/api/v1/clusters/{cluster}/rest"

    async def shown() -> object:
        clusters = (await officer.get("/api/v1/clusters")).json()["items"]
        assert [one["rests"] for one in clusters if one["id"] != cluster] == [None, None]
        return next(one["rests"] for one in clusters if one["id"] == cluster)

    assert await shown() is None
    answer = await officer.put(path, json={"until_us": moment + 12 * HOUR, "why": "Sửa điện"})
    assert answer.status_code == 200, answer.text
    rests = {"since_us": moment, "until_us": moment + 12 * HOUR, "by": "Người vận hành tại máy chủ", "why": "Sửa điện"}
    assert answer.json() == {"id": cluster, "rests": rests}
    assert await shown() == rests
    agenda = (await officer.get("/api/v1/schedule/agenda?days=1")).json()["days"][0]["entries"]
    assert [(one["standing"], one["sounding"]) for one in agenda] == [("rests", 2)]
    assert agenda[0]["why"]["vi"] == "không phát vì cụm loa đang tắt tạm"
    stage.clock.pass_us(HOUR)
    longer = await officer.put(path, json={"until_us": None})
    assert (longer.json()["rests"]["since_us"], longer.json()["rests"]["until_us"]) == (moment, None)
    assert (await officer.delete(path)).json() == {"id": cluster, "rests": None}
    assert await shown() is None
    for until_us in (moment - 1, moment + 400 * DAY):
        no = await officer.put(path, json={"until_us": until_us})
        assert (no.status_code, no.json()["code"]) == (422, "moment_out_of_range")
    assert (await officer.put("/api/v1/clusters/nowhere/rest", json={"until_us": None})).status_code == 404
    await officer.put(path, json={"until_us": stage.clock.moment + MINUTE})
    stage.clock.pass_us(2 * MINUTE)
    assert await shown() is None, "it comes on by itself"
