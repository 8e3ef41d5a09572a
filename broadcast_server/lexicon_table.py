"""The station's dictionary as a table of two columns: to be kept, printed, or handed to another station."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Final

from audio_library.refusal import Refusal
from audio_library.speech.reading import entry
from broadcast_server.problem import Problem

MARK: Final = "\ufeff"
"""At the beginning, so that Excel reads the rest as UTF-8."""
LARGEST: Final = 1_000_000
"""Bytes of a table."""
HEAD: Final = ("Viết", "Đọc là")
_HEADS: Final = frozenset({"viết", "chữ viết", "written"})
_PARTING: Final = (";", "\t")


def table_of(entries: Iterable[tuple[str, str]]) -> str:
    """The entries as CSV with a head."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([HEAD, *entries])
    return MARK + text.getvalue()


def read_table(data: bytes) -> list[tuple[str, str]]:
    """What is written and what is said, line by line, of CSV as we or a spreadsheet write it: commas, semicolons or
    tabs, with a head or without. Problem 422 `lexicon_table`."""
    try:
        text = data.decode("utf-8-sig")
        first = text.partition("\n")[0]
        parting = next((sign for sign in _PARTING if sign in first), ",")
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=parting, strict=True) if any(row)]
    except (UnicodeDecodeError, csv.Error) as error:
        raise _unreadable() from error
    if rows and rows[0][0].strip().casefold() in _HEADS:
        del rows[0]
    if not rows or any(len(row) < 2 or any(row[2:]) for row in rows):
        raise _unreadable()
    return [(row[0], row[1]) for row in rows]


def checked_lines(table: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """The lines of a table as entries; Problem 422 `lexicon_line` names the first that cannot be one."""
    pairs = []
    for number, (written, said) in enumerate(table, 1):
        try:
            pairs.append(entry(written, said))
        except Refusal as refusal:
            shown = written[:40]
            vi = f"Mục thứ {number} (“{shown}”) không dùng được, nên chưa nhập mục nào. {refusal.vi}"
            en = f"Entry {number} (“{shown}”) cannot be one, so none was taken. {refusal.en}"
            raise Problem(422, "lexicon_line", vi, en) from refusal
    return pairs


def _unreadable() -> Problem:
    vi = "Tệp này không phải là bảng hai cột (CSV, mã UTF-8): chữ viết, lời đọc."
    en = "This is no table of two columns (CSV in UTF-8): what is written, what is said."
    return Problem(422, "lexicon_table", vi, en)
