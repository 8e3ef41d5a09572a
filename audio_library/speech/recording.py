"""What an engine delivered becomes a WAV file, after a look at whether it really spoke."""

from __future__ import annotations

import audioop
import io
import wave
from pathlib import Path
from typing import Final

from audio_library.content import write_durably
from audio_library.speech.port import SpeechFailed, Spoken, Voice

SHORTEST_S_A_CHARACTER: Final = 0.015
_HEARD: Final = 100
"""Root mean square of a 16-bit sound that somebody can hear."""


def save(raw: Path, text: str, file: Path, engine: str, voice: Voice, lasting: bool = True) -> Spoken:
    """Keep the WAV `raw` as `file`, durably if it is to be `lasting`; SpeechFailed, and no file, if it is silent or
    too short for the text."""
    pcm, rate, channels = _read(raw)
    seconds = len(pcm) / 2 / channels / rate
    if seconds < max(0.1, SHORTEST_S_A_CHARACTER * sum(map(str.isalnum, text))):
        raise SpeechFailed(f"{engine}: {seconds:.2f} s for {len(text)} characters")
    if audioop.rms(pcm, 2) < _HEARD:
        raise SpeechFailed(f"{engine}: silence")
    if lasting:
        write_durably(file, [wav(pcm, rate, channels)])
    else:
        file.write_bytes(wav(pcm, rate, channels))
    return Spoken(file, engine, voice, round(seconds * 1_000_000))


def _read(raw: Path) -> tuple[bytes, int, int]:
    try:
        with wave.open(str(raw)) as sound:
            rate, channels, width = sound.getframerate(), sound.getnchannels(), sound.getsampwidth()
            pcm = sound.readframes(sound.getnframes())
    except (wave.Error, EOFError, FileNotFoundError) as broken:
        raise SpeechFailed(f"no WAV: {broken}") from broken
    if not rate:
        raise SpeechFailed("no WAV: no sample rate")
    if width != 2:
        raise SpeechFailed(f"{width * 8} bit")
    return pcm[: len(pcm) - len(pcm) % (2 * channels)], rate, channels


def wav(pcm: bytes, rate: int, channels: int = 1) -> bytes:
    """s16 samples as a WAV file."""
    out = io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setnchannels(channels)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        sound.writeframes(pcm)
    return out.getvalue()
