"""What the officer is told before a clash is saved."""

from __future__ import annotations

from datetime import date, time

from broadcast_server.schedule.conflicts import Fate, conflicts
from broadcast_server.schedule.programme import IfBusy, IfInterrupted, Village
from broadcast_server.schedule.rule import Once
from broadcast_server.schedule.timetable import Schedule
from speaker_client.protocol.ids import MINUTE
from speaker_client.protocol.priority import Priority
from tests.schedule.commune import STATION, programme, rule, schedule, window

ZONE = "Asia/Ho_Chi_Minh"
NOTHING = Schedule({}, ())
MONDAY = date(2027, 1, 4)
DAY = window(MONDAY, MONDAY)
MORNING = programme("sáng", 20)
AT_FIVE = rule("sáng", time(5))


def test_a_clash_is_said_in_both_languages_with_where_and_why() -> None:
    late = programme("mới", 10, Priority.OWN, Village("upper"), grace_us=15 * MINUTE)
    after = schedule([MORNING, late], [AT_FIVE, rule("mới", time(5, 10))])
    [found] = conflicts(STATION, schedule([MORNING], [AT_FIVE]), after, DAY)
    assert (found.fate, found.loss_us, found.clusters) == (Fate.DELAYED, 10 * MINUTE, ("c1", "c2"))
    assert found.vi(ZONE) == (
        "“Bản tin mới” lúc 05:10 thứ Hai 04/01/2027 sẽ phát muộn 10 phút"
        " vì “Bản tin sáng” cùng mức ưu tiên và giữ sóng trước."
    )
    assert found.en(ZONE) == (
        "“Bản tin mới” at 05:10 on Monday 04/01/2027 will start 10 min late"
        " because “Bản tin sáng” has the same priority and the floor first."
    )


def test_an_old_programme_that_a_new_one_cuts_is_told() -> None:
    stronger = programme("xã", 10, Priority.PRIORITY_COMMUNE)
    old = programme("sáng", 20, if_interrupted=IfInterrupted.END)
    after = schedule([old, stronger], [AT_FIVE, rule("xã", time(5, 5), recurrence=Once(), day=MONDAY)])
    [found] = conflicts(STATION, schedule([old], [AT_FIVE]), after, window(MONDAY, date(2027, 1, 6)))
    assert (found.fate, found.loss_us) == (Fate.CUT, 15 * MINUTE)
    assert found.vi(ZONE).endswith("sẽ bị cắt mất 15 phút cuối vì “Bản tin xã” có mức ưu tiên cao hơn.")
    assert found.en(ZONE).endswith("will lose its last 15 min because “Bản tin xã” has a higher priority.")


def test_one_that_resumes_whole_is_only_interrupted() -> None:
    short = programme("xã", 2, Priority.PRIORITY_COMMUNE)
    [found] = conflicts(STATION, NOTHING, schedule([MORNING, short], [AT_FIVE, rule("xã", time(5, 5))]), DAY)
    assert (found.fate, found.loss_us) == (Fate.INTERRUPTED, 0)
    assert "ngắt giữa chừng rồi phát tiếp" in found.vi(ZONE)


def test_the_older_emergency_is_told_that_a_newer_one_ends_it() -> None:
    first, second = programme("bão", 10, Priority.EMERGENCY), programme("lũ", 10, Priority.EMERGENCY)
    some = schedule([first, second], [rule("bão", time(5)), rule("lũ", time(5, 5))])
    assert [one.loser.programme.id for one in conflicts(STATION, NOTHING, some, DAY)] == ["bão"]
    assert "là bản tin khẩn cấp mới hơn" in conflicts(STATION, NOTHING, some, DAY)[0].vi(ZONE)


def test_what_clashed_before_is_not_told_again() -> None:
    dropped = programme("trùng", 5, if_busy=IfBusy.DROP)
    before = schedule([MORNING, dropped], [AT_FIVE, rule("trùng", time(5, 1))])
    evening = programme("tối", 5)
    after = schedule([MORNING, dropped, evening], [AT_FIVE, rule("trùng", time(5, 1)), rule("tối", time(17))])
    [known] = conflicts(STATION, NOTHING, before, DAY)
    assert (known.fate, known.loser.programme.id) == (Fate.REMOVED, "trùng")
    assert conflicts(STATION, before, after, DAY) == []


def test_an_edit_that_moves_a_programme_into_another_is_told() -> None:
    other = programme("chiều", 20, if_busy=IfBusy.DROP)
    before = schedule([MORNING, other], [AT_FIVE, rule("chiều", time(17))])
    after = schedule([MORNING, other], [AT_FIVE, rule("chiều", time(5, 5))])
    [found] = conflicts(STATION, before, after, DAY)
    assert (found.loser.programme.id, found.winner.programme.id) == ("chiều", "sáng")


def test_the_one_that_kept_it_off_to_the_end_is_told_not_the_one_that_was_there_first() -> None:
    relay = Priority.RELAY
    first, stronger = programme("trước", 2, relay, if_interrupted=IfInterrupted.END), programme("xã", 9)
    lost = programme("mất", 5, relay, grace_us=2 * MINUTE)
    late = programme("muộn", 5, relay, grace_us=20 * MINUTE)
    times = {"trước": time(5), "mất": time(5, 1), "muộn": time(5, 1), "xã": time(5, 1, 30)}
    some = schedule([first, stronger, lost, late], [rule(name, at) for name, at in times.items()])
    told = [
        (one.loser.programme.id, one.fate, one.winner.programme.id) for one in conflicts(STATION, NOTHING, some, DAY)
    ]
    assert sorted(told) == [
        ("muộn", Fate.DELAYED, "xã"),
        ("mất", Fate.REMOVED, "xã"),
        ("trước", Fate.CUT, "xã"),
    ]
