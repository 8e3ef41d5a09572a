"""Quiet hours are the station's law: nothing but an emergency is put into them, and what was there before is named."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

import httpx2
import pytest

from broadcast_server.announcing import SOONEST_US
from broadcast_server.hushing import Hours
from broadcast_server.problem import Problem
from broadcast_server.programmes.changes import Putting, ScheduleChange, Taking
from broadcast_server.programmes.drafts import NewProgramme, ProgrammeChange, RuleChange
from broadcast_server.relay.by_hand import Wish
from broadcast_server.schedule.carving import Scope
from speaker_client.protocol.ids import MINUTE, ProgrammeId, RuleId
from tests.programmes.stage import OFFICER, Stage, at, daily, once, rules, source

HOURS = "/api/v1/schedule/quiet-hours"
TOMORROW = at("2026-11-24 05:00")


@pytest.fixture
async def hushed(stage: Stage) -> Stage:
    """The stage, with quiet hours from nine to five."""
    await stage.station.hushing.set("21:00", "05:00", OFFICER)
    return stage


async def refused(asked: Awaitable[object]) -> Problem:
    """The no that was earned."""
    with pytest.raises(Problem) as problem:
        await asked
    assert (problem.value.status, problem.value.code) == (409, "quiet_hours")
    return problem.value


async def hours(stage: Stage) -> Hours:
    """The quiet hours as they stand."""
    return await stage.station.hushing.hours()


@pytest.mark.parametrize("priority", ["filler", "own", "announcement", "priority_commune", "priority_above"])
async def test_nothing_is_scheduled_at_ten_in_the_evening_however_important(hushed: Stage, priority: str) -> None:
    no = await refused(hushed.programme("Họp thôn", daily("17:00", "22:00"), priority=priority))
    assert no.more == {"next_us": TOMORROW}
    assert no.vi == (
        "22:00 nằm trong giờ yên tĩnh (21:00–05:00): chỉ bản tin khẩn cấp được phát. Sớm nhất là 05:00 ngày 24/11."
    )
    assert "22:00 is in the quiet hours (21:00–05:00)" in no.en
    await hushed.replan()
    assert await hushed.planned() == []
    assert (await hushed.station.hushing.hours()).stays == ()


async def test_what_would_last_into_the_night_is_refused_and_what_ends_in_time_is_not(hushed: Stage) -> None:
    no = await refused(hushed.programme("Ca nhạc", once("2026-11-23", "20:51"), minutes=10))
    assert "kéo sang giờ yên tĩnh" in no.vi
    assert no.more["next_us"] == TOMORROW
    await hushed.programme("Ca nhạc", once("2026-11-23", "20:50"), minutes=10)
    await hushed.programme("Bản tin", daily("05:00"))
    assert len(await hushed.planned()) == 8


async def test_a_change_is_tried_with_the_same_answer_and_moved_to_the_moment_that_was_offered(hushed: Stage) -> None:
    item, station = await hushed.recording(), hushed.station
    night = ScheduleChange(put=Putting(recording_id=item, rule=once("2026-11-23", "22:00")))
    first = await refused(station.rescheduling.check(night, OFFICER))
    assert (await refused(station.rescheduling.change(night, OFFICER))).more == first.more
    new = NewProgramme(title="Tin", items=(item,), rules=(once("2026-11-23", "22:00"),))
    await refused(station.scheduling.check(new))
    morning = ScheduleChange(put=Putting(recording_id=item, rule=once("2026-11-24", "05:00")))
    await station.rescheduling.change(morning, OFFICER)
    assert [one.start_us for one in await hushed.planned()] == [first.more["next_us"]]


async def test_an_announcement_and_a_relay_of_this_moment_wait_for_the_morning(hushed: Stage) -> None:
    item, station = await hushed.recording(2), hushed.station
    hushed.clock.moment = at("2026-11-23 22:00")
    announce = station.announcing.announce_recording
    no = await refused(announce(item, "Cắt điện", ("all",), None, OFFICER))
    assert no.more["next_us"] == TOMORROW
    wish = Wish((await source(hushed),), 600, ("all",), None)
    await refused(station.starting.start(wish, OFFICER))
    await refused(station.starting.rehearse(wish, hushed.clock.moment))
    made = await announce(item, "Cắt điện", ("all",), no.more["next_us"], OFFICER)
    assert made.start_us == TOMORROW


async def test_a_text_is_refused_before_anybody_speaks_it(hushed: Stage, officer: httpx2.AsyncClient) -> None:
    hushed.clock.moment = at("2026-11-23 20:59") + 50 * 1_000_000
    asked = {"text": "Kính mời bà con họp thôn."}
    for body in (asked, asked | {"dry_run": True}):
        no = await officer.post("/api/v1/announcements", json=body)
        assert (no.status_code, no.json()["code"], no.json()["next_us"]) == (409, "quiet_hours", TOMORROW)
    assert (await officer.get("/api/v1/library/uploads")).json()["items"] == []
    hushed.clock.moment = at("2026-11-23 20:59") - SOONEST_US
    would_last = await officer.post("/api/v1/announcements", json={"text": "Kính mời. " * 60, "dry_run": True})
    assert would_last.json()["code"] == "quiet_hours"
    later = await officer.post("/api/v1/announcements", json=asked | {"at_us": TOMORROW})
    assert later.status_code == 202, later.text


async def test_what_was_scheduled_before_is_named_plays_on_and_can_be_taken_out_but_not_put_back_elsewhere(
    stage: Stage, officer: httpx2.AsyncClient
) -> None:
    old = (await stage.programme("Thể dục", daily("04:45", "17:00"), minutes=10)).programme
    await stage.programme("Bản tin", daily("05:30"))
    before = [one.start_us for one in await stage.planned()]
    answer = await officer.put(HOURS, json={"start": "21:00", "end": "05:00"})
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["quiet"] == {"start": "21:00", "end": "05:00"}
    (conflict,) = told["conflicts"]
    assert (conflict["title"], conflict["start"], conflict["count"]) == ("Thể dục", "2026-11-24T04:45:00+07:00", 42)
    assert conflict["vi"].startswith("“Thể dục” lúc 04:45, lần tới 24/11")
    assert (await officer.get(HOURS)).json() == told
    await stage.replan()
    assert [one.start_us for one in await stage.planned()] == before, "nothing is dropped in silence"
    agenda = (await officer.get("/api/v1/schedule/agenda?from=2026-11-24&days=1")).json()
    assert agenda["quiet"] == told["quiet"]
    assert [(one["time"], one["quiet"], one["standing"]) for one in agenda["days"][0]["entries"]] == [
        ("04:45", True, "coming"),
        ("05:30", False, "coming"),
        ("17:00", False, "coming"),
    ]

    (rule,) = await rules(stage, old)
    scheduling, rescheduling = stage.station.scheduling, stage.station.rescheduling
    await scheduling.edit_programme(old, ProgrammeChange(title="Thể dục sáng"), OFFICER)
    await scheduling.edit_rule(old, rule, RuleChange(last_day="2027-01-31"), OFFICER)
    take = Taking(programme_id=old, rule_id=rule, day="2026-11-25", time="04:45", scope=Scope.FOLLOWING)
    await refused(
        rescheduling.change(
            ScheduleChange(take=take, put=Putting(programme_id=old, rule=daily("04:30", first_day="2026-11-25"))),
            OFFICER,
        )
    )
    done = await rescheduling.change(ScheduleChange(take=take), OFFICER)
    assert [one.count for one in (await stage.station.hushing.hours()).stays] == [1]
    await rescheduling.undo(done.id, OFFICER)
    assert [one.count for one in (await stage.station.hushing.hours()).stays] == [42]
    await refused(scheduling.edit_rule(old, rule, RuleChange(times=("04:40", "17:00")), OFFICER))
    await scheduling.edit_programme(old, ProgrammeChange(items=(await stage.recording(5),)), OFFICER)
    assert [one.count for one in (await stage.station.hushing.hours()).stays] == [42], "it may be shorter"
    await refused(scheduling.make_rule(old, once("2026-11-24", "03:00"), OFFICER))


async def test_quiet_hours_are_set_and_given_up_and_nonsense_is_refused(
    stage: Stage, officer: httpx2.AsyncClient
) -> None:
    assert (await officer.get(HOURS)).json() == {"quiet": None, "conflicts": []}
    for body, code in (
        ({"start": "21:00", "end": None}, "quiet_hours_unclear"),
        ({"start": "21:00", "end": "bốn giờ"}, "time_unreadable"),
        ({"start": "12:00", "end": "05:00"}, "quiet_hours_too_long"),
        ({"start": "21:00"}, "invalid"),
    ):
        no = await officer.put(HOURS, json=body)
        assert (no.status_code, no.json()["code"]) == (422, code)
    await officer.put(HOURS, json={"start": "22:30", "end": "04:30"})
    await stage.programme("Bản tin", once("2026-11-23", "22:00"))
    await refused(stage.programme("Bản tin", once("2026-11-23", "22:25")))
    await officer.put(HOURS, json={"start": None, "end": None})
    made = await stage.programme("Bản tin", once("2026-11-23", "22:45"))
    assert made.programme


async def test_a_programme_made_longer_may_not_grow_into_the_night(hushed: Stage) -> None:
    made = await hushed.programme("Ca nhạc", daily("20:30"), minutes=20)
    (rule,) = await rules(hushed, made.programme)
    longer = ProgrammeChange(items=(await hushed.recording(45),))
    await refused(hushed.station.scheduling.edit_programme(made.programme, longer, OFFICER))
    await hushed.station.scheduling.edit_rule(made.programme, RuleId(rule), RuleChange(times=("20:00",)), OFFICER)
    await hushed.station.scheduling.edit_programme(made.programme, longer, OFFICER)
    assert {one.end_us - one.start_us for one in await hushed.planned()} == {45 * MINUTE}


NIGHT = daily("22:00")


async def by_night(stage: Stage) -> tuple[ProgrammeId, RuleId]:
    """A soft programme of ten minutes on one of two clusters of a village, from before there were quiet hours."""
    here = (f"cluster:{stage.clusters['Đình']}",)
    old = (await stage.programme("Nhạc đêm", NIGHT, targets=here, gain_cb=-1000)).programme
    await stage.station.hushing.set("21:00", "05:00", OFFICER)
    (rule,) = await rules(stage, old)
    return old, rule


@pytest.mark.parametrize(("where", "gain_cb"), [(["Đình", "Chợ"], -1000), (["Chợ"], -1000), (["Đình"], -999)])
async def test_what_plays_by_night_grows_neither_wider_nor_louder(stage: Stage, where: list[str], gain_cb: int) -> None:
    old, _ = await by_night(stage)
    change = ProgrammeChange(targets=tuple(f"cluster:{stage.clusters[one]}" for one in where), gain_cb=gain_cb)
    await refused(stage.station.scheduling.edit_programme(old, change, OFFICER))


async def test_what_plays_by_night_may_become_softer_and_be_heard_by_fewer(stage: Stage) -> None:
    old, rule = await by_night(stage)
    scheduling, one_horn = stage.station.scheduling, (f"loudspeaker:{stage.clusters['Đình']}:1",)
    await scheduling.edit_programme(old, ProgrammeChange(gain_cb=-1200, targets=one_horn), OFFICER)
    whole = (f"cluster:{stage.clusters['Đình']}",)
    await refused(scheduling.edit_programme(old, ProgrammeChange(targets=whole), OFFICER))
    await scheduling.edit_programme(old, ProgrammeChange(items=(await stage.recording(5),)), OFFICER)
    await refused(scheduling.edit_rule(old, rule, RuleChange(times=("22:00", "22:02")), OFFICER))


async def test_a_programme_by_night_may_be_another_in_its_place_and_no_more(stage: Stage) -> None:
    old, rule = await by_night(stage)
    change = stage.station.rescheduling.change
    take = Taking(programme_id=old, rule_id=rule, day="2026-11-24", time="22:00", scope=Scope.FOLLOWING)
    here, again = (f"cluster:{stage.clusters['Đình']}",), daily("22:00", first_day="2026-11-24")

    async def swapped(minutes: float, times: int = 1, **more: Any) -> ScheduleChange:
        items = (await stage.recording(minutes),) * times
        other = await stage.station.scheduling.make_programme(
            NewProgramme(title="Đọc truyện", items=items, **{"targets": here, "gain_cb": -1000} | more), OFFICER
        )
        return ScheduleChange(take=take, put=Putting(programme_id=other.programme, rule=again))

    await refused(change(await swapped(10, targets=("all",)), OFFICER))
    await refused(change(await swapped(10, gain_cb=0), OFFICER))
    await refused(change(await swapped(11), OFFICER))
    await change(await swapped(10), OFFICER)
    assert [(one.first.occurrence.programme.title, one.count) for one in (await hours(stage)).stays] == [
        ("Nhạc đêm", 1),
        ("Đọc truyện", 41),
    ]


async def test_in_the_place_of_one_by_night_plays_one(stage: Stage) -> None:
    old, rule = await by_night(stage)
    short = (await stage.recording(5),)
    other = await stage.station.scheduling.make_programme(NewProgramme(title="Đọc truyện", items=short), OFFICER)
    take = Taking(programme_id=old, rule_id=rule, day="2026-11-24", time="22:00")
    twice = once("2026-11-24", "22:00", "22:05")
    put = Putting(
        programme_id=other.programme, targets=(f"cluster:{stage.clusters['Đình']}",), gain_cb=-1000, rule=twice
    )
    await refused(stage.station.rescheduling.change(ScheduleChange(take=take, put=put), OFFICER))


async def test_what_reaches_nobody_yet_is_not_put_into_the_night(hushed: Stage) -> None:
    empty = await hushed.station.places.add_village("Xóm mới", OFFICER)
    await refused(hushed.programme("Họp thôn", NIGHT, targets=(f"village:{empty.id}",)))
