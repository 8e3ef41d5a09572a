"""A broker of either kind as a process of its own on loopback, with three boxes and the station."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from pathlib import Path

from broadcast_server.mosquitto_files import StationAccounts, password_hash, write_files
from speaker_client.protocol.ids import BoxId, StationId
from tests.ports import free_ports

STATION = StationId("tayho")
BOXES = {"b1": "secret-one", "b2": "secret-two", "b3": "secret-three"}
LOOPBACK_CONF = Path(__file__).parents[2] / "deploy/mosquitto/loopback.conf"


class House(ABC):
    """A running broker: where it is and what the station's password is."""

    start_s = 0.0

    host = "127.0.0.1"
    password = "the station's own"
    process: subprocess.Popen[str]

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "broker.log"
        self.port = 0

    @abstractmethod
    def start(self) -> None:
        """Run, on the same port as before if it ran before."""

    def kill(self) -> None:
        """As a power cut would."""
        self.process.kill()
        self._ended()

    def stop(self) -> int:
        """Ask it to end; its exit code."""
        self.process.terminate()
        return self._ended()

    def _ended(self) -> int:
        if self.process.stdout:
            self.process.stdout.close()
        return self.process.wait(10)

    def said(self) -> str:
        """All it logged."""
        return self.log.read_text()


class Embedded(House):
    def start(self) -> None:
        pairs = [f"{box}={secret}" for box, secret in BOXES.items()]
        command = [sys.executable, "-X", "dev", "-m", "tests.brokers.embedded", str(self.port), self.password, *pairs]
        with self.log.open("a") as log:
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
        assert self.process.stdout
        port, took = self.process.stdout.readline().split()
        self.port, self.start_s = int(port), float(took)


class Mosquitto(House):
    def start(self) -> None:
        self.port = self.port or free_ports()
        hashes = {BoxId(box): password_hash(secret) for box, secret in BOXES.items()}
        write_files(self.folder, StationAccounts(STATION, password_hash(self.password), hashes))
        conf = LOOPBACK_CONF.read_text().replace("@PORT@", str(self.port)).replace("@FOLDER@", str(self.folder))
        (self.folder / "mosquitto.conf").write_text(f"{conf}user root\n")
        self.process = run_mosquitto(self.folder / "mosquitto.conf", self.log)
        await_port(self.port)


def run_mosquitto(conf: Path, log_path: Path) -> subprocess.Popen[str]:
    """The real program; FileNotFoundError where it is not installed."""
    program = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
    with log_path.open("a") as log:
        return subprocess.Popen([program, "-c", str(conf)], stderr=log, text=True)


def await_port(port: int, host: str = "127.0.0.1", seconds: float = 5.0) -> None:
    """Return when somebody listens; AssertionError if nobody does in time."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex((host, port)) == 0:
                return
        time.sleep(0.02)
    raise AssertionError(f"nobody listens on port {port}")


KINDS: dict[str, type[House]] = {"embedded": Embedded, "mosquitto": Mosquitto}
