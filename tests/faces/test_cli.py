"""The command line, end to end: from an empty folder to a planned programme, and back from a backup."""

from __future__ import annotations

import json
import re
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx2
import pytest
from typer.testing import CliRunner

from broadcast_server.commands.app import app
from broadcast_server.commands.naming import pick
from broadcast_server.commands.rule_days import days_text
from broadcast_server.commands.showing import moment
from broadcast_server.commands.timing import moment_of, once, seconds_of, soon, weekdays_of
from broadcast_server.problem import Problem
from broadcast_server.serving import sole_server
from broadcast_server.store.schema import REVISION
from tests.faces.house import BIN, House
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


def test_an_init_that_is_refused_writes_nothing(founded: dict[str, Any], tmp_path: Path) -> None:
    house: House = founded["house"]
    again = ("init", "--name", "Khác", "--port", "9999", "--json")
    before = (house.data / "station.env").read_text()
    assert "settings_exist" in house.tienglang(*again, code=1)
    (house.data / "station.env").rename(tmp_path / "station.env")
    try:
        assert "station_exists" in house.tienglang(*again, code=1)
        assert not (house.data / "station.env").exists()
    finally:
        (tmp_path / "station.env").rename(house.data / "station.env")
    assert (house.data / "station.env").read_text() == before
    new = House(tmp_path)
    assert "bad_name" in new.tienglang("init", "--name", "Xã", "--admin", "a b", "--port", "9999", "--json", code=1)
    assert "bad_zone" in new.tienglang("init", "--name", "Xã", "--zone", "Nope/Zone", "--json", code=1)
    assert not new.data.exists()


def test_a_damaged_key_is_refused_in_words(tmp_path: Path) -> None:
    house = House(tmp_path)
    key = house.data / "keys" / "schedule.key"
    key.parent.mkdir(parents=True)
    key.write_bytes(b"")
    complaint = house.tienglang("init", "--name", "Xã", code=1)
    assert f"Tệp khoá {key} bị hỏng" in complaint
    assert "schedule.key is damaged" in complaint
    key.unlink()
    house.ask("init", "--name", "Xã")
    key.write_text("không phải khoá")
    argv = [sys.executable, "-m", "broadcast_server", "--data", str(house.data)]
    served = subprocess.run(argv, env=house.env, capture_output=True, text=True, timeout=60)
    assert served.returncode == 1
    assert served.stderr.startswith("Tệp khoá"), served.stderr
    assert "Khoá ký thiếu hoặc hỏng: schedule" in house.tienglang("doctor", code=1)


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


def test_a_station_on_any_port_is_found_by_its_data_folder(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.ask("init", "--name", "Xã")
    house.start()
    try:
        assert [user["name"] for user in house.ask("user", "list")["items"]] == ["admin", "operator"]
    finally:
        house.end()
    assert not (house.data / "address").exists()
    assert "127.0.0.1:8080" in house.tienglang("user", "list", code=1)


def test_serve_says_its_address_as_json_once_it_serves(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.ask("init", "--name", "Xã")
    argv = [BIN / "tienglang", "serve", "--data", house.data, "--port", str(house.port), "--json"]
    with subprocess.Popen(argv, env=house.env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as server:
        try:
            assert server.stdout is not None
            assert json.loads(server.stdout.readline()) == {"url": house.url}
            assert httpx2.get(house.url, trust_env=False).is_success
        finally:
            server.terminate()


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


def test_say_puts_a_text_on_air(house: House) -> None:
    said = house.ask("say", "Kính mời bà con nghe thông báo.", "--target", "cluster:Nhà văn hóa")
    assert said["start_us"] > 0
    log = house.ask("log", "--cluster", "nhà văn hóa", "--state", "pending")["items"]
    assert said["start_us"] in [one["start_us"] for one in log]


def test_say_tells_what_the_announcement_disturbs(house: House) -> None:
    soon = f"{datetime.now(ZoneInfo('Asia/Ho_Chi_Minh')) + timedelta(minutes=2):%Y-%m-%d %H:%M:%S}"
    programme = house.ask("programme", "add", "Ca nhạc", "--item", "Lời chào")
    house.ask("schedule", "add", "Ca nhạc", "--once", soon)
    told = house.tienglang("say", "Kính mời bà con nghe thông báo.", "--at", soon)
    assert "! “Ca nhạc” lúc" in told
    assert "because “Kính mời bà con nghe thông báo.” has a higher priority." in told
    house.ask("programme", "delete", programme["id"])


def test_say_dry_run_says_what_would_happen_and_plans_nothing(house: House) -> None:
    before = house.ask("log")["items"]
    would = house.ask("say", "Kính mời bà con họp thôn.", "--target", "cluster:Nhà văn hóa", "--dry-run")
    assert (would["dry_run"], [one["loudspeakers"] for one in would["clusters"]]) == (True, [[1, 2, 3]])
    assert "1 cụm, 3 loa" in house.tienglang("say", "Kính mời bà con họp thôn.", "--dry-run")
    assert "text_empty" in house.tienglang("say", " ", "--dry-run", "--json", code=1)
    assert house.ask("log")["items"] == before


@pytest.mark.parametrize("as_json", [True, False])
def test_ctrl_c_in_the_countdown_cancels_what_was_said(house: House, as_json: bool) -> None:
    argv = [BIN / "tienglang", "say", f"Báo nhầm {as_json}.", "--data", house.data, *(["--json"] if as_json else [])]
    said = subprocess.Popen(argv, env=house.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    with house.client() as client:
        deadline = time.monotonic() + 20
        while not any(f"Báo nhầm {as_json}." == one["title"] for one in client.get("/library").json()["items"]):
            assert time.monotonic() < deadline
            time.sleep(0.05)
    said.send_signal(signal.SIGINT)
    out, shown = said.communicate(timeout=20)
    assert said.returncode == 130, shown
    if as_json:
        assert json.loads(out)["state"] == "cancelled"
        assert shown == ""
    else:
        assert out == f"Đã hủy / cancelled: Báo nhầm {as_json}.\n"
        assert "Phát sau 5 giây, Ctrl-C để hủy" in shown
    coming = [one for one in house.ask("log", "--state", "pending")["items"] if "Báo nhầm" in one["title"]]
    assert all("đã hủy" in one["vi"].lower() for one in coming)


def test_emergency_drill_and_stop_can_be_tried_without_a_sound(house: House) -> None:
    with house.client() as client:
        deadline = time.monotonic() + 60
        while not all(one["ready"] for one in client.get("/orders/templates").json()["items"]):
            assert time.monotonic() < deadline
            time.sleep(0.2)
    for argv, kind in ((("emergency", "flood"), "emergency"), (("drill",), "drill")):
        order = house.ask(*argv, "--rounds", "2", "--dry-run")
        assert (order["kind"], order["rounds"], order["dry_run"]) == (kind, 2, True)
        assert "dry run" in house.tienglang(*argv, "--dry-run")
        assert "not_found" in house.tienglang(argv[0], "khong-co", "--dry-run", "--json", code=1)
    would = house.ask("stop", "--dry-run")
    assert (len(would["clusters"]), would["dry_run"], would["on_air"]) == (1, True, [])
    assert "sẽ dừng 1 cụm; đang phát: không có gì" in house.tienglang("stop", "--dry-run")
    with house.client() as client:
        assert client.get("/orders").json()["items"] == []


def test_what_knows_only_the_stations_own_file_says_so(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.ask("init", "--name", "Xã")
    own, other = house.data / "station.db", tmp_path / "other.db"
    for database, code in ((f"sqlite+aiosqlite:///{other}", 1), (f"sqlite+aiosqlite:///{own}", 0)):
        (house.data / "station.env").write_text(f"TIENGLANG_DATABASE={database}\n")
        said = house.tienglang("backup", tmp_path / "a.tar", "--json", code=code)
        assert ("database_elsewhere" in said) == bool(code)
        findings = {one["name"]: one for one in json.loads(house.tienglang("doctor", "--json", code=1))["items"]}
        assert findings["database"]["warning"] == bool(code)
        assert ("recordings" in findings) != bool(code)


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


@pytest.mark.parametrize("change", [("disable", "operator"), ("role", "operator", "viewer")])
def test_the_local_operator_cannot_shut_itself_out(house: House, change: tuple[str, ...]) -> None:
    assert json.loads(house.tienglang("user", *change, "--json", code=1))["code"] == "operator_stays"
    assert {user["name"]: user for user in house.ask("user", "list")["items"]}["operator"]["role"] == "admin"


def test_lists_are_tables_for_people(house: House) -> None:
    for argv in (["user", "list"], ["cluster", "list"], ["library", "list"], ["programme", "list"], ["log"]):
        assert "───" in house.tienglang(*argv)


def test_times_are_shown_on_the_stations_own_clock(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.ask("init", "--name", "Halifax", "--zone", "America/Halifax", "--port", str(house.port))
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
    assert "+0700" in findings["clock"]["vi"]
    assert "+0700" in findings["clock"]["en"]
    content = house.ask("library", "list")["items"][0]["content"]
    path = house.data / "content" / content[:2] / content
    sound_of_it = path.read_bytes()
    path.write_bytes(sound_of_it[:-1] + b"?")
    try:
        assert "✕ Bản ghi thiếu hoặc hỏng" in house.tienglang("doctor", "--deep", code=1)
    finally:
        path.write_bytes(sound_of_it)


def test_a_damaged_database_is_told_in_words(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.ask("init", "--name", "Xã")
    (house.data / "station.db").write_bytes(b"no database" * 1000)
    findings = {one["name"]: one for one in json.loads(house.tienglang("doctor", "--json", code=1))["items"]}
    assert not findings["database"]["ok"]
    assert not findings["recordings"]["ok"]
    assert "database_damaged" in house.tienglang("backup", tmp_path / "a.tar", "--json", code=1)
    assert "station_unfit" in house.tienglang("init", "--name", "Xã", "--json", code=1)


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        (["schedule", "add", "Bản tin tối", "--at", "19:30", "--monthly", "1,a"], "time_unclear"),
        (["schedule", "add", "Bản tin tối", "--in", "99999999999d"], "time_unclear"),
        (["schedule", "add", "Bản tin tối", "--in", "99999999d"], "time_unclear"),
        (["schedule", "add", "Bản tin tối", "--in", "²"], "time_unclear"),
        (["backup", "/nonexist/x.tar"], "machine_refused"),
        (["user", "list", "--token", "khoá"], "bad_token"),
        (["user", "list", "--server", "http://["], "bad_server"),
        (["user", "list", "--server", "http://a:b"], "bad_server"),
    ],
)
def test_what_cannot_be_meant_is_told_in_words(house: House, argv: list[str], code: str) -> None:
    if argv[0] == "schedule" and "Bản tin tối" not in house.tienglang("programme", "list"):
        house.ask("programme", "add", "Bản tin tối", "--item", "Lời chào", "--target", "all")
    assert json.loads(house.tienglang(*argv, "--json", code=1))["code"] == code


@pytest.mark.parametrize("env", [b"TIENGLANG_PORT=abc\n", b"TIENGLANG_HOST=\xff\n"])
def test_settings_that_cannot_be_meant_are_told_in_words(tmp_path: Path, env: bytes) -> None:
    house = House(tmp_path)
    house.ask("init", "--name", "Xã")
    (house.data / "station.env").write_bytes(env)
    complaint = json.loads(house.tienglang("user", "list", "--json", code=1))
    assert complaint["code"] == "station_unfit"
    argv = [sys.executable, "-m", "broadcast_server", "--data", str(house.data)]
    served = subprocess.run(argv, env=house.env, capture_output=True, text=True, timeout=60)
    assert (served.returncode, served.stderr.strip()) == (1, f"{complaint['vi']} / {complaint['en']}")


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
