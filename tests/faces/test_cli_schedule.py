"""The command line and time: programmes, rules, and how days and moments are read and shown."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from broadcast_server.commands.naming import pick
from broadcast_server.commands.rule_days import days_text
from broadcast_server.commands.showing import moment
from broadcast_server.commands.timing import moment_of, once, seconds_of, soon, weekdays_of
from broadcast_server.problem import Problem
from tests.faces.house import House
from tests.faces.office import sound


def test_a_programme_is_made_and_scheduled_in_two_lines(house: House) -> None:
    programme = house.ask("programme", "add", "Bản tin sáng", "--item", "Lời chào", "--target", "all")
    daily = house.ask("schedule", "add", "Bản tin sáng", "--at", "05:30", "--daily")
    once = house.ask("schedule", "add", "bản tin sáng", "--in", "2m")
    village = house.ask("programme", "add", "Họp", "--item", "Lời chào", "--target", "village:Thôn Đông")
    house.ask("schedule", "add", "Họp", "--once", "2027-01-05 19:30")
    assert daily["recurrence"]["kind"] == "daily"
    assert once["recurrence"]["kind"] == "once"
    assert village["targets"][0].startswith("village:")
    coming = house.ask("schedule", "show")["items"]
    assert coming[0]["title"] == "Bản tin sáng"
    log = house.ask("log")["items"]
    assert {(one["title"], one["state"], one["cluster"]) for one in log} >= {("Bản tin sáng", "PENDING", "Nhà văn hóa")}
    house.ask("schedule", "remove", daily["id"])
    house.ask("programme", "delete", programme["id"])
    assert [one["title"] for one in house.ask("programme", "list")["items"]] == ["Họp"]


def test_quiet_hours_are_set_and_shown_and_named_in_a_refusal(house: House) -> None:
    house.ask("programme", "add", "Thể dục", "--item", "Lời chào")
    house.ask("schedule", "add", "Thể dục", "--at", "04:45", "--daily")
    try:
        told = house.tienglang("schedule", "quiet-hours", "21:00-05:00")
        assert told.startswith("21:00–05:00\n! “Thể dục” lúc 04:45")
        no = house.tienglang("schedule", "add", "Thể dục", "--at", "22:00", "--daily", code=1)
        assert "22:00 nằm trong giờ yên tĩnh (21:00–05:00)" in no
        assert "time_unclear" in house.tienglang("schedule", "quiet-hours", "21:00", "--json", code=1)
    finally:
        assert house.ask("schedule", "quiet-hours", "none") == {"quiet": None, "conflicts": []}
    house.ask("programme", "delete", "Thể dục")


def test_a_rule_is_removed_only_by_a_name_that_means_it_alone(house: House) -> None:
    programme = house.ask("programme", "add", "Nhắc lịch", "--item", "Lời chào")
    rule = house.ask("schedule", "add", "Nhắc lịch", "--at", "06:15", "--daily")
    for unclear in ("", rule["id"][:5]):
        assert "not_found" in house.tienglang("schedule", "remove", unclear, "--json", code=1)
    assert house.ask("schedule", "remove", rule["id"][:6]) == {"id": rule["id"], "deleted": True}
    house.ask("programme", "delete", programme["id"])


def test_a_beginning_that_several_share_is_refused() -> None:
    rules = [{"id": f"abcdef{n}"} for n in range(2)]
    with pytest.raises(Problem) as refused:
        pick(rules, "abcdef", "quy tắc", "rule", name="id")
    assert refused.value.code == "ambiguous"


def test_times_are_shown_on_the_stations_own_clock(tmp_path: Path) -> None:
    house = House(tmp_path)
    here = ("--zone", "America/Halifax", "--port", str(house.port), "--quiet-hours", "none")
    house.ask("init", "--name", "Halifax", *here)
    house.start()
    try:
        house.ask("cluster", "add-village", "Đông")
        house.ask("cluster", "add", "Chợ", "--village", "Đông")
        house.ask("library", "upload", sound(house.data / "ban-tin.mp3"), "--title", "Tin")
        house.ask("programme", "add", "Bản tin", "--item", "Tin")
        house.ask("schedule", "add", "Bản tin", "--in", "2h")
        (recording,) = house.ask("library", "list")["items"]
        (coming,) = house.ask("schedule", "show")["items"]
        zone = ZoneInfo("America/Halifax")
        assert moment(recording["made_us"], zone) in house.tienglang("library", "list")
        assert moment(coming["start_us"], zone) in house.tienglang("schedule", "show")
        day = ("--from", coming["start"][:10], "--to", f"{coming['start'][:10]} 23:59:59")
        assert moment(coming["start_us"], zone) in house.tienglang("log", *day)
    finally:
        house.end()


def test_the_log_shows_both_starts_where_they_differ(house: House) -> None:
    tomorrow = datetime.now(ZoneInfo("Asia/Ho_Chi_Minh")) + timedelta(days=1)
    for title in ("Trước", "Sau"):
        house.ask("programme", "add", title, "--item", "Lời chào", "--target", "all")
        house.ask("schedule", "add", title, "--once", f"{tomorrow:%Y-%m-%d} 03:00")
    printed = house.tienglang("log", "--from", f"{tomorrow:%Y-%m-%d} 02:59", "--to", f"{tomorrow:%Y-%m-%d} 03:01")
    first, late = [line for line in printed.splitlines() if "Trước" in line.split() or "Sau" in line.split()]
    assert first.count("03:00:0") == 1
    assert re.search(r"03:00:0[1-9] +03:00:00", late)
    assert "trễ" in late


def test_the_schedule_shows_real_times_and_what_came_between(house: House) -> None:
    for title in ("Một", "Hai"):
        house.ask("programme", "add", title, "--item", "Lời chào", "--target", "all")
        house.ask("schedule", "add", title, "--once", "2027-03-01 03:00")
    lines = house.tienglang("schedule", "show", "--from", "2027-03-01 02:00", "--to", "2027-03-01 04:00").splitlines()
    first, late = [line for line in lines if "01/03/2027" in line]
    assert re.search(r"03:00:00 +Một", first)
    assert "trễ" not in first
    assert re.search(r"03:00:0[1-9]", late)
    assert re.search(r"trễ \d giây vì “Một” / \d s late because of “Một”", late)


def test_rules_are_listed_in_words(house: House) -> None:
    house.ask("programme", "add", "Nhiều lịch", "--item", "Lời chào", "--target", "all")
    house.ask("schedule", "add", "Nhiều lịch", "--at", "05:30", "--days", "T2,CN", "--except", "2027-01-04")
    house.ask("schedule", "add", "Nhiều lịch", "--at", "06:30", "--monthly", "1,15,-1")
    house.ask("schedule", "add", "Nhiều lịch", "--at", "07:30", "--rrule", "FREQ=MONTHLY;BYDAY=1MO")
    printed = " ".join(house.tienglang("schedule", "list").split())
    assert "T2, CN hằng tuần / every Mon, Sun" in printed
    assert "2027-01-04" in printed
    assert "RRULE FREQ=MONTHLY;BYDAY=1MO" in printed


@pytest.mark.parametrize(
    ("recurrence", "words"),
    [
        ({"kind": "once"}, "một lần / once"),
        ({"kind": "daily"}, "hằng ngày / every day"),
        ({"kind": "weekly", "days": [0, 2, 6]}, "T2, T4, CN hằng tuần / every Mon, Wed, Sun"),
        (
            {"kind": "monthly", "days": [-1, 1, 15]},
            "ngày 1, 15, cuối tháng hằng tháng / every month on day 1, day 15, the last day",
        ),
        ({"kind": "rrule", "text": "FREQ=MONTHLY;BYDAY=2TU"}, "RRULE FREQ=MONTHLY;BYDAY=2TU"),
    ],
)
def test_the_days_of_a_rule_are_said_in_both_languages(recurrence: dict[str, Any], words: str) -> None:
    assert days_text(recurrence) == words


@pytest.mark.parametrize(("text", "seconds"), [("2m", 120), ("90s", 90), ("1h30m", 5400), ("5", 300), ("10p", 600)])
def test_spans_are_read(text: str, seconds: int) -> None:
    assert seconds_of(text) == seconds


@pytest.mark.parametrize(
    ("text", "days"), [("T2-T6", [0, 1, 2, 3, 4]), ("t7,CN", [5, 6]), ("mon,wed", [0, 2]), ("T2, T4", [0, 2])]
)
def test_weekdays_are_read(text: str, days: list[int]) -> None:
    assert weekdays_of(text) == days


@pytest.mark.parametrize("text", ["2026-12-20 12:30", "2026-12-20T05:30+00:00", "2026-12-20T05:30Z"])
def test_a_moment_means_what_its_offset_says(text: str) -> None:
    assert once(moment_of(text, ZoneInfo("Asia/Ho_Chi_Minh"))) == {
        "recurrence": {"kind": "once"},
        "first_day": "2026-12-20",
        "times": ["12:30:00"],
        "zone": "Asia/Ho_Chi_Minh",
    }


def test_in_two_minutes_is_in_two_minutes_though_clocks_go_back() -> None:
    zone = ZoneInfo("America/Halifax")
    first = datetime(2026, 11, 1, 1, 59, tzinfo=zone)
    assert soon("2m", first) == {
        "recurrence": {"kind": "once"},
        "first_day": "2026-11-01",
        "times": ["05:01:00"],
        "zone": "UTC",
    }


@pytest.mark.parametrize("read", [lambda: seconds_of("mai"), lambda: weekdays_of("T9"), lambda: moment_of("mai", None)])
def test_what_is_no_time_is_refused(read: Any) -> None:
    with pytest.raises(Problem, match="Cannot read"):
        read()
