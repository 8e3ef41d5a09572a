"""A long text as several bulletins, each short enough for a session."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from audio_library.speech.length import paragraph_s
from audio_library.speech.reading import read
from audio_library.speech.reading.letters import UPPER

LONGEST_S: Final = 600.0
"""Two of them fill what a commune's session commonly has beside the relays."""
MOST_CHARACTERS: Final = 100_000
SENTENCE_ENDS: Final = re.compile(
    rf"(?<=[.!?…])(?<!\b\d\.)(?<!\b\d\d\.)(?<!\b[{UPPER}]\.)(?<!\b[{UPPER}][{UPPER}]\.)\s+(?=\W?[{UPPER}\d])"
)
"""The space behind a sentence."""
_JOINTS: Final = (
    SENTENCE_ENDS,
    re.compile(r"(?<=[,;:])\s+"),
    re.compile(r"\s+"),
)
"""Where a paragraph may be cut: between sentences; if one is too long, at its commas; at last between words."""


@dataclass(frozen=True, slots=True)
class Bulletin:
    """What is read in one go."""

    text: str
    """Its paragraphs, one a line."""
    spoken_s: float
    paragraphs: tuple[int, ...]
    """Which of the paragraphs it has some of."""


@dataclass(frozen=True, slots=True)
class _Piece:
    paragraph: int
    text: str
    spoken_s: float


def length_s(text: str) -> float:
    """Seconds that a paragraph takes among others, read as every station begins."""
    return paragraph_s(read(text).text)


def bulletins(
    paragraphs: Sequence[str],
    longest_s: float = LONGEST_S,
    most_characters: int = MOST_CHARACTERS,
    length: Callable[[str], float] = length_s,
) -> list[Bulletin]:
    """All of the text, in order, each bulletin within both limits. They are cut between paragraphs; only what is longer
    than a whole bulletin is cut within."""

    def fits(spoken_s: float, characters: int) -> bool:
        return spoken_s <= longest_s and characters <= most_characters

    def pieces(paragraph: int, text: str, joints: Sequence[re.Pattern[str]]) -> Iterator[_Piece]:
        piece = _Piece(paragraph, text, length(text))
        parts = joints[0].split(text) if joints else [text[: len(text) // 2], text[len(text) // 2 :]]
        if fits(piece.spoken_s, len(text)) or len(text) < 2:
            yield piece
        else:
            for part in filter(None, parts):
                yield from pieces(paragraph, part, joints[1:] if joints else joints)

    found: list[list[_Piece]] = []
    spoken, characters = 0.0, 0
    for paragraph, text in enumerate(paragraphs):
        for piece in pieces(paragraph, text, _JOINTS):
            spoken, characters = spoken + piece.spoken_s, characters + 1 + len(piece.text)
            if not found or not fits(spoken, characters):
                found.append([])
                spoken, characters = piece.spoken_s, len(piece.text)
            found[-1].append(piece)
    return [_bulletin(some) for some in found]


def _bulletin(pieces: Sequence[_Piece]) -> Bulletin:
    text, last = "", -1
    for piece in pieces:
        text += ("" if last < 0 else " " if piece.paragraph == last else "\n") + piece.text
        last = piece.paragraph
    paragraphs = tuple(dict.fromkeys(piece.paragraph for piece in pieces))
    return Bulletin(text, sum(piece.spoken_s for piece in pieces), paragraphs)
