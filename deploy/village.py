"""A whole station as processes on this machine: what the demo shows and the tests put to the proof."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx2

BIN = Path(sys.executable).parent
STATION = "Xã Tây Hồ"
PLACES = (
    ("Trung tâm xã", ("Ủy ban xã", "Chợ Tây Hồ")),
    ("Thôn Hội Hiền", ("Nhà văn hóa Hội Hiền", "Đầu làng Hội Hiền")),
    ("Thôn Nam Thượng", ("Nhà văn hóa Nam Thượng", "Đê sông Chu")),
    ("Thôn Yên Trường", ("Nhà văn hóa Yên Trường",)),
)
"""Three villages and the centre, seven clusters."""

HORNS = 3

LEAN = {"MALLOC_ARENA_MAX": "1", "MALLOC_TRIM_THRESHOLD_": "65536", "PYTHONNODEBUGRANGES": "1"}
"""What the systemd units set: 1 to 4 MB less in each process."""


PORTS = ((0, socket.SOCK_STREAM, "TCP, HTTP"), (1, socket.SOCK_STREAM, "TCP, MQTT"), (2, socket.SOCK_DGRAM, "UDP"))
"""What a station listens on, counted from its first port."""


class VillageFailed(Exception):
    """A process of the village did not do what it should; the message carries its last words."""


class Village:
    """The processes of one station: `start_server`, `start_box(n)`, and `api` to talk to it as its operator."""

    def __init__(self, folder: Path, port: int, env: Mapping[str, str] | None = None) -> None:
        self.folder, self.port = folder, port
        self.url = f"http://127.0.0.1:{port}"
        self.station = folder / "station"
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self._commands: dict[str, Sequence[str | Path]] = {}
        self._env = {**os.environ, **LEAN, "PYTHONUNBUFFERED": "1", "TIENGLANG_PORT": str(port), **(env or {})}
        self._client: httpx2.Client | None = None
        (folder / "logs").mkdir(parents=True, exist_ok=True)

    # -- processes ---------------------------------------------------------------------------------------

    def run(self, *argv: str | Path) -> str:
        """Run one of our commands to its end and return what it printed; VillageFailed with its words otherwise."""
        command = [self.bin(argv[0]), *map(str, argv[1:])]
        done = subprocess.run(command, env=self._env, capture_output=True, text=True, timeout=120)
        if done.returncode:
            raise VillageFailed(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
        return done.stdout

    @staticmethod
    def bin(name: str | Path) -> str:
        """Where a command of ours is; one of the system's keeps its name."""
        ours = BIN / name
        return str(ours if ours.exists() else name)

    def spawn(self, name: str, *argv: str | Path) -> subprocess.Popen[bytes]:
        """Start a process that stays; what it says goes to `logs/NAME.log`."""
        with (self.folder / "logs" / f"{name}.log").open("ab") as log:
            command = [self.bin(argv[0]), *map(str, argv[1:])]
            process = subprocess.Popen(
                command, env=self._env, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        self.processes[name], self._commands[name] = process, argv
        return process

    def revive(self, name: str) -> None:
        """Start a process that ended once more, as it was started before."""
        self.spawn(name, *self._commands[name])

    def start_server(self, patience_s: float = 60.0) -> float:
        """Start the server; returns the seconds until it served.

        That is when it writes down its address: whoever else may listen on its port does not.
        """
        began, before = time.monotonic(), self._served_since()
        process = self.spawn("server", "tienglang", "serve", "--data", self.station, "--port", str(self.port))
        while time.monotonic() - began < patience_s and process.poll() is None:
            if self._served_since() not in (None, before):
                return time.monotonic() - began
            time.sleep(0.02)
        raise VillageFailed(f"the server does not serve:\n{self.last_words('server')}")

    def _served_since(self) -> int | None:
        try:
            return (self.station / "address").stat().st_mtime_ns
        except FileNotFoundError:
            return None

    def start_box(self, cluster: str, output: str, sensor: str = "none") -> None:
        """Start the speaker daemon of a cluster."""
        name, folder = f"box-{cluster}", self.box_folder(cluster)
        self.spawn(name, "tienglang-speaker", "--data", folder, "run", "--output", output, "--sensor", sensor)

    def kill(self, name: str) -> None:
        """kill -9, with everything it started, and no goodbye."""
        process = self.processes.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self, patience_s: float = 8.0) -> None:
        """End everything that was started here: politely, then for certain."""
        if self._client:
            self._client.close()
            self._client = None
        running = list(self.processes.values())
        for process in running:
            if process.poll() is None:
                process.terminate()
        deadline = time.monotonic() + patience_s
        for process in running:
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        self.processes.clear()

    def dead(self) -> dict[str, int]:
        """The processes that ended by themselves, each with its exit code, negative for a signal."""
        ended = {name: process.poll() for name, process in self.processes.items()}
        return {name: code for name, code in ended.items() if code is not None}

    def last_words(self, name: str, lines: int = 30) -> str:
        """The end of a process's log."""
        path = self.folder / "logs" / f"{name}.log"
        return "\n".join(path.read_text(errors="replace").splitlines()[-lines:]) if path.exists() else ""

    # -- the station -------------------------------------------------------------------------------------

    def found(self, name: str = STATION) -> dict[str, Any] | None:
        """Make the station, or finish making it; what `tienglang init` says, None if it stands already. It has no quiet
        hours: whatever the hour at which it is tried out, it is to be heard."""
        new = ("--data", self.station, "--name", name, "--quiet-hours", "none", "--json")
        try:
            said = self.run("tienglang", "init", *new)
        except VillageFailed as failure:
            if '"station_exists"' in str(failure):
                return None
            raise
        answer: dict[str, Any] = json.loads(said)
        return answer

    def api(self, method: str, path: str, **more: Any) -> Any:
        """One call as the local operator; VillageFailed with the station's sentence if it says no."""
        token = (self.station / "cli.token").read_text().strip()
        headers = {"Authorization": f"Bearer {token}"}
        try:
            answer = self.raw().request(method, f"/api/v1{path}", headers=headers, **more)
        except httpx2.TransportError as error:
            raise VillageFailed(f"{method} {path}: {error}\n{self.last_words('server')}") from error
        if answer.status_code >= 400:
            raise VillageFailed(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer.json() if answer.content else None

    def raw(self) -> httpx2.Client:
        """A client of the server that is nobody yet."""
        self._client = self._client or httpx2.Client(base_url=self.url, timeout=60, trust_env=False)
        return self._client

    def settle(self, places: Sequence[tuple[str, Sequence[str]]] = PLACES, horns: int = HORNS) -> list[str]:
        """Make villages and clusters, and enrol a box for each cluster, as far as they are not there; the clusters."""
        villages = self._by_name("/villages")
        there = self._by_name("/clusters")
        clusters = []
        for place, names in places:
            village = villages.get(place) or self.api("POST", "/villages", json={"name": place})
            for name in names:
                form = {"village_id": village["id"], "name": name, "loudspeakers": horns}
                clusters.append(str((there.get(name) or self.api("POST", "/clusters", json=form))["id"]))
        for cluster in clusters:
            if self.card(cluster) is None:
                self.enrol(cluster)
        return clusters

    def _by_name(self, path: str) -> dict[str, Any]:
        return {one["name"]: one for one in self.api("GET", path)["items"]}

    def clusters(self) -> list[str]:
        """The ids of all clusters, in their order."""
        return [cluster["id"] for cluster in self.api("GET", "/clusters")["items"]]

    def enrol(self, cluster: str) -> None:
        """Bring a new box into a cluster by a one-time code."""
        code = self.api("POST", f"/clusters/{cluster}/enrolment-codes")["code"]
        folder = self.box_folder(cluster)
        self.run("tienglang-speaker", "--data", folder, "enrol", "--server", self.url, "--code", code)

    def card(self, cluster: str) -> dict[str, Any] | None:
        """What the cluster's box was given when it was enrolled, None before."""
        path = self.box_folder(cluster) / "identity.json"
        return json.loads(path.read_text()) if path.exists() else None

    def box_folder(self, cluster: str) -> Path:
        """The data folder of a cluster's box."""
        return self.folder / "boxes" / cluster

    def upload(self, path: Path, title: str, patience_s: float = 120.0) -> str:
        """Upload a file and wait for its recording's id; VillageFailed with the refusal."""
        params = {"name": path.name, "title": title}
        intake = self.api("POST", "/library/uploads", params=params, content=path.read_bytes())
        return self.recording(intake["id"], patience_s)

    def recording(self, intake: str, patience_s: float = 120.0) -> str:
        """The recording that an intake becomes."""
        deadline = time.monotonic() + patience_s
        while time.monotonic() < deadline:
            state = self.api("GET", f"/library/uploads/{intake}")
            if state["state"] == "ready":
                return str(state["recording_id"])
            if state["state"] in ("refused", "failed"):
                raise VillageFailed(json.dumps(state, ensure_ascii=False))
            time.sleep(0.2)
        raise VillageFailed(f"the intake {intake} is not ready after {patience_s:.0f} s")

    def air(
        self, title: str, recordings: Sequence[str], at_us: int, targets: Sequence[str] = ("all",), **more: Any
    ) -> str:
        """Schedule recordings once at a moment (whole seconds, µs UTC); returns the programme's id. `more`: of it."""
        day, clock = local_time(at_us)
        rule = {"recurrence": {"kind": "once"}, "first_day": day, "times": [clock]}
        form = {"title": title, "items": list(recordings), "targets": list(targets), "rules": [rule], **more}
        return str(self.api("POST", "/programmes", json=form)["id"])

    def log(self, programme: str | None = None) -> list[dict[str, Any]]:
        """The broadcast log, of one programme if it is named."""
        items = self.api("GET", "/log")["items"]
        return [one for one in items if programme in (None, one["programme_id"])]


def ports_taken(port: int) -> list[str]:
    """Those of a station's three ports that cannot be listened on, in words."""
    return [f"{port + more} ({kind})" for more, protocol, kind in PORTS if not _can_listen(port + more, protocol)]


def _can_listen(port: int, protocol: socket.SocketKind) -> bool:
    with socket.socket(socket.AF_INET, protocol) as probe:
        if protocol == socket.SOCK_STREAM:  # as servers do: connections that just ended hold nobody up
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError):
            return False
    return True


def local_time(at_us: int) -> tuple[str, str]:
    """Day and time of a moment in Vietnam, which has had no summer time since 1975."""
    moment = time.gmtime(at_us / 1_000_000 + 7 * 3600)
    return time.strftime("%Y-%m-%d", moment), time.strftime("%H:%M:%S", moment)


def soon_us(seconds: float) -> int:
    """The next whole second at least so far from now, in microseconds UTC."""
    return (int(time.time() + seconds) + 1) * 1_000_000
