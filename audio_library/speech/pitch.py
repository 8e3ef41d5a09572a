"""How high a voice is: the lag at which a stretch of it is most like itself, in the middle of all stretches."""

from __future__ import annotations

import audioop
import math
from array import array
from collections.abc import Iterable, Sequence
from operator import mul
from typing import Final

from audio_library.ffmpeg import RATE

SLOW: Final = 8_000
LOWEST_HZ, HIGHEST_HZ = 70, 400
STRETCH: Final = SLOW // 20
MOST: Final = 24
"""Stretches that are looked at: each costs two milliseconds."""
VOICED: Final = 0.6
"""How like itself a stretch must be."""
NEARLY: Final = 0.92
"""So much of the greatest likeness, at a shorter lag, is the voice, and the greatest a multiple of it."""


def pitch_hz(pcm: bytes) -> float | None:
    """The middle of the pitches heard in mono s16 at 48 kHz; None if no voice is."""
    slow, _ = audioop.ratecv(pcm, 2, 1, RATE, SLOW, None, 1, 1)
    samples = array("h", slow)
    starts = range(0, len(samples) - STRETCH, STRETCH // 2)
    loudest = sorted(starts, key=lambda at: -audioop.rms(samples[at : at + STRETCH].tobytes(), 2))[:MOST]
    found = [one for at in loudest if (one := _pitch(samples[at : at + STRETCH]))]
    return middle(found) if found else None


def middle(values: Iterable[float]) -> float:
    """As many are smaller as are larger; statistics would bring much along that nobody needs here."""
    ordered = sorted(values)
    return ordered[len(ordered) // 2]


def semitones(one_hz: float, other_hz: float) -> float:
    """How much higher the one is."""
    return 12 * math.log2(one_hz / other_hz)


def _pitch(stretch: Sequence[int]) -> float | None:
    mean = sum(stretch) / len(stretch)
    level = [one - mean for one in stretch]
    alike = {lag: _likeness(level, lag) for lag in range(SLOW // HIGHEST_HZ, SLOW // LOWEST_HZ + 1)}
    most = max(alike.values())
    if most < VOICED:
        return None
    for lag, one in alike.items():
        if one >= NEARLY * most and one >= max(alike.get(lag - 1, 0.0), alike.get(lag + 1, 0.0)):
            return SLOW / (lag + _between(alike, lag))
    return None


def _likeness(level: Sequence[float], lag: int) -> float:
    early, late = level[:-lag], level[lag:]
    power = math.sqrt(sum(map(mul, early, early)) * sum(map(mul, late, late)))
    return sum(map(mul, early, late)) / power if power else 0.0


def _between(alike: dict[int, float], lag: int) -> float:
    """Where between samples the top of the parabola is."""
    before, here, after = (alike.get(one, alike[lag]) for one in (lag - 1, lag, lag + 1))
    bend = before - 2 * here + after
    return (before - after) / (2 * bend) if bend else 0.0
