"""A voice whose every second bears a mark of its own, and when each mark is found again in what was recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

RATE = 48_000
EVERY_S = 1.0
MARK_S = 0.12
VOICED_S = 0.65
"""Of each second; the rest is a pause for breath, as between phrases."""
LIKE_ENOUGH = 0.5
LONGEST_DELAY_S = 15.0
NEAR_S = 0.4
SWEEPS = 4
KINDS = 60
"""After so many seconds the marks come again."""

Samples = np.ndarray[Any, np.dtype[np.int16]]
Wave = np.ndarray[Any, np.dtype[np.float64]]


def voice(seconds: int) -> Samples:
    """Marks, each followed by a tone that swells, and by silence."""
    at = np.arange(RATE) / RATE
    tone = 0.3 * np.sin(2 * np.pi * (180 + 40 * at) * at) * (0.6 + 0.4 * np.sin(2 * np.pi * 5 * at))
    tone *= np.clip((VOICED_S - at) * 50, 0, 1)
    size = round(MARK_S * RATE)
    whole = np.concatenate([np.concatenate([mark(number), tone[size:]]) for number in range(seconds)])
    return np.asarray(whole * 20_000, np.int16)


@lru_cache
def mark(number: int) -> Wave:
    """Four short sweeps, as no other of KINDS has them, within what a codec for speech keeps."""
    draw = np.random.default_rng(number % KINDS)
    at = np.arange(round(MARK_S * RATE) // SWEEPS) / RATE
    sweeps = []
    for _ in range(SWEEPS):
        low, high = draw.uniform(400, 3200, 2)
        phase = 2 * np.pi * (low * at + (high - low) * at**2 / (2 * at[-1]))
        sweeps.append(np.sin(phase) * np.hanning(len(at)) ** 0.3)
    return np.asarray(0.9 * np.concatenate(sweeps))


@dataclass(frozen=True)
class Recording:
    """Mono sound in pieces: at which moment (monotonic µs) each began. What lies between pieces is silence."""

    pieces: Sequence[tuple[int, Samples]]

    def between(self, from_us: int, to_us: int) -> Wave:
        """The sound of that time."""
        sound = np.zeros((to_us - from_us) * RATE // 1_000_000)
        begin = np.searchsorted(self._starts, from_us - 1_000_000)
        for at_us, piece in self.pieces[int(begin) :]:
            if at_us >= to_us:
                break
            offset = round((at_us - from_us) * RATE / 1e6)
            skip = max(0, -offset)
            end = min(len(sound), offset + len(piece))
            if end > max(0, offset):
                sound[max(0, offset) : end] = piece[skip : skip + end - max(0, offset)]
        return sound

    @cached_property
    def _starts(self) -> Wave:
        return np.array([at_us for at_us, _ in self.pieces])


def recorded(folder: Path, channels: int) -> Recording:
    """What `tests/speaker_client/recorder.py` kept: the first loudspeaker's sound, each piece when it arrived."""
    sound = np.memmap(folder / "heard.raw", np.int16, "r").reshape(-1, channels)
    lines = (folder / "heard.txt").read_text().splitlines()
    stamps = [tuple(map(int, line.split())) for line in lines]
    width = 2 * channels
    return Recording([(at, np.array(sound[begin // width : (begin + size) // width, 0])) for at, begin, size in stamps])


def delays(recording: Recording, began_us: int, count: int) -> list[float | None]:
    """For each mark of a voice whose first sample was spoken at `began_us`, how much later it sounded (ms)."""
    found: list[float | None] = []
    known: float | None = None
    for number in range(count):
        spoken_us = began_us + round(number * EVERY_S * 1e6)
        delay = None if known is None else _find(recording, number, spoken_us, known - NEAR_S, known + NEAR_S)
        if delay is None:
            delay = _find(recording, number, spoken_us, 0.0, LONGEST_DELAY_S)
        known = known if delay is None else delay
        found.append(None if delay is None else delay * 1000)
    return found


def _find(recording: Recording, number: int, spoken_us: int, least_s: float, most_s: float) -> float | None:
    """Seconds from speaking to sounding; None where nothing in that time is like the mark."""
    from_us = spoken_us + round(max(0.0, least_s) * 1e6)
    pattern = mark(number)
    sound = recording.between(from_us, spoken_us + round(most_s * 1e6) + round(MARK_S * 1e6))
    if len(sound) < len(pattern) or not sound.any():
        return None
    size = 1 << (len(sound) + len(pattern)).bit_length()
    product = np.fft.irfft(np.fft.rfft(sound, size) * np.conj(np.fft.rfft(pattern, size)), size)
    product = product[: len(sound) - len(pattern) + 1]
    sums = np.concatenate([[0.0], np.cumsum(sound**2)])
    energy = sums[len(pattern) :] - sums[: -len(pattern)]
    likeness = np.abs(product) / np.sqrt(np.maximum(energy, 1e6) * (pattern**2).sum())
    best = int(np.argmax(likeness))
    return (from_us - spoken_us) / 1e6 + best / RATE if likeness[best] >= LIKE_ENOUGH else None
