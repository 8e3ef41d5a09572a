"""A voice that is a program on this machine: text on its standard input, a WAV file out."""

from __future__ import annotations

import asyncio
import os
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path

from audio_library.speech.port import OWN_PACE, Pace, Spoken, Voice
from audio_library.speech.recording import save
from audio_library.speech.tool import run_tool


class ProgramVoice(ABC):
    """Says a text in a folder of its own and keeps the sound, durably if it is to be `lasting`."""

    name = ""

    def __init__(self, timeout_s: float, lasting: bool = True) -> None:
        self._timeout_s, self._lasting = timeout_s, lasting

    @abstractmethod
    def argv(self, voice: Voice, pace: Pace, raw: Path) -> Sequence[str]:
        """The command line that says what comes by stdin into the file `raw`."""

    async def speak(self, text: str, voice: Voice, file: Path, pace: Pace = OWN_PACE) -> Spoken:
        with tempfile.TemporaryDirectory(prefix="speech-", ignore_cleanup_errors=True) as folder:  # a thread may write
            raw = Path(folder, "raw.wav")
            await self._say(text, voice, pace, raw)
            return await asyncio.to_thread(save, raw, text, file, self.name, voice, self._lasting)

    async def _say(self, text: str, voice: Voice, pace: Pace, raw: Path) -> None:
        await run_tool(self.argv(voice, pace, raw), text, self._timeout_s, at_home_in(raw.parent))


def at_home_in(folder: Path) -> dict[str, str]:
    """An environment in which a program leaves nothing elsewhere: espeak-ng looks for PulseAudio, though it writes to a
    file, and that makes folders in HOME and in /tmp."""
    here = str(folder)
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": here,
        "XDG_RUNTIME_DIR": here,
        "PULSE_RUNTIME_PATH": here,
    }
