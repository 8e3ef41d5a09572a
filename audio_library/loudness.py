"""Loudness by EBU R128: reading the meter, and how much gain brings a sound to the house level."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from audio_library.levels import Levels, decibel
from audio_library.refusal import Refusal

TARGET_LUFS: Final = -16.0
TOLERANCE_LU: Final = 0.7
"""Nearer than the promised 1 LU, so that another meter agrees."""
HIGHEST_PEAK_DBTP: Final = -1.5
PEAK_MARGIN_DB: Final = 0.05
CEILING_DB: Final = -4.0
"""Where the limiter holds the samples: coding at 24 kbit/s adds up to 2.3 dB of peak to them."""
RELEASE_A_FRAME: Final = 0.8
"""How much of its hold the limiter keeps over 10 ms; found by measuring real voices."""
SILENT_LUFS: Final = -60.0
MOST_GAIN_DB: Final = 45.0

_SUMMARY: Final = re.compile(r"Integrated loudness:\s+I:\s+(-?[\d.]+|-inf|nan) LUFS")
_PEAK: Final = re.compile(r"Peak level dB: (-?[\d.]+|-inf|nan)")


@dataclass(frozen=True)
class Level:
    """What the meter said of a whole sound."""

    loudness_lufs: float
    true_peak_dbtp: float | None = None

    def turned(self, gain_db: float) -> Level:
        """The same sound, so much louder."""
        peak = None if self.true_peak_dbtp is None else round(self.true_peak_dbtp + gain_db, 2)
        return Level(round(self.loudness_lufs + gain_db, 2), peak)


def read_meter(said: str) -> Level:
    """The summaries that ffmpeg's ebur128 and astats wrote; Refusal `unreadable` if there is none."""
    loudness, peak = _SUMMARY.findall(said), _PEAK.findall(said)
    if not loudness or loudness[-1] == "nan" or (peak and peak[-1] == "nan"):
        raise Refusal("unreadable", f"no loudness: {said[-300:]}")
    return Level(max(float(loudness[-1]), -70.0), max(float(peak[-1]), -120.0) if peak else None)


def gain_for(levels: Levels, loudness_lufs: float, ceiling_db: float = CEILING_DB) -> float:
    """dB of gain before a limiter at `ceiling_db` after which the sound is at the house level.

    The limiter takes away from what it holds down, so the gain is sought by halving on the levels.
    """
    bins = _histogram(levels, loudness_lufs)
    low, high = -40.0, MOST_GAIN_DB
    for _ in range(20):
        middle = (low + high) / 2
        if loudness_lufs + middle + _lost(bins, middle, ceiling_db) < TARGET_LUFS:
            low = middle
        else:
            high = middle
    return round(min(low, TARGET_LUFS - loudness_lufs + 12.0), 2)


def _histogram(levels: Levels, loudness_lufs: float) -> Counter[tuple[int, int]]:
    """How many frames have which (rms, peak) in dB, leaving out those that the loudness gate leaves out."""
    gate = 32768 * 10 ** ((loudness_lufs - 13) / 20)
    scale = [round(decibel(value)) for value in range(32768)]
    return Counter((scale[rms], scale[peak]) for rms, peak in zip(levels.rms, _felt(levels), strict=True) if rms > gate)


def _felt(levels: Levels) -> Iterator[int]:
    """The peak that the limiter still feels in each frame: it lets go slowly, and looks a little ahead."""
    held = 0
    for peak, following in zip(levels.peak, [*levels.peak[1:], 0], strict=True):
        held = max(peak, following, int(held * RELEASE_A_FRAME))
        yield held


def _lost(bins: Counter[tuple[int, int]], gain_db: float, ceiling_db: float) -> float:
    """dB of loudness, zero or below, that the limiter takes away at this gain."""
    whole = held = 0.0
    for (rms_db, peak_db), count in bins.items():
        power = count * 10 ** (rms_db / 10)
        whole += power
        held += power * 10 ** (min(0.0, ceiling_db - peak_db - gain_db) / 10)
    return 10 * math.log10(held / whole) if held else 0.0


def turn_for(level: Level) -> float:
    """dB by which the coded sound is to be turned, after all else: to the house level if its peaks allow."""
    assert level.true_peak_dbtp is not None
    return min(TARGET_LUFS - level.loudness_lufs, HIGHEST_PEAK_DBTP - PEAK_MARGIN_DB - level.true_peak_dbtp)


def good(level: Level) -> bool:
    """Whether a sound of this level may go on air."""
    assert level.true_peak_dbtp is not None
    return level.true_peak_dbtp <= HIGHEST_PEAK_DBTP and abs(TARGET_LUFS - level.loudness_lufs) <= TOLERANCE_LU


@dataclass(frozen=True)
class Setting:
    """Gain and limiter of one attempt."""

    gain_db: float
    ceiling_db: float = CEILING_DB

    def corrected(self, level: Level) -> Setting:
        """What to try next after the coded sound was measured, and was too quiet once its peaks were turned down."""
        assert level.true_peak_dbtp is not None
        over = max(0.0, level.true_peak_dbtp - (HIGHEST_PEAK_DBTP - PEAK_MARGIN_DB))
        off = TARGET_LUFS - level.loudness_lufs
        softer = over * 0.65  # what the lower ceiling is about to take away
        more = off * 1.4 + softer if abs(off) > 0.3 else softer
        return Setting(round(self.gain_db + more, 2), round(self.ceiling_db - (over + 0.3 if over else 0.0), 2))
