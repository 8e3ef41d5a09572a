"""How long after its due time the first sample that is not silent arrives at each of 21 loudspeakers.

A whole village of real processes: the server, its broker, seven boxes with a program at their output that stamps
what arrives (`tests/speaker_client/recorder.py`). The due time is the schedule's, in UTC; so the boxes' idea of the
station's time is part of the error.
"""

from __future__ import annotations

import argparse
import shlex
import subprocess
import tempfile
from pathlib import Path

from deploy.village import HORNS, Village, soon_us
from tests.bench.figure import percentile, report
from tests.ports import free_ports
from tests.speaker_client.heard import onsets, utc_offset_us
from tests.speaker_client.sound_of_tests import recorder
from tests.village.hearing import wait_for_ends

SOUND_S = 3
APART_S = 8
BESIDE_US = 3_000_000
"""What begins this far from every due time belongs to none."""


def main() -> None:
    """Found a village, air the starts, and compare what arrived with the schedule."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--starts", type=int, default=20)
    starts = parser.parse_args().starts
    with tempfile.TemporaryDirectory() as folder:
        village = Village(Path(folder), free_ports())
        village.found()
        try:
            due_us, heard = _air(village, starts)
        finally:
            village.stop()
        offset_us = utc_offset_us()
        begun = [[at + offset_us for at in horn] for box in heard for horn in onsets(box, HORNS)]
    report(figures(due_us, begun))


def _air(village: Village, starts: int) -> tuple[list[int], list[Path]]:
    """Play; returns the due times and where each box's recorder kept what it heard."""
    village.start_server()
    heard = []
    for cluster in village.settle():
        heard.append(village.folder / "heard" / cluster)
        heard[-1].mkdir(parents=True)
        village.start_box(cluster, "command:" + shlex.join(recorder(heard[-1])))
    recording = village.upload(_chime(village.folder), "Nhạc hiệu")
    first_us = soon_us(20)
    due_us = [first_us + number * APART_S * 1_000_000 for number in range(starts)]
    programmes = [village.air(f"Bản tin {number}", [recording], at_us) for number, at_us in enumerate(due_us)]
    wait_for_ends(village, programmes[-1], len(heard), starts * APART_S + 90)
    return due_us, heard


def _chime(folder: Path) -> Path:
    """Two tones, loud from the first sample on."""
    path = folder / "chime.wav"
    sound = f"sine=f=660:r=48000:d={SOUND_S},volume=0.5"
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", sound, path], check=True)
    return path


def figures(due_us: list[int], begun: list[list[int]]) -> dict[str, float | int | bool | str]:
    """The figures of what began at each loudspeaker against when it should have; all times UTC."""
    errors_ms, missed, doubled = [], 0, 0
    for horn in begun:
        for due in due_us:
            near = [at for at in horn if abs(at - due) < BESIDE_US]
            missed += not near
            errors_ms += [(at - due) / 1000 for at in near[:1]]
        doubled += max(0, len(horn) - len(due_us))
    late = [abs(error) for error in errors_ms]
    return {
        "loudspeakers": len(begun),
        "starts": len(due_us),
        "start_error_p50_ms": percentile(late, 0.50),
        "start_error_p99_ms": percentile(late, 0.99),
        "start_error_max_ms": max(late),
        "start_error_goal_p99_ms": 5,
        "earliest_ms": min(errors_ms),
        "latest_ms": max(errors_ms),
        "missed": missed,
        "doubled": doubled,
    }


if __name__ == "__main__":
    main()
