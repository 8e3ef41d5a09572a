"""The offline voice: espeak-ng, a program of its own (GPL)."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from audio_library.speech.port import OWN_PACE, VOICES, Pace, Voice
from audio_library.speech.program import ProgramVoice

AMPLITUDE: Final = 70
"""espeak-ng's own 100 clips."""
WORDS_A_MINUTE: Final = 150
PITCH: Final = 50
"""espeak-ng's own middle; it goes from 0 to 99."""


class Espeak(ProgramVoice):
    """Always there, robotic, three regions, at every pace."""

    name = "espeak-ng"

    def __init__(
        self, program: str = "espeak-ng", timeout_s: float = 20, lasting: bool = True, pitch: int = PITCH
    ) -> None:
        super().__init__(timeout_s, lasting)
        self._program, self._pitch = program, pitch

    def can(self, voice: Voice, pace: Pace = OWN_PACE) -> bool:
        return voice in VOICES

    def argv(self, voice: Voice, pace: Pace, raw: Path) -> list[str]:
        return [
            self._program, "-v", voice, "-a", str(AMPLITUDE), "-s", str(WORDS_A_MINUTE * pace // OWN_PACE),
            "-p", str(self._pitch), "-b", "1", "--stdin", "-w", str(raw),
        ]  # fmt: skip
