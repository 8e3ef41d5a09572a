"""The command line, end to end: from an empty folder to a planned programme, and back from a backup."""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from typer.testing import CliRunner

from broadcast_server.commands.app import app
from broadcast_server.commands.rule_days import days_text
from broadcast_server.commands.timing import moment_of, seconds_of, weekdays_of
from broadcast_server.problem import Problem
from broadcast_server.serving import sole_server
from broadcast_server.store.schema import REVISION
from tests.faces.house import House
from tests.faces.office import sound


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A house and what `init` said."""
    house = House(tmp_path_factory.mktemp("house"))
    return {"house": house, "said": house.ask("init", "--name", "Xã Tây Hồ", "--port", str(house.port))}


@pytest.fixture(scope="module")
def house(founded: dict[str, Any]) -> Iterator[House]:
    """A serving station with a village, a cluster and a recording."""
    house: House = founded["house"]
    house.start()
    house.ask("cluster", "add-village", "Thôn Đông")
    house.ask("cluster", "add", "Nhà văn hóa", "--village", "thôn đông", "--loudspeakers", "3")
    house.ask("library", "upload", sound(house.data / "ban-tin.mp3"), "--title", "Lời chào")
    yield house
    house.end()


def test_init_gives_a_one_time_password_and_private_files(founded: dict[str, Any]) -> None:
    assert founded["said"]["user"] == "admin"
    assert re.fullmatch(r"(\w{4}-){2}\w{4}", founded["said"]["password"])
    data = founded["house"].data
    for private in (data / "cli.token", data / "keys" / "root.key"):
        assert stat.S_IMODE(private.stat().st_mode) == 0o600
    assert founded["said"]["password"] not in (data / "cli.token").read_text()


def test_a_second_init_changes_nothing(founded: dict[str, Any]) -> None:
    house: House = founded["house"]
    before = (house.data / "cli.token").read_text()
    assert "station_exists" in house.tienglang("init", "--name", "Khác", "--json", code=1)
    assert (house.data / "cli.token").read_text() == before


def test_the_database_is_brought_up_to_date_only_while_nobody_serves_it(tmp_path: Path) -> None:
    idle = House(tmp_path)
    assert "not_upgraded" in idle.tienglang("upgrade", "--json", code=1), "there is no station yet"
    idle.ask("init", "--name", "Xã Khác")
    assert idle.ask("upgrade") == {"revision": REVISION, "before": REVISION}
    with sole_server(idle.data):
        assert "not_upgraded" in idle.tienglang("upgrade", "--json", code=1)


def test_mosquittos_files_are_written_for_the_station(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.ask("init", "--name", "Xã Khác")
    out = tmp_path / "mosquitto"
    assert "station_password_missing" in house.tienglang("cluster", "broker-files", "--out", out, "--json", code=1)
    (house.data / "station.env").write_text("TIENGLANG_STATION_PASSWORD=rieng-cua-tram\n")
    assert house.ask("cluster", "broker-files", "--out", out) == {"folder": str(out), "boxes": 0}
    assert (out / "passwords").read_text().startswith("station:$7$")
    assert stat.S_IMODE((out / "passwords").stat().st_mode) == 0o640


def test_the_one_time_password_logs_in(house: House, founded: dict[str, Any]) -> None:
    said = founded["said"]
    with house.client() as client:
        answer = client.post("/login", json={"name": said["user"], "password": said["password"]})
    assert answer.json()["must_change"] is True


def test_the_server_carries_nothing_of_the_command_line(house: House) -> None:
    argv = Path(f"/proc/{house.pid}/cmdline").read_text().split("\0")
    assert argv[1].startswith("-m")
    assert not any("bin/tienglang" in word for word in argv)
    assert "numpy" not in Path(f"/proc/{house.pid}/maps").read_text()


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


def test_say_puts_a_text_on_air(house: House) -> None:
    said = house.ask("say", "Kính mời bà con nghe thông báo.", "--target", "cluster:Nhà văn hóa")
    assert said["start_us"] > 0
    log = house.ask("log", "--cluster", "nhà văn hóa", "--state", "pending")["items"]
    assert said["start_us"] in [one["start_us"] for one in log]


def test_a_refused_upload_is_told_in_both_languages(house: House) -> None:
    paper = house.data / "giay.mp3"
    paper.write_text("không phải âm thanh")
    complaint = house.tienglang("library", "upload", paper, code=1).splitlines()
    assert complaint[0].startswith("Tệp này không phải")
    assert complaint[1].startswith("This file is not audio")
    assert json.loads(house.tienglang("library", "upload", paper, "--json", code=1))["code"] == "not_audio"


def test_users_come_and_go(house: House) -> None:
    made = house.ask("user", "add", "lan", "--role", "officer", "--full-name", "Nguyễn Thị Lan")
    assert made["must_change"]
    assert house.ask("user", "disable", "lan")["disabled"]
    users = {user["name"]: user for user in house.ask("user", "list")["items"]}
    assert users["lan"]["disabled"]
    assert "name_taken" in house.tienglang("user", "add", "Lan", "--json", code=1)


def test_lists_are_tables_for_people(house: House) -> None:
    for argv in (["user", "list"], ["cluster", "list"], ["library", "list"], ["programme", "list"], ["log"]):
        assert "───" in house.tienglang(*argv)


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


def test_no_other_machine_is_shown_the_operators_token(house: House) -> None:
    complaint = house.tienglang("user", "list", "--server", "http://192.0.2.1:1", "--json", code=1)
    assert json.loads(complaint)["code"] == "no_token"


def test_a_server_that_is_down_is_told_in_words(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.ask("init", "--name", "Xã", "--port", str(house.port))
    assert "Không nối được với máy chủ" in house.tienglang("user", "list", code=1)


def test_the_doctor_finds_the_station_well_and_then_a_lost_recording(house: House) -> None:
    findings = {finding["name"]: finding for finding in house.ask("doctor", "--deep")["items"]}
    assert all(finding["ok"] for finding in findings.values())
    assert findings["root_key"]["warning"]
    content = house.ask("library", "list")["items"][0]["content"]
    path = house.data / "content" / content[:2] / content
    sound_of_it = path.read_bytes()
    path.write_bytes(sound_of_it[:-1] + b"?")
    try:
        assert "✕ Bản ghi thiếu hoặc hỏng" in house.tienglang("doctor", "--deep", code=1)
    finally:
        path.write_bytes(sound_of_it)


def test_every_command_offers_json(house: House) -> None:
    for argv in (["init"], ["serve"], ["say"], ["log"], ["doctor"], ["backup"], ["restore"], ["schedule", "add"]):
        assert "--json" in CliRunner(env={"COLUMNS": "200", "TERM": "dumb"}).invoke(app, [*argv, "--help"]).stdout


def test_a_backup_of_a_running_station_restores_to_the_same_station(house: House, tmp_path: Path) -> None:
    archive = tmp_path / "sao-luu.tar.gz"
    made = house.ask("backup", archive)
    assert made["files"] > 8
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600
    other = House(tmp_path)
    other.ask("restore", archive)
    other.start()
    try:
        assert other.ask("library", "list")["items"] == house.ask("library", "list")["items"]
        assert [one["name"] for one in other.ask("cluster", "list")["items"]] == ["Nhà văn hóa"]
        assert all(finding["ok"] for finding in other.ask("doctor", "--deep", "--server", other.url)["items"])
    finally:
        other.end()
    assert "folder_not_empty" in other.tienglang("restore", archive, "--json", code=1)


@pytest.mark.parametrize(("text", "seconds"), [("2m", 120), ("90s", 90), ("1h30m", 5400), ("5", 300), ("10p", 600)])
def test_spans_are_read(text: str, seconds: int) -> None:
    assert seconds_of(text) == seconds


@pytest.mark.parametrize(
    ("text", "days"), [("T2-T6", [0, 1, 2, 3, 4]), ("t7,CN", [5, 6]), ("mon,wed", [0, 2]), ("T2, T4", [0, 2])]
)
def test_weekdays_are_read(text: str, days: list[int]) -> None:
    assert weekdays_of(text) == days


@pytest.mark.parametrize("read", [lambda: seconds_of("mai"), lambda: weekdays_of("T9"), lambda: moment_of("mai", None)])
def test_what_is_no_time_is_refused(read: Any) -> None:
    with pytest.raises(Problem, match="Cannot read"):
        read()
