"""What every voice engine promises."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, Protocol, get_args

Voice = Literal["vi", "vi-vn-x-central", "vi-vn-x-south"]
"""Northern, central and southern Vietnamese."""

VOICES: Final[tuple[Voice, ...]] = get_args(Voice)

Pace = Literal[90, 100, 110]
"""How fast, in hundredths of a voice's own pace."""

OWN_PACE: Final[Pace] = 100


@dataclass(frozen=True)
class Manner:
    """How a text is said."""

    voice: Voice = "vi"
    pace: Pace = OWN_PACE
    said_as: tuple[tuple[str, str], ...] = ()
    """What is read otherwise in this text alone: as it is written, as it is said."""
    by_machine: bool = False
    """Never in the voice of a person: an alarm is always said alike."""
    words: str | None = None
    """The text as it was read when it was given; None: it is read when it is said."""


class SpeechFailed(Exception):
    """This engine did not speak; another one may."""


class NotCovered(SpeechFailed):
    """It knows beforehand that it cannot say all of this text: no fault of its own."""


class TookTooLong(SpeechFailed):
    """It was given up: whoever asks again waits as long."""


@dataclass(frozen=True)
class Spoken:
    """A finished WAV file, whole and durable."""

    file: Path
    engine: str
    """Which engine really spoke: one of the names of `choice.NAMES`, or several of them with `+` between."""
    voice: Voice
    duration_us: int


class Speech(Protocol):
    """One voice engine, or several behind each other."""

    name: str

    def can(self, voice: Voice, pace: Pace = OWN_PACE) -> bool:
        """Whether this engine has that voice, at that pace."""

    async def speak(self, text: str, voice: Voice, file: Path, pace: Pace = OWN_PACE) -> Spoken:
        """Say cleaned `text` into the WAV `file`, durably; SpeechFailed leaves no file behind."""
