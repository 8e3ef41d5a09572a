"""The clock in words: every hour and every minute said once, one after the other, so that any time can be cut out."""

from __future__ import annotations

import audioop
import tempfile
import wave
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from audio_library.speech.port import Speech, Voice
from audio_library.speech.reading.numbers import cardinal
from audio_library.speech.recording import wav

GAP_S: Final = 0.3
MARGIN_S: Final = 0.03
"""Kept before and after what is said."""
QUIET: Final = 60
"""RMS of 16-bit samples below which the voice pauses."""


HOURS: Final = tuple(f"Thông báo phát lúc {cardinal(hour)} giờ" for hour in range(24))
MINUTES: Final = ("đúng", *(f"{cardinal(minute)} phút" for minute in range(1, 60)))


@dataclass(frozen=True)
class Cut:
    """A stretch of a joined sound, in microseconds."""

    from_us: int
    duration_us: int


async def say_all(speech: Speech, phrases: Sequence[str], voice: Voice) -> tuple[bytes, list[Cut]]:
    """The phrases behind each other as WAV, and where each is. SpeechFailed as the engine says."""
    sound, cuts, rate = bytearray(), list[Cut](), 0
    with tempfile.TemporaryDirectory(prefix="hours-") as folder:
        for phrase in phrases:
            spoken = await speech.speak(phrase, voice, Path(folder, "phrase.wav"))
            pcm, rate = _bare(spoken.file)
            margin = bytes(2 * round(MARGIN_S * rate))
            start = len(sound)
            sound += margin + pcm + margin
            cuts.append(Cut(_us(start, rate), _us(len(sound) - start, rate)))
            sound += bytes(2 * round(GAP_S * rate))
    return wav(bytes(sound[: len(sound) - 2 * round(GAP_S * rate)]), rate), cuts


def _bare(file: Path) -> tuple[bytes, int]:
    """What is said, without the silence around it."""
    with wave.open(str(file)) as sound:
        rate, pcm = sound.getframerate(), sound.readframes(sound.getnframes())
    step = 2 * (rate // 100)
    loud = [at for at in range(0, len(pcm), step) if audioop.rms(pcm[at : at + step], 2) > QUIET]
    return (pcm[loud[0] : loud[-1] + step], rate) if loud else (pcm, rate)


def _us(size: int, rate: int) -> int:
    return size // 2 * 1_000_000 // rate
