"""The command line at a serving station: what is said, tried, listed and refused."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import re
import signal
import subprocess
import time
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import typer
from typer.testing import CliRunner

from audio_library.pages import duration_us
from broadcast_server.commands.app import app
from tests.faces.house import BIN, House
from tests.faces.office import sound


def test_say_puts_a_text_on_air(house: House) -> None:
    said = house.ask("say", "Kính mời bà con nghe thông báo.", "--target", "cluster:Nhà văn hóa")
    assert said["start_us"] > 0
    log = house.ask("log", "--cluster", "nhà văn hóa", "--state", "pending")["items"]
    (airing,) = (one for one in log if one["start_us"] == said["start_us"])
    ladder = house.ask("ladder", airing["id"])
    assert [(one["number"], one["playing"], one["sounded"]) for one in ladder["loudspeakers"]] == [
        (number, None, None) for number in range(1, len(ladder["loudspeakers"]) + 1)
    ]
    assert all(one["sent"] for one in ladder["loudspeakers"])
    assert "Nhà văn hóa" in house.tienglang("ladder", airing["id"])
    assert "not_found" in house.tienglang("ladder", "khong-co", "--json", code=1)
    assert "not_found" in house.tienglang("ladder", "--json", code=1), "no order was given yet"


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


def test_say_preview_tells_how_it_is_read_and_writes_its_sound_and_nothing_is_planned(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, file, slow = house.ask("log")["items"], tmp_path / "thu.ogg", tmp_path / "cham.ogg"
    preview = ("say", "Mời HTX và XYZW họp lúc 7h30.", "--preview")
    told = house.tienglang(*preview, "--out", file)
    assert "hợp tác xã" in told
    assert "! XYZW" in told
    assert f"(espeak-ng): {file}" in told
    assert file.read_bytes().startswith(b"OggS")
    around = ("--opening", "neighbours", "--closing", "thanks")
    when = "Họp lúc 7h30 ngày 24/12 tại đình."
    told = house.tienglang("say", f"Mời họp. {when}", "--preview", "--out", tmp_path / "quanh.ogg", *around)
    assert "Kính thưa bà con. Mời họp." in told
    assert "Xin cảm ơn bà con." in told
    assert f"worth saying twice? Put ! before it: {when}" in told
    asked = house.ask(*preview, "--out", slow, "--voice", "vi-vn-x-south", "--pace", "90")
    assert (asked["engine"], asked["file"]) == ("espeak-ng", str(slow))
    assert duration_us(slow) > duration_us(file)
    assert asked["duration_us"] == pytest.approx(duration_us(slow), rel=0.2)
    player, heard = tmp_path / "ffplay", tmp_path / "heard"
    player.write_text(f"#!/bin/sh\n/bin/cat > {heard}\n")
    player.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "not on air" in house.tienglang(*preview)
    assert heard.read_bytes().startswith(b"OggS")
    player.unlink()
    assert "--out" in house.tienglang(*preview, code=1)
    for wrong in (("--out", file), ("--preview", "--pace", "300"), ("--preview", "--recording", "Lời chào")):
        assert json.loads(house.tienglang("say", "Mời họp.", *wrong, "--json", code=1))["code"] == "invalid"
    assert house.ask("log")["items"] == before


def test_say_puts_a_recording_on_air_as_often_as_is_asked(house: House) -> None:
    with house.client() as client:
        (recording,) = (one for one in client.get("/library").json()["items"] if one["title"] == "Lời chào")
        said = ("say", "--recording", "Lời chào", "--target", "cluster:Nhà văn hóa", "--times", "3")
        would = house.ask(*said, "--dry-run")
        assert would["duration_us"] >= 3 * recording["duration_us"]
        made = house.ask(*said)
        assert made["recording_id"] == recording["id"]
        programme = client.get(f"/programmes/{made['programme_id']}").json()
        assert [one["title"] for one in programme["items"]].count("Lời chào") == 3
        client.delete(f"/announcements/{made['id']}")
    assert "recording" in house.tienglang("say", "--recording", "khong-co", "--json", code=1)
    for neither_or_both in ((), ("Mời họp.", "--recording", "Lời chào")):
        assert json.loads(house.tienglang("say", *neither_or_both, "--json", code=1))["code"] == "invalid"


@pytest.mark.parametrize("as_json", [True, False])
def test_ctrl_c_in_the_countdown_cancels_what_was_said(house: House, as_json: bool) -> None:
    argv = [BIN / "tienglang", "say", f"Báo nhầm {as_json}.", "--data", house.data, *(["--json"] if as_json else [])]
    pipe = subprocess.PIPE
    said = subprocess.Popen(argv, env=house.env, stdout=pipe, stderr=pipe, text=True, preexec_fn=listening_to_ctrl_c)
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


def listening_to_ctrl_c() -> None:
    """A shell's background jobs, and all that they start, are deaf to it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


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
    words = house.ask("emergency", "--text", "Đê sắp vỡ, bà con chạy ngay!", "--lead", "none", "--dry-run")
    assert (words["title"], words["rounds"]) == ("Khẩn cấp: Đê sắp vỡ, bà con chạy ngay!", 3)
    for argv, code in ((("--text", "?!"), "text_empty"), (("flood", "--text", "Lũ"), "template_or_text")):
        assert code in house.tienglang("emergency", *argv, "--dry-run", "--json", code=1)
    would = house.ask("stop", "--dry-run")
    assert (len(would["clusters"]), would["dry_run"], would["on_air"]) == (1, True, [])
    assert "sẽ dừng 1 cụm; đang phát: không có gì" in house.tienglang("stop", "--dry-run")
    with house.client() as client:
        assert client.get("/orders").json()["items"] == []


def test_a_live_can_be_tried_without_a_sound(house: House, tmp_path: Path) -> None:
    voice, paper = sound(tmp_path / "loi-noi.wav"), tmp_path / "giay.wav"
    paper.write_text("không phải âm thanh")
    assert house.ask("live", voice, "--dry-run")["title"] == "loi-noi"
    assert "not_audio" in house.tienglang("live", paper, "--dry-run", "--json", code=1)
    for elsewhere, code in (("http://127.0.0.1:1", "no_answer"), (house.url, "login_required")):
        away = ("--server", elsewhere, "--token", "khong-ai-biet", "--dry-run", "--json")
        assert code in house.tienglang("live", voice, *away, code=1)


def test_a_refused_upload_is_told_in_both_languages(house: House) -> None:
    paper = house.data / "giay.mp3"
    paper.write_text("không phải âm thanh")
    complaint = house.tienglang("library", "upload", paper, code=1).splitlines()
    assert complaint[0].startswith("Tệp này không phải")
    assert complaint[1].startswith("This file is not audio")
    assert json.loads(house.tienglang("library", "upload", paper, "--json", code=1))["code"] == "not_audio"


def test_on_a_terminal_a_bar_shows_how_far_an_upload_is(house: House, tmp_path: Path) -> None:
    leader, follower = pty.openpty()
    file = sound(tmp_path / "nhac.wav", seconds=20)
    words = [BIN / "tienglang", "library", "upload", file, "--title", "Nhạc", "--kind", "music", "--data", house.data]
    env = {**house.env, "TERM": "xterm", "COLUMNS": "100"}
    command = subprocess.Popen(list(map(str, words)), env=env, stdin=follower, stdout=follower, stderr=follower)
    os.close(follower)
    shown = b""
    with contextlib.suppress(OSError):  # a terminal whose other end is gone is read no more
        while more := os.read(leader, 65_536):
            shown += more
    os.close(leader)
    assert command.wait(60) == 0, shown.decode()
    assert re.search(r"\d+%", shown.decode())
    assert house.ask("library", "show", "Nhạc")["kind"] == "music", "as it was told"


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


def test_no_other_machine_is_shown_the_operators_token(house: House) -> None:
    complaint = house.tienglang("user", "list", "--server", "http://192.0.2.1:1", "--json", code=1)
    assert json.loads(complaint)["code"] == "no_token"


def test_a_server_that_is_down_is_told_in_words(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.ask("init", "--name", "Xã", "--port", str(house.port))
    assert "Không nối được với máy chủ" in house.tienglang("user", "list", code=1)


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        (["schedule", "add", "Bản tin tối", "--at", "19:30", "--monthly", "1,a"], "time_unclear"),
        (["schedule", "add", "Bản tin tối", "--in", "99999999999d"], "time_unclear"),
        (["schedule", "add", "Bản tin tối", "--in", "99999999d"], "time_unclear"),
        (["schedule", "add", "Bản tin tối", "--in", "²"], "time_unclear"),
        (["backup", "/nonexist/x.tar"], "machine_refused"),
        (["user", "list", "--token", "khóa"], "bad_token"),
        (["user", "list", "--server", "http://["], "bad_server"),
        (["user", "list", "--server", "http://a:b"], "bad_server"),
    ],
)
def test_what_cannot_be_meant_is_told_in_words(house: House, argv: list[str], code: str) -> None:
    if argv[0] == "schedule" and "Bản tin tối" not in house.tienglang("programme", "list"):
        house.ask("programme", "add", "Bản tin tối", "--item", "Lời chào", "--target", "all")
    assert json.loads(house.tienglang(*argv, "--json", code=1))["code"] == code


def test_every_command_offers_json(house: House) -> None:
    for argv in (["init"], ["serve"], ["say"], ["log"], ["doctor"], ["backup"], ["restore"], ["schedule", "add"]):
        assert "--json" in CliRunner(env={"COLUMNS": "200", "TERM": "dumb"}).invoke(app, [*argv, "--help"]).stdout


def test_every_command_and_option_is_explained_in_both_languages() -> None:
    commands = [("tienglang", typer.main.get_command(app))]
    for path, known in commands:
        told = {path: known.help, **{f"{path} {one.name}": getattr(one, "help", None) for one in known.params}}
        assert [name for name, words in told.items() if " / " not in (words or "") and not name.endswith(" help")] == []
        commands += [(f"{path} {name}", one) for name, one in getattr(known, "commands", {}).items()]
    assert len(commands) > 40


@pytest.mark.parametrize(
    ("locale", "heads", "state"),
    [
        ({"LANG": "en_US.UTF-8"}, ["Id", "Cluster", "Village", "Loudspeakers", "State", "Last seen"], "never"),
        ({"LANG": "en_GB.UTF-8", "LC_ALL": "vi_VN.UTF-8"}, ["Mã", "Cụm", "Thôn", "Loa", "Trạng thái"], "chưa kết nối"),
        ({"LANG": "C.UTF-8"}, ["Mã", "Cụm", "Thôn", "Loa", "Trạng thái", "Thấy lần cuối"], "chưa kết nối"),
    ],
)
def test_tables_are_in_the_language_of_the_locale_and_json_knows_none(
    house: House, monkeypatch: pytest.MonkeyPatch, locale: dict[str, str], heads: list[str], state: str
) -> None:
    as_json = house.ask("cluster", "list")
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in locale.items():
        monkeypatch.setenv(name, value)
    first, *rows = house.tienglang("cluster", "list").strip().splitlines()
    assert [first.find(head) >= 0 for head in heads] == [True] * len(heads)
    assert state in "".join(rows)
    assert house.ask("cluster", "list") == as_json
    for noun in (("cluster", "villages"), ("user", "list"), ("library", "list"), ("programme", "list"), ("log",)):
        assert house.tienglang(*noun).split()[0] in {"Id", "Name", "Time", "Mã", "Tên", "Lúc"}
    for noun in (("schedule", "list"), ("schedule", "show"), ("relay", "list"), ("relay", "status")):
        assert house.tienglang(*noun)
