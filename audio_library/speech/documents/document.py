"""A text that was pasted or taken out of a file becomes a document with its parts."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from audio_library.speech.documents.closing import LONGEST, closing
from audio_library.speech.documents.letterhead import Known, addressees, letterhead, title
from audio_library.speech.documents.lines import Cell, Line, lines
from audio_library.speech.documents.marks import is_annex, is_title, unspaced
from audio_library.speech.documents.noise import without_noise
from audio_library.speech.documents.paragraphs import joined, paragraphs
from audio_library.speech.documents.part import Kind, Part, Stretch


@dataclass(frozen=True)
class Document:
    """A text and its parts. Whatever is no white space stands in exactly one part."""

    given: str
    """The text that was given, in NFC."""
    parts: tuple[Part, ...]
    """By where they begin."""


def dissect(text: str) -> Document:
    """Any text in its parts; it never fails. What is not known for something else is body."""
    given = unicodedata.normalize("NFC", text)
    kept, noise = without_noise(lines(given))
    parts = [_part(kind, line) for kind, line in noise]
    at = 0
    while at < len(kept):
        found, length = _section(given, kept[at:], first=at == 0)
        parts += found
        at += length
    return Document(given, tuple(sorted(parts, key=lambda part: part.places)))


def _section(given: str, rest: Sequence[Line], first: bool) -> tuple[list[Part], int]:
    """One document, or one annex, and how many lines it has."""
    known, at = letterhead(given, rest)
    parts = list(_components(known))
    listed = not first and not known and is_title(rest[0].text)
    text: Kind = "annex" if listed or any(is_annex(line.text) for line in rest[at : at + 2]) else "body"
    for kind, length_of in _OPENINGS:
        length = length_of(rest[at:])
        parts += _lines(kind, rest[at : at + length])
        at += length
    begin = at
    while at < len(rest):
        ending, length = closing(given, rest[at : at + LONGEST + 1])
        if ending:
            return [*parts, *_written(text, rest[begin:at]), *_components(ending)], at + length
        at += length
        if at < len(rest) and is_annex(rest[at].text):
            break
    return [*parts, *_written(text, rest[begin:at])], at


_OPENINGS: tuple[tuple[Kind, Callable[[Sequence[Line]], int]], ...] = (("title", title), ("addressees", addressees))


def _components(known: Iterable[Known]) -> Iterator[Part]:
    """One part of each kind; what is of none stays by itself."""
    by_kind: dict[Kind, list[Cell]] = {}
    for kind, cell in known:
        if kind == "body":
            yield Part(kind, cell.text, (Stretch(cell.start, cell.end),))
        else:
            by_kind.setdefault(kind, []).append(cell)
    for kind, cells in by_kind.items():
        texts = [cell.text for cell in cells]
        text = joined(texts) if kind == "title" else "\n".join(texts)
        yield Part(kind, text, tuple(Stretch(cell.start, cell.end) for cell in cells))


def _lines(kind: Kind, found: Sequence[Line]) -> Iterator[Part]:
    """The title, or whom it is addressed to: its first line alone, broken ones whole again."""
    if found:
        rest = [found[1:]] if kind == "title" else paragraphs(found[1:])
        texts = [joined([line.text for line in group]) for group in ([found[0]], *rest) if group]
        texts[0] = unspaced(texts[0])
        yield Part(kind, "\n".join(texts), _places(found))


def _written(kind: Kind, found: Sequence[Line]) -> Iterator[Part]:
    """Paragraphs, and the rows of tables."""
    for is_table, group in groupby(_told_apart(found), lambda one: one[0]):
        some = [line for _, line in group]
        if is_table:
            yield from (Part("table" if kind == "body" else kind, _row(line), _places([line])) for line in some)
        else:
            for paragraph in paragraphs(some):
                yield Part(kind, joined([line.text for line in paragraph]), _places(paragraph))


def _told_apart(found: Sequence[Line]) -> Iterator[tuple[bool, Line]]:
    """Each line, and whether it is a row: columns, and a neighbour with columns."""
    columns = [len(line.cells) > 1 for line in found]
    for at, line in enumerate(found):
        yield columns[at] and (any(columns[max(0, at - 1) : at]) or any(columns[at + 1 : at + 2])), line


def _row(line: Line) -> str:
    """Its cells with a pause between them."""
    said = line.cells[0].text
    for cell in line.cells[1:]:
        said += (" " if said[-1] in ".,:;!?" else ", ") + cell.text
    return said


def _places(found: Sequence[Line]) -> tuple[Stretch, ...]:
    return tuple(Stretch(line.start, line.end) for line in found)


def _part(kind: Kind, line: Line) -> Part:
    return Part(kind, line.text, _places([line]))
