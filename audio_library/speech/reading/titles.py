"""Titles before a name and letters in place of one: a dot behind them ends no sentence while its line goes on."""

from __future__ import annotations

import re
from typing import Final

from audio_library.speech.reading.letters import LOWER, NAMES, UPPER, by_name
from audio_library.speech.reading.place import Place
from audio_library.speech.reading.span import Found

_TITLES: Final = frozenset({
    "BS", "Bs", "BSCKI", "BSCKII", "CKI", "CKII", "ThS", "Ths", "THS", "Th.S", "PGS", "Pgs", "PCT", "Mr", "MR", "Mrs",
    "MRS", "Dr", "DR", "T.P", "Cty", "CTY",
})  # fmt: skip
"""Those that are in the dictionary."""
_BEFORE_NAMES: Final = {"TS": "tiến sĩ", "Ts": "tiến sĩ", "GS": "giáo sư", "Gs": "giáo sư", "Ms": "mít"}
_LEARNED: Final = frozenset({"giáo sư", "phó giáo sư", "tiến sĩ", "thạc sĩ", "bác sĩ"})
_AREAS: Final = {"Q": "quận", "P": "phường", "H": "huyện", "X": "xã", "T": "tỉnh"}
_NUMBERED: Final = frozenset("QP")
_PEOPLE: Final = frozenset({"ông", "bà", "anh", "chị", "em", "cháu", "cô", "chú", "bác", "cụ", "thầy", "bé"})
_SURNAMES: Final = frozenset({
    "Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Huỳnh", "Phan", "Vũ", "Võ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô", "Dương",
    "Lý", "Đinh", "Đoàn", "Trịnh", "Trương",
})  # fmt: skip
_HEADINGS: Final = frozenset("ABCDĐEGHIK")
_LINE_GOES_ON: Final = re.compile(r"\. {0,2}[^\W_]")
_NAME: Final = re.compile(rf"(?:\. {{0,2}}| {{1,2}}|-)(?:[{UPPER}][{LOWER}]|(?:BS|TS|DS)(?!\w))")
_HEADED: Final = re.compile(r"(\.?) {0,2}(?:(?:UBND|HĐND|UBMTTQ|MTTQ|CCB|LHPN|HND)(?!\w)|[Hh]ội )")
_CAPITALS_BEHIND: Final = re.compile(rf"\.[{UPPER}]{{2}}")
_AREA_NUMBER: Final = re.compile(r"\. {0,2}(\d{1,3})(?!\d|[.,/:-]\d)")
_AREA_BEHIND: Final = re.compile(r" ?, ?(?:Q|TP|T\.P)\b")
_JOINED: Final = re.compile(rf"\.(?:[{UPPER}\d]| {{0,2}}[-{LOWER},;:()]| {{1,2}}[{UPPER}]\.)")
"""Behind a letter: what no sentence begins with, or another letter."""
_CAPITAL: Final = re.compile(rf"\. {{1,2}}[{UPPER}]")
_NAMED: Final = re.compile(r"[^\W_]{2}[,;:(] {0,2}\Z")
"""A sign that parts it from a word or number: no list of letters goes on here."""
_WORD_BEFORE: Final = re.compile(r"([^\W\d_]{1,12})\.? {1,2}\Z")


def goes_on(text: str, at: int, end: int) -> bool:
    """Whether a dot behind what stands there ends no sentence: it is a title, unless counted, or joined to capitals."""
    if not text.startswith(".", end):
        return False
    written = text[at:end]
    if written.isupper() and _CAPITALS_BEHIND.match(text, end):
        return True
    counted = text[max(0, at - 2) : at].strip().isdecimal()
    return written in _TITLES and not counted and _LINE_GOES_ON.match(text, end) is not None


def title_at(place: Place, run: str) -> Found | None:
    """A title that has other meanings, by what stands around it."""
    end = place.at + len(run)
    if said := _BEFORE_NAMES.get(run):
        sure = not run.isupper() or (place.last_spoken in _LEARNED and place.gap in ("", " ", ".", ". "))
        if not sure and not _NAME.match(place.text, end):
            return None
        dotted = _LINE_GOES_ON.match(place.text, end) is not None
        return Found(end, "abbreviation", said, None if sure or dotted else "several_meanings", dotted)
    if run == "CT" and (headed := _HEADED.match(place.text, end)):
        return Found(end, "abbreviation", "chủ tịch", dot=bool(headed[1]))
    return _area(place, run) if run in _AREAS else None


def _area(place: Place, run: str) -> Found | None:
    """A quarter or a ward, or the letter of a name."""
    text, end = place.text, place.at + 1
    if run in _NUMBERED and (number := _AREA_NUMBER.match(text, end)):
        room = run == "P" and len(number[1]) == 3
        sure = run == "Q" or _AREA_BEHIND.match(text, number.end())
        said = "phòng" if room else _AREAS[run]
        return Found(end, "abbreviation", said, None if sure else "several_meanings", dot=True)
    if not text.startswith(".", end) or not _NAME.match(text, end):
        return None
    if place.word == ",":
        return Found(end, "abbreviation", _AREAS[run], "several_meanings", dot=True)
    if run not in _NUMBERED or _word_before(place)[:1].isupper():
        return None
    return Found(end, "letters", by_name(run), "several_meanings", dot=True)


def letter_at(place: Place, run: str) -> Found | None:
    """A capital alone, by its name; None if it has none."""
    if run.lower() not in NAMES:
        return None
    text, end = place.text, place.at + 1
    found = Found(end, "letters", by_name(run))
    if _JOINED.match(text, end):
        return found._replace(dot=True)
    if not _CAPITAL.match(text, end) or (place.begins_line and run in _HEADINGS):
        return found
    before = _word_before(place)
    if before in _SURNAMES or place.begins_line or _NAMED.search(text, max(0, place.at - 8), place.at):
        return found._replace(doubt="dot_or_end", dot=True)
    return found._replace(doubt="dot_or_end") if before[:1].isupper() or before in _PEOPLE else found


def _word_before(place: Place) -> str:
    """The word just before it as it is written, with a space between; empty if there is none."""
    before = _WORD_BEFORE.search(place.text, max(0, place.at - 16), place.at)
    return before[1] if before else ""
