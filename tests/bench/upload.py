"""Whether an upload survives a bad line and a killed app: sent to the real server over a real socket that is cut.

30 MB at `--cuts` places, in turn closed, reset, and gone without a word to the station; halfway the app is killed with
kill -9 and started anew. The app is the officer's own in a real Chromium, which keeps the file and its place itself;
`--phone script` sends by the bare protocol instead. `identical`: what the library keeps as the original has the SHA-256
of the file. `bytes_sent_pct`: what went over the line from the phone, headers and all, in per cent of the file.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import httpx2

from audio_library.content import hash_file
from tests.bench.figure import report, rss_mb
from tests.bench.rig.app_phone import AppPhone
from tests.bench.rig.cutter import Cutter
from tests.faces.house import House

PATIENCE_S = 300
SECONDS_PER_BYTE = 1 / 88_200
"""Of mono 16-bit sound at 44.1 kHz."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=float, default=30)
    parser.add_argument("--cuts", type=int, default=10)
    parser.add_argument("--phone", choices=("app", "script"), default="app")
    parser.add_argument("--mbit", type=float, default=20, help="what the line carries in a second")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="upload-") as name:
        folder = Path(name)
        file = recording(folder / "ban-tin.wav", round(asked.megabytes * 1e6))
        house = House(folder)
        house.ask("init", "--name", "Xã Tây Hồ", "--port", str(house.port))
        house.start()
        try:
            figures = measured(house, file, asked.phone, asked.cuts, asked.mbit * 125_000)
        finally:
            house.end()
    report(figures)
    sys.exit(int(not figures["identical"]))


def recording(file: Path, size: int) -> Path:
    """A WAV of about that size."""
    source = f"anoisesrc=color=pink:amplitude=0.5:seed=1:sample_rate=44100:duration={size * SECONDS_PER_BYTE:.3f}"
    command = ["ffmpeg", "-nostdin", "-v", "error", "-f", "lavfi", "-i", source, "-c:a", "pcm_s16le", str(file)]
    subprocess.run(command, check=True, timeout=120)
    return file


class Phone(Protocol):
    """Whatever sends the file."""

    def start(self) -> None:
        """Begin, or go on."""

    def wait(self, ms: int) -> None:
        """Let it work."""

    def kill(self) -> None:
        """kill -9."""

    def close(self) -> None:
        """Put it away."""


class Script:
    """The bare protocol, in a process of its own."""

    def __init__(self, house: House, port: int, file: Path) -> None:
        token = (house.data / "cli.token").read_text().strip()
        self._arguments = [str(port), token, str(file), str(file.with_suffix(".place"))]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen([sys.executable, "-m", "tests.bench.rig.uploader", *self._arguments])

    def wait(self, ms: int) -> None:
        time.sleep(ms / 1000)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def close(self) -> None:
        self.kill()


class App(AppPhone):
    """The officer's app."""

    def __init__(self, house: House, port: int, file: Path) -> None:
        super().__init__(port, file.parent / "phone", *hired(house))
        self._file: Path | None = file

    def start(self) -> None:
        """Begin, or go on: the second time nobody gives it the file."""
        super().start()
        if self._file is not None:
            self.send(self._file)
        self._file = None


def hired(house: House) -> tuple[str, str]:
    """An officer's name and password."""
    name, password = "can.bo", "loa phường sáu giờ"
    with house.client() as client:
        new = {"name": name, "full_name": "Cán bộ", "role": "officer"}
        once = client.post("/users", json=new).json()["one_time_password"]
    with httpx2.Client(base_url=f"{house.url}/api/v1", trust_env=False, headers={"origin": house.url}) as person:
        assert person.post("/login", json={"name": name, "password": once}).is_success
        assert person.post("/me/password", json={"old": once, "new": password}).is_success
    return name, password


def measured(
    house: House, file: Path, kind: str, cuts: int, bytes_per_s: float
) -> dict[str, float | int | bool | str | None]:
    """Send the file over the line and see what the library made of it."""
    size = file.stat().st_size
    step = size // (cuts + 1)
    cutter = Cutter(("127.0.0.1", house.port), [step * number for number in range(1, cuts + 1)], bytes_per_s)
    begun, kills, before = time.monotonic(), 0, rss_mb(house.pid)
    phone: Phone = (App if kind == "app" else Script)(house, cutter.port, file)
    try:
        phone.start()
        wait(lambda: cutter.sent > size // 2 + step // 4, phone)
        phone.kill()
        kills += 1
        phone.start()
        with house.client() as client:
            intakes = wait(lambda: settled(client.get("/library/uploads").json()["items"]), phone)
            items = client.get("/library").json()["items"]
        seconds = time.monotonic() - begun
    finally:
        phone.close()
        cutter.close()
    memory = rss_mb(house.pid)
    kept = [house.data / "content" / one["original"][:2] / one["original"] for one in items]
    return {
        "phone": kind,
        "identical": [hash_file(one) for one in kept] == [hash_file(file)],
        "bytes_sent_pct": 100 * cutter.sent / size,
        "bytes_sent_pct_goal": 105,
        "bytes": size,
        "bytes_sent": cutter.sent,
        "cuts": cutter.made,
        "kills": kills,
        "intakes": len(intakes),
        "recordings": len(items),
        "seconds": seconds,
        "line_mbit": bytes_per_s / 125_000,
        "server_rss_mb": memory,
        "server_grew_mb": memory - before,
    }


def settled(intakes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """All of them, once they have all ended."""
    return intakes if all(one["state"] not in ("received", "working") for one in intakes) else []


def wait(until: Callable[[], Any], phone: Phone) -> Any:
    """What `until` gives once it gives something, while the phone works."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if found := until():
            return found
        phone.wait(20)
    raise AssertionError("waited in vain")


if __name__ == "__main__":
    main()
