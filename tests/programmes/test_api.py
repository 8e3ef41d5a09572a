"""Programmes, schedule, log and today over HTTP."""

from __future__ import annotations

import httpx2
import pytest

from broadcast_server.fleet.ledger import State
from tests.programmes.stage import Stage, at, daily


async def test_a_programme_is_made_shown_changed_and_taken_away(stage: Stage, officer: httpx2.AsyncClient) -> None:
    new = {
        "title": "Bản tin chiều",
        "items": [await stage.recording(5, "Tin"), await stage.recording(7, "Nhạc")],
        "rules": [{"times": ["17:00"], "recurrence": {"kind": "weekly", "days": [0, 2, 4]}}],
    }
    made = await officer.post("/api/v1/programmes", json=new)
    assert made.status_code == 201, made.text
    body = made.json()
    assert (body["conflicts"], body["next"]) == ([], "2026-11-23T17:00:00+07:00")
    shown = (await officer.get(made.headers["Location"])).json()
    assert [item["title"] for item in shown["items"]] == ["Tin", "Nhạc"]
    assert (shown["duration_us"], shown["priority_name"], shown["targets"]) == (720_000_000, "own", ["all"])
    assert shown["rules"][0]["recurrence"] == {"kind": "weekly", "days": [0, 2, 4]}

    changed = await officer.patch(made.headers["Location"], json={"title": "Tin tối", "priority": 50})
    assert (changed.json()["title"], changed.json()["priority_name"]) == ("Tin tối", "announcement")
    listed = (await officer.get("/api/v1/programmes")).json()["items"]
    assert [one["title"] for one in listed] == ["Tin tối"]

    gone = await officer.delete(made.headers["Location"])
    assert gone.json() == {"id": body["id"], "deleted": True, "conflicts": []}
    assert (await officer.get(made.headers["Location"])).status_code == 404


async def test_rules_are_made_changed_and_taken_away(stage: Stage, officer: httpx2.AsyncClient) -> None:
    home = f"/api/v1/programmes/{(await stage.programme('Bản tin')).programme}/rules"
    made = await officer.post(home, json={"times": ["05:00", "17:00"], "recurrence": {"kind": "daily"}})
    assert made.status_code == 201, made.text
    assert made.json()["times"] == ["05:00", "17:00"]
    changed = await officer.patch(made.headers["Location"], json={"exceptions": ["2026-11-24"]})
    assert changed.json()["exceptions"] == ["2026-11-24"]
    assert len((await officer.get(home)).json()["items"]) == 1
    assert (await officer.delete(made.headers["Location"])).json()["deleted"] is True
    assert (await officer.get(home)).json()["items"] == []


async def test_a_refusal_says_why_in_both_languages(officer: httpx2.AsyncClient) -> None:
    answer = await officer.post("/api/v1/programmes", json={"title": "Bản tin", "items": []})
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert answer.json()["code"] == "items_missing"
    assert answer.json()["vi"] == "Chương trình cần ít nhất một bản ghi."
    typo = await officer.post("/api/v1/programmes", json={"title": "x", "items": ["a"], "titel": "y"})
    assert (typo.status_code, typo.json()["code"]) == (422, "invalid")


async def test_clashes_are_told_with_the_answer_and_by_the_check(stage: Stage, officer: httpx2.AsyncClient) -> None:
    rule = {"times": ["17:00"], "recurrence": {"kind": "daily"}}
    strong = {"title": "Họp", "items": [await stage.recording(30)], "priority": "priority_commune", "rules": [rule]}
    assert (await officer.post("/api/v1/programmes", json=strong)).json()["conflicts"] == []
    weak = {"title": "Nhạc", "items": [await stage.recording(10)], "rules": [rule], "if_busy": "drop"}
    checked = (await officer.post("/api/v1/schedule/check", json=weak)).json()["conflicts"]
    saved = (await officer.post("/api/v1/programmes", json=weak)).json()["conflicts"]
    assert checked[0]["vi"] == saved[0]["vi"]
    assert (saved[0]["fate"], saved[0]["count"], saved[0]["winner"]["title"]) == ("removed", 42, "Họp")


async def test_the_schedule_shows_what_really_plays(stage: Stage, officer: httpx2.AsyncClient) -> None:
    rule = {"times": ["17:00"], "recurrence": {"kind": "daily"}}
    for title, priority, minutes in (("Họp", "priority_commune", 30), ("Nhạc", "own", 10)):
        new = {"title": title, "items": [await stage.recording(minutes)], "priority": priority, "rules": [rule]}
        await officer.post("/api/v1/programmes", json=new | {"grace_s": 3600})
    day = (await officer.get("/api/v1/schedule", params={"from": "2026-12-24", "to": "2026-12-24"})).json()["items"]
    assert [(one["title"], one["start"]) for one in day] == [
        ("Họp", "2026-12-24T17:00:00+07:00"),
        ("Nhạc", "2026-12-24T17:00:00+07:00"),
    ]
    late = day[1]["clusters"][0]
    assert (late["plays"], late["delayed_by"]) == (True, "Họp")
    assert late["parts"][0]["start_us"] == late["start_us"] == at("2026-12-24 17:30")
    assert (late["start"], late["vi"]) == ("2026-12-24T17:30:00+07:00", "trễ 30 phút vì “Họp”")
    one = await officer.get("/api/v1/schedule", params={"cluster": stage.clusters["Chợ"]})
    assert all(len(entry["clusters"]) == 1 for entry in one.json()["items"])
    wrong = await officer.get("/api/v1/schedule", params={"from": "2026-01-01", "to": "2027-01-01"})
    assert wrong.json()["code"] == "span_wrong"


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("0001-01-01", "0001-01-02"),
        ("0001-01-01T00:00+14:00", "0001-01-02"),
        ("1969-12-01", "1969-12-02"),
        ("9999-12-30", "9999-12-30"),
        ("9999-12-31", "9999-12-31"),
        (str(1 << 52), str(1 << 53)),
        ("-6000000000000", "-5000000000000"),
    ],
)
@pytest.mark.parametrize("path", ["schedule", "log"])
async def test_a_moment_outside_our_age_is_refused_in_words(
    stage: Stage, officer: httpx2.AsyncClient, path: str, first: str, last: str
) -> None:
    await stage.programme("Bản tin", daily("17:00"))
    answer = await officer.get(f"/api/v1/{path}", params={"from": first, "to": last})
    assert (answer.status_code, answer.json()["code"]) == (422, "moment_out_of_age")


async def test_the_log_is_asked_by_day_cluster_and_state(stage: Stage, officer: httpx2.AsyncClient) -> None:
    rule = {"times": ["09:00", "17:00"], "recurrence": {"kind": "daily"}}
    await officer.post("/api/v1/programmes", json={"title": "Tin", "items": [await stage.recording()], "rules": [rule]})
    first = (await stage.log())[0]
    await stage.say(first.id, State.PLAYED, started_us=first.start_us + 1500, error_us=1500)
    today = (await officer.get("/api/v1/log")).json()
    assert (len(today["items"]), today["counts"]["PLAYED"], today["counts"]["PENDING"]) == (6, 1, 5)
    played = (await officer.get("/api/v1/log", params={"state": "PLAYED"})).json()["items"]
    assert [(one["id"], one["error_us"], one["vi"]) for one in played] == [(first.id, 1500, "Đã phát.")]
    there = {"from": "2026-11-24", "to": "2026-11-25", "cluster": stage.clusters["Đình"]}
    assert [one["start"][:16] for one in (await officer.get("/api/v1/log", params=there)).json()["items"]] == [
        "2026-11-24T09:00",
        "2026-11-24T17:00",
        "2026-11-25T09:00",
        "2026-11-25T17:00",
    ]
    page = (await officer.get("/api/v1/log", params={"limit": 4})).json()
    rest = (await officer.get("/api/v1/log", params={"limit": 4, "after": page["next"]})).json()
    assert (len(page["items"]), len(rest["items"]), rest["next"]) == (4, 2, None)
    assert (await officer.get("/api/v1/log", params={"from": "hôm qua"})).json()["code"] == "moment_unreadable"


async def test_the_log_shows_both_starts_and_who_came_between(stage: Stage, officer: httpx2.AsyncClient) -> None:
    for title, times, minutes in (("Họp", "17:00", 30), ("Nhạc", "17:28", 10)):
        rule = {"times": [times], "first_day": "2026-11-23"}
        await officer.post(
            "/api/v1/programmes", json={"title": title, "items": [await stage.recording(minutes)], "rules": [rule]}
        )
    there = {"cluster": stage.clusters["Chợ"]}
    first, late = (await officer.get("/api/v1/log", params=there)).json()["items"]
    assert (first["scheduled_us"], first["delayed_by"]) == (first["start_us"], None)
    assert (late["scheduled"], late["start"]) == ("2026-11-23T17:28:00+07:00", "2026-11-23T17:30:00+07:00")
    assert (late["delayed_by"], late["interrupted_by"]) == ("Họp", None)


async def test_today_and_on_air_show_what_the_boxes_reported(stage: Stage, officer: httpx2.AsyncClient) -> None:
    rule = {"times": ["09:00"], "recurrence": {"kind": "daily"}}
    await officer.post("/api/v1/programmes", json={"title": "Tin", "items": [await stage.recording()], "rules": [rule]})
    assert (await officer.get("/api/v1/on-air")).json() == {"items": []}
    stage.clock.moment = at("2026-11-23 09:01")
    first = (await stage.log())[0]
    await stage.say(first.id, State.PLAYING, started_us=first.start_us)
    (on_air,) = (await officer.get("/api/v1/on-air")).json()["items"]
    assert on_air["title"] == "Tin"
    today = (await officer.get("/api/v1/today")).json()
    assert (today["day"], today["next"]["start"]) == ("2026-11-23", "2026-11-24T09:00:00+07:00")
    assert {one["name"]: one["on_air"] for one in today["clusters"]} == {
        "Chợ": {"title": "Tin", "since_us": at("2026-11-23 09:00")},
        "Đình": None,
        "Trạm xá": None,
    }


@pytest.mark.parametrize("path", ["programmes", "schedule", "log", "today", "on-air"])
async def test_nobody_unknown_is_let_in(stage: Stage, officer: httpx2.AsyncClient, path: str) -> None:
    answer = await officer.get(f"/api/v1/{path}", headers={"Authorization": "Bearer nobody"})
    assert (answer.status_code, answer.json()["code"]) == (401, "login_required")
