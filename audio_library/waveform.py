"""The picture of a sound: how high it goes in each of equally long stretches."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from audio_library.levels import Levels
from audio_library.loudness import Setting

BUCKETS: Final = 1_000


def waveform(levels: Levels, setting: Setting, turn_db: float) -> tuple[int, ...]:
    """`BUCKETS` peaks, 0 silence to 255 full scale, as they are after gain, limiter and the last turn."""
    factor = 10 ** ((setting.gain_db + turn_db) / 20) / 32768
    ceiling = 10 ** ((setting.ceiling_db + turn_db) / 20)
    return tuple(
        round(255 * min(ceiling, factor * max(levels.peak[start:end], default=0)))
        for start, end in _stretches(len(levels))
    )


def _stretches(frames: int) -> list[tuple[int, int]]:
    """Where each bucket starts and ends; a short sound repeats frames rather than leave buckets empty."""
    edges = [bucket * frames // BUCKETS for bucket in range(BUCKETS + 1)]
    return [(start, max(end, start + 1)) for start, end in pairwise(edges)]
