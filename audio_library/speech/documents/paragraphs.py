"""Lines that a page broke become paragraphs again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from audio_library.speech.documents.lines import Line
from audio_library.speech.documents.marks import is_item
from audio_library.speech.reading.letters import is_syllable

_ENDS: Final = (".", "!", "?", ":", ";", "…")
_OPEN: Final = (",", "(", "-", "–", "/", "\u00ad")
_PARTED: Final = re.compile(r"(?<![^\W\d_])([a-z]{2,20})-\Z")
"""The first half of a foreign word: Vietnamese ones are too short to be parted, `vắc-xin` keeps its hyphen."""
_ASCII: Final = "abcdefghijklmnopqrstuvwxyz"
SOFT_HYPHEN: Final = "\u00ad"
_WIDEST: Final = 140
"""Characters of a line on paper; what is longer was never broken."""
_FULL: Final = 0.8
_SHORT: Final = 40


def paragraphs(lines: Sequence[Line]) -> list[list[Line]]:
    """The lines of each paragraph; none is left out."""
    width = _width(lines)
    found: list[list[Line]] = []
    for line in lines:
        if found and _goes_on(found[-1][-1], line, width):
            found[-1].append(line)
        else:
            found.append([line])
    return found


def _width(lines: Sequence[Line]) -> float:
    """How long a full line is, where lines are broken to a width; 0 if they are not."""
    lengths = sorted(len(line.text) for line in lines)
    if not lengths:
        return 0
    width = lengths[len(lengths) * 9 // 10]
    full = sum(length >= _FULL * width for length in lengths)
    return width if width >= _SHORT and lengths[-1] <= _WIDEST and full >= 3 else 0


def _goes_on(before: Line, line: Line, width: float) -> bool:
    """Whether the line belongs to the paragraph that the one before it began."""
    last, text = before.text, line.text
    if is_item(text) or last.endswith(_ENDS):
        return False
    small = text[0].islower()
    if line.after == "blank":
        return small and 0 < width * _FULL <= len(last)
    return small or last.endswith(_OPEN) or 0 < width * _FULL <= len(last)


def joined(texts: Sequence[str]) -> str:
    """Broken lines as one, and a word that was parted at a line's end whole again."""
    whole = texts[0]
    for text in texts[1:]:
        whole = _join(whole, text)
    return whole


def _join(before: str, text: str) -> str:
    if before.endswith(SOFT_HYPHEN):
        return before[:-1] + text
    if before.endswith("-") and before[-2:-1].isalnum() and text[0].isalnum():
        parted = _PARTED.search(before[-30:])
        foreign = parted is not None and text[0] in _ASCII and not is_syllable(parted[1])
        return (before[:-1] if foreign else before) + text
    return f"{before} {text}"
