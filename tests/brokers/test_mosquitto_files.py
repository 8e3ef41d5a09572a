"""What the station writes for a Mosquitto, read by the real one; and that the file for production is the tested one."""

from __future__ import annotations

import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from broadcast_server.broker_files import export_broker_files
from broadcast_server.mosquitto_files import StationAccounts, access_text, password_hash, password_text, write_files
from broadcast_server.settings import Settings
from speaker_client.agent import Agent
from speaker_client.join import enrol
from speaker_client.link import Link, routine_line
from speaker_client.protocol.ids import BoxId
from speaker_client.protocol.patience import LinkState
from tests.brokers.house import BOXES, LOOPBACK_CONF, STATION, await_port, run_mosquitto
from tests.brokers.passwords import password_matches
from tests.brokers.people import box_program, running
from tests.certificate import certificate
from tests.ports import free_ports
from tests.server_fleet.ground import ground_in
from tests.waiting import until

PRODUCTION_CONF = LOOPBACK_CONF.with_name("mosquitto.conf")
TAYHO = StationAccounts(STATION, "$7$101$s$h", {BoxId("b1"): "$7$101$t$i"})


def test_a_hash_that_mosquitto_passwd_made_is_understood(tmp_path: Path) -> None:
    file = tmp_path / "passwords"
    subprocess.run(["mosquitto_passwd", "-c", "-b", file, "b1", "bí mật"], check=True, capture_output=True)
    known = file.read_text().strip().partition(":")[2]
    assert password_matches("bí mật", known)
    assert not password_matches("bi mat", known)


def test_two_hashes_of_one_secret_differ_and_both_match() -> None:
    one, other = password_hash("secret"), password_hash("secret")
    assert one != other
    assert password_matches("secret", one)
    assert password_matches("secret", other)


def test_every_box_has_two_accounts_and_so_has_the_station() -> None:
    assert password_text(TAYHO).splitlines() == [
        "station:$7$101$s$h",
        "station-alert:$7$101$s$h",
        "b1:$7$101$t$i",
        "b1-alert:$7$101$t$i",
    ]


def test_the_example_shows_what_is_written() -> None:
    example = LOOPBACK_CONF.with_name("acl.example").read_text()
    rules = [line for line in example.splitlines() if not line.startswith("#")]
    assert "\n".join(rules).strip() == access_text(TAYHO).strip()


def test_a_name_that_would_mean_something_else_is_refused() -> None:
    for name in ("b1\nuser evil", "b1:x", "", "+", "a/b", "station", "b1-alert"):
        with pytest.raises(ValueError, match="broker account"):
            password_text(StationAccounts(STATION, "$7$", {BoxId(name): "$7$"}))
        with pytest.raises(ValueError, match="broker account"):
            access_text(StationAccounts(STATION, "$7$", {BoxId(name): "$7$"}))


def test_the_files_are_for_owner_and_group_only(tmp_path: Path) -> None:
    write_files(tmp_path, TAYHO)
    assert {file.name: oct(file.stat().st_mode & 0o777) for file in tmp_path.iterdir()} == {
        "acl": "0o640",
        "passwords": "0o640",
    }


def test_production_has_the_settings_that_are_tested() -> None:
    placed = ("password_file", "acl_file", "listener", "log_dest", "cafile", "certfile", "keyfile", "tls_version")
    assert _settings(PRODUCTION_CONF, placed) == _settings(LOOPBACK_CONF, placed)


def _settings(conf: Path, but: tuple[str, ...]) -> set[str]:
    lines = [line.strip() for line in conf.read_text().splitlines()]
    return {line for line in lines if line and not line.startswith(("#", *but))}


@contextmanager
def production(folder: Path, port: int) -> Iterator[None]:
    """The production file, running: only its paths and its port are changed."""
    text = PRODUCTION_CONF.read_text().replace("/etc/tienglang/mosquitto", str(folder))
    text = text.replace("/etc/tienglang", str(folder)).replace("log_dest syslog", "log_dest stderr")
    text = text.replace("listener 8883", f"listener {port}")
    (folder / "mosquitto.conf").write_text(f"{text}user root\n")
    process = run_mosquitto(folder / "mosquitto.conf", folder / "log")
    try:
        await_port(port)
        yield
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture
def tls_port(tmp_path: Path) -> Iterator[int]:
    """A broker that knows one box."""
    certificate(tmp_path / "tls", "broker")
    write_files(
        tmp_path, StationAccounts(STATION, password_hash("station's"), {BoxId("b1"): password_hash(BOXES["b1"])})
    )
    port = free_ports()
    with production(tmp_path, port):
        yield port


async def test_a_box_comes_in_over_tls_by_the_production_file(tls_port: int, tmp_path: Path) -> None:
    trusting = ssl.create_default_context(cafile=str(tmp_path / "tls/ca.pem"))
    link = Link(routine_line("localhost", tls_port, STATION, BoxId("b1"), BOXES["b1"], trusting), lambda _: None)
    async with running(link):
        await until(lambda: link.state == LinkState.ONLINE)


def test_a_box_does_not_give_its_secret_to_a_broker_it_cannot_trust(tls_port: int) -> None:
    with box_program(tls_port, "b1", "tls") as untrusting:
        assert untrusting.stdout
        assert untrusting.stdout.readline() == "DIALLING\n"
        assert "certificate verify failed" in untrusting.stdout.readline()
        assert untrusting.stdout.readline() == "OFFLINE\n"
        untrusting.kill()


async def test_station_and_box_speak_tls_with_a_broker_that_only_the_given_authority_vouches_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate(tmp_path / "tls", "broker")
    port = free_ports()
    said = {"BROKER": f"localhost:{port}", "BROKER_TLS": "true", "BROKER_CA": f"{tmp_path}/tls/ca.pem"}
    for name, value in (said | {"STATION_PASSWORD": "station's"}).items():
        monkeypatch.setenv(f"TIENGLANG_{name}", value)
    async with ground_in(tmp_path / "data", background=lambda station: (station.carrying.run,)) as ground:
        code, _ = await ground.station.enrolling.issue_code(await ground.cluster(), "hoa")
        card = await enrol(tmp_path / "box", ground.url, code, "tests")
        await export_broker_files(ground.station.settings, tmp_path)
        with production(tmp_path, port):
            agent = Agent(tmp_path / "box", card, "null")
            async with running(*agent._lines):
                await until(lambda: ground.station.carrying.up)
                await until(lambda: [line.state for line in agent._lines] == [LinkState.ONLINE] * 2)
            agent._turntable.close()
            await agent._uplink.close()
            agent._journal.close()


def test_tls_is_not_asked_of_the_broker_that_speaks_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIENGLANG_BROKER_TLS", "true")
    with pytest.raises(ValueError, match="the embedded broker speaks no TLS"):
        Settings()
