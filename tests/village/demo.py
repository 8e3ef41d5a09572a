"""The demo as its own process, started and ended by a test."""

from __future__ import annotations

import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from deploy.village import Village
from tests.village.hearing import wait_until

ROOT = Path(__file__).parents[2]


class Demo:
    """One run of it."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port, self.out = folder, port, folder.with_suffix(f".{port}")
        argv = ["deploy/demo.sh", "--data", str(folder), "--port", str(port)]
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
