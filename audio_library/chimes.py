"""The station's own sounds, made by calculation: chime and signature tune, as WAV at 48 kHz mono."""

from __future__ import annotations

import math
import sys
from array import array
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from audio_library.content import write_durably
from audio_library.speech.recording import wav

RATE: Final = 48_000
SCALE: Final = (293.66, 329.63, 392.00, 440.00, 493.88, 587.33, 659.26, 783.99)
"""Hz: D E G A B, the five notes of a northern Vietnamese lullaby, and up."""
TUNE: Final = (3, 4, 5, 4, 3, 2, 3, 5, 6, 5, 3, 2, 1, 2, 3)
CRIES: Final = ((1.5, 0.3), (0.8, 0.2), (2.1, 0.4), (1.1, 0.6))
"""Seconds of each of a siren's cries and of the pause behind it. No two are alike: a sensor knows ours by when it is
loud, and a steady beat is the same a moment later."""
_STEEP: Final = 1 / 480
"""How far a siren gets in a sample from one height to the other: 10 ms, and no click."""
_BEAT_S: Final = 0.36

Sound = Sequence[float]
"""Samples from -1 to 1, as an array: a list takes four times as much, and the server would not get rid of it."""


def chime() -> Sound:
    """Three falling bells, 3 s: something will be said."""
    return _mixed((at, bell(SCALE[note], 1.9)) for at, note in ((0.0, 5), (0.5, 3), (1.0, 2)))


def siren() -> Sound:
    """A siren's cries between 450 and 900 Hz, where horns are loudest, 7 s; between them it runs down by 26 dB."""
    sound = array("d")
    phase = height = 0.0
    for cry, pause in CRIES:
        length, whole = int(cry * RATE), int((cry + pause) * RATE)
        for n in range(whole):
            swing = 0.5 - 0.5 * math.cos(2 * math.pi * n / length) if n < length else 0.0
            phase += 2 * math.pi * 450 * 2**swing / RATE
            height += _STEEP * ((0.35 if n < length else 0.0175) - height)
            sound.append(height * (math.sin(phase) + 0.3 * math.sin(3 * phase)))
    return _eased(sound)


def closing() -> Sound:
    """Two rising bells, 2 s: that was all."""
    return _mixed((at, bell(SCALE[note], 1.6)) for at, note in ((0.0, 2), (0.4, 5)))


def signature_tune() -> Sound:
    """The station's melody on a plucked string, 7 s."""
    strings = {note: plucked(SCALE[note], 1.8) for note in set(TUNE)}
    return _mixed((beat * _BEAT_S, strings[note]) for beat, note in enumerate(TUNE))


def bell(hertz: float, seconds: float) -> Sound:
    """A struck bell: partials that are not quite harmonic, the high ones dying first."""
    partials = ((1.0, 1.0, 2.2), (2.01, 0.5, 3.5), (2.99, 0.25, 5.5), (4.2, 0.12, 9.0))
    sound = _silence(int(seconds * RATE))
    for ratio, height, decay in partials:
        turn, fall = 2 * math.pi * hertz * ratio / RATE, math.exp(-decay / RATE)
        for n in range(len(sound)):
            sound[n] += height * math.sin(turn * n)
            height *= fall
    return _eased(sound)


def plucked(hertz: float, seconds: float) -> Sound:
    """A zither string after Karplus and Strong, plucked near its end, always the same."""
    length = round(RATE / hertz)
    string = [n / (length * 0.2) if n < length * 0.2 else (length - n) / (length * 0.8) for n in range(length)]
    mean = sum(string) / length
    sound = array("d", [value - mean for value in string])
    for n in range(length, int(seconds * RATE)):
        sound.append(0.4985 * (sound[n - length] + sound[n - length + 1]))
    return _eased(sound)


def _eased(sound: array[float]) -> array[float]:
    """Without a click at the end: the sound itself, changed."""
    tail = RATE // 5
    for n in range(tail):
        sound[n - tail] *= (tail - n) / tail
    return sound


def _silence(samples: int) -> array[float]:
    return array("d", bytes(8 * samples))


def _mixed(parts: Iterable[tuple[float, Sound]]) -> Sound:
    """Sounds laid over each other at their seconds, the highest peak at -6 dBFS."""
    placed = [(int(at * RATE), sound) for at, sound in parts]
    whole = _silence(max(start + len(sound) for start, sound in placed))
    for start, sound in placed:
        for n, value in enumerate(sound, start):
            whole[n] += value
    factor = 0.5 / max(map(abs, whole))
    return array("d", (value * factor for value in whole))


def write(sound: Sound, file: Path) -> None:
    """The sound as a WAV file, durably."""
    write_durably(file, [wav(pcm(sound), RATE)])


def pcm(sound: Sound) -> bytes:
    """The sound as s16 samples."""
    return array("h", (round(max(-1.0, min(1.0, value)) * 32767) for value in sound)).tobytes()


if __name__ == "__main__":
    write(signature_tune(), Path(sys.argv[1]))
