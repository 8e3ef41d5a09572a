"""What every voice engine promises."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, Protocol, get_args

Voice = Literal["vi", "vi-vn-x-central", "vi-vn-x-south"]
"""Northern, central and southern Vietnamese."""

VOICES: Final[tuple[Voice, ...]] = get_args(Voice)


class SpeechFailed(Exception):
    """This engine did not speak; another one may."""


@dataclass(frozen=True)
class Spoken:
    """A finished WAV file, whole and durable."""

    file: Path
    engine: str
    """Which engine really spoke: `gtts` or `espeak-ng`."""
    voice: Voice
    duration_us: int


class Speech(Protocol):
    """One voice engine, or several behind each other."""

    name: str

    def can(self, voice: Voice) -> bool:
        """Whether this engine has that voice."""

    async def speak(self, text: str, voice: Voice, file: Path) -> Spoken:
        """Say cleaned `text` into the WAV `file`, durably; SpeechFailed leaves no file behind."""
