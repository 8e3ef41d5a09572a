"""How loud a sound is every 10 ms: what trimming, levelling, the waveform and the kind are decided from."""

from __future__ import annotations

import audioop
import math
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from audio_library.ffmpeg import RATE

FRAME: Final = RATE // 100
FRAME_BYTES: Final = FRAME * 2
KEPT_FRAMES: Final = 10
"""Silence left at either end: 100 ms."""
BELOW_LOUDNESS_DB: Final = 34
"""A frame this far below the integrated loudness is silence at the ends."""
FLOOR_DB: Final = -70.0
RELATIVE_GATE_DB: Final = 10.0
"""Quieter than all that is above the first gate by so much does not count."""


@dataclass
class Levels:
    """One entry per 10 ms of mono s16: root mean square, peak and zero crossings."""

    rms: array[int] = field(default_factory=lambda: array("H"))
    peak: array[int] = field(default_factory=lambda: array("H"))
    crossings: array[int] = field(default_factory=lambda: array("H"))
    _rest: bytes = b""

    def feed(self, pcm: bytes) -> None:
        """Take the next stretch of sound, of any length."""
        data = self._rest + pcm
        whole = len(data) - len(data) % FRAME_BYTES
        for at in range(0, whole, FRAME_BYTES):
            frame = data[at : at + FRAME_BYTES]
            self.rms.append(min(audioop.rms(frame, 2), 32767))
            self.peak.append(min(audioop.max(frame, 2), 32767))
            self.crossings.append(max(audioop.cross(frame, 2), 0))
        self._rest = data[whole:]

    def __len__(self) -> int:
        return len(self.rms)

    def cut(self, start: int, end: int) -> Levels:
        """Frames `start` to `end` alone."""
        return Levels(self.rms[start:end], self.peak[start:end], self.crossings[start:end])


def decibel(value: float) -> float:
    """dBFS of a 16-bit amplitude; digital silence is -120."""
    return 20 * math.log10(value / 32768) if value > 0 else -120.0


def mean_square(db: float) -> float:
    """Of a 16-bit sound that is so loud, in dBFS."""
    return float(32768**2 * 10 ** (db / 10))


def gated_db(squares: Sequence[float], absolute_gate_db: float) -> float | None:
    """dBFS of stretches of these mean squares, gated as EBU R128 gates them; None if all are below the first gate."""
    loud = [one for one in squares if one > mean_square(absolute_gate_db)]
    if not loud:
        return None
    gate = sum(loud) / len(loud) / 10 ** (RELATIVE_GATE_DB / 10)
    felt = [one for one in loud if one > gate]
    return 10 * math.log10(sum(felt) / len(felt) / 32768**2)


def sounding(levels: Levels, loudness_lufs: float) -> tuple[int, int]:
    """First and one past the last frame to keep: the sound and 100 ms around it; (0, 0) if nothing sounds."""
    threshold = 32768 * 10 ** (max(loudness_lufs - BELOW_LOUDNESS_DB, FLOOR_DB) / 20)
    first = next((at for at, rms in enumerate(levels.rms) if rms > threshold), None)
    if first is None:
        return 0, 0
    last = next(at for at in range(len(levels) - 1, -1, -1) if levels.rms[at] > threshold)
    return max(0, first - KEPT_FRAMES), min(len(levels), last + 1 + KEPT_FRAMES)
