"""Sentences as people write them, and how an announcer reads them: the corpus, and what a reader gets wrong of it.

`corpus/RULES.md` decides every reading. `corpus/open/CATEGORY.tsv` is for whoever builds a reader, `corpus/sealed/` for
judging it: the sealed part is scored as a whole, and nobody looks into it (`SEAL` is the SHA-256 of it).

A file is UTF-8, one sentence a line, `written<TAB>reading`; a line beginning with `# ` says by which rule the ones
below it are read. In `written`, a backslash and an `n` is a line break, and the text may be in any Unicode form. A
reading is NFC, lower case, without digits, with `,` and `.` for pauses. `[a/b]` in it is either of the two, and either
may be nothing; ` | ` stands between two whole readings. Every one of them is right.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Final, Literal

Part = Literal["open", "sealed"]
Words = tuple[str, ...]

FOLDER: Final = Path(__file__).parent / "corpus"
SEAL: Final = Path(__file__).parent / "SEAL"

_PAUSES: Final = ",.;:!?…"
_CHOICE: Final = re.compile(r"\[([^\[\]]*)\]")


@dataclass(frozen=True)
class Sentence:
    """A text and every right reading of it."""

    category: str
    written: str
    readings: tuple[str, ...]


@dataclass(frozen=True)
class Misreading:
    """What a reader said instead of any right reading."""

    sentence: Sentence
    said: str


def sentences(part: Part) -> tuple[Sentence, ...]:
    """One part of the corpus, by category and then as it is written down."""
    return tuple(one for file in _files(part) for one in _of_file(file))


def words(reading: str) -> Words:
    """What is compared: the words, in lower case; any sign but a pause stays, since an engine would speak it."""
    plain = unicodedata.normalize("NFC", reading).lower()
    return tuple(word for token in plain.split() if (word := token.strip(_PAUSES)))


def misread(read: Callable[[str], str], corpus: Iterable[Sentence]) -> tuple[Misreading, ...]:
    """The sentences that `read` does not read wholly right, with what it said."""
    said = ((one, read(one.written)) for one in corpus)
    return tuple(Misreading(one, reading) for one, reading in said if words(reading) not in map(words, one.readings))


def seal() -> str:
    """SHA-256 over the names and contents of the sealed files."""
    digest = hashlib.sha256()
    for file in _files("sealed"):
        digest.update(f"{file.name}\0".encode() + file.read_bytes() + b"\0")
    return digest.hexdigest()


def _files(part: Part) -> list[Path]:
    return sorted((FOLDER / part).glob("*.tsv"))


def _of_file(file: Path) -> Iterator[Sentence]:
    for line in file.read_text(encoding="utf-8").removesuffix("\n").split("\n"):
        if not line.startswith("# "):
            written, readings = line.split("\t")
            yield Sentence(file.stem, written.replace("\\n", "\n"), tuple(_alternatives(readings)))


def _alternatives(readings: str) -> Iterator[str]:
    for pattern in readings.split(" | "):
        fixed = _CHOICE.split(pattern)
        choices = [part.split("/") if place % 2 else [part] for place, part in enumerate(fixed)]
        for chosen in product(*choices):
            yield " ".join("".join(chosen).split())
