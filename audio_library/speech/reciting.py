"""A notice whose parts a person recorded once: that person is heard, and a machine says what was filled in."""

from __future__ import annotations

import asyncio
import audioop
import tempfile
import wave
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from audio_library.content import sync_folder, write_durably
from audio_library.ffmpeg import RATE
from audio_library.speech.joining import Said, joined
from audio_library.speech.notices import NOTICES
from audio_library.speech.parts import LAYOUTS, PARTS, Part, found_in, pause_after
from audio_library.speech.port import NotCovered, Speech, SpeechFailed, Spoken, Voice
from audio_library.speech.reading import Reading
from audio_library.speech.recorded import LONGEST_S, Recorded
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

    def chosen(self, notice: str, accent: Voice) -> bool:
        """Whether somebody wants it to be heard so: in the words that it has now, in a station of this accent."""
        try:
            return self._mark(notice).read_bytes() == _wish(notice, accent)
        except FileNotFoundError:
            return False

    def choose(self, notice: str, accent: Voice | None) -> None:
        """Have it heard so in this accent, or not at all; durably. The folder is there since its first take."""
        if accent is not None:
            write_durably(self._mark(notice), [_wish(notice, accent)])
        elif self._mark(notice).exists():
            self._mark(notice).unlink()
            sync_folder(self.takes.folder)

    def _mark(self, notice: str) -> Path:
        return self.takes.folder / f"{notice}{CHOSEN}"


def _wish(notice: str, accent: Voice) -> bytes:
    return "\n".join([accent, *(one.key for one in PARTS[notice])]).encode()


@dataclass(frozen=True)
class Laid:
    """What is said one after the other: a part, or words that a machine says, and how long it is quiet behind it."""

    pieces: tuple[tuple[Part | str, float], ...]

    @property
    def values(self) -> list[str]:
        """What a machine says, each once."""
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
        """Say a text in which there is such a notice, as engines do; `Spoken.engine` names all that were heard.
        NotCovered for another text, or where no person is to be heard; SpeechFailed."""
        if voice != self._accent():
            raise NotCovered(f"nobody recites in the voice {voice}")
        wanted = await asyncio.to_thread(self._wanted, voice)
        if not wanted:
            raise NotCovered("nobody recites any notice")
        laid = laid_out(reader(speakable(text, lines=True), voice), wanted)
        takes = await asyncio.to_thread(self._takes, laid)
        if sum(len(takes[what].levels) for what, _ in laid.pieces if isinstance(what, Part)) > 100 * LONGEST_S:
            raise SpeechFailed(f"recorded: longer than {LONGEST_S} s")
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

    def _wanted(self, voice: Voice) -> list[str]:
        try:
            return [one for one in NOTICES if self._always or self.recitals.chosen(one, voice)]
        except OSError as error:
            raise SpeechFailed(f"recorded: {error}") from error

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


def laid_out(reading: Reading, wanted: Iterable[str]) -> Laid:
    """The notices of these names in what was read, piece by piece, and what stands before and after them. NotCovered if
    there is none, or where what is filled in cannot be said apart from what stands beside it."""
    text = reading.given.replace("\n", " ")
    found = found_in(text, wanted)
    if not found:
        raise NotCovered("no notice that somebody recites")
    pieces, at = list[tuple[Part | str, float]](), 0
    for one in found:
        pieces += _aside(reading, at, one.start)
        values = iter(one.values)
        for piece in LAYOUTS[one.notice]:
            what = piece.what if isinstance(piece.what, Part) else _said(reading, *next(values))
            if not what:
                raise NotCovered(f"{one.notice}: nothing is filled in")
            pieces.append((what, piece.pause_s))
        pieces[-1] = pieces[-1][0], pause_after(text[one.end - 1])
        at = one.end
    pieces += _aside(reading, at, len(text))
    pieces[-1] = pieces[-1][0], 0.0
    return Laid(tuple(pieces))


def _aside(reading: Reading, start: int, end: int) -> list[tuple[Part | str, float]]:
    """What is no part of a notice, if anything of it is said."""
    said = _said(reading, start, end)
    return [(said, pause_after(reading.given[start:end].rstrip()[-1:]))] if any(map(str.isalnum, said)) else []


def _said(reading: Reading, start: int, end: int) -> str:
    said = reading.between(start, end)
    if said is None:
        raise NotCovered(f"{reading.given[start:end][:80]!r} is read together with what stands beside it")
    return said


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
