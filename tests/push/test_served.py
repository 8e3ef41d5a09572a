"""The server as a process of its own: what it finds to tell reaches a phone beside everything else it does."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faces.house import House
from tests.ports import free_ports
from tests.push.service import Pocket, PushService, push_service

OWN = "một hai ba bốn năm"
SOON_S = 30
"""Within seconds, on a machine that has other things to do."""


@pytest.fixture
def service(tmp_path: Path) -> Iterator[PushService]:
    with push_service(tmp_path / "push") as running:
        yield running


@pytest.fixture
def house(tmp_path: Path, service: PushService) -> Iterator[House]:
    """A station with one cluster, set to use that push service, and to relay from this machine."""
    house = House(tmp_path / "house")
    house.data.parent.mkdir()
    house.ask("init", "--name", "Xã Tây Hồ", "--port", str(house.port), "--quiet-hours", "none")
    house.env |= {f"TIENGLANG_{name.upper()}": value for name, value in service.settings.items()}
    house.env |= {"TIENGLANG_RELAY_HOSTS": "127.0.0.1", "TIENGLANG_RELAY_PRIVATE": "127.0.0.0/8"}
    house.start()
    house.ask("cluster", "add-village", "Thôn Đông")
    house.ask("cluster", "add", "Nhà văn hóa", "--village", "thôn đông", "--loudspeakers", "3")
    yield house
    house.end()


def with_a_phone(house: House, service: PushService) -> Pocket:
    """An officer signs in on a phone, and lets the station tell it things."""
    pocket = Pocket()
    with house.client() as operator:
        once = operator.post("/users", json={"name": "lan", "role": "officer"}).json()["one_time_password"]
    with house.client() as browser:
        del browser.headers["Authorization"]
        browser.headers["Origin"] = house.url
        browser.post("/login", json={"name": "lan", "password": once})
        browser.post("/me/password", json={"old": once, "new": OWN})
        answer = browser.put("/me/notices/phone", json=pocket.subscription(service.endpoint("lan")))
        assert answer.status_code == 200, answer.text
    return pocket


def soon(look: Callable[[], Any]) -> Any:
    """What it finds, once that is something."""
    deadline = time.monotonic() + SOON_S
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.05)
    raise AssertionError("nothing came")


def test_a_running_station_tells_a_phone_of_a_dead_relay_and_of_an_alarm_within_seconds(
    house: House, service: PushService
) -> None:
    pocket = with_a_phone(house, service)
    with house.client() as operator:
        form = {"name": "VOV1", "kind": "http", "address": f"http://127.0.0.1:{free_ports()}/vov"}
        source = operator.post("/relays/sources", json=form).json()["id"]
        at = time.time_ns() // 1000 + 300_000_000
        wish = {"length_s": 600, "targets": ["all"], "title": "Thời sự", "at_us": at}
        answer = operator.post(f"/relays/sources/{source}/start", json=wish)
        assert answer.is_success, answer.text
        sent = soon(lambda: service.to("lan"))
        told = pocket.read(sent[0].body)
        assert told["title"].startswith("“Thời sự” lúc ")
        assert "Nếu đến giờ vẫn vậy, loa im lặng và đài tự thử lại." in told["body"]
        answer = operator.post("/emergencies", json={"targets": ["all"], "text": "Nước lên nhanh.", "key": "c" * 32})
        assert answer.is_success, answer.text
        sent = soon(lambda: service.to("lan")[1:])
        told = pocket.read(sent[0].body)
        assert told["title"].endswith("Khẩn cấp: Nước lên nhanh.")
        assert told["place"] == f"/now/order/{answer.json()['id']}"


def test_what_a_killed_station_had_not_sent_is_sent_when_it_is_back_and_a_backup_holds_its_key(
    house: House, service: PushService, tmp_path: Path
) -> None:
    pocket = with_a_phone(house, service)
    service.answers["/push/lan"] = [(503, {})]
    with house.client() as operator:
        operator.post("/emergencies", json={"targets": ["all"], "text": "Nước lên nhanh.", "key": "c" * 32})
        soon(lambda: service.to("lan"))
        house.kill()
    service.answers["/push/lan"] = [(201, {})]
    house.start()
    sent = soon(lambda: service.to("lan")[1:])
    assert pocket.read(sent[-1].body)["kind"] == "emergency"
    house.ask("backup", tmp_path / "kept.tar")
    restored = House(tmp_path / "elsewhere")
    restored.data.parent.mkdir()
    restored.ask("restore", tmp_path / "kept.tar")
    secret = house.data / "keys" / "push.key"
    assert (restored.data / "keys" / "push.key").read_text() == secret.read_text()
    assert (restored.data / "keys" / "push.key").stat().st_mode & 0o777 == 0o600


def test_a_station_that_has_nothing_to_tell_carries_none_of_what_it_takes() -> None:
    program = "import sys, broadcast_server.app; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert not {"cryptography", "http_ece", "py_vapid", "broadcast_server.push.sealing"} & set(done.stdout.split())
