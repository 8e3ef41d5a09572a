"""A station as processes: founded by the command, served by the command, killed by force."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx2
from typer.testing import CliRunner

from broadcast_server.commands.app import app
from tests.contract import check
from tests.ports import free_ports

BIN = Path(sys.executable).parent


def serving(folder: Path) -> Iterator[House]:
    """A station that was founded here and serves, until the generator goes on."""
    house = House(folder)
    house.ask("init", "--name", "Xã Tây Hồ", "--port", str(house.port))
    house.start()
    yield house
    house.end()


class House:
    """One data folder and the server process over it."""

    def __init__(self, folder: Path) -> None:
        self.data, self.port = folder / "data", free_ports()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "server.log"
        self.program: list[str | Path] = [BIN / "tienglang", "serve"]
        """What serves."""
        self._server: subprocess.Popen[bytes] | None = None
        self.env = {key: value for key, value in os.environ.items() if not key.startswith("TIENGLANG_")}

    def tienglang(self, *argv: str | Path, code: int = 0) -> str:
        """Run a command here; what it printed, with what it complained of."""
        done = CliRunner(env={"TIENGLANG_SERVER": None, "TIENGLANG_TOKEN": None}).invoke(
            app, [*map(str, argv), "--data", str(self.data)]
        )
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert done.exit_code == code, done.output
        return done.output

    def ask(self, *argv: str | Path) -> Any:
        """Run a command with `--json`; its answer."""
        return json.loads(self.tienglang(*argv, "--json"))

    def start(self) -> None:
        """Serve, and come back when it does."""
        with self.log.open("ab") as log:
            argv = [*self.program, "--data", self.data, "--port", str(self.port)]
            self._server = subprocess.Popen(argv, env=self.env, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and self._server.poll() is None:
            try:
                httpx2.get(f"{self.url}/static/icon.svg", trust_env=False, timeout=5)
                if (self.data / "address").exists():
                    return
            except httpx2.TransportError:
                pass
            time.sleep(0.05)
        raise AssertionError(self.log.read_text())

    @property
    def pid(self) -> int:
        """The server's process id."""
        assert self._server is not None
        return self._server.pid

    def kill(self) -> None:
        """kill -9."""
        self.end(signal.SIGKILL)

    def end(self, how: int = signal.SIGTERM) -> None:
        """Send the server a signal and wait until it is gone."""
        if self._server is not None:
            self._server.send_signal(how)
            self._server.wait(20)
            self._server = None

    def gone(self) -> int:
        """Wait until the server has ended by itself; how."""
        assert self._server is not None
        code = self._server.wait(20)
        self._server = None
        return code

    def client(self) -> httpx2.Client:
        """The operator's own."""
        headers = {"Authorization": f"Bearer {(self.data / 'cli.token').read_text().strip()}"}
        hooks = {"response": [lambda answer: (answer.read(), check(answer))]}
        base = f"{self.url}/api/v1"
        return httpx2.Client(base_url=base, headers=headers, trust_env=False, timeout=20, event_hooks=hooks)


def wait(until: Callable[[], Any], patience_s: float = 60) -> Any:
    """What `until` gives once it gives something."""
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        if found := until():
            return found
        time.sleep(0.05)
    raise AssertionError("waited in vain")


def ask(file: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute(sql).fetchall()
