"""The log as a person goes through it: days, broadcasts on all their clusters, who ordered them, and a table."""

from __future__ import annotations

import csv
import io
from typing import Any

import httpx2
import pytest

from broadcast_server.fleet.ledger import State
from broadcast_server.store.orders import OrderRow
from broadcast_server.store.relays import RelayRow
from speaker_client.protocol.ids import MINUTE, SECOND
from tests.programmes.stage import Stage, at, once

DAY_LOG = "/api/v1/log/broadcasts"


async def lines(officer: httpx2.AsyncClient, **asked: Any) -> dict[str, Any]:
    answer = await officer.get(DAY_LOG, params=asked)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def order(stage: Stage, name: str, kind: str, title: str) -> None:
    """The airing of that title, as the log has it when an order was carried out."""
    start_us, station = stage.clock.moment, stage.station.station_id
    async with stage.station.database.transaction() as session:
        session.add(
            OrderRow(
                id=name, station_id=station, key=name, kind=kind, template="", text="Nước lên nhanh.", title=title,
                targets=["all"], rounds=1, made_by="hoa", made_us=start_us, expires_us=start_us, until_us=start_us,
            )
        )  # fmt: skip
    (row,) = [one for one in await stage.log() if one.title == title]
    await stage.say(row.id, State.PLAYED, order_id=name, priority=100)


async def test_a_day_is_told_broadcast_by_broadcast_the_newest_first_and_only_up_to_now(
    stage: Stage, officer: httpx2.AsyncClient
) -> None:
    await stage.programme("Bản tin sáng", once("2026-11-23", "09:00"))
    await stage.programme("Ca nhạc", once("2026-11-23", "10:00"))
    await stage.programme("Bản tin chiều", once("2026-11-23", "17:00"))
    stage.clock.pass_us(3 * 60 * MINUTE)
    for row in await stage.log(None):
        if row.title != "Bản tin chiều":
            await stage.say(row.id, State.PLAYED)
    (lost,) = [row for row in await stage.log("Đình") if row.title == "Ca nhạc"]
    await stage.say(lost.id, State.MISSED, reason="POWER_OFF")
    found = await lines(officer)
    assert (found["day"], found["next"]) == ("2026-11-23", None)
    assert [one["title"] for one in found["items"]] == ["Ca nhạc", "Bản tin sáng"]
    assert found["counts"] == {"all": 2, "trouble": 1, "emergency": 0, "drill": 0}
    music = found["items"][0]
    assert (music["clusters"], music["states"]) == (3, {"PLAYED": 2, "MISSED": 1})
    assert music["airing_id"] == lost.id
    assert [(one["vi"], one["clusters"]) for one in music["told"]] == [
        ("Không phát được: hộp loa mất điện hoặc đang tắt.", ["Đình"]),
        ("Đã phát.", ["Chợ", "Trạm xá"]),
    ]
    assert [one["title"] for one in (await lines(officer, only="trouble"))["items"]] == ["Ca nhạc"]
    assert (await lines(officer, day="2026-11-24"))["items"] == []


async def test_a_long_day_comes_in_pages_that_neither_skip_nor_repeat(
    stage: Stage, officer: httpx2.AsyncClient
) -> None:
    for minute in range(0, 50, 10):
        await stage.programme(f"Tin {minute}", once("2026-11-23", f"09:{minute:02}"), minutes=5)
    stage.clock.pass_us(3 * 60 * MINUTE)
    found, place = [], ""
    while place is not None:
        page = await lines(officer, limit=2, before=place)
        found += [one["title"] for one in page["items"]]
        assert page["counts"]["all"] == 5
        place = page["next"]
    assert found == ["Tin 40", "Tin 30", "Tin 20", "Tin 10", "Tin 0"]
    assert (await officer.get(DAY_LOG, params={"before": "x"})).json()["code"] == "place_unreadable"


async def test_emergencies_and_drills_are_found_apart(stage: Stage, officer: httpx2.AsyncClient) -> None:
    here = [f"cluster:{stage.clusters['Chợ']}"]
    await stage.programme("Xả lũ", once("2026-11-23", "09:00"), targets=here)
    await stage.programme("Diễn tập xả lũ", once("2026-11-23", "09:30"), targets=here)
    await order(stage, "a" * 32, "emergency", "Xả lũ")
    await order(stage, "b" * 32, "drill", "Diễn tập xả lũ")
    stage.clock.pass_us(3 * 60 * MINUTE)
    for only, title in (("emergency", "Xả lũ"), ("drill", "Diễn tập xả lũ")):
        (one,) = (await lines(officer, only=only))["items"]
        assert (one["title"], one["order_kind"]) == (title, only)
    opened = (await officer.get(f"/api/v1/log/{one['airing_id']}/broadcast")).json()
    assert (opened["ordered"]["by"], opened["ordered"]["text"]) == ("hoa", "Nước lên nhanh.")
    table = (await officer.get("/api/v1/log/table", params={"from": "2026-11-23", "to": "2026-11-23"})).text
    assert [one["Loại"] for one in csv.DictReader(io.StringIO(table))] == ["Khẩn cấp", "Diễn tập"]


async def test_a_relay_that_fell_back_is_trouble_though_it_was_played(
    stage: Stage, officer: httpx2.AsyncClient
) -> None:
    await stage.programme("Tiếp sóng VOV1", once("2026-11-23", "09:00"))
    start = at("2026-11-23 09:00")
    relay = {"start_us": start, "length_us": 10 * MINUTE}
    for row in await stage.log(None):
        await stage.say(row.id, State.PLAYED, planned={**(row.planned or {}), "relay": relay})
    told = {"old": "VOV1", "new": "Huyện", "vi": "Nguồn “VOV1” không có tiếng.", "en": "Silent.", "at_us": start}
    async with stage.station.database.transaction() as session:
        session.add(
            RelayRow(
                occurrence_id=row.occurrence_id, station_id=row.station_id, programme_id=row.programme_id,
                title=row.title, start_us=start, end_us=start + 10 * MINUTE, probes=[],
                switches=[{**told, "reason": "started"}, {**told, "reason": "silent"}],
            )
        )  # fmt: skip
    stage.clock.pass_us(3 * 60 * MINUTE)
    ((one,),) = [(await lines(officer, only="trouble"))["items"]]
    assert one["told"][0]["vi"] == "Đã phát. 09:00:00 Nguồn “VOV1” không có tiếng."


async def test_one_airing_opens_its_broadcast_with_who_made_it(stage: Stage, officer: httpx2.AsyncClient) -> None:
    await stage.programme("Bản tin", once("2026-11-23", "09:00"))
    (row,) = await stage.log("Đình")
    await stage.say(row.id, State.PLAYED, started_us=row.start_us, error_us=3000, sounded_us=600 * SECOND)
    opened = (await officer.get(f"/api/v1/log/{row.id}/broadcast")).json()
    assert [one["cluster"] for one in opened["airings"]] == ["Chợ", "Trạm xá", "Đình"]
    assert opened["ordered"]["by"] == "lan"
    assert [len(one["loudspeakers"]) for one in opened["airings"]] == [3, 3, 3]
    assert opened["sounds"] == []  # these tests have no sound files
    assert (await officer.get(f"/api/v1/log/{row.id}/sounds/0")).status_code == 404
    assert (await officer.get("/api/v1/log/nothing/broadcast")).status_code == 404


@pytest.mark.parametrize(("language", "outcome"), [("vi", "Đã phát"), ("en", "Played")])
async def test_the_table_opens_in_excel_and_holds_no_formula(
    stage: Stage, officer: httpx2.AsyncClient, language: str, outcome: str
) -> None:
    await stage.programme("=HYPERLINK(1)", once("2026-11-23", "09:00"))
    for row in await stage.log(None):
        await stage.say(row.id, State.PLAYED, started_us=row.start_us, error_us=-12_000, sounded_us=600 * SECOND)
    await stage.programme("Bản tin chiều", once("2026-11-23", "17:00"))
    stage.clock.pass_us(3 * 60 * MINUTE)
    asked = {"from": "2026-11-23", "to": "2026-11-24", "language": language}
    answer = await officer.get("/api/v1/log/table", params=asked)
    assert answer.headers["content-disposition"].endswith('"nhat-ky-phat-song-2026-11-23-den-2026-11-24.csv"')
    assert answer.content.startswith(b"\xef\xbb\xbf")
    head, *rows = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert len(rows) == 3
    assert {len(row) for row in rows} == {len(head)}
    assert rows[0][:2] == ["2026-11-23", "09:00:00"]
    assert (rows[0][4], rows[0][7], rows[0][9], rows[0][10]) == ("'=HYPERLINK(1)", outcome, "-12", "600")


async def test_a_table_of_years_is_refused(officer: httpx2.AsyncClient) -> None:
    for first, last in (("2026-01-01", "2026-06-30"), ("2026-11-23", "2026-11-20")):
        answer = await officer.get("/api/v1/log/table", params={"from": first, "to": last})
        assert (answer.status_code, answer.json()["code"]) == (422, "table_too_long")
