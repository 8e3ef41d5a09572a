"""Which voices a station has, and in which order they are tried."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from audio_library.speech.espeak import PITCH, Espeak
from audio_library.speech.google import GoogleVoice
from audio_library.speech.piper import Piper
from audio_library.speech.port import Speech, Voice
from audio_library.speech.recorded import Recorded
from audio_library.speech.sentences import Unhurried


@dataclass(frozen=True)
class Choice:
    """`order`: some of NAMES, the first that has a voice and speaks is heard. `said`: the folder in which the online
    voice keeps what it said; `piper_voice`: the file without which there is no Piper, and the region that it speaks;
    `recorded`: the folder of the takes without which nobody's own voice is heard, and whose region that is;
    `espeak_pitch`: how high the offline voice is, 0 to 99."""

    order: tuple[str, ...] = (Espeak.name,)
    said: Path | None = None
    piper_voice: Path | None = None
    piper_region: Voice = "vi"
    recorded: Path | None = None
    recorded_region: Voice = "vi"
    espeak_pitch: int = PITCH

    def engines(self) -> list[Speech]:
        """In their order."""
        return [_BORN[name](self) for name in self.order]

    @property
    def machines(self) -> Choice:
        """Without the voice of a person: for what no person should be heard to say."""
        return replace(self, order=tuple(name for name in self.order if name != Recorded.name) or (Espeak.name,))


def _piper(choice: Choice) -> Speech:
    if choice.piper_voice is None:
        raise ValueError("Piper has no voice file")
    return Unhurried(Piper(choice.piper_voice, choice.piper_region, lasting=False))


def _recorded(choice: Choice) -> Speech:
    if choice.recorded is None:
        raise ValueError("there is no folder of takes")
    return Recorded(choice.recorded, choice.recorded_region)


_BORN: Final[dict[str, Callable[[Choice], Speech]]] = {
    Recorded.name: _recorded,
    GoogleVoice.name: lambda choice: GoogleVoice(folder=choice.said),
    Piper.name: _piper,
    Espeak.name: lambda choice: Unhurried(Espeak(lasting=False, pitch=choice.espeak_pitch)),
}
"""Programs of this machine say a text sentence by sentence."""
NAMES: Final = tuple(_BORN)
"""A person says what the takes cover, gTTS asks the Internet, Piper needs a file, espeak-ng is always there."""
