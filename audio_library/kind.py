"""Speech or music? Told from how the level moves, as in Saunders (1996): speech pauses, music goes on.

Three features over the 10 ms levels, each 0 (music) to 1 (speech):
`low`    share of frames below half the mean level of their second: speech falls between syllables;
`pauses` share of frames 25 dB below the loud ones: speech breathes;
`hiss`   spread of the zero crossings: speech changes between vowels and hissed consonants.
"""

from __future__ import annotations

from typing import Final

from audio_library.levels import Levels
from audio_library.sound import Kind

_SECOND: Final = 100
SPEECH_FROM: Final = 0.5


def kind_of(levels: Levels) -> Kind:
    """The kind that decides the bit rate; in doubt, speech."""
    return "speech" if speechness(levels) >= SPEECH_FROM else "music"


def speechness(levels: Levels) -> float:
    """0 surely music, 1 surely speech."""
    low, pauses, hiss = features(levels)
    return (_scaled(low, 0.10, 0.55) * 2 + _scaled(pauses, 0.0, 0.15) + _scaled(hiss, 0.2, 0.8)) / 4


def features(levels: Levels) -> tuple[float, float, float]:
    """(`low`, `pauses`, `hiss`) as measured."""
    if not len(levels):
        return 1.0, 1.0, 1.0
    return _low(levels), _pauses(levels), _hiss(levels)


def _low(levels: Levels) -> float:
    low = 0
    for at in range(0, len(levels), _SECOND):
        second = levels.rms[at : at + _SECOND]
        half = sum(second) / len(second) / 2
        low += sum(rms < half for rms in second)
    return low / len(levels)


def _pauses(levels: Levels) -> float:
    loud = sorted(levels.rms)[int(len(levels) * 0.9)]
    return sum(rms < loud * 0.056 for rms in levels.rms) / len(levels)


def _hiss(levels: Levels) -> float:
    """Coefficient of variation of the crossings where there is sound."""
    loud = sorted(levels.rms)[int(len(levels) * 0.9)]
    heard = [crossed for crossed, rms in zip(levels.crossings, levels.rms, strict=True) if rms > loud * 0.056]
    mean = sum(heard) / len(heard) if heard else 0.0
    if not mean:
        return 0.0
    return float((sum((crossed - mean) ** 2 for crossed in heard) / len(heard)) ** 0.5 / mean)


def _scaled(value: float, music: float, speech: float) -> float:
    return min(1.0, max(0.0, (value - music) / (speech - music)))
