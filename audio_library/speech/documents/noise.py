"""What the page adds to a text: its number, its rules, what stands on top or at the foot of every page."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

from audio_library.speech.documents.lines import Line
from audio_library.speech.documents.marks import PAGE, is_rule
from audio_library.speech.documents.part import Kind

_DIGITS: Final = re.compile(r"\d{1,4}")
_NUMBER: Final = re.compile(r"\d{1,3}(?: ?/ ?\d{1,3})?")
_LINES_A_PAGE: Final = 10
"""Numbers that stand nearer to each other are those of a list."""
_PAGES: Final = 3
"""So many pages must have a line before it is theirs."""


def without_noise(lines: Sequence[Line]) -> tuple[list[Line], list[tuple[Kind, Line]]]:
    """The lines of the text, and what was taken away. A line behind a page's end says so."""
    running, numbers = _running(lines), _numbers(lines)
    kept: list[Line] = []
    noise: list[tuple[Kind, Line]] = []
    turned = ruled = False
    for place, line in enumerate(lines):
        kind = _kind(line, place in running, place in numbers)
        if kind is None:
            after = "page" if turned or line.after == "page" else "blank" if ruled else line.after
            kept.append(replace(line, after=after))
            turned = ruled = False
            continue
        noise.append((kind, line))
        turned |= kind != "rule" or line.after == "page"
        ruled |= kind == "rule"
    return kept, noise


def _kind(line: Line, running: bool, numbered: bool) -> Kind | None:
    if numbered or PAGE.fullmatch(line.text):
        return "page"
    if is_rule(line.text):
        return "rule"
    return "running" if running else None


def _edges(lines: Sequence[Line]) -> list[int]:
    """The first and the last line of every page."""
    pages = [line.page for line in lines]
    ends = [at for at in range(len(lines)) if at + 1 == len(lines) or pages[at + 1] != pages[at]]
    return sorted({*ends, *(0 for _ in lines[:1]), *(at + 1 for at in ends[:-1])})


def _running(lines: Sequence[Line]) -> set[int]:
    """Lines that many pages begin or end with, whatever numbers are in them."""
    edges = [at for at in _edges(lines) if len(lines[at].text) <= 120]
    same = Counter(_DIGITS.sub("#", lines[at].text) for at in edges)
    return {at for at in edges if same[_DIGITS.sub("#", lines[at].text)] >= _PAGES}


def _numbers(lines: Sequence[Line]) -> set[int]:
    """Numbers alone in their line that count pages: at a page's edge, or one more than the last and far from it."""
    alone = [at for at, line in enumerate(lines) if _NUMBER.fullmatch(line.text)]
    if lines and lines[-1].page:
        return set(alone) & set(_edges(lines))
    plain = [at for at in alone if lines[at].text.isdecimal()]
    if not plain or lines[plain[0]].text not in ("1", "2"):
        return set()
    first = int(lines[plain[0]].text)
    far = all(later - at >= _LINES_A_PAGE for at, later in pairwise(plain))
    counted = all(int(lines[at].text) == first + n for n, at in enumerate(plain))
    begins = plain[0] == 0 or plain[0] >= _LINES_A_PAGE
    behind = any(lines[at - 1].text.endswith(":") for at in plain if at)
    return set(plain) if far and counted and begins and not behind else set()
