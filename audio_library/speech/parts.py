"""The parts of a notice that never change: a sentence, or what stands before, between or behind its blanks.

A person may record them; a machine then says the blanks alone.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Final

from audio_library.speech.joining import pause_of
from audio_library.speech.notices import BLANKS, NOTICES, Notice
from audio_library.speech.reading import read

BETWEEN_VOICES_S: Final = 0.09
"""Where one voice takes over from another within a clause: at once would be taken for one word."""
_BLANK: Final = re.compile(r"\{(\w+)\}")
_PIECE: Final = re.compile(r"\{(\w+)\}|[^\W_](?:[^{.!?…]*[^\W_])?")
_STOPS: Final = re.compile(r"[.!?…]")
_COMMAS: Final = re.compile(r"[,;:]")


@dataclass(frozen=True)
class Part:
    """The part of this `number`, from 1 on, of a notice."""

    notice: str
    number: int
    text: str
    """As it is written, without signs around it."""
    before: str = ""
    after: str = ""
    """What is filled in there, in a few words; empty where nothing is."""

    @property
    def key(self) -> str:
        """By which a recording is known. A notice that is worded otherwise one day asks for another one."""
        return f"{self.notice}.{self.number}.{hashlib.sha256(self.text.encode()).hexdigest()[:8]}"

    @cached_property
    def words(self) -> str:
        """As they are said."""
        return read(self.text).text

    @staticmethod
    def of(key: str) -> Part:
        """The part of this key; ValueError if no notice has it."""
        for part in PARTS.get(key.partition(".")[0], ()):
            if part.key == key:
                return part
        raise ValueError(f"not the key of a part: {key[:80]!r}")


@dataclass(frozen=True)
class Piece:
    """A part, or the blank of this name, and how long it is quiet behind it."""

    what: Part | str
    pause_s: float


@dataclass(frozen=True)
class Value:
    """What was filled in: from `start` to before `end` of the text."""

    start: int
    end: int


def _laid_out(notice: Notice) -> tuple[Piece, ...]:
    found = list(_PIECE.finditer(notice.text))
    edges = [(0, 0), *(one.span() for one in found), (len(notice.text), 0)]
    gaps = [notice.text[end:start] for (_, end), (start, _) in pairwise(edges)]
    names = ["", *(one[1] or "" for one in found), ""]
    pieces, number = list[Piece](), 0
    for at, one in enumerate(found):
        pause_s = _pause_s(gaps[at + 1]) if at + 1 < len(found) else 0.0
        if one[1]:
            pieces.append(Piece(one[1], pause_s))
            continue
        number += 1
        before, after = _beside(names[at], gaps[at]), _beside(names[at + 2], gaps[at + 1])
        pieces.append(Piece(Part(notice.name, number, one[0], before, after), pause_s))
    return tuple(pieces)


def _pause_s(gap: str) -> float:
    ends = bool(_STOPS.search(gap))
    return pause_of(ends) if ends or _COMMAS.search(gap) else BETWEEN_VOICES_S


def _beside(name: str, gap: str) -> str:
    """What is filled in beyond the gap, if that is within the sentence."""
    return BLANKS[name].short if name and not _STOPS.search(gap) else ""


LAYOUTS: Final[Mapping[str, tuple[Piece, ...]]] = {name: _laid_out(one) for name, one in NOTICES.items()}
"""The pieces of each notice, in their order."""
PARTS: Final[Mapping[str, tuple[Part, ...]]] = {
    name: tuple(one.what for one in pieces if isinstance(one.what, Part)) for name, pieces in LAYOUTS.items()
}
"""What is to be recorded of each."""


def filled_in(text: str) -> tuple[Notice, tuple[Value, ...]] | None:
    """The notice that was filled in, and what stands in its blanks, one after the other; None if the text is no notice
    word by word. A text costs as much as it is long."""
    for notice in NOTICES.values():
        if (values := _values(_BLANK.split(notice.text)[::2], text)) is not None:
            return notice, values
    return None


def _values(literals: list[str], text: str) -> tuple[Value, ...] | None:
    """What stands between the literals; the first place at which one stands is the right one, as in any pattern whose
    only wild card takes whatever comes."""
    if not text.startswith(literals[0]) or not text.endswith(literals[-1]):
        return None
    found, at = list[Value](), len(literals[0])
    last = len(text) - len(literals[-1])
    for literal in literals[1:-1]:
        end = text.find(literal, at + 1, last)
        if end < 0:
            return None
        found.append(Value(at, end))
        at = end + len(literal)
    found.append(Value(at, last))
    return tuple(found) if all(any(map(str.isalnum, text[one.start : one.end])) for one in found) else None
