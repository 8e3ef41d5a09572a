"""The text of a Word document as it is printed: paragraphs, tables, text boxes. Runs in the cell.

Read from the package itself: the usual library drops what was inserted with changes being tracked.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from typing import IO, Any, Final
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import parse

from audio_library.refusal import Refusal

_MAIN: Final = re.compile(r"word/document\d*\.xml")
_LARGEST: Final = 12_000_000
"""Bytes of XML, unpacked; fifty pages have two million."""
_MOST_PARTS: Final = 5_000
_LAYOUT: Final = 3
"""So many columns and rows at most has a table that only puts a letterhead or a signature beside something."""
_INTO: Final = frozenset({"body", "sdt", "sdtContent", "ins", "moveTo", "customXml", "smartTag", "txbxContent"})
_SKIPPED: Final = frozenset(
    {"del", "moveFrom", "pPr", "rPr", "tblPr", "trPr", "tcPr", "Fallback", "sectPr", "instrText"}
)
_SIGNS: Final = {"tab": "\t", "cr": "\n", "noBreakHyphen": "-", "softHyphen": "\u00ad", "ptab": "\t"}


class _Bounded:
    """A part of the package that ends where it becomes a bomb, whatever the package says of its size."""

    def __init__(self, part: IO[bytes]) -> None:
        self._part, self._left = part, _LARGEST

    def read(self, size: int = -1) -> bytes:
        data = self._part.read(min(size, 65_536) if size >= 0 else 65_536)
        self._left -= len(data)
        if self._left < 0:
            raise Refusal("bomb", "XML without end")
        return data


def text_of(file: IO[bytes]) -> str:
    """Its lines. Refusal if it is no Word document, locked, damaged or a bomb."""
    try:
        with zipfile.ZipFile(file) as package:
            parts = package.infolist()
            if len(parts) > _MOST_PARTS:
                raise Refusal("bomb", f"{len(parts)} parts")
            main = next((part for part in parts if _MAIN.fullmatch(part.filename)), None)
            if main is None:
                raise Refusal("document_unknown", "no Word document")
            if main.flag_bits & 1:
                raise Refusal("document_locked")
            with package.open(main) as part:
                root = parse(_Bounded(part), forbid_dtd=True).getroot()
    except DefusedXmlException as error:
        raise Refusal("bomb", repr(error)) from error
    except (zipfile.BadZipFile, ParseError, EOFError, NotImplementedError) as error:
        raise Refusal("document_broken", str(error)) from error
    text = "\n".join(line for part in root for line in _lines(part))
    if not any(map(str.isalnum, text)):
        raise Refusal("document_scanned")
    return text


def _name(element: Element) -> str:
    tag: Any = element.tag
    return str(tag).rpartition("}")[2]


def _value(element: Element, name: str) -> str:
    return next((value for key, value in element.items() if key.rpartition("}")[2] == name), "")


def _child(element: Element | None, name: str) -> Element | None:
    return None if element is None else next((one for one in element if _name(one) == name), None)


def _lines(element: Element) -> Iterator[str]:
    """What stands in it, a line for each paragraph."""
    name = _name(element)
    if name == "p":
        yield from _paragraph(element)
    elif name == "tbl":
        yield from _table(element)
    elif name in _INTO:
        for child in element:
            yield from _lines(child)


def _paragraph(element: Element) -> Iterator[str]:
    """Its text; behind it that of text boxes which are anchored in it. An item of a list keeps a mark."""
    boxes: list[Element] = []
    text = "".join(_inline(element, boxes))
    yield f"- {text}" if text.strip() and _is_item(element) else text
    for box in boxes:
        yield from _lines(box)


def _is_item(paragraph: Element) -> bool:
    number = _child(_child(_child(paragraph, "pPr"), "numPr"), "numId")
    return number is not None and _value(number, "val") != "0"


def _inline(element: Element, boxes: list[Element]) -> Iterator[str]:
    for child in element:
        name = _name(child)
        if name == "t":
            yield child.text or ""
        elif name == "br":
            yield "\f" if _value(child, "type") == "page" else "\n"
        elif name in _SIGNS:
            yield _SIGNS[name]
        elif name == "txbxContent":
            boxes.append(child)
        elif name not in _SKIPPED and not (name == "r" and _is_hidden(child)):
            yield from _inline(child, boxes)


def _is_hidden(run: Element) -> bool:
    vanish = _child(_child(run, "rPr"), "vanish")
    return vanish is not None and _value(vanish, "val") not in ("0", "false")


def _table(table: Element) -> Iterator[str]:
    """A row as a line with a tab between its cells; a small table with paragraphs in its cells, cell after cell."""
    rows = [[_cell(cell) for cell in _inside(row, "tc")] for row in _inside(table, "tr")]
    small = len(rows) <= _LAYOUT and all(len(row) <= _LAYOUT for row in rows)
    if small and any(len(cell) > 1 for row in rows for cell in row):
        for cell in (cell for row in rows for cell in row):
            yield from ("", *cell)
    else:
        yield ""
        yield from ("\t".join(" ".join(cell) for cell in row) for row in rows)
    yield ""


def _inside(element: Element, wanted: str) -> Iterator[Element]:
    for child in element:
        if _name(child) == wanted:
            yield child
        elif _name(child) in _INTO:
            yield from _inside(child, wanted)


def _cell(cell: Element) -> list[str]:
    lines = (line for child in cell for line in _lines(child))
    return [line for text in lines for line in text.split("\n") if line.strip()]
