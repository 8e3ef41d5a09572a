"""The offline voice: espeak-ng, a program of its own (GPL), text on its standard input."""

from __future__ import annotations

import asyncio
import os
import tempfile
from pathlib import Path
from typing import Final

from audio_library.speech.port import OWN_PACE, VOICES, Pace, Spoken, Voice
from audio_library.speech.recording import save
from audio_library.speech.tool import run_tool

AMPLITUDE: Final = 70
"""espeak-ng's own 100 clips."""
WORDS_A_MINUTE: Final = 150


def at_home_in(folder: Path) -> dict[str, str]:
    """An environment in which it leaves nothing elsewhere: it looks for PulseAudio, though it writes to a file, and
    that makes folders in HOME and in /tmp."""
    here = str(folder)
    return {"PATH": os.environ.get("PATH", ""), "HOME": here, "XDG_RUNTIME_DIR": here, "PULSE_RUNTIME_PATH": here}


class Espeak:
    """Always there, robotic, three regions, at every pace."""

    name = "espeak-ng"

    def __init__(self, program: str = "espeak-ng", timeout_s: float = 20, lasting: bool = True) -> None:
        """`lasting`: whether what it says survives a power cut."""
        self._program = program
        self._timeout_s, self._lasting = timeout_s, lasting

    def can(self, voice: Voice, pace: Pace = OWN_PACE) -> bool:
        return voice in VOICES

    async def speak(self, text: str, voice: Voice, file: Path, pace: Pace = OWN_PACE) -> Spoken:
        with tempfile.TemporaryDirectory(prefix="speech-") as folder:
            raw = Path(folder, "raw.wav")
            await self._say(text, voice, pace, raw)
            return await asyncio.to_thread(save, raw, text, file, self.name, voice, self._lasting)

    async def _say(self, text: str, voice: Voice, pace: Pace, raw: Path) -> None:
        await run_tool(self._argv(voice, pace, raw), text, self._timeout_s, at_home_in(raw.parent))

    def _argv(self, voice: Voice, pace: Pace, raw: Path) -> list[str]:
        return [
            self._program, "-v", voice, "-a", str(AMPLITUDE), "-s", str(WORDS_A_MINUTE * pace // OWN_PACE),
            "-b", "1", "--stdin", "-w", str(raw),
        ]  # fmt: skip
