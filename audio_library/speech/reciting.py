"""A notice whose parts a person recorded once: that person is heard, and a machine says what was filled in."""

from __future__ import annotations

import asyncio
import audioop
import tempfile
import unicodedata
import wave
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from audio_library.content import sync_folder, write_durably
from audio_library.ffmpeg import RATE
from audio_library.speech.joining import Said, joined
from audio_library.speech.parts import LAYOUTS, PARTS, Part, filled_in
from audio_library.speech.port import NotCovered, Speech, SpeechFailed, Spoken, Voice
from audio_library.speech.reading import Reading
from audio_library.speech.recorded import Recorded
from audio_library.speech.recording import save, wav
from audio_library.speech.take import Take
from audio_library.speech.takes import Takes
from audio_library.speech.text import speakable

CHOSEN: Final = ".chosen"
_EDGE: Final = bytes(2 * RATE * 3 // 10)
"""Quiet around what a machine said, by which its soft beginnings are told from a room."""


class Recitals:
    """The takes of all parts in a folder, and which notices are to be heard with them."""

    def __init__(self, folder: Path) -> None:
        self.takes = Takes(folder, Part.of)

    def held(self, notice: str) -> list[Part]:
        """Its parts of which there is a take."""
        held = set(self.takes.held())
        return [one for one in PARTS[notice] if one in held]

    def complete(self, notice: str) -> bool:
        """Whether there is a take of each of its parts."""
        return all(self.takes.place(one).exists() for one in PARTS[notice])

    def chosen(self, notice: str) -> bool:
        """Whether somebody wants it to be heard so."""
        return self._mark(notice).exists()

    def choose(self, notice: str, wanted: bool) -> None:
        """Durably; the folder is there since its first take."""
        if wanted:
            write_durably(self._mark(notice), [b""])
        elif self.chosen(notice):
            self._mark(notice).unlink()
            sync_folder(self.takes.folder)

    def _mark(self, notice: str) -> Path:
        return self.takes.folder / f"{notice}{CHOSEN}"


@dataclass(frozen=True)
class Laid:
    """What is said one after the other: a part, or the words of a blank, and how long it is quiet behind it."""

    pieces: tuple[tuple[Part | str, float], ...]

    @property
    def values(self) -> list[str]:
        """The words of its blanks, each once."""
        return list(dict.fromkeys(what for what, _ in self.pieces if isinstance(what, str)))


class Reciter:
    """Says notices in the accent that the station has; whoever wants another hears a machine. `always`: whether or not
    that was chosen for them."""

    name = Recorded.name

    def __init__(self, recitals: Recitals, accent: Callable[[], Voice], always: bool = False) -> None:
        self.recitals, self._accent, self._always = recitals, accent, always

    async def speak(
        self, text: str, voice: Voice, file: Path, engines: Sequence[Speech], reader: Callable[[str, Voice], Reading]
    ) -> Spoken:
        """Say a text that is a notice, as engines do; `Spoken.engine` names all that were heard. NotCovered for another
        text, or where a person is not to be heard; SpeechFailed."""
        line = unicodedata.normalize("NFC", speakable(text))
        if (found := filled_in(line)) is None:
            raise NotCovered("no notice word by word")
        if voice != self._accent() or not await asyncio.to_thread(self._is_wanted, found[0].name):
            raise NotCovered(f"nobody is to recite {found[0].name} in the voice {voice}")
        laid = laid_out(reader(line, voice))
        takes = await asyncio.to_thread(self._takes, laid)
        with tempfile.TemporaryDirectory(prefix="speech-", ignore_cleanup_errors=True) as folder:
            values = await _say_all(laid.values, voice, Path(folder), engines)
            said = [
                Said(takes[what], pause_s)
                if isinstance(what, Part)
                else Said(values[what][0], pause_s, values[what][1] != self.name)
                for what, pause_s in laid.pieces
            ]
            raw = Path(folder, "raw.wav")
            await asyncio.to_thread(lambda: raw.write_bytes(wav(joined(said), RATE)))
            heard = "+".join(dict.fromkeys([self.name, *(engine for _, engine in values.values())]))
            return await asyncio.to_thread(save, raw, text, file, heard, voice, lasting=False)

    def _is_wanted(self, notice: str) -> bool:
        return self._always or self.recitals.chosen(notice)

    def _takes(self, laid: Laid) -> dict[Part, Take]:
        return {what: self._take(what) for what, _ in laid.pieces if isinstance(what, Part)}

    def _take(self, part: Part) -> Take:
        try:
            take = self.recitals.takes.read(part)
        except FileNotFoundError as error:
            raise NotCovered(f"not recorded: {part.text}") from error
        except (OSError, ValueError) as error:
            raise SpeechFailed(f"recorded: {error}") from error
        if take.spoken == (0, 0):
            raise SpeechFailed(f"recorded: nothing is said in {part.key}")
        return take


def laid_out(reading: Reading) -> Laid:
    """The notice that was read, piece by piece. NotCovered if it is none, or where what is filled in cannot be said
    apart from what stands beside it."""
    found = filled_in(reading.given)
    if found is None:
        raise NotCovered("no notice word by word")
    notice, values = found
    words = iter([reading.between(one.start, one.end) for one in values])
    pieces = list[tuple[Part | str, float]]()
    for piece in LAYOUTS[notice.name]:
        what = piece.what if isinstance(piece.what, Part) else next(words)
        if not what:
            raise NotCovered(f"{notice.name}: what is filled in is read together with what stands beside it")
        pieces.append((what, piece.pause_s))
    return Laid(tuple(pieces))


async def _say_all(
    values: Sequence[str], voice: Voice, folder: Path, engines: Sequence[Speech]
) -> dict[str, tuple[Take, str]]:
    """Each with the name of the engine that said it. An engine that knows that it cannot say one of them leaves it to
    the next; one that fails leaves all of them, so that no two machines are heard. SpeechFailed if any is left."""
    said: dict[str, tuple[Take, str]] = {}
    for number, engine in enumerate(one for one in engines if one.can(voice)):
        ours: dict[str, tuple[Take, str]] = {}
        try:
            for at, value in enumerate(one for one in values if one not in said):
                try:
                    spoken = await engine.speak(value, voice, folder / f"{number}-{at}.wav")
                except NotCovered:
                    continue
                ours[value] = await asyncio.to_thread(_take_of, spoken.file), engine.name
        except SpeechFailed:
            continue
        said |= ours
        if len(said) == len(values):
            return said
    raise SpeechFailed("no voice says what is filled in")


def _take_of(file: Path) -> Take:
    """What a machine said, at our rate. SpeechFailed where nothing is heard."""
    with wave.open(str(file)) as sound:
        rate, pcm = sound.getframerate(), sound.readframes(sound.getnframes())
        mono = audioop.tomono(pcm, 2, 0.5, 0.5) if sound.getnchannels() == 2 else pcm
    wide = mono if rate == RATE else audioop.ratecv(mono, 2, 1, rate, RATE, None)[0]
    take = Take.of(_EDGE + wide + _EDGE)
    if take.spoken == (0, 0):
        raise SpeechFailed("nothing is heard of what is filled in")
    return take
