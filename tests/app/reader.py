"""Somebody who reads into the phone, again and again the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from audio_library.speech.recording import wav
from tests.app.phone import MICROPHONE
from tests.audio_library.officer import RATE, recorded


def microphone(folder: Path, sound: bytes) -> list[str]:
    """Flags of a browser whose microphone hears this again and again."""
    file = folder / "microphone.wav"
    file.write_bytes(wav(sound, RATE))
    return [*MICROPHONE, f"--use-file-for-fake-audio-capture={file}"]


def quiet(seconds: float, room: float = 12) -> bytes:
    """A room in which nobody speaks."""
    return np.random.default_rng(9).normal(0, room, round(seconds * RATE)).astype("<i2").tobytes()


def reader(words: str = "kính mời bà con", room: float = 12) -> bytes:
    """Four seconds of a room, these words, and a second more."""
    return quiet(4, room) + recorded(words, 6, room=room / 2) + quiet(1, room)
