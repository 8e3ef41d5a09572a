"""A text or a recording goes on air: as finished sound, once, as soon as is safe or when asked."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx2
import pytest
from sqlalchemy import select, update

from broadcast_server.announcing import COUNTDOWN_US, LATEST_US, SHORTEST_NOTICE_US, SOONEST_US, start_of
from broadcast_server.fleet.ledger import State
from broadcast_server.local_time import local_text
from broadcast_server.people.rights import Role
from broadcast_server.problem import Problem
from broadcast_server.recalling import Standing, Told, standing
from broadcast_server.store.airings import AiringRow
from broadcast_server.store.fleet import CommandRow
from broadcast_server.store.library import IntakeRow
from speaker_client.protocol.command import Stop
from speaker_client.protocol.envelope import Envelope, payload_of
from speaker_client.protocol.ids import HOUR, SECOND, AiringId, Micros
from speaker_client.protocol.priority import Priority
from tests.faces.office import Office, finished, open_office

NOW = Micros(1_795_000_000_250_000)
ZONE = "Asia/Ho_Chi_Minh"
ANNOUNCEMENTS = "/api/v1/announcements"


def test_it_begins_on_a_whole_second_as_wished_or_as_soon_as_is_safe() -> None:
    soonest = (NOW + SOONEST_US) // SECOND * SECOND + SECOND
    assert start_of(None, NOW, NOW) == soonest
    assert start_of(NOW - LATEST_US, NOW, NOW) == soonest
    assert start_of(NOW + SHORTEST_NOTICE_US - 1, NOW, NOW) == soonest
    assert start_of(NOW + HOUR, NOW, NOW) == NOW + HOUR - 250_000 + SECOND
    assert start_of(1_795_000_100_000_000, NOW, NOW) == 1_795_000_100_000_000


@pytest.mark.parametrize(("at_us", "made_us"), [(NOW - LATEST_US - 1, NOW), (None, NOW - LATEST_US - 1)])
def test_what_was_meant_for_long_ago_is_not_put_on_air_now(at_us: int | None, made_us: Micros) -> None:
    with pytest.raises(Problem) as caught:
        start_of(at_us, made_us, NOW)
    assert caught.value.code == "moment_passed"


async def village_with_a_cluster(office: Office) -> str:
    """The village's id."""
    village = await office.station.places.add_village("Thôn Đông", "lan")
    await office.station.places.add_cluster(village.id, "Nhà văn hóa", 3, "lan")
    return village.id


async def planned(browser: httpx2.AsyncClient, announcement: dict[str, Any]) -> dict[str, Any]:
    """The announcement once it is planned or refused."""
    async with asyncio.timeout(20):
        while announcement["programme_id"] is None and announcement["refusal"] is None:
            await asyncio.sleep(0.05)
            announcement = (await browser.get(f"{ANNOUNCEMENTS}/{announcement['id']}")).json()
    return announcement


async def test_a_spoken_announcement_is_planned_for_its_village(working_office: Office) -> None:
    village = await village_with_a_cluster(working_office)
    officer = await working_office.as_(Role.OFFICER)
    wish = {"text": "Kính mời bà con họp thôn.", "targets": [f"village:{village}"], "times": 2}
    answer = await officer.post(ANNOUNCEMENTS, json=wish)
    assert answer.status_code == 202, answer.text
    assert answer.json()["conflicts"] == []
    announcement = await planned(officer, answer.json())
    assert announcement["start_us"] == start_of(None, working_office.clock.now_us(), working_office.clock.now_us())
    async with working_office.station.database.reading() as session:
        airing = (await session.scalars(select(AiringRow))).one()
    assert airing.start_us == announcement["start_us"]
    assert (airing.priority, airing.state) == (Priority.ANNOUNCEMENT, "PENDING")
    assert airing.planned is not None
    recording = (await officer.get(f"/api/v1/library/{announcement['recording_id']}")).json()
    assert [item["content"] for item in airing.planned["items"]] == [recording["content"]]
    assert recording["duration_us"] > 6_000_000, "chime, twice the text, closing"


async def test_a_recording_goes_on_air_at_the_asked_moment(working_office: Office) -> None:
    await village_with_a_cluster(working_office)
    officer = await working_office.as_(Role.OFFICER)
    spoken = await officer.post("/api/v1/library/texts", json={"text": "Xin mời bà con.", "title": "Lời mời"})
    recording = (await finished(officer, spoken.json()))["recording_id"]
    at_us = working_office.clock.now_us() + HOUR
    answer = await officer.post(ANNOUNCEMENTS, json={"recording": recording, "at_us": at_us})
    assert answer.status_code == 201, answer.text
    assert answer.json()["start_us"] == at_us
    programme = (await officer.get(f"/api/v1/programmes/{answer.json()['programme_id']}")).json()
    assert (programme["title"], programme["priority_name"]) == ("Lời mời", "announcement")


async def music_in_an_hour(office: Office, officer: httpx2.AsyncClient) -> tuple[str, int]:
    """“Ca nhạc” is scheduled: of what recording, and for when."""
    spoken = await officer.post("/api/v1/library/texts", json={"text": "Xin mời bà con.", "title": "Lời mời"})
    recording = (await finished(officer, spoken.json()))["recording_id"]
    at_us = office.clock.now_us() + HOUR
    rule = {"first_day": local_text(ZONE, at_us)[:10], "times": [local_text(ZONE, at_us)[11:19]]}
    await officer.post("/api/v1/programmes", json={"title": "Ca nhạc", "items": [recording], "rules": [rule]})
    return recording, at_us


async def test_a_spoken_announcement_tells_what_it_disturbs_once_it_is_planned(working_office: Office) -> None:
    await village_with_a_cluster(working_office)
    officer = await working_office.as_(Role.OFFICER)
    recording, at_us = await music_in_an_hour(working_office, officer)
    answer = await officer.post(ANNOUNCEMENTS, json={"text": "Kính mời bà con họp thôn.", "at_us": at_us})
    announcement = await planned(officer, answer.json())
    (conflict,) = announcement["conflicts"]
    assert (conflict["loser"]["title"], conflict["fate"]) == ("Ca nhạc", "delayed")
    working_office.clock.at_us += SECOND  # of equals the one saved first keeps the floor
    sent = await officer.post(ANNOUNCEMENTS, json={"recording": recording, "at_us": at_us})
    assert {one["loser"]["title"] for one in sent.json()["conflicts"]} >= {"Lời mời"}


async def test_a_crash_between_sound_and_plan_forgets_no_announcement(working_office: Office) -> None:
    await village_with_a_cluster(working_office)
    officer = await working_office.as_(Role.OFFICER)
    spoken = await officer.post("/api/v1/library/texts", json={"text": "Xin mời bà con."})
    intake = await finished(officer, spoken.json())
    async with working_office.station.database.transaction() as session:
        row = await session.get_one(IntakeRow, intake["id"])
        row.announce = {"targets": ["all"], "at_us": None, "times": 1}
    async with open_office(working_office.station.settings.data, working=True) as restarted:
        browser = restarted.visitor(cookie=f"tienglang={officer.cookies.get('tienglang')}")
        announcement = await planned(browser, (await browser.get(f"{ANNOUNCEMENTS}/{intake['id']}")).json())
    assert announcement["start_us"] is not None


async def test_an_announcement_for_the_evening_is_not_made_up_for_in_the_night(working_office: Office) -> None:
    await village_with_a_cluster(working_office)
    officer = await working_office.as_(Role.OFFICER)
    spoken = await officer.post("/api/v1/library/texts", json={"text": "Xin mời bà con."})
    intake = await finished(officer, spoken.json())
    async with working_office.station.database.transaction() as session:
        row = await session.get_one(IntakeRow, intake["id"])
        evening = working_office.clock.now_us() - 8 * HOUR
        row.announce = {"targets": ["all"], "at_us": evening, "times": 1}
    async with open_office(working_office.station.settings.data, working=True) as restarted:
        browser = restarted.visitor(cookie=f"tienglang={officer.cookies.get('tienglang')}")
        announcement = await planned(browser, (await browser.get(f"{ANNOUNCEMENTS}/{intake['id']}")).json())
        async with restarted.station.database.reading() as session:
            assert (await session.scalars(select(AiringRow))).all() == []
    assert (announcement["programme_id"], announcement["refusal"]["code"]) == (None, "moment_passed")


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"text": "Xin mời.", "targets": ["village:khong-co"]}, "target_unknown"),
        ({"text": "Xin mời.", "targets": []}, "targets_missing"),
        ({"text": "   "}, "text_empty"),
        ({"text": "Xin mời.", "at_us": 1}, "moment_out_of_range"),
        ({"text": "Xin mời.", "recording": "x"}, "invalid"),
        ({}, "invalid"),
    ],
)
async def test_what_cannot_be_announced_is_refused_at_once(office: Office, wish: dict[str, Any], code: str) -> None:
    officer = await office.as_(Role.OFFICER)
    answer = await officer.post(ANNOUNCEMENTS, json=wish)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    async with office.station.database.reading() as session:
        assert (await session.scalars(select(IntakeRow))).all() == []


def told(start_us: int, state: State) -> Told:
    return Told(AiringId("a"), NOW + start_us, state)


@pytest.mark.parametrize(
    ("airings", "later", "stands"),
    [
        ([told(1, State.PENDING), told(2, State.PENDING)], False, Standing.COMING),
        ([], True, Standing.COMING),
        ([told(-1, State.PENDING), told(1, State.PENDING)], True, Standing.ON_AIR),
        ([told(1, State.PLAYING), told(1, State.PENDING)], True, Standing.ON_AIR),
        ([told(-1, State.UNKNOWN)], False, Standing.ON_AIR),
        ([told(-1, State.PLAYED), told(-1, State.MISSED)], False, Standing.OVER),
        ([told(-1, State.MISSED), told(9, State.PENDING)], False, Standing.COMING),
        ([], False, Standing.OVER),
    ],
)
def test_it_can_be_called_off_until_the_first_box_is_due_to_begin(
    airings: list[Told], later: bool, stands: Standing
) -> None:
    assert standing(airings, later, NOW) is stands


def test_what_is_put_on_air_now_never_begins_within_the_countdown() -> None:
    assert start_of(None, NOW, NOW) - NOW >= COUNTDOWN_US


async def test_a_text_called_off_while_it_is_spoken_is_never_put_on_air(office: Office) -> None:
    await village_with_a_cluster(office)
    officer = await office.as_(Role.OFFICER)
    made = (await officer.post(ANNOUNCEMENTS, json={"text": "Kính mời bà con họp thôn."})).json()
    assert made["countdown_us"] == COUNTDOWN_US
    for _ in range(2):  # again changes nothing
        answer = await officer.delete(f"{ANNOUNCEMENTS}/{made['id']}")
        assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")
    async with open_office(office.station.settings.data, working=True) as restarted:
        browser = restarted.visitor(cookie=f"tienglang={officer.cookies.get('tienglang')}")
        await finished(browser, {"id": made["id"], "state": "received"})
        now = (await browser.get(f"{ANNOUNCEMENTS}/{made['id']}")).json()
        await restarted.station.announcing.plan_ready(made["id"])
        assert (now["state"], now["refusal"]["code"], now["programme_id"]) == ("cancelled", "cancelled", None)
        async with restarted.station.database.reading() as session:
            assert (await session.scalars(select(AiringRow))).all() == []


async def test_a_planned_text_is_withdrawn_until_it_is_on_air(working_office: Office) -> None:
    await village_with_a_cluster(working_office)
    officer = await working_office.as_(Role.OFFICER)
    made = [
        await planned(officer, (await officer.post(ANNOUNCEMENTS, json={"text": f"Mời họp {n}."})).json())
        for n in range(2)
    ]
    first, second = (f"{ANNOUNCEMENTS}/{one['id']}" for one in made)
    assert (await officer.delete(first)).json()["state"] == "cancelled"
    assert (await officer.get(first)).json()["refusal"]["code"] == "cancelled"
    async with working_office.station.database.reading() as session:
        rows = {row.programme_id: row for row in await session.scalars(select(AiringRow))}
        (stop,) = await session.scalars(select(CommandRow))
    assert rows[made[0]["programme_id"]].withdrawn_by == "officer.test"
    assert rows[made[1]["programme_id"]].withdrawn_plan is None
    named = Stop.read(payload_of(Envelope.model_validate_json(stop.envelope))).airings
    assert named == (rows[made[0]["programme_id"]].id,), "a box that hears of the new plan too late stays silent too"
    working_office.clock.at_us = made[1]["start_us"] + 30 * SECOND
    answer = await officer.delete(second)
    assert (answer.status_code, answer.json()["code"]) == (409, "on_air")
    assert "Dừng" in answer.json()["vi"]
    assert "stop" in answer.json()["en"]
    async with working_office.station.database.transaction() as session:
        await session.execute(update(AiringRow).values(state="PLAYED"))
    assert (await officer.delete(second)).json()["code"] == "announcement_over"


async def test_a_recording_on_its_way_to_the_air_is_called_off_by_its_id(working_office: Office) -> None:
    await village_with_a_cluster(working_office)
    officer = await working_office.as_(Role.OFFICER)
    spoken = await officer.post("/api/v1/library/texts", json={"text": "Xin mời bà con."})
    recording = (await finished(officer, spoken.json()))["recording_id"]
    made = (await officer.post(ANNOUNCEMENTS, json={"recording": recording})).json()
    path = f"{ANNOUNCEMENTS}/{made['id']}"
    assert (await officer.get(path)).json()["start_us"] == made["start_us"]
    assert (await officer.delete(path)).json()["state"] == "cancelled"
    assert (await officer.get(path)).json()["state"] == "over"
    assert (await officer.delete(path)).json()["code"] == "announcement_over"
    for other in (spoken.json()["id"], "0" * 16):
        assert (await officer.delete(f"{ANNOUNCEMENTS}/{other}")).status_code == 404


async def test_a_recording_that_is_sent_again_with_its_key_is_put_on_air_once(working_office: Office) -> None:
    village = await village_with_a_cluster(working_office)
    officer = await working_office.as_(Role.OFFICER)
    spoken = [await officer.post("/api/v1/library/texts", json={"text": f"Mời họp {n}."}) for n in range(2)]
    one, other = [(await finished(officer, answer.json()))["recording_id"] for answer in spoken]
    wish = {"recording": one, "key": "0123456789abcdef" * 2}
    first = (await officer.post(ANNOUNCEMENTS, json=wish)).json()
    working_office.clock.at_us += 7 * SECOND  # the answer was lost on the way
    again = await officer.post(ANNOUNCEMENTS, json=wish)
    assert again.status_code == 201, again.text
    assert again.json() == first
    assert first["id"] == wish["key"]
    async with working_office.station.database.reading() as session:
        assert len((await session.scalars(select(AiringRow))).all()) == 1
    later_us = working_office.clock.now_us() + HOUR
    different = ({"recording": other}, {"targets": [f"village:{village}"]}, {"at_us": later_us})
    for change in (*different, {"recording": None, "text": "Mời họp."}):
        refused = await officer.post(ANNOUNCEMENTS, json=wish | change)
        assert (refused.status_code, refused.json()["code"]) == (422, "key_used"), change
    chairman = await working_office.as_(Role.CHAIRMAN)
    assert (await chairman.post(ANNOUNCEMENTS, json=wish)).json()["code"] == "key_used"


async def test_a_dry_run_says_what_would_happen_and_leaves_no_trace(working_office: Office) -> None:
    village = await village_with_a_cluster(working_office)
    officer = await working_office.as_(Role.OFFICER)
    recording, at_us = await music_in_an_hour(working_office, officer)
    text = "Kính mời bà con họp thôn lúc 19h30. Mỗi hộ một người. Nội dung: bàn việc làm đường."
    wish = {"text": text, "at_us": at_us, "targets": [f"village:{village}"], "pace": 90, "dry_run": True}
    answer = await officer.post(ANNOUNCEMENTS, json=wish)
    would = answer.json()
    assert (answer.status_code, would["dry_run"], would["start_us"]) == (200, True, at_us)
    assert [one["loudspeakers"] for one in would["clusters"]] == [[1, 2, 3]]
    assert [one["loser"]["title"] for one in would["conflicts"]] == ["Ca nhạc"]
    made = await planned(officer, (await officer.post(ANNOUNCEMENTS, json=wish | {"dry_run": False})).json())
    length_us = (await officer.get(f"/api/v1/library/{made['recording_id']}")).json()["duration_us"]
    assert abs(would["duration_us"] - length_us) < 0.08 * length_us
    async with working_office.station.database.reading() as session:
        assert len((await session.scalars(select(IntakeRow))).all()) == 2, "the recording's and the real one's"
    exact = {"recording": recording, "dry_run": True}
    recorded = (await officer.get(f"/api/v1/library/{recording}")).json()
    assert (await officer.post(ANNOUNCEMENTS, json=exact)).json()["duration_us"] == recorded["duration_us"]
    for bad, code in (
        ({"text": " "}, "text_empty"),
        ({"text": "Xin mời.", "targets": ["cluster:x"]}, "target_unknown"),
    ):
        refused = await officer.post(ANNOUNCEMENTS, json={**bad, "dry_run": True})
        assert (refused.status_code, refused.json()["code"]) == (422, code)
