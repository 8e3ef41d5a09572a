"""A text said sentence by sentence, with pauses in which an echo dies away before the next one begins.

Outdoors a word comes from several horns, up to a second and a half apart: who speaks without pauses there is not
understood.
"""

from __future__ import annotations

import asyncio
import audioop
import tempfile
import wave
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Final

from audio_library.speech.length import PAUSE_S, sentences
from audio_library.speech.port import OWN_PACE, Pace, Speech, SpeechFailed, Spoken, TookTooLong, Voice
from audio_library.speech.recording import save, wav

FADE_S: Final = 0.005
EDGE_S: Final = 0.03
"""What is kept of the quiet around a sentence."""
QUIET: Final = 330
"""-40 dBFS: softer is the quiet that an engine puts around what it says."""
AT_ONCE: Final = 2


class Unhurried:
    """An engine that says a text sentence by sentence, some of them at once, and joins them without clicks."""

    def __init__(self, engine: Speech) -> None:
        self._engine = engine
        self.name = engine.name

    def can(self, voice: Voice, pace: Pace = OWN_PACE) -> bool:
        return self._engine.can(voice, pace)

    async def speak(self, text: str, voice: Voice, file: Path, pace: Pace = OWN_PACE) -> Spoken:
        pieces = sentences(text)
        if len(pieces) < 2:
            return await self._engine.speak(text, voice, file, pace)
        room, over = asyncio.Semaphore(AT_ONCE), asyncio.Event()
        with tempfile.TemporaryDirectory(prefix="speech-", ignore_cleanup_errors=True) as folder:  # a thread may write

            async def say(number: int, piece: str) -> Path:
                async with room:
                    if over.is_set():  # nothing is begun any more for what will not be heard
                        raise asyncio.CancelledError
                    try:
                        return (await self._engine.speak(piece, voice, Path(folder, f"{number}.wav"), pace)).file
                    except BaseException:
                        over.set()
                        raise

            saying = [asyncio.create_task(say(*one)) for one in enumerate(pieces)]
            try:
                await asyncio.wait(saying, return_when=asyncio.FIRST_EXCEPTION)
            finally:
                for one in saying:
                    one.cancel()
                said = await asyncio.gather(*saying, return_exceptions=True)
            failure = next((one for one in said if isinstance(one, Exception)), None)
            if failure is None:
                whole = Path(folder, "whole.wav")
                await asyncio.to_thread(_join, [one for one in said if isinstance(one, Path)], whole)
                return await asyncio.to_thread(save, whole, text, file, self.name, voice)
        if isinstance(failure, SpeechFailed) and not isinstance(failure, TookTooLong):
            return await self._engine.speak(text, voice, file, pace)  # what it cannot say alone it may say among others
        raise failure


def _join(files: Sequence[Path], whole: Path) -> None:
    """One after the other, a pause between; SpeechFailed if they are not all of one kind."""
    sounds = [_read(file) for file in files]
    rates = [rate for rate, _ in groupby(sorted(rate for _, rate in sounds))]
    if len(rates) > 1:
        raise SpeechFailed(f"sentences at {rates} Hz")
    (rate,) = rates
    pause = bytes(2 * round(PAUSE_S * rate))
    whole.write_bytes(wav(pause.join(_edged(pcm, rate) for pcm, _ in sounds), rate))


def _read(file: Path) -> tuple[bytes, int]:
    """s16 mono, and its rate."""
    with wave.open(str(file)) as sound:
        pcm, rate = sound.readframes(sound.getnframes()), sound.getframerate()
        return audioop.tomono(pcm, 2, 0.5, 0.5) if sound.getnchannels() == 2 else pcm, rate


def _edged(pcm: bytes, rate: int) -> bytes:
    """Without the quiet around it, faded in and out."""
    step, edge = 2 * (rate // 100), round(EDGE_S * 100)
    loud = [at for at in range(len(pcm) // step) if audioop.max(pcm[at * step : (at + 1) * step], 2) > QUIET]
    if not loud:
        return pcm
    kept = pcm[max(0, loud[0] - edge) * step : (loud[-1] + 1 + edge) * step]
    count = min(round(FADE_S * rate), len(kept) // 4)
    begins = b"".join(audioop.mul(kept[2 * n : 2 * n + 2], 2, n / count) for n in range(count))
    ends = b"".join(audioop.mul(kept[-2 * n : len(kept) - 2 * n + 2], 2, (n - 1) / count) for n in range(count, 0, -1))
    return begins + kept[2 * count : len(kept) - 2 * count] + ends
