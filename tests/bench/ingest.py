"""How fast an upload becomes a content, and what it costs: 30 minutes of speech through the whole intake.

Last line: one flat JSON object. Time is from the start of the worker process to its end; memory is the sum over
the worker and all its tools, sampled every 100 ms, resident (shared pages counted once for each) and proportional.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

PARAGRAPH = (
    "Đài truyền thanh xã Tây Hồ xin kính chào bà con. Sau đây là bản tin sáng. Ủy ban nhân dân xã thông báo lịch tiêm "
    "phòng cho trẻ em dưới năm tuổi vào sáng thứ bảy tại trạm y tế. Bà con các thôn chú ý đề phòng mưa lớn và lũ quét. "
    "Hợp tác xã thông báo lịch lấy nước phục vụ sản xuất vụ đông, đề nghị các hộ nạo vét kênh mương. "
)
VOICES = ("vi", "vi-vn-x-central", "vi-vn-x-south")
GOALS = {"realtime_factor_goal": 80, "peak_rss_mb_goal": 200, "true_peak_dbtp_goal": -1.5}


@dataclass
class Run:
    """One intake: seconds it took, on the clock and on both processors, MB it needed, and what it made."""

    seconds: float
    cpu_s: float
    rss_mb: float
    pss_mb: float
    intake: dict[str, object]


def recording(folder: Path, minutes: float, suffix: str) -> Path:
    """A bulletin of that length, read in turn by the three voices, as `suffix` (mp3 or m4a)."""
    parts = []
    for voice in VOICES:
        part = folder / f"{voice}.wav"
        speak = ["espeak-ng", "-v", voice, "-a", "70", "-s", "150", "--stdin", "-w", str(part)]
        subprocess.run(speak, input=(PARAGRAPH * 6).encode(), check=True, timeout=60)
        parts.append(f"file '{part}'\n")
    listing = folder / "parts.txt"
    listing.write_text("".join(parts) * 40)
    file = folder / f"bulletin.{suffix}"
    codec = {"mp3": ["-c:a", "libmp3lame", "-b:a", "128k"], "m4a": ["-c:a", "aac", "-b:a", "96k"]}[suffix]
    join = ["ffmpeg", "-nostdin", "-v", "error", "-f", "concat", "-safe", "0", "-i", str(listing)]
    subprocess.run([*join, "-t", str(minutes * 60), "-ar", "44100", *codec, str(file)], check=True, timeout=300)
    return file


def intake(file: Path, store: Path) -> Run:
    """One whole intake into an empty store."""
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-m", "audio_library.intake"]
    started = time.monotonic()
    spent = cpu()
    with (store / "out").open("wb") as out:
        worker = subprocess.Popen([*command, "--original", str(file), "--store", str(store)], stdout=out)
    rss = pss = 0.0
    while worker.poll() is None:
        now_rss, now_pss = memory(worker.pid)
        rss, pss = max(rss, now_rss), max(pss, now_pss)
        time.sleep(0.1)
    seconds = time.monotonic() - started
    if worker.returncode:
        raise SystemExit(f"the intake ended with {worker.returncode}")
    last = (store / "out").read_text().splitlines()[-1]
    return Run(seconds, cpu() - spent, rss, pss, json.loads(last)["intake"])


def cpu() -> float:
    """Seconds of processor that ended children have used."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def memory(pid: int) -> tuple[float, float]:
    """Resident and proportional MB of the process and all below it."""
    rss = pss = 0
    for process in family(pid):
        try:
            lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue  # it has just ended
        sizes = {line.split()[0]: int(line.split()[1]) for line in lines[1:]}
        rss, pss = rss + sizes.get("Rss:", 0), pss + sizes.get("Pss:", 0)
    return rss * 1024 / 1e6, pss * 1024 / 1e6


def family(pid: int) -> list[int]:
    """The process and all its descendants."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [pid, *(process for child in children for process in family(int(child)))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--format", choices=("mp3", "m4a"), default="mp3")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ingest-") as name:
        file = recording(Path(name), asked.minutes, asked.format)
        runs = []
        for number in range(asked.runs):
            store = Path(name, f"store-{number}")
            store.mkdir()
            runs.append(intake(file, store))
            print(f"run {number + 1}: {runs[-1]}"[:120], file=sys.stderr)
    print(json.dumps(result(runs, asked.minutes, asked.format)))


def result(runs: list[Run], minutes: float, suffix: str) -> dict[str, object]:
    seconds = statistics.median(run.seconds for run in runs)
    made = runs[-1].intake
    return {
        "realtime_factor": round(minutes * 60 / seconds, 1),
        "peak_rss_mb": round(max(run.rss_mb for run in runs), 1),
        "peak_pss_mb": round(max(run.pss_mb for run in runs), 1),
        "loudness_lufs": made["loudness_lufs"],
        "true_peak_dbtp": made["true_peak_dbtp"],
        "kind": made["kind"],
        "minutes": minutes,
        "format": suffix,
        "runs": len(runs),
        "cpu_s": round(statistics.median(run.cpu_s for run in runs), 1),
        "best_s": round(min(run.seconds for run in runs), 2),
        "worst_s": round(max(run.seconds for run in runs), 2),
        **GOALS,
    }


if __name__ == "__main__":
    main()
