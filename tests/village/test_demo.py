"""The demo survives a failed, a foreign and a second start, and takes everything with it when it ends."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2

from deploy.village import Village
from tests.village.conftest import free_ports
from tests.village.hearing import wait_until

ROOT = Path(__file__).parents[2]


class Demo:
    """One run of it."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port, self.out = folder, port, folder.with_suffix(f".{port}")
        argv = [sys.executable, "-m", "deploy.demo", "--data", str(folder), "--port", str(port)]
        with self.out.open("wb") as out:
            self.process = subprocess.Popen(argv, cwd=ROOT, stdout=out, stderr=out, start_new_session=True)

    def said(self) -> str:
        return self.out.read_text()

    def hear(self, pattern: str, seconds: float) -> str:
        """Wait for what it should say; the part in parentheses."""
        wait_until(lambda: re.search(pattern, self.said()) or self.process.poll() is not None, bool, seconds)
        found = re.search(pattern, self.said())
        assert found, self.said()
        return found[1]

    def started(self) -> list[int]:
        """The processes it started."""
        pid = self.process.pid
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def greetings(self) -> list[dict[str, Any]]:
        """The log of what it plays at its start, newest first."""
        village = Village(self.folder, self.port)
        try:
            lines = [one for one in village.log() if one["title"] == "Phát thử toàn xã"]
        finally:
            village.stop()
        return sorted(lines, key=lambda line: -int(line["start_us"]))

    def end(self, how: int) -> None:
        self.process.send_signal(how)
        self.process.wait(30)


@contextmanager
def running(folder: Path, port: int) -> Iterator[Demo]:
    demo = Demo(folder, port)
    try:
        yield demo
    finally:
        demo.end(signal.SIGTERM)


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
