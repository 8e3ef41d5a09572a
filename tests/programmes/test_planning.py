"""From rules to signed plans and rows of the log: ids, revisions, numbers, the minute before a start."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise

import pytest

from broadcast_server.fleet.ledger import State
from broadcast_server.problem import Problem
from broadcast_server.programmes.drafts import NewProgramme, ProgrammeChange, RuleChange
from broadcast_server.programmes.rows import item_rows
from broadcast_server.store.fleet import BoxRow, OutboxRow
from broadcast_server.store.programmes import ProgrammeRow, RuleRow
from speaker_client.protocol.ids import DAY, HOUR, MINUTE, SECOND, Micros
from speaker_client.protocol.priority import Priority
from tests.programmes.stage import MONDAY, OFFICER, ZONE, Stage, at, daily, once, overlaps, rules


@contextmanager
def no_longer_than(seconds: int) -> Iterator[None]:
    """What computes for ever is interrupted and fails."""

    def too_long(*_: object) -> None:
        raise AssertionError(f"still at it after {seconds} s")

    before = signal.signal(signal.SIGALRM, too_long)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


async def test_every_cluster_gets_a_signed_week_as_soon_as_a_programme_is_made(stage: Stage) -> None:
    await stage.programme("Bản tin chiều", daily("17:00"))
    for cluster in stage.clusters:
        plan = await stage.plan(cluster)
        assert [one.start_us for one in plan.airings] == [at("2026-11-23 17:00") + day * DAY for day in range(7)]
        assert plan.until_us == plan.expires_us == MONDAY + 7 * DAY
        assert {one.loudspeakers for one in plan.airings} == {(1, 2, 3)}


async def test_the_log_expects_exactly_what_the_plan_carries(stage: Stage) -> None:
    await stage.programme("Bản tin chiều", daily("17:00"))
    rows, plan = await stage.log(), await stage.plan()
    assert [row.id for row in rows] == [one.id for one in plan.airings]
    assert {(row.state, row.first_plan, row.withdrawn_plan) for row in rows} == {("PENDING", plan.seq, None)}
    assert all(row.until_us == one.until_us for row, one in zip(rows, plan.airings, strict=True))


async def test_the_box_is_told_what_goes_on_after_an_emergency_and_what_does_not(stage: Stage) -> None:
    await stage.programme("Ca nhạc", daily("17:00"), if_interrupted="resume")
    saved = await stage.programme("Tiếp sóng", daily("18:00"), if_interrupted="end")
    assert {(one.title, one.resumes) for one in await stage.planned()} == {("Ca nhạc", True), ("Tiếp sóng", False)}
    ids = [one.id for one in await stage.planned()]
    change = ProgrammeChange(if_interrupted="resume")
    await stage.station.scheduling.edit_programme(saved.programme, change, OFFICER)
    assert {one.resumes for one in await stage.planned()} == {True}
    assert [one.id for one in await stage.planned()] == ids


async def test_the_box_is_told_how_much_softer_a_programme_is_and_an_older_plan_says_the_same_as_before(
    stage: Stage,
) -> None:
    saved = await stage.programme("Thể dục", daily("05:00"), gain_cb=-600)
    await stage.programme("Bản tin", daily("17:00"))
    plan = await stage.plan()
    assert {(one.title, one.gain_cb) for one in plan.airings} == {("Thể dục", -600), ("Bản tin", None)}
    assert "gain_cb" not in plan.airings[0].model_dump(mode="json"), "what is as loud as ever says nothing of it"
    await stage.station.scheduling.edit_programme(saved.programme, ProgrammeChange(gain_cb=0), OFFICER)
    assert {one.gain_cb for one in await stage.planned()} == {None}
    for wrong in (1, -1201):
        with pytest.raises(Problem) as refused:
            await stage.programme("To", gain_cb=wrong)
        assert refused.value.code == "gain_out_of_range"


async def test_replanning_without_news_brings_no_new_plan_and_no_new_ids(stage: Stage) -> None:
    await stage.programme("Bản tin sáng", daily("05:00", "09:00"))
    await stage.programme("Bản tin chiều", daily("09:05", "17:00"))
    ids, seqs = {row.id for row in await stage.log(None)}, await stage.seqs()
    for _ in range(35):
        assert await stage.replan(10 * MINUTE) == 0
    assert await stage.seqs() == seqs
    assert {row.id for row in await stage.log(None)} == ids


async def test_a_plan_is_renewed_after_six_hours_and_its_number_grows(stage: Stage) -> None:
    await stage.programme("Bản tin chiều", daily("17:00"))
    first = await stage.plan()
    assert await stage.replan(6 * HOUR - SECOND) == 0
    assert await stage.replan(SECOND) == 3
    second = await stage.plan()
    assert second.seq == first.seq + 1
    assert second.until_us == first.until_us + 6 * HOUR


async def test_for_ten_days_a_box_always_holds_nearly_seven_days(stage: Stage) -> None:
    await stage.programme("Bản tin chiều", daily("17:00"))
    for _ in range(10 * 4):
        await stage.replan(3 * HOUR + 10 * MINUTE)
        stage.clock.pass_us(3 * HOUR - 10 * MINUTE)
        plan = await stage.plan()
        assert plan.until_us - stage.clock.moment > 6.5 * DAY
        ahead = [one.start_us for one in plan.airings if one.start_us > stage.clock.moment]
        assert len(ahead) in (6, 7)
        assert all(later - earlier == DAY for earlier, later in pairwise(ahead))


async def test_a_deleted_rule_withdraws_what_was_published_in_the_name_of_who_did_it(stage: Stage) -> None:
    saved = await stage.programme("Bản tin chiều", daily("17:00"))
    rule = (await rules(stage, saved.programme))[0]
    await stage.station.scheduling.delete_rule(saved.programme, rule, "minh")
    plan = await stage.plan()
    assert plan.airings == ()
    assert {(row.withdrawn_plan, row.withdrawn_by, row.state) for row in await stage.log()} == {
        (plan.seq, "minh", "PENDING")
    }


async def test_what_was_withdrawn_and_comes_back_has_a_new_id(stage: Stage) -> None:
    saved = await stage.programme("Bản tin chiều", once("2026-11-23", "17:00"))
    rule = (await rules(stage, saved.programme))[0]
    await stage.station.scheduling.delete_rule(saved.programme, rule, OFFICER)
    await stage.station.scheduling.make_rule(saved.programme, once("2026-11-23", "17:00"), OFFICER)
    before, after = await stage.log()
    assert (before.revision, after.revision) == (0, 1)
    assert before.occurrence_id == after.occurrence_id
    assert before.id != after.id
    assert [one.id for one in await stage.planned()] == [after.id]


async def test_an_edit_in_good_time_keeps_the_id_and_changes_the_content(stage: Stage) -> None:
    saved = await stage.programme("Bản tin chiều", once("2026-11-23", "17:00"))
    (before,) = await stage.planned()
    change = ProgrammeChange(title="Bản tin tối", items=(await stage.recording(3),))
    await stage.station.scheduling.edit_programme(saved.programme, change, OFFICER)
    (after,) = await stage.planned()
    assert (after.id, after.title, after.duration_us) == (before.id, "Bản tin tối", 3 * MINUTE)
    (row,) = await stage.log()
    assert (row.title, row.end_us) == ("Bản tin tối", at("2026-11-23 17:03"))


@pytest.mark.parametrize("before_us", [60 * SECOND, 30 * SECOND, SECOND, 0, -5 * SECOND])
async def test_an_edit_in_the_last_minute_waits_for_the_next_time(stage: Stage, before_us: int) -> None:
    saved = await stage.programme("Bản tin chiều", daily("17:00"))
    published = (await stage.planned())[0]
    stage.clock.moment = Micros(at("2026-11-23 17:00") - before_us)
    change = ProgrammeChange(title="Bản tin tối")
    await stage.station.scheduling.edit_programme(saved.programme, change, OFFICER)
    today, tomorrow = (await stage.planned())[:2]
    assert today == published
    assert tomorrow.title == "Bản tin tối"


async def test_an_edit_a_second_earlier_is_still_taken(stage: Stage) -> None:
    saved = await stage.programme("Bản tin chiều", daily("17:00"))
    stage.clock.moment = Micros(at("2026-11-23 17:00") - 61 * SECOND)
    await stage.station.scheduling.edit_programme(saved.programme, ProgrammeChange(title="Bản tin tối"), OFFICER)
    assert (await stage.planned())[0].title == "Bản tin tối"


async def test_a_deletion_in_the_last_minute_is_obeyed(stage: Stage) -> None:
    saved = await stage.programme("Bản tin chiều", once("2026-11-23", "17:00"))
    stage.clock.moment = Micros(at("2026-11-23 17:00") - SECOND)
    await stage.station.scheduling.delete_programme(saved.programme, OFFICER)
    assert await stage.planned() == []


async def test_what_plays_finishes_by_its_old_version_even_when_deleted(stage: Stage) -> None:
    saved = await stage.programme("Bản tin chiều", once("2026-11-23", "17:00"))
    (published,) = await stage.planned()
    stage.clock.moment = Micros(at("2026-11-23 17:02"))
    await stage.say(published.id, State.PLAYING, started_us=at("2026-11-23 17:00"))
    await stage.station.scheduling.delete_programme(saved.programme, OFFICER)
    assert await stage.planned() == [published]
    (row,) = await stage.log()
    assert row.withdrawn_plan is None


async def test_an_emergency_takes_the_floor_from_what_plays_and_it_goes_on_afterwards(stage: Stage) -> None:
    await stage.programme("Ca nhạc", once("2026-11-23", "17:00"), minutes=30)
    song = (await stage.planned())[0]
    stage.clock.moment = Micros(at("2026-11-23 17:05"))
    await stage.say(song.id, State.PLAYING, started_us=song.start_us)
    await stage.emergency("Báo lũ", once("2026-11-23", "17:06"), minutes=2)
    planned = await stage.planned()
    assert [one.title for one in planned] == ["Ca nhạc", "Báo lũ"]
    assert overlaps(planned) == []
    assert planned[0].id == song.id
    assert [(p.start_us, p.from_us, p.length_us) for p in planned[0].parts] == [
        (at("2026-11-23 17:00"), 0, 6 * MINUTE),
        (at("2026-11-23 17:08"), 6 * MINUTE, 24 * MINUTE),
    ]
    assert planned[0].until_us == song.until_us
    for _ in range(3):
        assert await stage.replan(2 * MINUTE) == 0


async def test_an_equal_that_comes_while_something_plays_waits_for_its_end(stage: Stage) -> None:
    await stage.programme("Ca nhạc", once("2026-11-23", "17:00"))
    song = (await stage.planned())[0]
    stage.clock.moment = Micros(at("2026-11-23 17:05"))
    await stage.say(song.id, State.PLAYING, started_us=song.start_us)
    await stage.programme("Bản tin", once("2026-11-23", "17:08"))
    assert [(one.title, one.start_us) for one in await stage.planned()] == [
        ("Ca nhạc", at("2026-11-23 17:00")),
        ("Bản tin", at("2026-11-23 17:10")),
    ]


async def test_an_equal_that_comes_in_the_last_minute_does_not_break_a_promise(stage: Stage) -> None:
    await stage.programme("Bản tin", once("2026-11-23", "17:00"), if_busy="drop")
    (promised,) = await stage.planned()
    stage.clock.moment = Micros(at("2026-11-23 17:00") - 50 * SECOND)
    await stage.programme("Ca nhạc", once("2026-11-23", "16:59:20"))
    planned = await stage.planned()
    assert promised in planned
    assert overlaps(planned) == []
    assert [part.start_us for part in planned[0].parts] == [at("2026-11-23 16:59:20"), at("2026-11-23 17:10")]
    assert await stage.replan() == 0


async def test_the_past_is_not_rewritten_by_a_rule_that_comes_too_late(stage: Stage) -> None:
    await stage.programme("Bản tin chiều", once("2026-11-23", "17:00"))
    stage.clock.moment = Micros(at("2026-11-23 16:50"))
    await stage.programme("Ca nhạc", daily("16:45"), minutes=30)
    today = [one for one in await stage.planned() if one.start_us < at("2026-11-24 00:00")]
    assert [(one.title, one.start_us) for one in today] == [("Bản tin chiều", at("2026-11-23 17:00"))]


async def test_what_the_ladder_keeps_off_the_air_stands_in_the_log_with_the_reason(stage: Stage) -> None:
    await stage.programme("Họp thôn", once("2026-11-23", "17:00"), minutes=30, priority="priority_commune")
    await stage.programme("Ca nhạc", once("2026-11-23", "17:05"), if_busy="drop")
    winner, loser = await stage.log()
    assert [one.title for one in await stage.planned()] == ["Họp thôn"]
    assert (loser.state, loser.first_plan, loser.by) == ("PENDING", None, winner.occurrence_id)
    await stage.replan(9 * HOUR + 5 * MINUTE)
    loser = (await stage.log())[1]
    assert (loser.state, loser.by, loser.decided_us) == ("SUPERSEDED", winner.occurrence_id, at("2026-11-23 17:05"))


async def test_the_loser_plays_under_the_same_id_when_the_winner_goes_away_in_time(stage: Stage) -> None:
    saved = await stage.programme("Họp thôn", once("2026-11-23", "17:00"), minutes=30, priority="priority_commune")
    await stage.programme("Ca nhạc", once("2026-11-23", "17:05"), if_busy="drop")
    noted = (await stage.log())[1]
    await stage.station.scheduling.delete_programme(saved.programme, OFFICER)
    assert [one.id for one in await stage.planned()] == [noted.id]
    row = (await stage.log())[1]
    assert (row.revision, row.by, row.first_plan is not None) == (0, None, True)


async def test_an_expected_removal_is_forgotten_with_its_rule(stage: Stage) -> None:
    await stage.programme("Họp thôn", once("2026-11-23", "17:00"), minutes=30, priority="priority_commune")
    loser = await stage.programme("Ca nhạc", once("2026-11-23", "17:05"), if_busy="drop")
    await stage.station.scheduling.delete_programme(loser.programme, OFFICER)
    assert [row.title for row in await stage.log()] == ["Họp thôn"]


async def test_what_was_published_and_then_overruled_is_withdrawn_and_has_one_row(stage: Stage) -> None:
    await stage.programme("Ca nhạc", once("2026-11-23", "17:05"), if_busy="drop")
    await stage.programme("Họp thôn", once("2026-11-23", "17:00"), minutes=30, priority="priority_commune")
    await stage.replan(10 * MINUTE)
    assert [one.title for one in await stage.planned()] == ["Họp thôn"]
    (row,) = [row for row in await stage.log() if row.title == "Ca nhạc"]
    (winner,) = [row for row in await stage.log() if row.title == "Họp thôn"]
    assert (row.withdrawn_by, row.state, row.by) == (OFFICER, "PENDING", winner.occurrence_id)


async def test_what_was_stopped_before_its_time_does_not_come_back(stage: Stage) -> None:
    await stage.programme("Bản tin chiều", daily("17:00"))
    first, second = (await stage.planned())[:2]
    await stage.say(first.id, State.CANCELLED, reason="STOPPED")
    await stage.programme("Khác", once("2026-11-23", "20:00"))
    planned = await stage.planned()
    assert first.id not in {one.id for one in planned}
    assert second in planned
    assert (await stage.log())[0].withdrawn_plan is None


async def test_targets_reach_only_their_clusters_and_loudspeakers(stage: Stage) -> None:
    market, pagoda = stage.clusters["Chợ"], stage.clusters["Đình"]
    targets = (f"loudspeaker:{market}:2", f"cluster:{pagoda}")
    saved = await stage.programme("Bản tin", once("2026-11-23", "17:00"), targets=targets)
    assert [one.loudspeakers for one in await stage.planned("Chợ")] == [(2,)]
    assert [one.loudspeakers for one in await stage.planned("Đình")] == [(1, 2, 3)]
    assert await stage.planned("Trạm xá") == []
    village = (f"village:{stage.villages['Thọ Lập']}",)
    await stage.station.scheduling.edit_programme(saved.programme, ProgrammeChange(targets=village), OFFICER)
    assert await stage.planned("Chợ") == []
    assert len(await stage.planned("Trạm xá")) == 1


async def test_only_clusters_whose_plan_changed_get_a_new_number(stage: Stage) -> None:
    await stage.programme("Bản tin chiều", daily("17:00"))
    before = await stage.seqs()
    await stage.programme("Chợ phiên", once("2026-11-24", "06:00"), targets=(f"cluster:{stage.clusters['Chợ']}",))
    after = await stage.seqs()
    grown = {name for name, cluster in stage.clusters.items() if after[cluster] > before[cluster]}
    assert grown == {"Chợ"}


async def test_the_boxes_of_changed_clusters_are_put_down_to_be_told(stage: Stage) -> None:
    await stage.replan()
    async with stage.station.database.transaction() as session:
        for name, cluster in stage.clusters.items():
            session.add(
                BoxRow(
                    id=f"box-{name}",
                    station_id=stage.station.station_id,
                    cluster_id=cluster,
                    public="",
                    access_hash="",
                    enrolled_us=0,
                )
            )
    bell = stage.station.news.bell(stage.clusters["Chợ"])
    quiet = stage.station.news.bell(stage.clusters["Đình"])
    await stage.programme("Chợ phiên", once("2026-11-24", "06:00"), targets=(f"cluster:{stage.clusters['Chợ']}",))
    async with stage.station.database.reading() as session:
        assert (await session.get(OutboxRow, "box-Chợ")) is not None
        assert (await session.get(OutboxRow, "box-Đình")) is None
    assert (bell.is_set(), quiet.is_set()) == (True, False)


async def test_a_refused_change_leaves_no_trace(stage: Stage) -> None:
    await stage.programme("Bản tin chiều", daily("17:00"))
    before = (await stage.seqs(), await stage.planned())
    recordings = tuple([await stage.recording(0.02) for _ in range(50)])
    times = tuple(f"{hour:02}:{minute:02}" for hour in range(24) for minute in (0, 15, 30, 45))
    crowded = NewProgramme(title="Quá nhiều", items=recordings, rules=(daily(*times),))
    with pytest.raises(Exception, match="too many airings") as refused:
        await stage.station.scheduling.make_programme(crowded, OFFICER)
    assert getattr(refused.value, "code", None) == "plan_too_large"
    assert (await stage.seqs(), await stage.planned()) == before


async def test_a_queue_too_long_for_one_plan_ends_in_a_shorter_plan(stage: Stage) -> None:
    """In the last morning some wait for the floor until after the last of them was due."""
    recording, market = await stage.recording(1 / 60), [f"cluster:{stage.clusters['Chợ']}"]
    times = [f"05:00:{second:02}" for second in range(0, 60, 2)]
    async with stage.station.database.transaction() as session:
        for n in range(100):
            row = ProgrammeRow(id=f"p{n:03}", station_id=stage.station.station_id, made_by=OFFICER, made_us=MONDAY)
            row.title, row.priority, row.targets, row.grace_us = "Rao vặt", Priority.OWN, market, 265 * SECOND
            row.if_busy, row.if_interrupted = "delay", "resume"
            rule = RuleRow(id=f"r{n:03}", station_id=row.station_id, programme_id=row.id, times=times, exceptions=[])
            rule.recurrence, rule.first_day, rule.zone = {"kind": "daily"}, "2026-11-23", ZONE.key
            rule.made_by, rule.made_us = OFFICER, MONDAY
            session.add(row)
            await session.flush()
            session.add_all([rule, *item_rows(row, [recording])])
    with no_longer_than(60):
        await stage.replan()
    plan = await stage.plan()
    assert MONDAY + 5 * DAY < plan.until_us < MONDAY + 7 * DAY
    assert len(plan.airings) > 1800


async def test_an_earlier_time_in_a_rule_moves_the_airing_under_a_new_occurrence(stage: Stage) -> None:
    saved = await stage.programme("Bản tin chiều", once("2026-11-23", "17:00"))
    rule = (await rules(stage, saved.programme))[0]
    await stage.station.scheduling.edit_rule(saved.programme, rule, RuleChange(times=("16:30",)), OFFICER)
    assert [one.start_us for one in await stage.planned()] == [at("2026-11-23 16:30")]
    moved, old = await stage.log()
    assert moved.occurrence_id != old.occurrence_id
    assert old.withdrawn_by == OFFICER


async def test_after_a_week_without_the_server_the_plan_is_whole_again(stage: Stage) -> None:
    await stage.programme("Bản tin chiều", daily("17:00"))
    await stage.replan(9 * DAY)
    plan = await stage.plan()
    assert plan.until_us == stage.clock.moment + 7 * DAY
    assert len(plan.airings) == 7


async def test_of_equals_set_for_one_moment_the_one_saved_first_keeps_the_floor(stage: Stage) -> None:
    names = ["Cũ nhất", "Cũ", "Mới", "Mới nhất"]
    for name in names:
        stage.clock.pass_us(MINUTE)
        await stage.programme(name, once("2026-11-24", "17:00"), minutes=1)
    planned = await stage.planned()
    assert [one.title for one in planned] == names
    stage.clock.pass_us(MINUTE)
    draft = NewProgramme(title="Nháp", items=(await stage.recording(1),), rules=(once("2026-11-24", "17:00"),))
    (clash,) = await stage.station.scheduling.check(draft)
    assert (clash.first.loser.programme.title, clash.first.loss_us) == ("Nháp", 4 * MINUTE)
