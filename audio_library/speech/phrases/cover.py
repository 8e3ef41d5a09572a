"""A sentence is laid from phrases: as few as can be, each within one clause, every word in its order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from audio_library.speech.phrases.phrase import Phrase

_PAUSES: Final = re.compile(r"[,.;:!?…]+(?:\s+|$)")


@dataclass(frozen=True)
class Piece:
    """A phrase of a sentence."""

    phrase: Phrase
    pauses: bool = False
    """Whether the sentence goes on after a pause."""


def cover(sentence: str, phrases: Iterable[Phrase]) -> tuple[Piece, ...] | None:
    """The fewest pieces that say the sentence, as the reader gives it out, wholly; None if they cannot.

    No piece reaches over a pause. What ends a clause is said as at its end where there is such a phrase.
    """
    book, pieces = _Book(phrases), list[Piece]()
    for clause in _clauses(sentence):
        laid = _laid(clause, book)
        told = [one for one in laid if isinstance(one, Phrase)]
        if len(told) < len(laid):
            return None
        pieces += [*map(Piece, told[:-1]), Piece(told[-1], pauses=True)]
    return (*pieces[:-1], Piece(pieces[-1].phrase)) if pieces else None


def missing(sentence: str, phrases: Iterable[Phrase]) -> tuple[str, ...]:
    """The stretches of words, as few words as can be, that would have to be recorded to cover the sentence."""
    book = _Book(phrases)
    return tuple(
        " ".join(one for one in run if isinstance(one, str))
        for clause in _clauses(sentence)
        for lacks, run in groupby(_laid(clause, book), lambda one: isinstance(one, str))
        if lacks
    )


class _Book:
    """Phrases by their words."""

    def __init__(self, phrases: Iterable[Phrase]) -> None:
        self._known = {(tuple(one.words.split()), one.ends): one for one in phrases}
        self.longest = max((len(words) for words, _ in self._known), default=0)

    def find(self, words: tuple[str, ...], ends: bool) -> Phrase | None:
        """The phrase of these words for the end of a clause, or for anywhere."""
        return (self._known.get((words, True)) if ends else None) or self._known.get((words, False))


def _clauses(sentence: str) -> list[tuple[str, ...]]:
    """The words between pauses; what holds none is left out."""
    parts = (tuple(part.lower().split()) for part in _PAUSES.split(sentence))
    return [part for part in parts if part]


def _laid(words: Sequence[str], book: _Book) -> list[Phrase | str]:
    """The clause from its beginning: phrases, and words that stand in none. The fewest such words, then the fewest
    phrases, the longer ones first."""
    count, clause = len(words), tuple(words)
    best: list[tuple[int, int]] = [(0, 0)] * (count + 1)
    first: list[Phrase | str] = [*clause]
    for at in reversed(range(count)):
        lost, pieces = best[at + 1]
        best[at] = lost + 1, pieces
        for end in range(at + 1, min(count, at + book.longest) + 1):
            phrase = book.find(clause[at:end], end == count)
            lost, pieces = best[end]
            if phrase is not None and (lost, pieces + 1) <= best[at]:
                best[at], first[at] = (lost, pieces + 1), phrase
    laid, at = list[Phrase | str](), 0
    while at < count:
        step = first[at]
        laid.append(step)
        at += len(step.words.split()) if isinstance(step, Phrase) else 1
    return laid
