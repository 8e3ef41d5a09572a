"""What a stranger hears: a recogniser writes down what the offline voice says, beside voices of people.

`pip install --require-hashes -r deploy/extras/ear.lock` first: the extra `ear`, viet-asr (Apache-2.0, a development
build; its model is in the wheel and it fetches nothing). Then `tests/bench.sh ear [SOUND…] [--words FOLDER]`: a SOUND
is a recording of people, and what they say is the text of the same name, `.txt`, beside it or in FOLDER.

Each voice says what the people say, and then fifty notices, as the station reads them; `--notices` for fewer. `--piper
FILE` hears Piper with that voice as well, `--online` gTTS.
`recorded`: the voice that is pieced together from takes, here of a stand-in that records three words at a time with
another pitch each time; `people_joined`: what people say, cut in their pauses and put together again as takes are. A
word that is missing, added or another is wrong; `…_pct` is of all words that were said, `…_median_pct` and
`…_worst_pct` are of texts. All sounds are cut in their pauses alike. The recogniser learnt from people: of a
voice that it never heard it says how far that is from people, not how well those understand it.

Last line: one flat JSON object.
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from itertools import cycle
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from audio_library.ffmpeg import RATE as TAKES_RATE
from audio_library.speech import Espeak, GoogleVoice, Piper, Recorded, Speech, Voice
from audio_library.speech.joining import Said, joined, pause_of
from audio_library.speech.length import sentences as sentences_of
from audio_library.speech.phrases import Phrase, missing
from audio_library.speech.reading import read
from audio_library.speech.recording import wav
from audio_library.speech.regions import region_of
from audio_library.speech.take import Take
from audio_library.speech.takes import Takes
from tests.audio_library.officer import recorded
from tests.bench.fifty_notices import some
from tests.bench.figure import median, report
from tests.reading.corpus import Words, words
from tests.reading.second_opinion import folded

NEEDS: Final = "deploy/extras/ear.lock"
TEXTS: Final = 50
VOICES: Final[dict[str, Voice]] = {
    "espeak_north": "vi",
    "espeak_central": "vi-vn-x-central",
    "espeak_south": "vi-vn-x-south",
}
PHRASE_WORDS: Final = 3
PITCHES: Final = (46, 50, 54)
"""espeak-ng's own numbers: somebody who reads does not hold one pitch."""
RATE: Final = 16_000
QUIET: Final = 0.03
"""A pause is quieter than this share of the loudest,"""
PAUSE_S: Final = 0.2
"""and lasts so long."""
LEAST_S: Final = 4
Samples = NDArray[np.int16]


@dataclass(frozen=True)
class Try:
    """What was said, and what was heard of it."""

    said: Words
    heard: Words

    @property
    def wrong(self) -> int:
        """How many words are missing, added or others."""
        return errors(self.said, self.heard)

    @property
    def pct(self) -> float:
        """Of the words that were said; more than 100 if more were heard."""
        return 100 * self.wrong / len(self.said)


def errors(said: Sequence[str], heard: Sequence[str]) -> int:
    """The fewest words to take away, add or change until what was heard is what was said."""
    row = list(range(len(heard) + 1))
    for count, word in enumerate(said, 1):
        before, row = row, [count]
        for at, other in enumerate(heard, 1):
            row.append(min(row[-1] + 1, before[at] + 1, before[at - 1] + (word != other)))
    return row[-1]


def recordings(sounds: Sequence[Path], folder: Path | None) -> dict[Path, str]:
    """Each sound of people with what they say."""
    return {one: ((folder or one.parent) / f"{one.stem}.txt").read_text(encoding="utf-8") for one in sounds}


class Ear:
    """The recogniser."""

    def __init__(self) -> None:
        try:
            import vietasr  # not installed with the station
            from vietasr.ffi import native
        except ModuleNotFoundError:
            sys.exit(f"The recogniser is not installed: pip install --require-hashes -r {NEEDS}")
        native.lib.vietasr_set_log_level(3)
        self._pipeline: Any = vietasr.Pipeline.preset("transcribe")

    def hears(self, sound: Path) -> Words:
        """The words of a sound in any form. It forgets the beginning of a long one, so it hears what stands between
        pauses piece by piece."""
        made = ["-ac", "1", "-ar", str(RATE), "-f", "s16le", "pipe:1"]
        pcm = subprocess.run(["ffmpeg", "-v", "error", "-i", sound, *made], check=True, stdout=subprocess.PIPE).stdout
        silence = np.zeros(RATE // 2, np.int16)
        return tuple(
            word
            for piece in pieces(np.frombuffer(pcm, np.int16))
            for word in words(self._pipeline.transcribe(np.concatenate([silence, piece, silence]), float(RATE)).text)
        )


def pieces(pcm: Samples, rate: int = RATE) -> Iterator[Samples]:
    """A sound in pieces of at least LEAST_S, cut in its pauses; nothing of one that is silent."""
    frame = rate // 50
    loud = np.abs(pcm[: len(pcm) // frame * frame].reshape(-1, frame).astype(np.int32)).max(axis=1)
    quiet = loud <= QUIET * loud.max()
    begun = still = 0
    for at, is_quiet in enumerate(quiet):
        still = still + 1 if is_quiet else 0
        if still >= PAUSE_S * 50 and at - begun >= LEAST_S * 50:
            yield pcm[begun * frame : at * frame]
            begun = at
    if not quiet[begun:].all():
        yield pcm[begun * frame :]


async def says(engine: Speech, voice: Voice, text: str, ear: Ear, folder: Path) -> Try:
    """What is heard of a text as the station has it said."""
    said = read(text, region=region_of(voice)).text
    spoken = await engine.speak(said, voice, folder / "said.wav")
    return Try(folded(words(said)), folded(ear.hears(spoken.file)))


def takes_of(texts: Sequence[str], folder: Path) -> Takes:
    """What somebody would have to record for these texts, who reads a few words at a time."""
    wanted: dict[Phrase, None] = {}
    for text in texts:
        for sentence in sentences_of(read(text).text):
            for run in missing(sentence, ()):
                told = run.split()
                for at in range(0, len(told), PHRASE_WORDS):
                    wanted[Phrase(" ".join(told[at : at + PHRASE_WORDS]))] = None
    takes, pitches = Takes(folder), cycle(PITCHES)
    for phrase in wanted:
        takes.keep(phrase, Take.of(recorded(phrase.words, pitch=next(pitches))))
    return takes


def engines(takes: Takes, piper: Path | None, online: bool) -> dict[str, tuple[Speech, Voice]]:
    """Who is heard, and in which voice."""
    found: dict[str, tuple[Speech, Voice]] = {
        called: (Espeak(timeout_s=120, lasting=False), voice) for called, voice in VOICES.items()
    }
    if piper:
        found["piper"] = Piper(piper, timeout_s=120, lasting=False), "vi"
    if online:
        found["gtts"] = GoogleVoice(), "vi"
    return found | {"recorded": (Recorded(takes.folder), "vi")}


def rejoined(sound: Path, folder: Path) -> Path:
    """The same people's voice, each stretch between pauses a take, put together as the station does it."""
    made = ["-ac", "1", "-ar", str(TAKES_RATE), "-f", "s16le", "pipe:1"]
    pcm = subprocess.run(["ffmpeg", "-v", "error", "-i", sound, *made], check=True, stdout=subprocess.PIPE).stdout
    takes = [Take.of(piece.tobytes()) for piece in pieces(np.frombuffer(pcm, np.int16), TAKES_RATE)]
    whole = joined([Said(take, pause_of(ends_sentence=True)) for take in takes if take.spoken != (0, 0)])
    (folder / "joined.wav").write_bytes(wav(whole, TAKES_RATE))
    return folder / "joined.wav"


def told(name: str, tries: list[Try]) -> dict[str, float]:
    """The figures of a voice; what was heard of its worst text is shown."""
    wrong_pct = 100 * sum(one.wrong for one in tries) / sum(len(one.said) for one in tries)
    worst = max(tries, key=lambda one: one.pct)
    print(
        f"{name}: {wrong_pct:.1f} % of all words; worst: {worst.pct:.0f} %\n"
        f"  said:  {' '.join(worst.said)}\n  heard: {' '.join(worst.heard)}",
        flush=True,
    )
    return {
        f"{name}_pct": wrong_pct,
        f"{name}_median_pct": median([one.pct for one in tries]),
        f"{name}_worst_pct": worst.pct,
    }


async def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("sounds", nargs="*", type=Path, metavar="SOUND")
    arguments.add_argument("--words", type=Path, metavar="FOLDER")
    arguments.add_argument("--notices", type=int, default=TEXTS, choices=range(1, TEXTS + 1), metavar="1-50")
    arguments.add_argument("--piper", type=Path, metavar="FILE")
    arguments.add_argument("--online", action="store_true")
    given = arguments.parse_args()
    notices = some(given.notices)
    people, ear, figures = recordings(given.sounds, given.words), Ear(), {}
    if people:
        said = {one: folded(words(read(text).text)) for one, text in people.items()}
        figures |= told("people", [Try(wanted, folded(ear.hears(one))) for one, wanted in said.items()])
    with tempfile.TemporaryDirectory(prefix="ear-") as name:
        if people:
            tries = [Try(wanted, folded(ear.hears(rejoined(one, Path(name))))) for one, wanted in said.items()]
            figures |= told("people_joined", tries)
        for texts, of in ((list(dict.fromkeys(people.values())), "_words_of_people"), (notices, "")):
            takes = takes_of(texts, Path(name, f"takes{of}"))
            for called, (engine, voice) in engines(takes, given.piper, given.online).items():
                tries = [await says(engine, voice, text, ear, Path(name)) for text in texts]
                figures |= told(f"{called}{of}", tries) if tries else {}
    report({"recogniser": version("viet-asr"), "texts": len(notices), "recordings": len(people), **figures})


if __name__ == "__main__":
    asyncio.run(main())
