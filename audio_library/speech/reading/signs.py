"""Signs: said, a pause, or silent, by what stands around them."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from audio_library.speech.reading import phones
from audio_library.speech.reading.fold import NUMERAL
from audio_library.speech.reading.numbers import cardinal
from audio_library.speech.reading.place import FEW_WORDS, Place
from audio_library.speech.reading.quantities import EACH, MEASURES, MONEY, UNITS, measured
from audio_library.speech.reading.span import Found
from audio_library.speech.reading.words import numeral

_SAID: Final = {
    "&": "và", "±": "cộng trừ", "≤": "nhỏ hơn hoặc bằng", "≥": "lớn hơn hoặc bằng", "≈": "khoảng", "№": "số",
    "×": "nhân", "÷": "chia", "@": "a còng", "%": "phần trăm", "‰": "phần nghìn", "°": "độ", "€": "ơ rô",
}  # fmt: skip
_PAUSES: Final = frozenset("()[]{}…|•;→⇒")
_NUMBER_AHEAD: Final = re.compile(r"\s?[-+]?\d")
_DIGIT: Final = re.compile(r"\d")
_YEAR: Final = re.compile(r"\s?((?:19|20)\d\d)(?!\d)")
_RANGE_AHEAD: Final = re.compile(
    r"\s?(?:\d|[IVX]{1,5}(?!\w)|T[2-7](?!\w)|CN(?!\w)|\$\d|(?:thứ|ngày|tháng|năm|quý|km)\s{1,2}[\dIVX])", re.IGNORECASE
)
_SECOND_DASH: Final = re.compile(r"\s?\d{1,4}\s?-\s?\d")
_NUMBER: Final = re.compile(r"\d{1,3}(?:[.,]\d{3}){1,5}(?!\d)|\d+(?:[.,]\d{1,9}(?!\d))?")
_WORD_AHEAD: Final = re.compile(r"\s?([^\W_]{1,12})(?![\w])")
_WON: Final = frozenset({"thắng", "thua", "hòa", "hoà"})
_SCORE: Final = ("tỷ số", "tỉ số")


def at(place: Place) -> Found | None:
    """What a sign says here; None for what belongs to a letter of another script."""
    sign = place.text[place.at]
    if sign == NUMERAL:
        return numeral(place)
    if special := _SPECIAL.get(sign):
        return special(place)
    if sign in _SAID:
        return Found(place.at + 1, "sign", _SAID[sign])
    read = place.last is not None and place.last.end == place.at
    if unicodedata.category(sign)[0] == "M" and _previous(place).isalpha() and not read:
        return None
    return Found(place.at + 1, "sign", "," if sign in _PAUSES else "")


def _said(place: Place, spoken: str, doubt: str | None = None) -> Found:
    return Found(place.at + 1, "sign", spoken, doubt)


def _next(place: Place) -> str:
    return place.text[place.at + 1 : place.at + 2]


def _previous(place: Place) -> str:
    return place.text[place.at - 1 : place.at] if place.at else ""


def _dash(place: Place) -> Found:
    digit_next = _next(place).isdecimal()
    if place.begins_line:
        if not digit_next:
            return _said(place, "")
        return _said(place, "", "minus_or_list") if place.page.has_list else _said(place, "âm")
    if (place.after_number and _RANGE_AHEAD.match(place.text, place.at + 1)) or _same_ahead(place):
        return _between(place)
    before = _previous(place)
    if digit_next and (before.isspace() or before in "(=<>≤≥~:"):
        return _said(place, "âm")
    return _said(place, "," if before.isspace() and _next(place).isspace() else "")


def _same_ahead(place: Place) -> bool:
    """Whether the same is counted on both sides: 7 giờ - 9 giờ."""
    ahead = _NUMBER.match(place.text, place.at + 1 + (_next(place) == " "))
    if not place.counted or ahead is None:
        return False
    return place.text[ahead.end() : ahead.end() + 40].lower().lstrip().startswith(place.counted)


def _between(place: Place) -> Found:
    """A dash between numbers."""
    words = [word for word in place.before[-9:] if word.isalpha()]
    if words and (words[-1] in _WON or " ".join(words[-2:]) in _SCORE or words[-1] == "npk"):
        return _said(place, "")
    one, two = place.last, place.last_but_one
    chained = two is not None and two.written == "-" and two.kind == "sign" and one is not None and one.start == two.end
    if chained or (place.gap == "" and _SECOND_DASH.match(place.text, place.at + 1)):
        return _said(place, "", "several_dashes")
    return Found(place.at + 1, "range", "đến")


def _stroke(place: Place) -> Found:
    """Between numbers a share or a year, behind a measure `một` or `trên`, between words silent."""
    after = place.at + 1
    if place.after_number and place.last is not None:
        if place.last.kind in ("month", "roman") and (year := _YEAR.match(place.text, after)):
            return Found(year.end(), "month", f"năm {cardinal(year[1], place.region)}")
        if _NUMBER_AHEAD.match(place.text, after):
            return Found(after, "share", "trên")
        if _next(place).isspace():
            return _said(place, ",")
    word = _per(place)
    if word is None or not (ahead := _WORD_AHEAD.match(place.text, after)):
        return _said(place, "")
    unit = UNITS.get(ahead[1])
    return Found(ahead.end(), "rate", f"{word} {unit}") if unit else Found(after, "rate", word)


def _per(place: Place) -> str | None:
    """What a stroke behind a measure is said as; None if no number counts anything here."""
    last, gap = place.last, place.gap
    if last is None or gap is None or not FEW_WORDS.fullmatch(gap):
        return None
    if last.kind == "rate":
        return last.spoken.split()[0]
    words = gap.split() or (last.spoken.split() if last.kind == "quantity" else [])
    if not last.is_numeric or not words or (gap.strip() and words[-1] not in MEASURES | MONEY | EACH):
        return None
    return "một" if words[-1] in MONEY | EACH else "trên"


def _plus(place: Place) -> Found:
    if place.begins_line and not _next(place).isdecimal():
        return _said(place, "")
    if abroad := phones.abroad(place):
        return abroad
    before = place.text[max(0, place.at - 2) : place.at].strip()
    return _said(place, "cộng" if before[-1:].isalnum() or _next(place).isalnum() else "")


def _equals(place: Place) -> Found:
    return _said(place, "bằng" if place.after_number or _NUMBER_AHEAD.match(place.text, place.at + 1) else ",")


def _less(place: Place) -> Found:
    return _compared(place, "nhỏ hơn")


def _more(place: Place) -> Found:
    return _compared(place, "lớn hơn")


def _compared(place: Place, words: str) -> Found:
    if not _NUMBER_AHEAD.match(place.text, place.at + 1) or (_previous(place) in "-=" and place.at):
        return _said(place, "")
    return _said(place, words)


def _about(place: Place) -> Found:
    return _said(place, "khoảng" if _NUMBER_AHEAD.match(place.text, place.at + 1) else "")


def _star(place: Place) -> Found:
    """Between numbers a product."""
    return _said(place, "nhân" if place.after_number and _DIGIT.match(place.text, place.at + 1) else "")


def _dollar(place: Place) -> Found:
    """Said behind its amount, wherever it stands."""
    amount = _NUMBER.match(place.text, place.at + 1)
    if amount is None or len(amount[0]) > 18:
        return _said(place, UNITS["$"] if place.after_number else "")
    inner = measured(Place(place.page, place.at + 1))
    return Found(inner.end, "quantity", f"{inner.spoken} {UNITS['$']}", inner.doubt)


_SPECIAL: Final = {
    "-": _dash,
    "/": _stroke,
    "+": _plus,
    "=": _equals,
    "<": _less,
    ">": _more,
    "~": _about,
    "*": _star,
    "$": _dollar,
}
