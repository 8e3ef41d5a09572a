"""An officer who records phrases: espeak-ng in a room that is never quite quiet, now louder and now softer."""

from __future__ import annotations

import subprocess
import wave
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from audio_library.speech.phrases import Phrase
from audio_library.speech.take import Take
from audio_library.speech.takes import Takes

Samples = NDArray[np.float64]
RATE = 48_000
ROOM = 12.0
"""Root mean square of the room, at the gain of 0 dB."""
QUIET_S = 0.35
"""Before and after what is said."""


def spoken(words: str, pitch: int = 50) -> Samples:
    """What espeak-ng says, at 48 kHz, without the quiet around it."""
    command = ["espeak-ng", "-v", "vi", "-a", "60", "-s", "150", "-p", str(pitch), "--stdin", "--stdout"]
    said = subprocess.run(command, input=words.encode(), capture_output=True, check=True, timeout=30).stdout
    pcm = np.frombuffer(said[44:], "<i2").astype(float) * 0.6
    loud = np.flatnonzero(np.abs(pcm) > 60)
    pcm = pcm[loud[0] : loud[-1] + 1]
    at = np.arange(len(pcm) * RATE // 22_050) * 22_050 / RATE
    return np.interp(at, np.arange(len(pcm)), pcm)


def recorded(
    words: str, gain_db: float = 0.0, quiet_s: float = QUIET_S, room: float = ROOM, pitch: int = 50, seed: int = 1
) -> bytes:
    """The take as a phone without automatic gain delivers it, mono s16 at 48 kHz."""
    edge = np.zeros(round(quiet_s * RATE))
    sound = np.concatenate([edge, spoken(words, pitch), edge])
    heard = (sound + np.random.default_rng(seed).normal(0, room, len(sound))) * 10 ** (gain_db / 20)
    return np.clip(heard, -32768, 32767).astype("<i2").tobytes()


def record(folder: Path, phrases: Iterable[Phrase], gains: Mapping[str, float] | None = None) -> Takes:
    """Takes of these phrases, each with its gain."""
    takes = Takes(folder)
    for number, phrase in enumerate(phrases):
        gain = (gains or {}).get(phrase.key, 0.0)
        takes.keep(phrase, Take.of(recorded(phrase.words, gain, seed=number)))
    return takes


def heard(file: Path) -> Samples:
    """What was said."""
    with wave.open(str(file)) as sound:
        assert (sound.getframerate(), sound.getnchannels(), sound.getsampwidth()) == (RATE, 1, 2)
        return np.frombuffer(sound.readframes(sound.getnframes()), "<i2").astype(float)


def level_db(sound: Samples) -> float:
    """Of what is said: frames of 10 ms not more than 10 dB below their mean power."""
    power = (sound[: len(sound) // 480 * 480].reshape(-1, 480) ** 2).mean(axis=1)
    return float(10 * np.log10(power[power > power.mean() / 10].mean() / 32768**2))
