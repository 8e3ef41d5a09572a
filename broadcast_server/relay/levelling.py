"""Live levelling, pure: towards −16 LUFS by a slow hand on the gain, and no peak above the house's ceiling.

A frame comes as a pair: as it sounds, and through the K weighting of BS.1770, which its loudness is taken from.
"""

from __future__ import annotations

import math
from collections import deque
from typing import Any

import numpy as np

from audio_library.loudness import CEILING_DB, TARGET_LUFS

FRAME_SAMPLES = 960
PAIR_BYTES = FRAME_SAMPLES * 2 * 4
"""A frame as it comes: float32, sound and weighted sound in turn."""
LOUDEST_GAIN_DB, LOWEST_GAIN_DB = 30.0, -20.0
ABSOLUTE_GATE_LUFS, RELATIVE_GATE_LU = -55.0, -10.0
BLOCK_FRAMES = 20
"""400 ms, the block of BS.1770."""
MEMORY_FRAMES = 500
"""What is remembered of the loudness fades with this time constant: ten seconds of sound."""
QUICK_FRAMES = 150
"""In the first three seconds of sound the gain may go as fast as it likes: nobody knows yet how loud it was."""
MOST_LOST_DB = 4.0
"""So much of what the limiter takes is given back by more gain; what needs more is clipped already."""
UP_DB, DOWN_DB = 0.03, 0.12
"""The most that the gain moves in a frame afterwards: 1.5 dB a second up, 6 dB down."""
Samples = Any


class Rider:
    """The hand on the gain: mean squares in (1 = full scale), dB out."""

    def __init__(self) -> None:
        self.gain_db = 0.0
        self._block: deque[float] = deque(maxlen=BLOCK_FRAMES)
        self._power = self._weight = 0.0
        self._before = self._asked = self._given = 0.0
        self._sound_frames = 0

    def hear(self, power: float, left: float = 1.0) -> float:
        """One frame of this K-weighted mean square; of the one before, the limiter left the share `left` (power).

        The gain for it, dB. In pauses it stays where it is.
        """
        asked, self._before = self._before, power
        self._block.append(power)
        block = sum(self._block) / len(self._block)
        if _lufs(block) < max(ABSOLUTE_GATE_LUFS, self.loudness_lufs + RELATIVE_GATE_LU):
            return self.gain_db
        self._sound_frames += 1
        keep = 1 - 1 / min(MEMORY_FRAMES, self._sound_frames)
        self._power, self._weight = self._power * keep + block, self._weight * keep + 1
        self._asked, self._given = self._asked * keep + asked, self._given * keep + asked * left
        wanted = TARGET_LUFS - self.loudness_lufs + self._lost_db()
        wanted = min(max(wanted, LOWEST_GAIN_DB), LOUDEST_GAIN_DB)
        if self._sound_frames <= QUICK_FRAMES:
            self.gain_db = wanted
        else:
            self.gain_db += min(max(wanted - self.gain_db, -DOWN_DB), UP_DB)
        return self.gain_db

    def _lost_db(self) -> float:
        """What the limiter takes from the loudness."""
        return min(MOST_LOST_DB, -10 * math.log10(self._given / self._asked)) if self._given else 0.0

    @property
    def loudness_lufs(self) -> float:
        """Of the sound without its pauses, before the gain; -120 before there was any."""
        return _lufs(self._power / self._weight) if self._weight else -120.0


class Limiter:
    """Holds true peaks below the ceiling, looking ahead; what goes in comes out a frame later."""

    STEP = 48
    AHEAD = 6
    RELEASE = 0.98
    """Steps of 1 ms: how far it looks, and how much of its hold it keeps from one to the next."""

    def __init__(self, ceiling_db: float = CEILING_DB) -> None:
        self._ceiling = 10 ** (ceiling_db / 20)
        self._last: Samples = np.zeros(FRAME_SAMPLES)
        self._tail: Samples = np.zeros(TAPS - 1)
        steps = FRAME_SAMPLES // self.STEP
        self._needed: Samples = np.ones(steps)
        self._held = 1.0
        self._past: Samples = np.ones(self.AHEAD)
        self._edge = 1.0

    def pass_on(self, samples: Samples) -> tuple[Samples, float]:
        """The frame before, limited, and which share of its power was left. Full scale is 1."""
        coming = self._look_at(samples)
        steps = len(coming)
        needed = np.concatenate((self._needed, coming))
        lowest = np.lib.stride_tricks.sliding_window_view(needed, self.AHEAD + 1).min(axis=1)[: steps + 1]
        held = self._released(lowest)
        smooth = np.convolve(np.concatenate((self._past, held)), np.full(self.AHEAD, 1 / self.AHEAD), "valid")[1:]
        edges = np.concatenate(([self._edge], np.minimum(smooth[:-1], smooth[1:])))
        out = self._last * np.interp(np.arange(FRAME_SAMPLES), np.arange(steps + 1) * self.STEP, edges)
        before = float(np.dot(self._last, self._last))
        left = float(np.dot(out, out)) / before if before else 1.0
        self._past, self._edge, self._held = held[-self.AHEAD - 1 : -1], float(edges[-1]), float(held[-2])
        self._last, self._needed = samples, coming
        return out, left

    def _look_at(self, samples: Samples) -> Samples:
        """For each step the gain that its true peak needs."""
        line = np.concatenate((self._tail, samples))
        self._tail = line[-(TAPS - 1) :]
        between = np.abs(np.lib.stride_tricks.sliding_window_view(line, TAPS) @ PHASES).max(axis=1)
        peaks = np.maximum(between, np.abs(samples)).reshape(-1, self.STEP).max(axis=1)
        return np.minimum(1.0, self._ceiling / np.maximum(peaks, 1e-9))

    def _released(self, lowest: Samples) -> Samples:
        held, now = np.empty_like(lowest), self._held
        for at, value in enumerate(lowest):
            held[at] = now = min(float(value), 1 - (1 - now) * self.RELEASE)
        return held


class Levelling:
    """Rider and limiter over one source, from its first frame on."""

    def __init__(self) -> None:
        self.rider, self._limiter = Rider(), Limiter()
        self._gain = 1.0
        self._left = 1.0
        self._begun = False

    def turn(self, pair: Pair) -> bytes:
        """The next frame (s16le), a frame late."""
        gain = 10 ** (self.rider.hear(_power(pair.weighted), self._left) / 20)
        was = self._gain if self._begun else gain
        self._gain, self._begun = gain, True
        out, self._left = self._limiter.pass_on(pair.sound * np.linspace(was, gain, FRAME_SAMPLES))
        return bytes(np.rint(np.clip(out, -1, 1) * 32767).astype("<i2").tobytes())


class Pair:
    """One frame as the decoder gives it."""

    def __init__(self, data: bytes) -> None:
        both = np.frombuffer(data, "<f4").astype(np.float64).reshape(-1, 2)
        both = np.nan_to_num(both, copy=False, nan=0.0, posinf=0.0, neginf=0.0)
        self.sound: Samples = both[:, 0]
        self.weighted: Samples = both[:, 1]

        self.power = _power(self.sound)
        """Mean square; 1 is full scale."""

    @property
    def level_db(self) -> float:
        """Root mean square, dBFS; digital silence is -120."""
        return decibel(self.power)


def decibel(power: float) -> float:
    """dB of a mean square; -120 at the least."""
    return 10 * math.log10(power) if power > 1e-12 else -120.0


def _power(samples: Samples) -> float:
    return float(np.dot(samples, samples)) / len(samples)


def _lufs(power: float) -> float:
    return decibel(power) - 0.691


TAPS = 24


def _phases() -> Samples:
    """A windowed sinc for each quarter between two samples."""
    at = np.arange(TAPS) - TAPS // 2 + 1
    rows = []
    for quarter in (0.25, 0.5, 0.75):
        shifted = at - quarter
        window = 0.5 + 0.5 * np.cos(np.pi * shifted / (TAPS // 2 + 1))
        rows.append(np.sinc(shifted) * window)
    return np.stack(rows, axis=1)


PHASES = _phases()
