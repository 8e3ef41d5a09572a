"""Numbers and codes of documents."""

from __future__ import annotations

import re
from typing import Final

from audio_library.speech.reading.letters import by_name
from audio_library.speech.reading.lexicon import SEVERAL, Lexicon, table
from audio_library.speech.reading.numbers import Region, cardinal, spelt
from audio_library.speech.reading.place import Place
from audio_library.speech.reading.span import Found

CODES: Final = table("codes.txt")
TYPES: Final = frozenset({
    "QĐ", "NQ", "NĐ", "TT", "TTLT", "CT", "KH", "CV", "TB", "BC", "TTr", "HD", "GM", "CĐ", "ĐA", "CTr", "PA",
    "QC", "BB", "GP", "KL",
})  # fmt: skip
"""Codes that say which kind of document it is."""
_CODE: Final = r"[A-ZĐƯÂĂ][A-Za-zĐđƯưÂâĂă]{0,11}\d{0,2}(?![^\W_])"
_NUMBERED: Final = re.compile(
    rf"(\d{{1,6}})([a-z]?)(?:\s?/\s?((?:19|20)\d\d))?\s?[-/]\s?({_CODE}(?:(?:\s?[-/.]\s?|&){_CODE}){{0,6}})"
)
_APART: Final = re.compile(r"\d+(?:\s-|-\s)")
"""A dash like that also parts a number from the next words."""
_DATED: Final = re.compile(r"(\d{1,6})\s?/\s?((?:19|20)\d\d)(?![\d/])")
_ZERO: Final = re.compile(r"0\d{1,4}(?!\d|[.,/:-]\d)")
_CODE_ALONE: Final = re.compile(rf"{_CODE}(?:[-/]{_CODE}){{1,6}}")
_PART: Final = re.compile(r"[^\W_]+(?:&[^\W_]+)*")
_NUMBER_AHEAD: Final = re.compile(r"\s{1,2}(?:số:?\s{1,2})?\d{1,6}(?:[/-]|\s|\Z)")
_NAMED: Final = re.compile(r"(\D+)(\d{1,2})")
_PAPER: Final = re.compile(
    r"(?:đề án|dự án|nghị quyết|nghị định|quyết định|chỉ thị|công văn|kế hoạch|thông tư|tờ trình|báo cáo|văn bản"
    r"|hướng dẫn|chương trình|thông báo|công điện|phương án|giấy mời|quy định|quy chế|luật|mẫu|biểu"
    r"|(?<!\w)(?:nđ|tt|ttlt|qđ|nq|ct|kh|cv|tb|bc|hd))"
    r"(?:\s{1,3}số|\s{1,3}liên tịch)?[\s:]{0,3}\Z"
)


def at(place: Place) -> Found | None:
    """The number of a document, with its code, or behind the name of its kind."""
    found = place.looking(_NUMBERED) if place.then == "/" or place.then == "-" or place.then.islower() else None
    if found and _is_code(place, found[4]) and (not _APART.match(found[0]) or place.word == "số" or is_named(place)):
        year = f" năm {cardinal(found[3], place.region)}" if found[3] else ""
        suffix = f" {by_name(found[2])}" if found[2] else ""
        code = said_code(found[4], place.page.lexicon, place.region)
        said = f"{said_number(found[1], place.region)}{suffix}{year}, {code}"
        sure = all(_is_sure(part, place.page.lexicon) for part in _PART.findall(found[4]))
        return Found(found.end(), "document", said, None if sure else "several_meanings")
    found = place.looking(_DATED) if place.then == "/" else None
    if found is None and place.run[0] == "0":
        found = place.looking(_ZERO)
    if found is None or not is_named(place):
        return None
    if found.re is _ZERO:
        return Found(found.end(), "document", spelt(found[0]))
    said = f"{said_number(found[1], place.region)} năm {cardinal(found[2], place.region)}"
    return Found(found.end(), "document", said)


def is_named(place: Place) -> bool:
    """Whether the kind of a document is named just before it."""
    return _PAPER.search(place.text[max(0, place.at - 40) : place.at].lower()) is not None


def code_at(place: Place) -> Found | None:
    """A document's code without its number: QĐ-UBND."""
    found = place.looking(_CODE_ALONE)
    if found is None:
        return None
    first, *others = _PART.findall(found[0])
    lexicon = place.page.lexicon
    if first not in TYPES or not all(_known(one, lexicon) and _is_sure(one, lexicon) for one in others):
        return None
    return Found(found.end(), "code", said_code(found[0], lexicon, place.region))


def type_at(place: Place, run: str) -> Found | None:
    """The kind of a document before its number: NĐ 49/2024."""
    end = place.at + len(run)
    if run not in TYPES or not _NUMBER_AHEAD.match(place.text, end):
        return None
    return Found(end, "code", CODES[run])


def said_number(digits: str, region: Region) -> str:
    """As a number, or digit by digit if it begins with zero."""
    return spelt(digits) if digits[0] == "0" and len(digits) > 1 else cardinal(digits, region)


def said_code(code: str, lexicon: Lexicon, region: Region) -> str:
    """Its parts by their names, unknown ones by letters."""
    return " ".join(_said_part(part, lexicon, region) for part in _PART.findall(code))


def _said_part(part: str, lexicon: Lexicon, region: Region) -> str:
    if known := _code(part, lexicon):
        return known
    if "&" in part:
        return " và ".join(_said_part(one, lexicon, region) for one in part.split("&"))
    if (named := _NAMED.fullmatch(part)) and named[1] in CODES:
        return f"{CODES[named[1]]} khóa {cardinal(named[2], region)}"
    return by_name(part, region)


def _code(part: str, lexicon: Lexicon) -> str | None:
    return lexicon.said_by_station(part) or CODES.get(part.replace("&", "")) or lexicon.said(part)


def _is_sure(part: str, lexicon: Lexicon) -> bool:
    """Whether it can mean but one thing in the code of a document."""
    return part not in SEVERAL or part in CODES or lexicon.said_by_station(part) is not None


def _known(part: str, lexicon: Lexicon) -> bool:
    named = _NAMED.fullmatch(part)
    return _code(part, lexicon) is not None or (named is not None and named[1] in CODES)


def _is_code(place: Place, code: str) -> bool:
    """Whether it is a code and no unit or word: known, or behind `số` and in capitals."""
    first = _PART.findall(code)[0]
    if first in CODES or (first.isupper() and _known(first, place.page.lexicon)):
        return True
    return len(first) > 1 and first.isupper() and (place.word == "số" or bool(TYPES & set(_PART.findall(code))))
