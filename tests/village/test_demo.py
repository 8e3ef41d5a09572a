"""The demo survives a failed, a foreign and a second start, and takes everything with it when it ends."""

from __future__ import annotations

import os
import signal
import socket
from pathlib import Path

import httpx2

from deploy.village import Village
from tests.ports import free_ports
from tests.village.demo import Demo, running
from tests.village.hearing import wait_until

ROOT = Path(__file__).parents[2]


def test_a_port_that_is_taken_is_told_before_anything_is_written(tmp_path: Path) -> None:
    port = free_ports()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as foreign:
        foreign.bind(("127.0.0.1", port + 2))
        demo = Demo(tmp_path / "demo", port)
        assert demo.process.wait(30) == 1
    assert f"Cổng đang bị chương trình khác dùng: {port + 2} (UDP)" in demo.said()
    assert f"In use by another program: port {port + 2} (UDP). Choose another: deploy/demo.sh --port" in demo.said()
    assert not (tmp_path / "demo").exists()


def test_a_second_run_on_another_port_finishes_greets_and_lets_in(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    with running(folder, free_ports()) as first:
        old = first.hear(r"one-time login: admin  (\S+)", 90)
        box = first.started()[-1]
        os.kill(box, signal.SIGKILL)
        first.hear(r"(Hộp / box “.+”: đã dừng \(SIGKILL\), chạy lại)", 20)
        started = first.started()
        assert len(started) == 8
        first.end(signal.SIGHUP)
        assert not any(Path(f"/proc/{pid}").exists() for pid in started)
    unfinished = next((folder / "boxes").iterdir()) / "identity.json"
    unfinished.unlink()
    (folder / "seeded").unlink()
    with running(folder, free_ports()) as second:
        new = second.hear(r"one-time login: admin  (\S+)", 90)
        assert new != old
        second.hear(r"đã ghép lại (6) hộp", 1)
        credentials = {"name": "admin", "password": new}
        assert httpx2.post(f"http://127.0.0.1:{second.port}/api/v1/login", json=credentials, trust_env=False).is_success
        newest = second.greetings()[0]["start_us"]
        played = wait_until(
            lambda: [one for one in second.greetings() if one["start_us"] == newest and one["state"] == "PLAYED"],
            lambda lines: len(lines) == 7,
            60,
        )
        assert played
        village = Village(folder, second.port)
        try:
            assert village.api("GET", "/first-run") == {
                "clusters": 7, "simulated": 7, "bulletin": False, "time": False, "samples": True,
            }  # fmt: skip
            assert len(village.api("DELETE", "/samples")["clusters"]) == 7
            assert not any(village.api("GET", "/first-run").values())
            assert not village.api("GET", "/library")["items"]
        finally:
            village.stop()
        wait_until(second.started, lambda there: len(there) == 1, 20)
