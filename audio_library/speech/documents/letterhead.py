"""The beginning of a document: letterhead, title, whom it is addressed to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from audio_library.speech.documents import marks
from audio_library.speech.documents.lines import Cell, Line, cell
from audio_library.speech.documents.part import Kind

Known = tuple[Kind, Cell]
_REACH = 30
"""Lines in which a letterhead ends."""
_ISSUER = 3
_SUBJECT = 4
_TITLE = 6
"""Lines of each of them, at most."""


def letterhead(given: str, lines: Sequence[Line]) -> tuple[list[Known], int]:
    """What is known of the first lines, and how many they are; none if nothing says that they are a letterhead."""
    last = _last_mark(given, lines)
    if last < 0:
        return _issuer_alone(lines)
    found: list[Known] = []
    subject = 0
    for at, line in enumerate(lines[:_REACH]):
        cells = list(_columns(given, line))
        alone = len(cells) == 1
        kinds: list[Kind | None] = []
        for one in cells:
            kind = _kind(one.text, at <= last, found)
            if kind == "title":
                subject = _SUBJECT
            elif kind is None and alone and subject and line.after == "line" and _goes_on(one.text):
                kind, subject = "title", subject - 1
            kinds.append(kind)
        if all(kind is None for kind in kinds):
            return found, at
        found += [(kind or "body", one) for kind, one in zip(kinds, cells, strict=True)]
    return found, min(len(lines), _REACH)


def _issuer_alone(lines: Sequence[Line]) -> tuple[list[Known], int]:
    """Who issues it above the kind of document, and nothing else: as associations write."""
    at = next((at for at, line in enumerate(lines[: _ISSUER + 1]) if marks.is_title(line.text)), 0)
    texts = [line.text for line in lines[:at]]
    if not texts or not marks.is_issuer(texts[0]) or not all(map(marks.is_shouted, texts)):
        return [], 0
    return [("issuer", one) for line in lines[:at] for one in line.cells], at


def _last_mark(given: str, lines: Sequence[Line]) -> int:
    """The last line with something that only letterheads have, before the text begins; -1 if there is none."""
    last = -1
    for at, line in enumerate(lines[:_REACH]):
        if marks.is_title(line.text) or marks.ADDRESSED.match(line.text) or at > last + 8:
            break
        if any(_is_mark(one.text) for one in _columns(given, line)):
            last = at
    return last


def _is_mark(text: str) -> bool:
    return marks.is_nation(text) or marks.is_number(text) or marks.is_dateline(text)


def _kind(text: str, before_last: bool, found: list[Known]) -> Kind | None:
    if marks.is_nation(text):
        return "nation"
    if marks.is_number(text):
        return "number"
    if marks.is_dateline(text):
        return "dateline"
    if marks.is_stamp(text):
        return "stamp"
    if marks.is_title(text) or marks.ADDRESSED.match(text):
        return None
    if marks.SUBJECT.match(text) and any(kind == "number" for kind, _ in found):
        return "title"
    if not before_last:
        return None
    if marks.is_issuer(text) or marks.is_office(text):
        return "issuer"
    named = any(kind == "issuer" for kind, _ in found) and not any(kind == "number" for kind, _ in found)
    return "issuer" if named and marks.is_shouted(text) and len(text) <= 60 else None


def _goes_on(text: str) -> bool:
    """Whether a subject may go on with it in the next line."""
    return len(text) <= 70 and not marks.OPENING.match(text) and (text[0].islower() or text[0].isdigit())


def _columns(given: str, line: Line) -> Iterator[Cell]:
    """Its cells; where only one space stands between two columns they are parted by what the second begins with."""
    for one in _whole(given, line.cells):
        cut = _joint(given[one.start : one.end])
        if cut:
            yield cell(given, one.start, one.start + len(given[one.start : one.start + cut].rstrip()))
            yield cell(given, one.start + cut, one.end)
        else:
            yield one


def _whole(given: str, cells: Sequence[Cell]) -> Iterator[Cell]:
    """A number or a day that is still to be filled in leaves a gap, which parts no columns."""
    at = 0
    while at < len(cells):
        both = cell(given, cells[at].start, cells[at + 1].end) if at + 1 < len(cells) else None
        gap = both and not _is_mark(cells[at].text) and not _is_mark(cells[at + 1].text) and _is_mark(both.text)
        yield both if both and gap else cells[at]
        at += 2 if gap else 1


def _joint(text: str) -> int:
    """Where the second column begins; 0 if there is none."""
    even = " ".join(text.split())
    if _is_mark(even):
        return 0
    for pattern in (marks.NATION_AHEAD, marks.MOTTO_AHEAD, marks.DATELINE_AHEAD):
        found = pattern.search(text[:300])
        if found and _is_left(" ".join(text[: found.start()].split())):
            return found.start()
    return 0


def _is_left(text: str) -> bool:
    return marks.is_number(text) or marks.is_issuer(text) or marks.is_office(text) or marks.is_shouted(text)


def title(lines: Sequence[Line]) -> int:
    """How many of the first lines are the kind of the document and its subject."""
    if not lines or not (marks.is_title(lines[0].text) or marks.is_shouted(lines[0].text)):
        return 0
    for at, line in enumerate(lines[1:_TITLE], 1):
        if not _is_subtitle(lines[at - 1].text, line, first=at == 1):
            return at
    return min(len(lines), _TITLE)


def _is_subtitle(before: str, line: Line, first: bool) -> bool:
    text = line.text
    if before.endswith((".", ":", ";")) or len(line.cells) > 1:
        return False
    if marks.SUBJECT.match(text) or (text[0] == "(" and text[-1] == ")" and len(text) <= 120):
        return len(text) <= 250
    if marks.is_item(text) or marks.OPENING.match(text) or marks.is_post(text):
        return False
    if marks.is_shouted(text):
        return line.after != "blank" or first
    if first and marks.is_title_alone(before) and not marks.ADDRESSED.match(text):
        return len(text) <= 150 and text[-1] not in ".:;,!?"
    return line.after == "line" and (text[0].islower() or (not first and text[0].isdigit())) and len(text) <= 120


def addressees(lines: Sequence[Line]) -> int:
    """How many of the first lines say whom it is addressed to."""
    if not lines or not marks.ADDRESSED.match(lines[0].text):
        return 0
    listed = False
    for at, line in enumerate(lines[1:], 1):
        before = lines[at - 1].text
        bullet = marks.BULLET.match(line.text) is not None
        starts = bullet and (before.endswith((":", ";", ",")) or (listed and not before.endswith(".")))
        listed |= marks.BULLET.match(before) is not None or bullet
        if not starts and not (line.after == "line" and line.text[0].islower() and before[-1] not in ".!:;"):
            return at
    return len(lines)
