"""The voice of a person whom everybody knows, recorded once phrase by phrase: it says a text wholly, or not at all."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from audio_library.ffmpeg import RATE
from audio_library.speech.joining import Said, joined, pause_of
from audio_library.speech.length import sentences
from audio_library.speech.phrases import Phrase, Piece, cover, missing
from audio_library.speech.port import OWN_PACE, NotCovered, Pace, SpeechFailed, Spoken, Voice
from audio_library.speech.recording import save, wav
from audio_library.speech.take import Take
from audio_library.speech.takes import Takes

LONGEST_S: Final = 300.0
"""Three times what the longest text takes: it is put together in memory."""


class Recorded:
    """One region, at its own pace, and only what the takes cover: so that there are never two voices in a text."""

    name = "recorded"

    def __init__(self, folder: Path, region: Voice = "vi") -> None:
        self._takes, self._region = Takes(folder), region

    def can(self, voice: Voice, pace: Pace = OWN_PACE) -> bool:
        return voice == self._region and pace == OWN_PACE and bool(self._takes.held())

    async def speak(self, text: str, voice: Voice, file: Path, pace: Pace = OWN_PACE) -> Spoken:
        return await asyncio.to_thread(self._say, text, voice, file)

    def _say(self, text: str, voice: Voice, file: Path) -> Spoken:
        laid = covered(text, self._takes.held())
        with tempfile.TemporaryDirectory(prefix="speech-") as folder:
            raw = Path(folder, "raw.wav")
            raw.write_bytes(wav(joined(self._in_place(laid)), RATE))
            return save(raw, text, file, self.name, voice, lasting=False)

    def _in_place(self, laid: Sequence[Sequence[Piece]]) -> list[Said]:
        takes: dict[Phrase, Take] = {}
        said, length = list[Said](), 0
        for number, pieces in enumerate(laid, 1):
            for piece in pieces:
                take = takes.get(piece.phrase) or self._read(piece.phrase)
                takes[piece.phrase] = take
                length += len(take.levels)
                if length > 100 * LONGEST_S:
                    raise SpeechFailed(f"recorded: longer than {LONGEST_S} s")
                said.append(Said(take, pause_of(ends_sentence=False) if piece.pauses else 0.0))
            if number < len(laid):
                said[-1] = Said(said[-1].take, pause_of(ends_sentence=True))
        return said

    def _read(self, phrase: Phrase) -> Take:
        try:
            take = self._takes.read(phrase)
        except (OSError, ValueError) as error:  # taken out meanwhile, or not ours
            raise SpeechFailed(f"recorded: {error}") from error
        if take.spoken == (0, 0):
            raise SpeechFailed(f"recorded: nothing is said in {phrase.key}")
        return take


def covered(text: str, phrases: Sequence[Phrase]) -> list[tuple[Piece, ...]]:
    """The pieces of each sentence; NotCovered with what is missing if not all of it is covered."""
    laid = [cover(sentence, phrases) for sentence in sentences(text)]
    if not laid or None in laid:
        raise NotCovered(f"not covered: {'; '.join(lacking(text, phrases))[:300]}")
    return [one for one in laid if one is not None]


def lacking(text: str, phrases: Sequence[Phrase]) -> list[str]:
    """What would have to be recorded for it, each once."""
    return list(dict.fromkeys(one for sentence in sentences(text) for one in missing(sentence, phrases)))
