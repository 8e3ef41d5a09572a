"""A text is heard on the phone before it is put on air: spoken as it would be, and kept nowhere."""

from __future__ import annotations

import asyncio
import audioop
import logging
import tempfile
import wave
from dataclasses import dataclass
from pathlib import Path

from audio_library.aside import aside
from audio_library.ffmpeg import ToolFailed
from audio_library.fresh import RATE, Encoders, takes
from audio_library.refusal import Refusal
from audio_library.speech import FirstThatSpeaks, Manner, SpeechFailed
from audio_library.speech.equalising import equalise
from audio_library.speech.recording import wav
from broadcast_server.problem import Problem
from broadcast_server.pronouncing import Pronouncing

log = logging.getLogger(__name__)

AT_ONCE = 2
"""Who tries texts out waits for the others: nobody's trying makes an announcement late."""


@dataclass(frozen=True)
class Preview:
    """Ogg Opus, and which engine spoke it."""

    sound: bytes
    engine: str


class Previewing:
    """Speaks texts for whoever typed them."""

    def __init__(self, voices: FirstThatSpeaks, pronouncing: Pronouncing) -> None:
        self._voices, self._pronouncing, self._room = voices, pronouncing, asyncio.Semaphore(AT_ONCE)
        self._encoders = Encoders()  # none stands ready: those that do are for alarms

    async def speak(self, text: str, manner: Manner) -> Preview:
        """The checked text said once. Problem 503 `speech_unavailable`."""
        voices = self._voices.reading(self._pronouncing.reader(manner.said_as))
        try:
            async with self._room:
                with tempfile.TemporaryDirectory(prefix="preview-", ignore_cleanup_errors=True) as folder:
                    file = Path(folder, "spoken.wav")
                    spoken = await voices.speak(text, manner.voice, file, manner.pace)
                    await aside(equalise, file)
                    await asyncio.to_thread(_narrow, file)
                    (take,) = await asyncio.to_thread(takes, file, False)
                return Preview((await self._encoders.encode(take)).data, spoken.engine)
        except (SpeechFailed, ToolFailed, Refusal, ValueError, OSError) as error:
            log.error("no preview of a text: %s", error)
            refusal = Refusal("speech_unavailable")
            raise Problem(503, refusal.code, refusal.vi, refusal.en) from error


def _narrow(file: Path) -> None:
    """The WAV at the rate that the encoders take; the online voice comes with more."""
    with wave.open(str(file)) as sound:
        rate, pcm = sound.getframerate(), sound.readframes(sound.getnframes())
    if rate != RATE:
        narrow, _ = audioop.ratecv(pcm, 2, 1, rate, RATE, None)
        file.write_bytes(wav(narrow, RATE))
