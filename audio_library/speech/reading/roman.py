"""Roman numbers, where something is numbered with them."""

from __future__ import annotations

import re
from typing import Final

from audio_library.speech.reading.numbers import cardinal, ordinal
from audio_library.speech.reading.place import Place
from audio_library.speech.reading.span import Found

_ROMAN: Final = re.compile(r"(XL|L?X{0,3})(IX|IV|V?I{0,3})(?!\w)")
_VALUES: Final = {"I": 1, "V": 5, "X": 10, "L": 50}
_NUMBERED: Final = frozenset({
    "khóa", "khoá", "cấp", "độ", "quý", "quí", "chương", "phần", "mục", "kỳ", "kì", "kỷ", "kỉ", "nhóm", "loại",
    "hạng", "đợt", "lục", "khu", "vực", "vùng", "bậc", "tập", "động", "lần", "điều", "bảng", "quyển", "đoạn",
    "mức", "tuyến", "pha", "báo",
})  # fmt: skip
_WORDS: Final = frozenset({"VI", "XI", "LI", "LV"})
"""Vietnamese syllables in capitals, unless something is numbered."""
_HEADING: Final = re.compile(r"[^\w\n]{0,40}?[.)]|\s-\s")
_JOINT: Final = re.compile(r"\s?(?:,|-|/|và|đến|hoặc)\s?")


def at(place: Place, run: str) -> Found | None:
    """The number that the capitals `run` are here; None if they are none, or a word."""
    found = place.looking(_ROMAN)
    if not found or not run or found[0] != run or run == "L":
        return None
    number, end = value(run), found.end()
    if place.word == "thứ":
        return Found(end, "ordinal", ordinal(number, place.region))
    words = cardinal(number, place.region)
    if place.word in _NUMBERED or place.two == "đại hội" or _in_list(place):
        return Found(end, "roman", words)
    if place.begins_line and _HEADING.match(place.text, end):
        return Found(end, "roman", f"{words},")
    if len(run) > 1 and run not in _WORDS:
        return Found(end, "roman", words, "roman_or_letters")
    return None


def value(written: str) -> int:
    """What well-formed Roman digits are worth."""
    worth = [_VALUES[digit] for digit in written]
    return sum(-one if one < after else one for one, after in zip(worth, [*worth[1:], 0], strict=True))


def _in_list(place: Place) -> bool:
    if place.last is None:
        return False
    before = place.last if place.last.kind == "roman" else place.last_but_one
    if before is None or before.kind != "roman" or place.at - before.end > 9:
        return False
    return _JOINT.fullmatch(place.text[before.end : place.at].lower()) is not None
