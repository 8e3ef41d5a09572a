"""The parts of a notice that never change: a sentence, or what stands before, between or behind its blanks.

A person may record them; a machine then says the blanks alone.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Final

from audio_library.speech.blanks import LONGEST
from audio_library.speech.joining import pause_of
from audio_library.speech.notices import BLANKS, NOTICES, PLACEHOLDER, Notice
from audio_library.speech.reading import read

BETWEEN_VOICES_S: Final = 0.09
"""Where one voice takes over from another within a clause: at once would be taken for one word."""
_PIECE: Final = re.compile(rf"{PLACEHOLDER.pattern}|[^\W_](?:[^{{.!?…]*[^\W_])?")
_STOPS: Final = re.compile(r"[.!?…]")
_BEFORE: Final = ("", *".!?…:;")
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
class Found:
    """A notice in a text, from `start` to before `end`, and the places of what stands in its blanks, one after the
    other."""

    notice: str
    start: int
    end: int
    values: tuple[tuple[int, int], ...]


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


def pause_after(signs: str) -> float:
    """Seconds of quiet that these signs ask for."""
    return pause_of(ends_sentence=bool(_STOPS.search(signs)))


def _pause_s(gap: str) -> float:
    return pause_after(gap) if _STOPS.search(gap) or _COMMAS.search(gap) else BETWEEN_VOICES_S


def _beside(name: str, gap: str) -> str:
    """What is filled in beyond the gap, if that is within the sentence."""
    return BLANKS[name].short if name and not _STOPS.search(gap) else ""


LAYOUTS: Final[Mapping[str, tuple[Piece, ...]]] = {name: _laid_out(one) for name, one in NOTICES.items()}
"""The pieces of each notice, in their order."""
PARTS: Final[Mapping[str, tuple[Part, ...]]] = {
    name: tuple(one.what for one in pieces if isinstance(one.what, Part)) for name, pieces in LAYOUTS.items()
}
"""What is to be recorded of each."""


def found_in(text: str, names: Iterable[str]) -> list[Found]:
    """Where these notices stand in the text, each word by word but for its blanks, as sentences of their own. A text
    costs as much as it is long."""
    found, names, at = list[Found](), list(names), 0
    while nearest := [one for name in names if (one := _find(name, text, at))]:
        found.append(min(nearest, key=lambda one: one.start))
        at = found[-1].end
    return found


def _find(name: str, text: str, at: int) -> Found | None:
    """The first one. Where each of its fixed words stands first is right, as in any pattern whose only wild card takes
    whatever comes; but it begins where they stand last before the next of them."""
    first, second, *rest = PLACEHOLDER.split(NOTICES[name].text)[::2]
    start = _begin(first, text, at)
    if start is None:
        return None
    end = text.find(second, start + len(first) + 1)
    while (later := _begin(first, text, start + 1)) is not None and later + len(first) < end:
        start = later
    values, end = list[tuple[int, int]](), start + len(first)
    for literal in (second, *rest):
        begin, after = end, text.find(literal, end + 1)
        if after < 0 or after - begin > LONGEST or not any(map(str.isalnum, text[begin:after])):
            return None
        values.append((begin, after))
        end = after + len(literal)
    return Found(name, start, end, tuple(values))


def _begin(first: str, text: str, at: int) -> int | None:
    """Where a sentence, or what follows a colon, begins so."""
    while (at := text.find(first, at)) >= 0:
        if text[max(0, at - 2) : at].rstrip()[-1:] in _BEFORE:
            return at
        at += 1
    return None
