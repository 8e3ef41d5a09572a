"""Start-up and memory of the server with seven boxes on it; memory and processor of a box while it plays."""

from __future__ import annotations

import subprocess
import tempfile
import time
from pathlib import Path

from deploy.village import Village, soon_us
from tests.bench.figure import cpu_s, median, report, rss_mb
from tests.ports import free_ports
from tests.village.hearing import wait_until

STARTS = 5
WATCHED_S = 60


def main() -> None:
    """Found a village, start its server several times, then play a long programme and watch."""
    with tempfile.TemporaryDirectory() as folder:
        village = Village(Path(folder), free_ports())
        village.found()
        try:
            _measure(village)
        finally:
            village.stop()


def _measure(village: Village) -> None:
    starts = []
    for _ in range(STARTS):
        starts.append(village.start_server())
        village.processes["server"].terminate()
        village.processes.pop("server").wait(10)
    village.start_server()
    clusters = village.settle()
    for cluster in clusters:
        village.start_box(cluster, "null")
    recording = village.upload(_speech(village.folder, WATCHED_S + 45), "Bản tin dài")
    programme = village.air("Bản tin dài", [recording], soon_us(10))
    wait_until(lambda: sum(one["state"] == "PLAYING" for one in village.log(programme)), lambda n: n == 7, 60)
    boxes = [village.processes[f"box-{cluster}"].pid for cluster in clusters]
    time.sleep(5)
    before, began = [cpu_s(pid) for pid in boxes], time.monotonic()
    time.sleep(WATCHED_S)
    spent = [after - start for after, start in zip(map(cpu_s, boxes), before, strict=True)]
    report(
        {
            "server_start_s": median(starts),
            "server_start_goal_s": 1.5,
            "server_rss_mb": rss_mb(village.processes["server"].pid),
            "server_rss_goal_mb": 100,
            "box_rss_mb": median([rss_mb(pid) for pid in boxes]),
            "box_rss_max_mb": max(rss_mb(pid) for pid in boxes),
            "box_rss_goal_mb": 50,
            "box_cpu_pct": median(spent) / (time.monotonic() - began) * 100,
            "box_cpu_goal_pct": 3,
            "starts": STARTS,
            "boxes": len(boxes),
            "watched_s": WATCHED_S,
        }
    )


def _speech(folder: Path, seconds: int) -> Path:
    """So many seconds of speech."""
    wav, long = folder / "speech.wav", folder / "long.mp3"
    text = "Kính mời bà con nghe bản tin của đài truyền thanh xã. Hôm nay trời nắng đẹp, bà con ra đồng sớm. " * 4
    subprocess.run(["espeak-ng", "-v", "vi", "-a", "70", "-w", wav, "--stdin"], input=text.encode(), check=True)
    loop = ["-stream_loop", "-1", "-i", wav, "-t", str(seconds), "-b:a", "64k", long]
    subprocess.run(["ffmpeg", "-v", "error", "-y", *loop], check=True)
    return long


if __name__ == "__main__":
    main()
