"""The README's way, word by word: two demos side by side, a bulletin by the command line, what was heard, Ctrl-C."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

from deploy.village import Village
from tests.ports import free_ports
from tests.village.demo import Demo, running
from tests.village.hearing import likeness, wait_for_ends, wait_until

LOGIN = r"one-time login: admin  (\S+)"
DAY_S = 86_400


def tienglang(demo: Demo, *words: str) -> Any:
    """One command as whoever reads the README gives it."""
    env = {**os.environ, "TIENGLANG_DATA": str(demo.folder / "station")}
    command = [Village.bin("tienglang"), *words, "--json"]
    told = subprocess.run(command, env=env, capture_output=True, text=True, timeout=120, check=False)
    assert told.returncode == 0, told.stderr
    return json.loads(told.stdout)


def test_a_bulletin_by_hand_reaches_21_loudspeakers_beside_another_demo(tmp_path: Path, bulletin: Path) -> None:
    with running(tmp_path / "one", free_ports()) as one, running(tmp_path / "two", free_ports()) as two:
        for demo in (one, two):
            demo.hear(LOGIN, 120)
        greeted = time.monotonic()
        for demo in (one, two):
            wait_until(demo.greetings, lambda lines: [line["state"] for line in lines] == ["PLAYED"] * 7, 60)
        assert time.monotonic() - greeted < 60, "within its first minute"
        village = Village(one.folder, one.port)
        clusters = village.api("GET", "/clusters")["items"]
        assert sum(len(cluster["loudspeakers"]) for cluster in clusters) == 21
        last = time.strftime("%Y-%m-%d", time.localtime(time.time() + 13 * DAY_S))
        (day,) = village.api("GET", "/schedule/agenda", params={"from": last, "days": 1})["days"]
        assert day["entries"], "two weeks of schedule"

        recording = tienglang(one, "library", "upload", str(bulletin), "--title", "Bản tin trưa")
        item = ("--item", recording["id"], "--target", "all")
        programme = tienglang(one, "programme", "add", "Bản tin trưa", *item)
        tienglang(one, "schedule", "add", programme["id"], "--in", "20s")
        wait_for_ends(village, programme["id"], 7, 90)

        lines = [line for line in tienglang(one, "log")["items"] if line["programme_id"] == programme["id"]]
        assert [line["state"] for line in lines] == ["PLAYED"] * 7
        assert max(abs(line["error_us"]) for line in lines) < 100_000
        content = village.api("GET", f"/library/{recording['id']}")["content"]
        source = village.station / "content" / content[:2] / content
        village.stop()
        for place in sorted((one.folder / "heard").iterdir()):
            wav = max(place.glob("*.wav"), key=lambda file: file.stat().st_mtime)
            assert min(likeness(wav, source, horn) for horn in range(3)) > 0.95, place.name
        started = [*one.started(), *two.started()]
        assert len(started) == 16
        for demo in (one, two):
            demo.end(signal.SIGINT)
        assert not any(Path(f"/proc/{pid}").exists() for pid in started)
