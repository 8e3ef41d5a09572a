"""Lines as they came, and the columns in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

Gap = Literal["line", "blank", "page"]
"""What stands before a line: the end of another, a blank line, the end of a page."""

_LINE: Final = re.compile(r"[^\r\n\v\f\x1c-\x1e\x85\u2028\u2029]*")
_BREAK: Final = re.compile(r"\r\n|[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]")
_COLUMN: Final = re.compile(r"\S(?:[^\t\S]{0,2}\S)*")
"""Three spaces or a tab begin another column."""
_MARKER: Final = re.compile(r"[-–—+*•●▪■○◦➢✓]|\(?(?:\d{1,2}(?:\.\d{1,2}){0,3}|[a-zđ]|[IVX]{1,5})[.)]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands by itself in a line: all of it, or one of its columns."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line that is not blank."""

    cells: tuple[Cell, ...]
    page: int
    after: Gap

    @property
    def start(self) -> int:
        return self.cells[0].start

    @property
    def end(self) -> int:
        return self.cells[-1].end

    @property
    def text(self) -> str:
        """Its words, one space between columns too."""
        return " ".join(cell.text for cell in self.cells)


def lines(given: str) -> list[Line]:
    """The lines that are not blank. A form feed begins a page."""
    return list(_lines(given))


def _lines(given: str) -> Iterator[Line]:
    at, page = 0, 0
    after: Gap = "blank"
    while True:
        end = _end(given, at)
        if cells := tuple(_cells(given, at, end)):
            yield Line(cells, page, after)
        if cells or after == "line":
            after = "line" if cells else "blank"
        broken = _BREAK.match(given, end)
        if broken is None:
            return
        if broken[0] == "\f":
            page, after = page + 1, "page"
        at = broken.end()


def _end(given: str, at: int) -> int:
    found = _LINE.match(given, at)
    assert found is not None
    return found.end()


def _cells(given: str, at: int, end: int) -> Iterator[Cell]:
    """A list's mark and what it marks are one, whatever is between them."""
    start: int | None = None
    for column in _COLUMN.finditer(given, at, end):
        begin = column.start() if start is None else start
        if start is None and _MARKER.fullmatch(column[0]):
            start = begin
            continue
        yield cell(given, begin, column.end())
        start = None
    if start is not None:
        yield cell(given, start, len(given[at:end].rstrip()) + at)


def cell(given: str, start: int, end: int) -> Cell:
    """What stands there, its white space single."""
    return Cell(start, end, " ".join(given[start:end].split()))
