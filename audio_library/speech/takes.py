"""The takes of one voice in a folder: a WAV file each, named by the key of what is said in it."""

from __future__ import annotations

import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Generic, Protocol, overload

from typing_extensions import TypeVar

from audio_library.content import sync_folder, write_durably
from audio_library.ffmpeg import RATE
from audio_library.speech.phrases import Phrase
from audio_library.speech.recording import wav
from audio_library.speech.take import Take

SUFFIX: Final = ".wav"
MOST: Final = 1_000


class Recordable(Protocol):
    """What somebody may record: a phrase, or a part of a notice."""

    @property
    def key(self) -> str:
        """By which it is known, and its file named."""

    @property
    def words(self) -> str:
        """As they are said."""


R = TypeVar("R", bound=Recordable, default=Phrase)


class Takes(Generic[R]):
    """What has been recorded so far. The folder is made with the first take. `of`: what has this key, or ValueError."""

    @overload
    def __init__(self: Takes, folder: Path) -> None: ...

    @overload
    def __init__(self, folder: Path, of: Callable[[str], R]) -> None: ...

    def __init__(self, folder: Path, of: Callable[[str], Any] = Phrase.of) -> None:
        self.folder, self._of = folder, of

    def held(self) -> list[R]:
        """That of which there is a take, by its key."""
        found: list[R] = []
        for file in self.folder.glob(f"*{SUFFIX}"):
            try:
                found.append(self._of(file.name.removesuffix(SUFFIX)))
            except ValueError:
                continue  # somebody else's file
        return sorted(found, key=lambda one: one.key)

    def place(self, phrase: R) -> Path:
        """Where its take is, or will be."""
        return self.folder / f"{phrase.key}{SUFFIX}"

    def read(self, phrase: R) -> Take:
        """The take; FileNotFoundError if there is none, ValueError if the file is no take."""
        try:
            with wave.open(str(self.place(phrase))) as sound:
                if (sound.getframerate(), sound.getnchannels(), sound.getsampwidth()) != (RATE, 1, 2):
                    raise ValueError(f"{phrase.key}: {sound.getparams()}")
                pcm = sound.readframes(sound.getnframes())
        except (wave.Error, EOFError) as error:
            raise ValueError(f"{phrase.key}: no WAV: {error}") from error
        return Take.of(pcm[: len(pcm) - len(pcm) % 2])

    def keep(self, phrase: R, take: Take) -> None:
        """Durably, in place of an earlier one."""
        if not self.folder.exists():
            self.folder.mkdir(parents=True)
            sync_folder(self.folder.parent)
        write_durably(self.place(phrase), [wav(take.pcm, RATE)])

    def remove(self, phrase: R) -> None:
        """Forget it; FileNotFoundError if there is none."""
        self.place(phrase).unlink()
        sync_folder(self.folder)
