"""The takes of one voice in a folder: a WAV file each, named by its phrase."""

from __future__ import annotations

import wave
from pathlib import Path
from typing import Final

from audio_library.content import sync_folder, write_durably
from audio_library.ffmpeg import RATE
from audio_library.speech.phrases import Phrase
from audio_library.speech.recording import wav
from audio_library.speech.take import Take

SUFFIX: Final = ".wav"
MOST: Final = 1_000


class Takes:
    """What has been recorded so far. The folder is made with the first take."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def held(self) -> list[Phrase]:
        """The phrases of which there is a take, by their words."""
        found = []
        for file in self.folder.glob(f"*{SUFFIX}"):
            try:
                found.append(Phrase.of(file.name.removesuffix(SUFFIX)))
            except ValueError:
                continue  # somebody else's file
        return sorted(found, key=lambda one: one.key)

    def place(self, phrase: Phrase) -> Path:
        """Where its take is, or will be."""
        return self.folder / f"{phrase.key}{SUFFIX}"

    def read(self, phrase: Phrase) -> Take:
        """The take; FileNotFoundError if there is none, ValueError if the file is no take."""
        try:
            with wave.open(str(self.place(phrase))) as sound:
                if (sound.getframerate(), sound.getnchannels(), sound.getsampwidth()) != (RATE, 1, 2):
                    raise ValueError(f"{phrase.key}: {sound.getparams()}")
                pcm = sound.readframes(sound.getnframes())
        except (wave.Error, EOFError) as error:
            raise ValueError(f"{phrase.key}: no WAV: {error}") from error
        return Take.of(pcm[: len(pcm) - len(pcm) % 2])

    def keep(self, phrase: Phrase, take: Take) -> None:
        """Durably, in place of an earlier one."""
        if not self.folder.exists():
            self.folder.mkdir(parents=True)
            sync_folder(self.folder.parent)
        write_durably(self.place(phrase), [wav(take.pcm, RATE)])

    def remove(self, phrase: Phrase) -> None:
        """Forget it; FileNotFoundError if there is none."""
        self.place(phrase).unlink()
        sync_folder(self.folder)
