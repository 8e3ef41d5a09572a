"""Words that are not read as they stand: abbreviations, capitals, letters with digits, foreign numerals."""

from __future__ import annotations

import re
import unicodedata
from fractions import Fraction
from typing import Final

from audio_library.speech.reading import documents, roman, titles
from audio_library.speech.reading.letters import (
    CONSONANTS,
    LOWER,
    READABLE,
    UPPER,
    by_name,
    is_pronounceable,
    is_syllable,
)
from audio_library.speech.reading.lexicon import SEVERAL, UNDECIDED, Stood
from audio_library.speech.reading.numbers import cardinal, spelt
from audio_library.speech.reading.place import Page, Place
from audio_library.speech.reading.quantities import UNITS
from audio_library.speech.reading.span import Found

_ROAD: Final = re.compile(r"(QL|ĐT|TL|ĐH|HL)[.\s]?([1-9]\d{0,3})([A-Z]?)(?!\w|[.\s-]\d)")
_ROADS: Final = {"QL": "quốc lộ", "ĐT": "đường tỉnh", "TL": "tỉnh lộ", "ĐH": "đường huyện", "HL": "hương lộ"}
_DIALLED: Final = re.compile(r"[.:\s]{0,4}[(+\d]")
_WEEKDAY: Final = re.compile(r"T([2-7])(?![\w/])")
_MONTH: Final = re.compile(r"T(\d{1,2})(?=/(?:19|20)\d\d(?!\d))")
_NAME_AHEAD: Final = re.compile(rf"(?:\. {{0,2}}| {{1,2}})(?=[{UPPER}][{LOWER}{UPPER}]|Y tế)")
_STANDING: Final = re.compile(r"(?:HĐND|UBND|UBMTTQ|MTTQ)(?!\w)|(?:Đảng|Huyện|Tỉnh|Thành) [ủu]")
_CENTRE: Final = re.compile(
    r"(?:Y tế|Văn hóa|Văn hoá|Dịch vụ|Hành chính|Học tập|Giáo dục|GD|Phục vụ|Viễn thông|Chính trị|Khuyến nông|Thể thao)"
)
_BESIDE_BEFORE: Final = re.compile(rf"(?<![^\W_])([{UPPER}]{{1,8}})[-/&]\Z")
_BESIDE: Final = re.compile(rf"[-/&]([{UPPER}]{{1,8}})(?![^\W_])")
_DIGIT_AHEAD: Final = re.compile(r"\s?\d")
_PARTS: Final = re.compile(r"\d+|\D+")


def own(page: Page, at: int, to: int = 0) -> Found | None:
    """An entry that the station made itself, at least up to before `to`."""
    found = page.lexicon_at(at) if page.lexicon.own else None
    return _told(page, at, found) if found and found.own and found.end >= to else None


def known(place: Place) -> Found | None:
    """An entry of the dictionary."""
    found = place.page.lexicon_at(place.at)
    return _told(place.page, place.at, found) if found else None


def _told(page: Page, at: int, found: Stood) -> Found:
    end, written = found.end, page.text[at : found.end]
    dot = titles.goes_on(page.text, at, end)
    if not found.own and written in SEVERAL and _is_beside_unknown(page, at, end):
        return Found(end, "letters", by_name(written), "several_meanings", dot)
    doubt = "written_small" if found.guessed else None
    return Found(end, "own" if found.own else "abbreviation", found.said, doubt, dot)


def _is_beside_unknown(page: Page, at: int, end: int) -> bool:
    """Whether it is joined to capitals that are neither in the dictionary nor a syllable."""
    beside = filter(None, (_BESIDE_BEFORE.search(page.text, max(0, at - 9), at), _BESIDE.match(page.text, end)))
    return any(page.lexicon.said(one[1]) is None and not is_syllable(one[1].lower()) for one in beside)


def foreign(place: Place, run: str) -> Found | None:
    """A word that is no Vietnamese syllable and that the dictionary does not have: it stays, in doubt."""
    if READABLE[run] or not run.isalpha() or place.page.lexicon.said(run.upper()):
        return None
    return Found(place.at + len(run), "foreign", run, "foreign_word")


def small(place: Place, run: str) -> Found:
    """Small consonants alone, which are no word: an entry, a unit, an abbreviation in small letters, or letters."""
    if found := known(place):
        return found
    end = place.at + len(run)
    if run == "x" and place.counted is not None and _DIGIT_AHEAD.match(place.text, end):
        return Found(end, "sign", "nhân")
    if len(run) == 1:
        return Found(end, "letters", by_name(run))
    if run in UNITS:
        return Found(end, "quantity", UNITS[run])
    return Found(end, "letters", by_name(run), "capitals_unknown")


def other(place: Place, run: str) -> Found | None:
    """Any other run of letters and digits that begins with a letter."""
    return _road(place) or known(place) or _special(place, run) or _digits_in(place, run) or _capitals(place, run)


def _road(place: Place) -> Found | None:
    road = place.looking(_ROAD)
    if road is None:
        return None
    letter = f" {by_name(road[3])}" if road[3] else ""
    return Found(road.end(), "abbreviation", f"{_ROADS[road[1]]} {cardinal(road[2], place.region)}{letter}")


def _special(place: Place, run: str) -> Found | None:
    """What capitals mean by what stands around them."""
    text, end = place.text, place.at + len(run)
    if run == "ĐT":
        return Found(end, "abbreviation", "điện thoại", None if _DIALLED.match(text, end) else "several_meanings")
    if run == "TT" and (name := _NAME_AHEAD.match(text, end)):
        body, centre = _STANDING.match(text, name.end()), _CENTRE.match(text, name.end())
        said = "thường trực" if body else "trung tâm" if centre else "thị trấn"
        return Found(end, "abbreviation", said, dot=name[0].startswith("."))
    if day := place.looking(_WEEKDAY):
        return Found(end, "weekday", f"thứ {'tư' if day[1] == '4' else cardinal(day[1], place.region)}")
    if month := place.looking(_MONTH):
        return Found(end, "month", f"tháng {cardinal(month[1], place.region)}")
    document = documents.code_at(place) or documents.type_at(place, run)
    return document or titles.title_at(place, run) or roman.at(place, run)


def numeral(place: Place) -> Found:
    """½, Ⅲ, ⑳: a number that is one character."""
    worth = Fraction(unicodedata.numeric(place.page.given(place.at))).limit_denominator(1_000)
    above, below = cardinal(abs(worth.numerator), place.region), cardinal(worth.denominator, place.region)
    part = "" if worth.denominator == 1 else f" phần {'tư' if worth.denominator == 4 else below}"
    return Found(place.at + 1, "number", f"{'âm ' if worth < 0 else ''}{above}{part}")


def _digits_in(place: Place, run: str) -> Found | None:
    """Letters with digits: names of letters, and numbers; longer small words among them are words."""
    if not any(map(str.isdecimal, run)):
        return None
    if run[0] in "xX" and run[1].isdecimal() and place.after_number and place.gap == "":
        return Found(place.at + 1, "sign", "nhân")
    end = place.at + len(run)
    if run in UNITS:
        return Found(end, "quantity", UNITS[run])
    return Found(end, "letters", " ".join(_part(place, part) for part in _PARTS.findall(run)))


def _part(place: Place, part: str) -> str:
    if part.isdecimal():
        return spelt(part) if part[0] == "0" and len(part) > 1 else cardinal(part, place.region)
    if said := place.page.lexicon.said(part):
        return said
    part = "".join(filter(str.isalnum, part))
    small_word = part.lower()
    is_word = not part.isupper() and len(part) > 1 and set(small_word) - set(CONSONANTS)
    return small_word if is_word or is_pronounceable(small_word) else by_name(part)


def _capitals(place: Place, run: str) -> Found | None:
    """Capitals: a syllable or foreign word in small letters, else letters by name. Anything else stays."""
    end, word = place.at + len(run), run.lower()
    if not run.isupper() or run.lower() == run:
        return foreign(place, run)
    if len(run) == 1:
        return titles.letter_at(place, run)
    if is_syllable(word):
        return Found(end, "capitals", word)
    if is_pronounceable(word):
        return Found(end, "capitals", word, "word_unknown")
    doubt = "several_meanings" if run in UNDECIDED else "capitals_unknown"
    return Found(end, "letters", by_name(run), doubt, titles.goes_on(place.text, place.at, end))
