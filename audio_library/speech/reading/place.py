"""A place in a text, with what can be seen from it."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cached_property
from typing import Final

from audio_library.speech.reading.lexicon import Lexicon, Stood, head_of
from audio_library.speech.reading.numbers import Region
from audio_library.speech.reading.span import Span
from audio_library.speech.reading.tones import even_tones

_NEAR: Final = 32
"""Characters of context: whatever is looked at is bounded, so that a text costs as much as it is long."""
_WORDS: Final = re.compile(r"[^\W\d_]+|\d+|[^\w\s]")
_DIGITS: Final = re.compile(r"\d+")
FEW_WORDS: Final = re.compile(r"\s{0,3}(?:[^\W\d_]{1,12}\s{0,3}){0,3}")
"""What may stand between a number and what it is counted by."""
_LIST: Final = re.compile(r"[ \t]{0,8}-")


class Page:
    """A text that is read: folded (see fold), by this lexicon, in this region's words; which character was `given`."""

    def __init__(self, text: str, lexicon: Lexicon, region: Region, given: Callable[[int], str]) -> None:
        self.text, self.lexicon, self.region = text, lexicon, region
        self.given = given
        self.spelling = even_tones(text)
        """The text with each tone mark where the lexicon has it."""

    @cached_property
    def has_list(self) -> bool:
        """Whether two lines or more begin with a dash."""
        return sum(_LIST.match(line) is not None for line in self.text.split("\n")) > 1

    def lexicon_at(self, at: int) -> Stood | None:
        """The longest entry of the dictionary that stands there."""
        return self.lexicon.at(self.spelling, at, head_of(self.spelling, at))


class Place:
    """Where something begins, and the two spans before it. What is seen from it is looked up when it is asked for."""

    __slots__ = ("_before", "at", "last", "last_but_one", "page", "region", "run", "text", "then")

    def __init__(self, page: Page, at: int, last: Span | None = None, last_but_one: Span | None = None) -> None:
        self.page, self.text, self.at, self.region = page, page.text, at, page.region
        self.last, self.last_but_one = last, last_but_one
        self._before: list[str] | None = None
        digits = _DIGITS.match(self.text, at)
        self.run = digits[0] if digits else ""
        """The digits that begin here."""
        end = at + len(self.run)
        self.then = self.text[end : end + 2].lstrip()[:1]
        """The first character behind them, or behind one space."""

    @property
    def before(self) -> list[str]:
        """The words, numbers and signs just before it, in small letters, nearest last."""
        if self._before is None:
            start = max(0, self.at - _NEAR)
            words = _WORDS.findall(self.text[start : self.at].lower())
            self._before = words[1:] if start and words else words
        return self._before

    @property
    def word(self) -> str:
        """The one just before it; empty at the beginning."""
        return self.before[-1] if self.before else ""

    @property
    def two(self) -> str:
        """The two just before it."""
        return " ".join(self.before[-2:])

    @property
    def gap(self) -> str | None:
        """What stands between the last span and here, in small letters; None if that is far, or no span."""
        if self.last is None or self.at - self.last.end > _NEAR:
            return None
        return self.text[self.last.end : self.at].lower()

    @property
    def last_spoken(self) -> str:
        """What the span before says."""
        return self.last.spoken if self.last else ""

    @property
    def after_number(self) -> bool:
        """Whether a number ends just here or one space before."""
        return self.last is not None and self.last.is_numeric and self.gap in ("", " ")

    @property
    def counted(self) -> str | None:
        """What the number before counts, up to here: no word or a few, in small letters; None if it counts nothing."""
        if self.last is None or not self.last.is_numeric or self.gap is None or not FEW_WORDS.fullmatch(self.gap):
            return None
        return self.gap.strip()

    @property
    def begins_line(self) -> bool:
        """Whether nothing stands before it in its line."""
        at, first = self.at, max(0, self.at - _NEAR)
        while at > first and self.text[at - 1] in " \t":
            at -= 1
        return not at or self.text[at - 1] == "\n"

    def looking(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """The pattern from here."""
        return pattern.match(self.text, self.at)
