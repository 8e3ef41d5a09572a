"""What people read: the log with its sentences, and the day on one screen."""

from __future__ import annotations

import pytest

from broadcast_server.broadcast_log import Wish, read_log
from broadcast_server.clash import clashes
from broadcast_server.fleet.ledger import State
from broadcast_server.programmes.drafts import NewProgramme, ProgrammeChange, RecurrenceDraft, RuleDraft
from broadcast_server.programmes.timetable import read_timetable
from broadcast_server.schedule.conflicts import Fate
from broadcast_server.today import today
from speaker_client.protocol.ids import DAY, MINUTE, SECOND
from tests.programmes.stage import MONDAY, OFFICER, ZONE, Stage, at, daily, once, rules


async def sentences(stage: Stage, **more: object) -> list[tuple[str, str]]:
    """The log of the week on one cluster, in both languages."""
    wish = Wish(MONDAY, MONDAY + 7 * DAY, cluster=stage.clusters["Chợ"], **more)
    async with stage.station.database.reading() as session:
        page = await read_log(session, stage.station.station_id, wish)
    return [(line.sentence.vi, line.sentence.en) for line in page.lines]


async def test_the_log_says_in_words_how_each_airing_stands(stage: Stage) -> None:
    await stage.programme("Bản tin", daily("17:00"))
    planned = await stage.planned()
    ends = (
        (State.PLAYED, None, "Đã phát.", "Played."),
        (State.PLAYING, None, "Đang phát.", "On air."),
        (State.MISSED, "NO_MEDIA", "Không phát được: hộp loa chưa tải đủ âm thanh.", None),
        (State.UNKNOWN, None, "Chưa rõ: hộp loa chưa báo về.", None),
        (State.PARTIAL, "POWER_OFF", "Chỉ phát được một phần: hộp loa mất điện hoặc đang tắt.", None),
        (State.CANCELLED, "STOPPED", "Đã hủy: bị dừng.", "Cancelled: it was stopped."),
        (State.PENDING, None, "Chưa phát.", "To be played."),
    )
    for airing, (state, reason, _, _) in zip(planned, ends, strict=True):
        await stage.say(airing.id, state, reason=reason)
    for found, (_, _, vi, en) in zip(await sentences(stage), ends, strict=True):
        assert found[0] == vi
        assert en in (None, found[1])


async def test_the_log_names_what_had_the_floor_and_who_withdrew(stage: Stage) -> None:
    await stage.programme("Họp thôn", once("2026-11-23", "17:00"), minutes=30, priority="priority_commune")
    await stage.programme("Ca nhạc", once("2026-11-23", "17:05"), if_busy="drop")
    saved = await stage.programme("Rao vặt", once("2026-11-23", "20:00"))
    await stage.station.scheduling.delete_programme(saved.programme, "minh")
    assert await sentences(stage) == [
        ("Chưa phát.", "To be played."),
        ("Sẽ nhường sóng (Họp thôn).", "Will give way (Họp thôn)."),
        ("Đã hủy, đang chờ hộp loa xác nhận (minh).", "Cancelled, the box has not confirmed it yet (minh)."),
    ]
    await stage.replan(at("2026-11-23 17:05") - MONDAY)
    assert (await sentences(stage, states=frozenset({State.SUPERSEDED})))[0][0] == "Nhường sóng (Họp thôn)."


async def test_the_log_says_how_late_one_began_because_of_whom(stage: Stage) -> None:
    await stage.programme("Họp thôn", once("2026-11-23", "17:00"), minutes=30)
    await stage.programme("Ca nhạc", once("2026-11-23", "17:28"))
    late = ("Chưa phát, trễ 2 phút vì “Họp thôn”.", "To be played, 2 min late because of “Họp thôn”.")
    assert (await sentences(stage))[1] == late
    row = (await stage.log())[1]
    assert (row.scheduled_us, row.start_us) == (at("2026-11-23 17:28"), at("2026-11-23 17:30"))
    await stage.replan(at("2026-11-23 17:29") - MONDAY)
    await stage.programme("Rao vặt", once("2026-11-23", "20:00"))
    await stage.say(row.id, State.PLAYED)
    assert (await sentences(stage))[1][0] == "Đã phát, trễ 2 phút vì “Họp thôn”."
    await stage.say(row.id, State.MISSED)
    assert (await sentences(stage))[1][0] == "Không phát được."


async def test_the_log_says_who_interrupted_what_was_on_air(stage: Stage) -> None:
    await stage.programme("Ca nhạc", once("2026-11-23", "17:00"))
    for row in await stage.log(None):
        await stage.say(row.id, State.PLAYING, started_us=row.start_us)
    stage.clock.moment = at("2026-11-23 17:03")
    await stage.programme("Báo bão", once("2026-11-23", "17:05"), minutes=2, priority="priority_commune")
    assert (await sentences(stage))[0] == (
        "Đang phát, bị “Báo bão” ngắt giữa chừng.",
        "On air, interrupted by “Báo bão”.",
    )
    stage.clock.moment = at("2026-11-23 17:09")
    await stage.programme("Lũ", once("2026-11-23", "17:10"), minutes=20, priority="priority_commune")
    assert (await sentences(stage))[0][0] == "Đang phát, bị “Lũ” cắt mất 2 phút cuối."
    row, _, flood = await stage.log()
    assert (row.scheduled_us, row.start_us, row.delayed_by) == (at("2026-11-23 17:00"), at("2026-11-23 17:00"), None)
    assert row.interrupted_by == flood.occurrence_id


async def test_who_delays_follows_the_timetable(stage: Stage) -> None:
    saved = await stage.programme("Họp thôn", once("2026-11-23", "17:00"), minutes=30)
    await stage.programme("Ca nhạc", once("2026-11-23", "17:28"))
    await stage.programme("Họp xã", once("2026-11-23", "17:00"), minutes=30, if_busy="drop")
    await stage.station.scheduling.delete_programme(saved.programme, OFFICER)
    assert ("Chưa phát, trễ 2 phút vì “Họp xã”.", "To be played, 2 min late because of “Họp xã”.") in (
        await sentences(stage)
    )
    (meeting,) = [row for row in await stage.log() if row.title == "Họp xã"]
    (late,) = [row for row in await stage.log() if row.title == "Ca nhạc"]
    assert late.delayed_by == meeting.occurrence_id


async def test_the_log_is_read_in_pages_that_neither_repeat_nor_skip(stage: Stage) -> None:
    await stage.programme("Bản tin", daily("06:00", "17:00"))
    everything = [row.id for row in await stage.log(None)]
    found: list[str] = []
    wish = Wish(MONDAY, MONDAY + 8 * DAY, limit=4)
    while True:
        async with stage.station.database.reading() as session:
            page = await read_log(session, stage.station.station_id, wish)
        found += [line.row.id for line in page.lines]
        assert page.counts == {State.PENDING: len(everything)}
        if not page.more:
            break
        last = page.lines[-1].row
        wish = Wish(MONDAY, MONDAY + 8 * DAY, limit=4, after=(last.start_us, last.id))
    assert sorted(found) == sorted(everything)
    assert len(found) == len(set(found)) == 14 * 3


async def test_today_shows_what_is_on_air_what_is_next_and_how_the_day_went(stage: Stage) -> None:
    await stage.programme("Sáng", daily("09:00"))
    await stage.programme("Chiều", daily("17:00"), targets=(f"cluster:{stage.clusters['Đình']}",))
    morning = [row for row in await stage.log(None) if row.start_us == at("2026-11-23 09:00")]
    stage.clock.moment = at("2026-11-23 09:01")
    for row in morning[:2]:
        await stage.say(row.id, State.PLAYING, started_us=row.start_us + 3000, error_us=3000)
    found = await today(stage.station, stage.clock.moment)
    assert [(one.title, one.start_us) for one in found.timetable] == [
        ("Sáng", at("2026-11-23 09:00")),
        ("Chiều", at("2026-11-23 17:00")),
    ]
    (on_air,) = found.on_air
    assert (on_air.title, on_air.count(State.PLAYING), on_air.count(State.PENDING)) == ("Sáng", 2, 1)
    assert {one.error_us for one in on_air.clusters} == {3000, None}
    assert found.next is not None
    assert (found.next.title, [one.cluster_name for one in found.next.clusters]) == ("Chiều", ["Đình"])
    assert [one.name for one in found.clusters] == ["Chợ", "Đình", "Trạm xá"]
    sounding = {one.cluster for one in found.clusters if one.on_air == on_air}
    assert sounding == {row.cluster_id for row in morning[:2]}


async def test_a_broadcast_in_two_parts_is_as_long_as_it_sounds(stage: Stage) -> None:
    await stage.programme("Ca nhạc", once("2026-11-23", "17:00"))
    here = (f"cluster:{stage.clusters['Chợ']}",)
    new = once("2026-11-23", "17:04")
    await stage.programme("Báo bão", new, minutes=3, priority="priority_commune", targets=here)
    split, short = (await today(stage.station, stage.clock.moment)).timetable
    assert (split.end_us - split.start_us, split.sounding_us) == (13 * MINUTE, 10 * MINUTE)
    assert short.sounding_us == 3 * MINUTE


async def test_next_may_be_tomorrow_and_is_never_what_was_withdrawn(stage: Stage) -> None:
    await stage.programme("Sáng", daily("07:00"))
    saved = await stage.programme("Trưa", daily("11:00"))
    await stage.station.scheduling.delete_programme(saved.programme, OFFICER)
    found = await today(stage.station, stage.clock.moment)
    assert found.next is not None
    assert (found.next.title, found.next.start_us) == ("Sáng", at("2026-11-24 07:00"))
    assert [(one.title, one.clusters[0].vi) for one in found.timetable] == [
        ("Trưa", "Đã hủy, đang chờ hộp loa xác nhận (lan).")
    ]


async def test_what_was_deleted_and_made_again_is_shown_once(stage: Stage) -> None:
    saved = await stage.programme("Chiều", once("2026-11-23", "17:00"))
    rule = (await rules(stage, saved.programme))[0]
    await stage.station.scheduling.delete_rule(saved.programme, rule, OFFICER)
    await stage.station.scheduling.make_rule(saved.programme, once("2026-11-23", "17:00"), OFFICER)
    (one,) = (await today(stage.station, stage.clock.moment)).timetable
    assert {airing.vi for airing in one.clusters} == {"Chưa phát."}
    assert len(one.clusters) == 3


async def test_a_clash_is_told_when_it_is_made_once_for_all_days(stage: Stage) -> None:
    await stage.programme("Họp thôn", daily("17:00"), minutes=30, priority="priority_commune")
    saved = await stage.programme("Ca nhạc", daily("17:10"), if_busy="drop")
    (clash,) = saved.clashes
    assert clash.count == 42
    assert clash.first.vi(ZONE.key) == (
        "“Ca nhạc” lúc 17:10 thứ Hai 23/11/2026 sẽ không phát vì “Họp thôn” có mức ưu tiên cao hơn."
    )
    assert clash.first.en(ZONE.key).endswith("will not be played because “Họp thôn” has a higher priority.")
    assert set(clash.first.clusters) == set(stage.clusters.values())
    untouched = await stage.programme("Sáng", daily("06:00"))
    assert untouched.clashes == ()


MONTHLY = RecurrenceDraft(kind="monthly", days=(25,))
YEARLY = RecurrenceDraft(kind="rrule", text="FREQ=YEARLY;BYMONTH=9;BYMONTHDAY=2")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (RuleDraft(times=("17:00",), recurrence=MONTHLY), RuleDraft(times=("17:05",), recurrence=MONTHLY)),
        (once("2027-01-26", "17:00"), once("2027-01-26", "17:05")),
        (daily("17:05"), RuleDraft(times=("17:00",), recurrence=YEARLY)),
        (daily("17:05", first_day="2027-06-01"), RuleDraft(times=("17:00",), first_day="2027-06-01")),
    ],
)
async def test_a_clash_is_told_when_it_is_made_however_far_off_it_is(
    stage: Stage, first: RuleDraft, second: RuleDraft
) -> None:
    stage.clock.moment = at("2026-11-26 08:00")
    assert (await stage.programme("Họp thôn", first)).clashes == ()
    (clash,) = (await stage.programme("Ca nhạc", second)).clashes
    assert clash.first.fate is Fate.DELAYED


async def test_a_longer_programme_clashes_at_all_its_times(stage: Stage) -> None:
    saved = await stage.programme("Họp thôn", once("2027-01-26", "17:00"), minutes=10)
    await stage.programme("Ca nhạc", once("2027-01-26", "17:28"))
    change = ProgrammeChange(items=(await stage.recording(30),))
    (clash,) = (await stage.station.scheduling.edit_programme(saved.programme, change, OFFICER)).clashes
    assert (clash.first.loser.programme.title, clash.first.fate) == ("Ca nhạc", Fate.DELAYED)


async def test_what_is_on_air_can_be_disturbed_and_what_is_over_cannot(stage: Stage) -> None:
    await stage.programme("Ca nhạc", once("2026-11-23", "08:10"), minutes=30)
    stage.clock.moment = at("2026-11-23 08:15")
    (clash,) = (await stage.programme("Họp thôn", daily("08:20"), minutes=2, priority="priority_commune")).clashes
    assert (clash.first.loser.programme.title, clash.first.fate) == ("Ca nhạc", Fate.INTERRUPTED)
    late = await stage.programme("Đến muộn", daily("08:12"), minutes=30, priority="priority_above")
    assert [one.first.loser.start_us for one in late.clashes] == [at("2026-11-24 08:20")]


async def test_a_draft_can_be_checked_without_being_saved(stage: Stage) -> None:
    await stage.programme("Họp thôn", daily("17:00"), minutes=30, priority="priority_commune")
    before = await stage.seqs()
    draft = NewProgramme(title="Ca nhạc", items=(await stage.recording(),), rules=(once("2026-11-24", "17:10"),))
    (clash,) = await stage.station.scheduling.check(draft)
    assert (clash.first.fate.value, clash.first.loss_us) == ("removed", 10 * MINUTE)
    async with stage.station.database.reading() as session:
        timetable = await read_timetable(session, stage.station.station_id)
    assert len(timetable.schedule.programmes) == 1
    assert clashes(timetable, timetable, MONDAY) == ()
    assert await stage.seqs() == before


async def test_a_draft_is_checked_as_the_replacement_of_what_it_would_replace(stage: Stage) -> None:
    await stage.programme("Họp thôn", once("2026-11-24", "17:00"), minutes=30)
    saved = await stage.programme("Ca nhạc", once("2026-11-24", "18:00"))
    rule = (await rules(stage, saved.programme))[0]
    draft = NewProgramme(title="Ca nhạc", items=(await stage.recording(),), rules=(once("2026-11-24", "17:28"),))
    (delayed,) = await stage.station.scheduling.check(draft, saved.programme, rule)
    assert (delayed.first.fate.value, delayed.first.loss_us) == ("delayed", 120 * SECOND)
    longer = NewProgramme(title="Ca nhạc", items=(await stage.recording(90),))
    assert await stage.station.scheduling.check(longer, saved.programme) == ()
