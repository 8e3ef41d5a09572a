"""Lines: what a page broke, what a list parts, page numbers, the numbers of paragraphs."""

from __future__ import annotations

import re
from typing import Final

from audio_library.speech.reading.numbers import cardinal
from audio_library.speech.reading.place import Place
from audio_library.speech.reading.span import Found

_BLANK: Final = re.compile(r"\s+")
_NUMBER: Final = r"-\s?\d{1,4}\s?-|[Tt](?:rang|RANG)\s{1,2}\d{1,4}(?:\s?/\s?\d{1,4})?"
_BARE: Final = r"(?!0\d\d)\d{1,4}"
_PAGE: Final = re.compile(rf"(?:{_NUMBER}|{_BARE})[ \t]{{0,20}}(?=\n|\Z)")
_FIRST: Final = re.compile(rf"\s{{0,20}}(?:{_NUMBER}|({_BARE}))[ \t]{{0,20}}\n\s*")
_ITEM: Final = re.compile(r"(\d{1,2}(?:\.\d{1,2}){1,3})(?:[.)](?=\s)|(?=\s{1,3}[^\W\d_a-zà-ỹ]))")
_ITEM_AHEAD: Final = re.compile(r"\d{1,2}(?:\.\d{1,2}){0,3}[.)/]\s|\d{1,2}[.:hHgG]\d{0,2}'?:\s|[a-zđ]\)|[-+*•]")


def newline(place: Place) -> Found:
    """A pause where the text begins anew, none where a sentence goes on; a page number between lines is silent."""
    text, at = place.text, place.at
    end = _after_blanks(text, at)
    if (page := _PAGE.match(text, end)) and not text[max(0, at - 2) : at].rstrip().endswith(":"):
        after = _after_blanks(text, page.end())
        return Found(after, "page", _pause(text, after), "page_or_number" if page[0].strip().isdecimal() else None)
    return Found(end, "line", "." if end < len(text) and "\n" in text[at + 1 : end] else _pause(text, end))


def _pause(text: str, at: int) -> str:
    """None at the end and where a sentence goes on."""
    goes_on = at == len(text) or text[at].islower() or text[at].isdigit()
    return "" if goes_on and not _ITEM_AHEAD.match(text, at) else ","


def first_page(text: str) -> Found | None:
    """A page number in the first line."""
    first = _FIRST.match(text)
    return Found(first.end(), "page", "", "page_or_number" if first[1] else None) if first else None


def item_at(place: Place) -> Found | None:
    """The number of a paragraph, 1.2, at the beginning of its line."""
    found = place.looking(_ITEM) if place.then == "." and place.begins_line else None
    if found is None:
        return None
    said = " chấm ".join(cardinal(part, place.region) for part in found[1].split("."))
    return Found(found.end(), "item", f"{said},")


def _after_blanks(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found else at
