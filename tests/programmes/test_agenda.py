"""The agenda, and the timetable changed from it: this once, from then on, always; tried first; taken back."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from broadcast_server.agenda import Standing, standing
from broadcast_server.fleet.ledger import State
from tests.programmes.stage import Stage, at, daily, once, rules

DAILY = {"kind": "daily"}
CHANGES = "/api/v1/schedule/changes"


async def days_of(officer: httpx2.AsyncClient, first: str = "2026-11-23", days: int = 7) -> dict[str, list[Any]]:
    answer = await officer.get("/api/v1/schedule/agenda", params={"from": first, "days": days})
    assert answer.status_code == 200, answer.text
    return {one["day"]: one["entries"] for one in answer.json()["days"]}


async def times_of(officer: httpx2.AsyncClient, first: str = "2026-11-24", days: int = 3) -> dict[str, str]:
    """The times of each day, those that are left out in brackets."""
    found = await days_of(officer, first, days)
    return {
        day[-2:]: " ".join(f"({one['time']})" if one["standing"] == "skipped" else one["time"] for one in entries)
        for day, entries in found.items()
    }


async def changed(officer: httpx2.AsyncClient, code: int = 200, **asked: Any) -> dict[str, Any]:
    answer = await officer.post(CHANGES, json=asked)
    assert answer.status_code == code, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def taking(stage: Stage, saved: Any, scope: str, day: str = "2026-11-25", time: str = "17:00") -> dict[str, str]:
    (rule, *_) = await rules(stage, saved.programme)
    return {"programme_id": saved.programme, "rule_id": rule, "day": day, "time": time, "scope": scope}


@pytest.mark.parametrize(
    ("states", "over", "expected"),
    [
        ("PLAYED PLAYED", True, "played"),
        ("PLAYED MISSED", True, "partly"),
        ("PARTIAL", True, "partly"),
        ("PLAYING PENDING", False, "on_air"),
        ("PENDING PENDING", False, "coming"),
        ("PENDING MISSED", True, "unknown"),
        ("UNKNOWN", False, "unknown"),
        ("SUPERSEDED SUPERSEDED", True, "gave_way"),
        ("CANCELLED CANCELLED", True, "cancelled"),
        ("CANCELLED MISSED", True, "missed"),
    ],
)
def test_how_it_stands_on_all_clusters_together(states: str, over: bool, expected: str) -> None:
    assert standing([State(one) for one in states.split()], over) is Standing(expected)


async def test_the_past_is_what_really_aired_and_the_future_what_will(
    stage: Stage, officer: httpx2.AsyncClient
) -> None:
    await stage.programme("Tin", daily("09:00", "17:00"))
    for n, row in enumerate(one for one in await stage.log(None) if one.start_us == at("2026-11-23 09:00")):
        await stage.say(row.id, State.MISSED if n else State.PLAYED, reason="POWER_OFF" if n else None)
    stage.clock.moment = at("2026-11-23 12:00")
    monday = (await days_of(officer))["2026-11-23"]
    aired, coming = monday
    assert (aired["past"], aired["standing"], aired["sounding"], len(aired["clusters"])) == (True, "partly", 1, 3)
    assert aired["why"]["reason"] == "POWER_OFF"
    assert "mất điện" in aired["why"]["vi"]
    assert (aired["repeats"], aired["repeatable"]) == (DAILY, True)
    assert (coming["past"], coming["standing"], coming["sounding"], coming["why"]) == (False, "coming", 3, None)


async def test_what_is_taken_off_the_air_says_by_what(stage: Stage, officer: httpx2.AsyncClient) -> None:
    await stage.programme("Họp", once("2026-11-24", "17:00"), minutes=30, priority="priority_commune")
    await stage.programme("Nhạc", daily("17:00"), if_busy="drop")
    await stage.programme("Tin", daily("17:28"))
    _, music, news = (await days_of(officer))["2026-11-24"]
    assert (music["standing"], music["why"]["vi"]) == ("taken", "không phát vì “Họp”")
    assert (news["standing"], news["why"]["vi"]) == ("disturbed", "trễ 2 phút vì “Họp”")


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ("this", {"24": "05:30 17:00", "25": "05:30 18:15", "26": "05:30 17:00"}),
        ("following", {"24": "05:30 17:00", "25": "05:30 18:15", "26": "05:30 18:15"}),
        ("all", {"24": "05:30 18:15", "25": "05:30 18:15", "26": "05:30 18:15"}),
    ],
)
async def test_a_repeated_thing_is_moved_this_once_from_then_on_or_always(
    stage: Stage, officer: httpx2.AsyncClient, scope: str, expected: dict[str, str]
) -> None:
    saved = await stage.programme("Tin", daily("05:30", "17:00"))
    before = await times_of(officer)
    rule = {
        "times": ["18:15"],
        "first_day": "2026-11-23" if scope == "all" else "2026-11-25",
        "recurrence": {"kind": "once"} if scope == "this" else DAILY,
    }
    put = {"programme_id": saved.programme, "rule": rule}
    done = await changed(officer, take=await taking(stage, saved, scope), put=put)
    assert done["programme_id"] == saved.programme
    assert await times_of(officer) == expected
    assert (await officer.post(f"{CHANGES}/{done['id']}/undo")).json()["undone"] is True
    assert await times_of(officer) == before


async def test_one_time_is_left_out_and_shown_as_left_out(stage: Stage, officer: httpx2.AsyncClient) -> None:
    saved = await stage.programme("Tin", daily("17:00"))
    await changed(officer, take=await taking(stage, saved, "this"))
    assert await times_of(officer) == {"24": "17:00", "25": "(17:00)", "26": "17:00"}
    again = await officer.post(CHANGES, json={"take": await taking(stage, saved, "this")})
    assert again.status_code == 404
    await changed(officer, take=await taking(stage, saved, "following", "2026-11-26"))
    assert await times_of(officer) == {"24": "17:00", "25": "(17:00)", "26": ""}


async def test_another_place_this_once_is_another_programme_and_always_is_the_same(
    stage: Stage, officer: httpx2.AsyncClient
) -> None:
    saved = await stage.programme("Tin", daily("17:00"))
    there = [f"cluster:{stage.clusters['Đình']}"]
    put = {"programme_id": saved.programme, "targets": there, "rule": once("2026-11-25", "17:00").model_dump()}
    done = await changed(officer, take=await taking(stage, saved, "this"), put=put)
    assert done["programme_id"] != saved.programme
    counts = {day: [len(one["clusters"]) for one in entries] for day, entries in (await days_of(officer)).items()}
    assert (counts["2026-11-24"], counts["2026-11-25"], counts["2026-11-26"]) == ([3], [1], [3])
    put = {"programme_id": saved.programme, "targets": there, "rule": daily("17:00").model_dump()}
    whole = await changed(officer, take=await taking(stage, saved, "all", "2026-11-24"), put=put)
    assert whole["programme_id"] == saved.programme
    assert (await officer.post(f"{CHANGES}/{whole['id']}/undo")).status_code == 200
    assert [len(one["clusters"]) for one in (await days_of(officer))["2026-11-24"]] == [3]


async def test_a_recording_finds_its_programme_or_gets_one(stage: Stage, officer: httpx2.AsyncClient) -> None:
    recording = await stage.recording(title="Tiêm phòng")
    first = await changed(officer, put={"recording_id": recording, "rule": daily("05:30").model_dump()})
    second = await changed(officer, put={"recording_id": recording, "rule": daily("11:00").model_dump()})
    assert first["programme_id"] == second["programme_id"]
    assert first["next_us"] == at("2026-11-24 05:30")
    assert (await days_of(officer))["2026-11-24"][0]["title"] == "Tiêm phòng"
    refused = await changed(officer, 409, put={"recording_id": recording, "rule": daily("11:00").model_dump()})
    assert refused["code"] == "already_scheduled"
    assert (await officer.post(f"{CHANGES}/{first['id']}/undo")).json()[
        "code"
    ] == "changed_since"  # it has another rule
    assert (await officer.post(f"{CHANGES}/{second['id']}/undo")).status_code == 200
    assert (await officer.post(f"{CHANGES}/{first['id']}/undo")).status_code == 200
    assert (await officer.get("/api/v1/programmes")).json()["items"] == []
    assert (await officer.post(f"{CHANGES}/{first['id']}/undo")).status_code == 404


async def test_a_change_is_tried_and_nothing_is_saved(stage: Stage, officer: httpx2.AsyncClient) -> None:
    await stage.programme("Họp", daily("17:00"), minutes=30, priority="priority_commune")
    before = await days_of(officer)
    put = {"recording_id": await stage.recording(), "rule": daily("17:10").model_dump()}
    (found,) = (await officer.post(f"{CHANGES}/check", json={"put": put})).json()["conflicts"]
    assert (found["winner"]["title"], found["winner"]["end"]) == ("Họp", "2026-11-23T17:30:00+07:00")
    assert await days_of(officer) == before
    assert len((await officer.get("/api/v1/programmes")).json()["items"]) == 1


async def test_what_was_changed_since_is_not_taken_back(stage: Stage, officer: httpx2.AsyncClient) -> None:
    saved = await stage.programme("Tin", daily("17:00"))
    done = await changed(officer, take=await taking(stage, saved, "this"))
    await changed(officer, take=await taking(stage, saved, "following", "2026-11-27"))
    refused = await officer.post(f"{CHANGES}/{done['id']}/undo")
    assert (refused.status_code, refused.json()["code"]) == (409, "changed_since")
    assert (await times_of(officer))["25"] == "(17:00)"


async def test_what_is_over_is_not_changed_but_can_be_aired_again(stage: Stage, officer: httpx2.AsyncClient) -> None:
    saved = await stage.programme("Tin", once("2026-11-23", "09:00"))
    take = await taking(stage, saved, "this", "2026-11-23", "09:00")
    for row in await stage.log(None):
        await stage.say(row.id, State.PLAYED)
    stage.clock.moment = at("2026-11-24 08:00")
    assert (await changed(officer, 409, take=take))["code"] == "occurrence_over"
    await officer.delete(f"/api/v1/programmes/{saved.programme}")
    (aired,) = (await days_of(officer))["2026-11-23"]
    assert (aired["standing"], aired["repeatable"]) == ("played", True)
    put = {"programme_id": aired["programme_id"], "rule": once("2026-11-25", "09:00").model_dump()}
    done = await changed(officer, put=put)
    assert done["programme_id"] != saved.programme
    assert (await times_of(officer))["25"] == "09:00"
