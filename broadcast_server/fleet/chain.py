"""A box's journal as it arrives: numbered lines, each carrying the hash of the one before."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from pydantic import ValidationError

from speaker_client.protocol.envelope import Malformed, canonical
from speaker_client.protocol.ids import BoxId
from speaker_client.protocol.report import FAR, Report, chain_hash, read_body


class BrokenChain(Exception):
    """The lines do not follow from one another, or from what the station holds; `code` is stable."""

    def __init__(self, code: str, n: int) -> None:
        super().__init__(f"{code} at line {n}")
        self.code, self.n = code, n


@dataclass(frozen=True)
class Head:
    """The last line the station holds: its number and its hash."""

    n: int
    hash: str


@dataclass(frozen=True)
class Line:
    """One line of a journal. `report` is None when a newer box says what this version cannot read."""

    n: int
    prev: str
    text: str
    report: Report | None

    @property
    def hash(self) -> str:
        """What the next line carries as `prev`."""
        return chain_hash(self.text)


def read_lines(box: BoxId, texts: Sequence[str]) -> tuple[Line, ...]:
    """The lines of one batch, consecutive and chained among themselves; Malformed or BrokenChain otherwise."""
    lines = tuple(_read(box, text) for text in texts)
    for before, line in pairwise(lines):
        if line.n != before.n + 1 or line.prev != before.hash:
            raise BrokenChain("journal_broken", line.n)
    return lines


def news(
    lines: Sequence[Line], head: Head, hash_of: Callable[[int], str | None], may_skip: bool = False
) -> tuple[Line, ...]:
    """The lines after `head`. Those the station has already (`hash_of` their number) must be the same ones.

    BrokenChain `journal_forked` when they differ (a cloned or restored box), `journal_gap` when lines are missing
    in between; `may_skip` allows the gap (the station was restored from a backup, and the box does not hold them).
    """
    for line in lines:
        if line.n <= head.n and hash_of(line.n) not in (line.hash, None):
            raise BrokenChain("journal_forked", line.n)
    fresh = tuple(line for line in lines if line.n > head.n)
    if fresh and fresh[0].n == head.n + 1 and fresh[0].prev != head.hash:
        raise BrokenChain("journal_forked", fresh[0].n)
    if fresh and fresh[0].n > head.n + 1 and not may_skip:
        raise BrokenChain("journal_gap", fresh[0].n)
    return fresh


def _read(box: BoxId, text: str) -> Line:
    value = _object(text)
    n, prev = value.get("n"), value.get("prev")
    if type(n) is not int or not 0 < n < FAR or not isinstance(prev, str) or value.get("box") != box:
        raise Malformed("not a line of this box's journal")
    try:
        return Line(n, prev, text, read_body(value))
    except ValidationError:  # signed by the box all the same: kept, shown as unread
        return Line(n, prev, text, None)


def _object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Malformed("a journal line is not JSON") from error
    if not isinstance(value, dict) or canonical(value) != text:
        raise Malformed("a journal line is not canonical")
    return value
