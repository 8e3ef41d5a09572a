"""Relay sources by the API and the command line: who may, what is refused and how, what is on record."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from typer.testing import CliRunner

from broadcast_server.commands import relay
from broadcast_server.commands.app import app
from broadcast_server.people.rights import Role
from broadcast_server.settings import SettingsUnfit, load
from broadcast_server.store.airings import AiringRow
from broadcast_server.store.people import AuditRow
from speaker_client.protocol.ids import SECOND
from tests.faces.office import Office, open_office

SOURCES = "/api/v1/relays/sources"


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    settings = {"relay_hosts": "*.vov.example", "relay_private": "192.168.1.0/24", "relay_inputs": "hw:1,0; default"}
    async with open_office(tmp_path, **settings) as office:
        yield office


def form(name: str = "VOV1", address: str = "http://stream.vov.example/1", kind: str = "http") -> dict[str, Any]:
    return {"name": name, "kind": kind, "address": address}


async def test_a_source_is_added_changed_and_removed_and_all_of_it_is_on_record(office: Office) -> None:
    officer = await office.as_(Role.OFFICER)
    tried = await officer.post(SOURCES, json=form() | {"dry_run": True})
    assert (tried.status_code, tried.json()["id"]) == (200, None)
    assert (await officer.get(SOURCES)).json()["items"] == []
    made = await officer.post(SOURCES, json=form())
    assert made.status_code == 201
    where = f"{SOURCES}/{made.json()['id']}"
    assert made.headers["location"] == where
    changed = await officer.patch(where, json={"address": "https://stream.vov.example/2"})
    assert (changed.json()["name"], changed.json()["address"]) == ("VOV1", "https://stream.vov.example/2")
    assert (await officer.delete(where)).json()["deleted"] is True
    assert (await officer.get(where)).status_code == 404
    async with office.station.database.reading() as session:
        rows = await session.scalars(
            select(AuditRow).where(AuditRow.action.like("relay_source.%")).order_by(AuditRow.id)
        )
        assert [row.action for row in rows] == ["relay_source.add", "relay_source.edit", "relay_source.remove"]


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (form(address="http://evil.example/x"), "host_not_allowed"),
        (form(address="http://10.0.0.5/x"), "private_address"),
        (form(address="file:///etc/passwd"), "bad_scheme"),
        (form(kind="ftp"), "bad_source_kind"),
        (form(name="  "), "name_missing"),
        (form(kind="input", address="hw:0,0"), "input_not_allowed"),
        (form(kind="folder", address="../etc"), "bad_folder"),
    ],
)
async def test_what_may_not_be_relayed_is_refused_in_both_languages(
    office: Office, asked: dict[str, Any], code: str
) -> None:
    answer = await (await office.as_(Role.OFFICER)).post(SOURCES, json=asked)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert answer.json()["vi"] != answer.json()["en"]


async def test_inputs_and_networks_that_were_opened_may_be_relayed_and_a_name_is_used_once(office: Office) -> None:
    officer = await office.as_(Role.OFFICER)
    for asked in (form("Loa", "hw:1,0", "input"), form("Huyện", "http://192.168.1.9:8000/live")):
        assert (await officer.post(SOURCES, json=asked)).status_code == 201
    twice = await officer.post(SOURCES, json=form("huyện", "http://192.168.1.9:8000/live"))
    assert (twice.status_code, twice.json()["code"]) == (409, "relay_source_exists")


async def test_who_only_looks_on_may_neither_change_sources_nor_start_a_relay(office: Office) -> None:
    made = (await (await office.as_(Role.OFFICER)).post(SOURCES, json=form())).json()["id"]
    viewer, nobody = await office.as_(Role.VIEWER), office.visitor()
    assert (await viewer.get(SOURCES)).status_code == 200
    assert (await viewer.get("/api/v1/relays")).json() == {"items": []}
    for method, path, body in (
        ("POST", SOURCES, form("x")),
        ("PATCH", f"{SOURCES}/{made}", {"name": "y"}),
        ("DELETE", f"{SOURCES}/{made}", None),
        ("POST", f"{SOURCES}/{made}/probe", None),
        ("POST", f"{SOURCES}/{made}/start", {"length_s": 60}),
    ):
        assert (await viewer.request(method, path, json=body)).status_code == 403
        assert (await nobody.request(method, path, json=body)).status_code == 401


async def test_a_relay_is_started_tried_and_called_off(office: Office) -> None:
    officer = await office.as_(Role.OFFICER)
    village = await office.station.places.add_village("Thôn Đông", "x")
    await office.station.places.add_cluster(village.id, "Chợ", 2, "x")
    made = (await officer.post(SOURCES, json=form())).json()["id"]
    path = f"{SOURCES}/{made}/start"
    tried = await officer.post(path, json={"length_s": 1800, "dry_run": True})
    assert (tried.status_code, tried.json()["id"], tried.json()["countdown_us"]) == (200, None, 5_000_000)
    assert (await officer.get("/api/v1/programmes")).json()["items"] == []
    started = (await officer.post(path, json={"length_s": 1800, "title": "Thời sự"})).json()
    (programme,) = (await officer.get("/api/v1/programmes")).json()["items"]
    assert programme["relay"] == {"sources": [{"id": made, "name": "VOV1"}], "length_s": 1800}
    assert (programme["priority_name"], programme["duration_us"]) == ("relay", 1_800_000_000)
    assert (await officer.delete(f"/api/v1/announcements/{started['id']}")).json()["state"] == "cancelled"
    late = await officer.post(path, json={"length_s": 60, "at_us": 1})
    assert (late.status_code, late.json()["code"]) == (409, "moment_passed")
    nobody = await officer.post(path, json={"length_s": 60, "fallbacks": ["nobody"]})
    assert (nobody.status_code, nobody.json()["code"]) == (422, "relay_source_unknown")


async def test_a_relay_that_is_sent_again_with_its_key_is_started_once_and_called_off_by_it(office: Office) -> None:
    officer, chairman = await office.as_(Role.OFFICER), await office.as_(Role.CHAIRMAN)
    village = await office.station.places.add_village("Thôn Đông", "x")
    await office.station.places.add_cluster(village.id, "Chợ", 2, "x")
    made = (await officer.post(SOURCES, json=form())).json()["id"]
    path, key = f"{SOURCES}/{made}/start", "c" * 32
    first = await officer.post(path, json={"length_s": 1800, "key": key})
    assert (first.status_code, first.json()["id"]) == (201, key)
    office.clock.at_us += 3_000_000
    again = await officer.post(path, json={"length_s": 1800, "key": key})
    assert (again.status_code, again.json()["start_us"]) == (201, first.json()["start_us"])
    assert len((await officer.get("/api/v1/programmes")).json()["items"]) == 1
    for other, length_s in ((officer, 900), (chairman, 1800)):
        used = await other.post(path, json={"length_s": length_s, "key": key})
        assert (used.status_code, used.json()["code"]) == (422, "key_used")
    music = await officer.post(path, json={"length_s": 1800, "items": ["music"], "key": key})
    assert (music.status_code, music.json()["code"]) == (422, "key_used"), "it would be silent where it is to be music"
    assert (await officer.delete(f"/api/v1/announcements/{key}")).json()["state"] == "cancelled"


@pytest.mark.parametrize("stopped", [False, True])
async def test_a_relay_that_is_over_is_not_started_by_its_key(office: Office, stopped: bool) -> None:
    """Whoever is told that it was started waits for sound that never comes."""
    officer = await office.as_(Role.OFFICER)
    village = await office.station.places.add_village("Thôn Đông", "x")
    await office.station.places.add_cluster(village.id, "Chợ", 2, "x")
    made = (await officer.post(SOURCES, json=form())).json()["id"]
    path, key = f"{SOURCES}/{made}/start", "d" * 32
    assert (await officer.post(path, json={"length_s": 60, "key": key})).status_code == 201
    office.clock.at_us += 59 * SECOND
    assert (await officer.post(path, json={"length_s": 60, "key": key})).status_code == 201
    if stopped:
        async with office.station.database.transaction() as session:
            await session.execute(update(AiringRow).values(state="PARTIAL"))
    else:
        office.clock.at_us += 6 * SECOND
    again = await officer.post(path, json={"length_s": 60, "key": key})
    assert (again.status_code, again.json()["code"]) == (409, "relay_over")


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("https://a.example/live", "http"),
        ("https://a.example/live.m3u8?x=1", "hls"),
        ("HTTPS://a.example/live", "http"),
        (" Http://a.example/LIVE.M3U8 ", "hls"),
        ("hw:1,0", "input"),
        ("default", "input"),
        ("tin-xa/buổi-sáng", "folder"),
    ],
)
def test_the_command_line_guesses_what_kind_a_source_is(address: str, kind: str) -> None:
    assert relay._kind_of(address) == kind


def test_every_subcommand_says_what_it_does() -> None:
    said = CliRunner().invoke(app, ["relay", "--help"]).output
    assert all(noun in said for noun in ("list", "add", "probe", "remove", "start", "status"))
    said = CliRunner().invoke(app, ["programme", "add", "--help"], env={"COLUMNS": "200"}).output
    assert "--relay" in said
    said = CliRunner().invoke(app, ["relay", "start", "--help"], env={"COLUMNS": "200"}).output
    assert all(option in said for option in ("--for", "--target", "--at", "--fallback", "--dry-run", "--json"))


def test_a_server_without_a_relay_carries_nothing_that_decodes_one() -> None:
    look = "import sys, broadcast_server.serving; print([m for m in ('numpy', 'httpcore2') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_a_network_that_is_none_is_refused_when_the_station_opens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIENGLANG_RELAY_PRIVATE", "the office")
    with pytest.raises(SettingsUnfit, match="RELAY_PRIVATE"):
        load(tmp_path)
    monkeypatch.setenv("TIENGLANG_RELAY_PRIVATE", "10.1.0.0/16, fd00::/8")
    assert [str(one) for one in load(tmp_path).guard.private] == ["10.1.0.0/16", "fd00::/8"]
