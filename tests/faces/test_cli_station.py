"""The command line from an empty folder to a serving station, and back from a backup."""

from __future__ import annotations

import json
import re
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx2
import pytest

from broadcast_server.serving import sole_server
from broadcast_server.settings import SettingsUnfit, load
from broadcast_server.store.schema import REVISION
from tests.faces.house import BIN, House


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
    assert f"Tệp khóa {key} bị hỏng" in complaint
    assert "schedule.key is damaged" in complaint
    key.unlink()
    house.ask("init", "--name", "Xã")
    key.write_text("không phải khóa")
    argv = [sys.executable, "-m", "broadcast_server", "--data", str(house.data)]
    served = subprocess.run(argv, env=house.env, capture_output=True, text=True, timeout=60)
    assert served.returncode == 1
    assert served.stderr.startswith("Tệp khóa"), served.stderr
    assert "Khóa ký thiếu hoặc hỏng: schedule" in house.tienglang("doctor", code=1)


@pytest.mark.parametrize(
    ("argv", "hours"),
    [
        ((), ("21:00", "05:00")),
        (("--quiet-hours", "22:00-04:30"), ("22:00", "04:30")),
        (("--quiet-hours", "none"), ("00:00", "00:00")),
    ],
)
def test_a_new_station_keeps_quiet_hours_unless_it_is_told_otherwise(
    tmp_path: Path, argv: tuple[str, ...], hours: tuple[str, str]
) -> None:
    house = House(tmp_path)
    nonsense = ("init", "--name", "Xã", "--quiet-hours", "09:00-08:00", "--json")
    assert "quiet_hours_too_long" in house.tienglang(*nonsense, code=1)
    house.ask("init", "--name", "Xã", *argv)
    with closing(sqlite3.connect(house.data / "station.db")) as database:
        assert database.execute("SELECT quiet_from, quiet_until FROM stations").fetchall() == [hours]


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


def test_what_the_folder_and_the_environment_set_together_is_judged_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "station.env").write_text("TIENGLANG_BROKER=loa.test:8883\n")
    monkeypatch.setenv("TIENGLANG_DATA", str(tmp_path))
    monkeypatch.setenv("TIENGLANG_BROKER_TLS", "true")
    assert (load().data, load().broker_tls) == (tmp_path, True)
    (tmp_path / "station.env").write_text("")
    with pytest.raises(SettingsUnfit, match="TIENGLANG_BROKER_TLS"):
        load()


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
