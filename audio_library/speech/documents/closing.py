"""The end of a document: who receives it, and who signs.

What is taken for one of them is not read, so every cell must be known by itself, and together they must be enough.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from audio_library.speech.documents import marks
from audio_library.speech.documents.letterhead import Known
from audio_library.speech.documents.lines import Cell, Line, cell
from audio_library.speech.documents.part import Kind

LONGEST = 80
"""Lines of an end; who asks gives one more, if there is one."""


@dataclass
class _Run:
    """Lines one after another that may be the end."""

    known: list[Known] = field(default_factory=list)
    length: int = 0
    """In lines."""
    receiving: bool = False
    filed: bool = False
    confirmed: bool = False
    """Whether a list of recipients can be nothing else."""
    on_behalf: bool = False
    posts: int = 0
    signers: int = 0
    """Names, and words that say it is signed."""
    last_recipient: str = ""

    def is_end(self, last: bool) -> bool:
        """Whether it is the end; `last`: nothing comes behind it but an annex or another document."""
        signed = self.signers > 0 or (self.on_behalf and self.posts > 0)
        if self.on_behalf or self.confirmed:
            return signed or last or self.confirmed
        return last and self.posts > 0 and self.signers > 0


def closing(given: str, lines: Sequence[Line]) -> tuple[list[Known], int]:
    """What is known of the end that begins with the first line, and how many lines it has.

    If it is no end, nothing is known, and within so many lines none begins either.
    """
    if not any(_opens(one.text) for one in _columns(given, lines[0])):
        return [], 1
    run = _Run()
    for line in lines[:LONGEST]:
        cells = list(_columns(given, line))
        kinds = [_kind(one.text, line, run) for one in cells]
        if all(kind is None for kind in kinds):
            break
        run.known += [(kind or "body", one) for kind, one in zip(kinds, cells, strict=True)]
        run.length += 1
    behind = lines[run.length] if run.length < len(lines) else None
    if run.is_end(behind is None or begins_anew(behind)):
        return run.known, run.length
    return [], max(1, run.length)


def begins_anew(line: Line) -> bool:
    """Whether an annex or another document begins with it."""
    text = line.text
    return any(marks.is_nation(one.text) for one in line.cells) or marks.is_title(text) or marks.is_annex(text)


def _opens(text: str) -> bool:
    return marks.RECIPIENTS.match(text) is not None or marks.is_post(text)


def _kind(text: str, line: Line, run: _Run) -> Kind | None:
    if marks.is_title(text) or marks.is_annex(text) or marks.is_nation(text):
        return None
    if marks.RECIPIENTS.match(text):
        run.receiving = True
        return _received(text, run)
    if marks.is_post(text):
        run.posts += 1
        run.on_behalf |= marks.is_on_behalf(text)
        return "signature"
    if marks.SIGNED.fullmatch(text) or (run.posts and marks.is_name(text) and len(text) <= 40):
        run.signers += 1
        return "signature"
    if run.receiving and _is_recipient(text, line, run):
        return _received(text, run)
    follows = run.known and run.known[-1][0] == "signature" and line.after == "line"
    return "signature" if follows and run.posts and marks.is_shouted(text) and len(text) <= 70 else None


def _is_recipient(text: str, line: Line, run: _Run) -> bool:
    if marks.FILED.match(text) or marks.AS_ABOVE.match(text):
        return True
    if run.filed:
        return line.after == "line" and (text[0].islower() or text[0] == "(") and len(text) <= 60
    if marks.BULLET.match(text):
        return True
    return line.after == "line" and len(text) <= 70 and run.last_recipient[-1:] not in (".", ";")


def _received(text: str, run: _Run) -> Kind:
    run.filed |= marks.FILED.search(text) is not None
    run.confirmed |= run.filed or "như trên" in text.lower() or marks.AS_ABOVE.match(text) is not None
    run.last_recipient = text
    return "recipients"


def _columns(given: str, line: Line) -> Iterator[Cell]:
    """Its cells, parted once more where an office begins behind a single space."""
    for one in line.cells:
        written = given[one.start : one.end]
        if marks.is_post(one.text):
            yield one
            continue
        found = marks.POST_AHEAD.search(written[:300])
        if found and marks.is_post(cell(given, one.start + found.start(), one.end).text):
            yield cell(given, one.start, one.start + len(written[: found.start()].rstrip()))
            yield cell(given, one.start + found.start(), one.end)
        else:
            yield one
