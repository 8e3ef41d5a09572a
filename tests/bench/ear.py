"""What a stranger hears: a recogniser writes down what the offline voice says, beside voices of people.

`pip install viet-asr==0.1.0.dev11` first (Apache-2.0, a development build; its model is in the wheel and it fetches
nothing). Then `tests/bench.sh ear [SOUND…] [--words FOLDER]`: a SOUND is a recording of people, and what they say is
the text of the same name, `.txt`, beside it or in FOLDER.

Each voice says what the people say, and then fifty texts of the open corpus, the longest, as the station reads them. A
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
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from audio_library.speech import Espeak, Voice
from audio_library.speech.reading import read
from audio_library.speech.regions import region_of
from tests.bench.figure import median, report
from tests.reading.corpus import Words, sentences, words
from tests.reading.second_opinion import folded

NEEDS: Final = "viet-asr==0.1.0.dev11"
TEXTS: Final = 50
VOICES: Final[dict[str, Voice]] = {
    "espeak_north": "vi",
    "espeak_central": "vi-vn-x-central",
    "espeak_south": "vi-vn-x-south",
}
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


def longest() -> list[str]:
    """The texts that every voice says."""
    return sorted((one.written for one in sentences("open")), key=lambda text: -len(words(read(text).text)))[:TEXTS]


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
            sys.exit(f"The recogniser is not installed: pip install {NEEDS}")
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


def pieces(pcm: Samples) -> Iterator[Samples]:
    """A sound in pieces of at least LEAST_S, cut in its pauses; nothing of one that is silent."""
    frame = RATE // 50
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


async def says(voice: Voice, text: str, ear: Ear, folder: Path) -> Try:
    """What is heard of a text as the station has it said."""
    said = read(text, region=region_of(voice)).text
    spoken = await Espeak(timeout_s=120, lasting=False).speak(said, voice, folder / "said.wav")
    return Try(folded(words(said)), folded(ear.hears(spoken.file)))


def told(name: str, tries: list[Try]) -> dict[str, float]:
    """The figures of a voice; what was heard of its worst text is shown."""
    worst = max(tries, key=lambda one: one.pct)
    print(
        f"{name}, worst: {worst.pct:.0f} %\n  said:  {' '.join(worst.said)}\n  heard: {' '.join(worst.heard)}",
        flush=True,
    )
    return {
        f"{name}_pct": 100 * sum(one.wrong for one in tries) / sum(len(one.said) for one in tries),
        f"{name}_median_pct": median([one.pct for one in tries]),
        f"{name}_worst_pct": worst.pct,
    }


async def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("sounds", nargs="*", type=Path, metavar="SOUND")
    arguments.add_argument("--words", type=Path, metavar="FOLDER")
    given = arguments.parse_args()
    people, ear, figures = recordings(given.sounds, given.words), Ear(), {}
    if people:
        tries = [Try(folded(words(read(text).text)), folded(ear.hears(one))) for one, text in people.items()]
        figures |= told("people", tries)
    with tempfile.TemporaryDirectory(prefix="ear-") as name:
        for texts, of in ((list(dict.fromkeys(people.values())), "_words_of_people"), (longest(), "")):
            for called, voice in VOICES.items():
                tries = [await says(voice, text, ear, Path(name)) for text in texts]
                figures |= told(f"{called}{of}", tries) if tries else {}
    report({"recogniser": version("viet-asr"), "texts": TEXTS, "recordings": len(people), **figures})


if __name__ == "__main__":
    asyncio.run(main())
