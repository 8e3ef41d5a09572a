"""The ear of the benchmark: it tells a start from a pause, a missed one and a doubled one."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.bench.ontime import figures
from tests.speaker_client.heard import onsets


def chunk(at_us: int, *silent_frames: int) -> tuple[int, np.ndarray[tuple[int, int], np.dtype[np.int16]]]:
    """One block on as many loudspeakers, each silent for some frames first."""
    samples = np.full((960, len(silent_frames)), 7, np.int16)
    for channel, frames in enumerate(silent_frames):
        samples[:frames, channel] = 0
    return at_us, samples


def test_each_loudspeaker_begins_where_its_own_silence_ends(tmp_path: Path) -> None:
    position, lines = 0, []
    with (tmp_path / "heard.raw").open("wb") as raw:
        for at_us, samples in [chunk(1_000_000, 48, 960), chunk(1_020_000, 0, 480), chunk(4_000_000, 0, 960)]:
            raw.write(samples.tobytes())
            lines.append(f"{at_us} {position} {samples.nbytes}")
            position += samples.nbytes
    (tmp_path / "heard.txt").write_text("\n".join(lines) + "\n")
    assert onsets(tmp_path, 2) == [[1_001_000, 4_000_000], [1_030_000]]


def test_missed_and_doubled_starts_are_counted_and_errors_measured() -> None:
    due = [10_000_000, 20_000_000]
    on_time, late, absent, twice = [10_001_000, 20_001_000], [10_004_000, 20_009_000], [10_001_000], [*due, 23_500_000]
    said = figures(due, [on_time, late, absent, twice])
    assert (said["loudspeakers"], said["starts"], said["missed"], said["doubled"]) == (4, 2, 1, 1)
    assert (said["start_error_p50_ms"], said["start_error_max_ms"]) == (1.0, 9.0)
