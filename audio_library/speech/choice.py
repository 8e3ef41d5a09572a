"""Which voices a station has, and in which order they are tried."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from audio_library.speech.espeak import Espeak
from audio_library.speech.google import GoogleVoice
from audio_library.speech.piper import Piper
from audio_library.speech.port import Speech, Voice
from audio_library.speech.sentences import Unhurried


@dataclass(frozen=True)
class Choice:
    """`order`: some of NAMES, the first that has a voice and speaks is heard. `said`: the folder in which the online
    voice keeps what it said; `piper_voice`: the file without which there is no Piper, and the region that it speaks."""

    order: tuple[str, ...] = (Espeak.name,)
    said: Path | None = None
    piper_voice: Path | None = None
    piper_region: Voice = "vi"

    def engines(self) -> list[Speech]:
        """In their order."""
        return [_BORN[name](self) for name in self.order]


def _piper(choice: Choice) -> Speech:
    if choice.piper_voice is None:
        raise ValueError("Piper has no voice file")
    return Unhurried(Piper(choice.piper_voice, choice.piper_region, lasting=False))


_BORN: Final[dict[str, Callable[[Choice], Speech]]] = {
    GoogleVoice.name: lambda choice: GoogleVoice(folder=choice.said),
    Piper.name: _piper,
    Espeak.name: lambda _: Unhurried(Espeak(lasting=False)),
}
"""Programs of this machine say a text sentence by sentence."""
NAMES: Final = tuple(_BORN)
"""gTTS asks the Internet, Piper needs a file, espeak-ng is always there."""
