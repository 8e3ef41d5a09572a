"""Hours, minutes and seconds."""

from __future__ import annotations

import re
from typing import Final

from audio_library.speech.reading.numbers import cardinal
from audio_library.speech.reading.place import Place
from audio_library.speech.reading.span import Found

_END: Final = r"(?!\w)"
_CLOCK: Final = re.compile(
    rf"(\d{{1,2}})(?:\s?[hHgG]\s?|:|\s{{0,2}}(?:giờ|GIỜ|Giờ)\s{{0,3}})([0-5]\d)(?!\d|[.,/]\d)"
    rf"(?::([0-5]\d)(?!\d))?(?:\s{{0,3}}(?:'|phút{_END}|PHÚT{_END}|ph{_END}|p{_END}))?"
)
_SINGLE: Final = re.compile(rf"(\d{{1,2}})\s?[hHgG](\d)(?!\w)(?:\s{{0,3}}(?:'|phút{_END}))?")
_MINUTES: Final = re.compile(r"(?<!')(\d{1,3})'(?:(\d{1,2})(?:\"|''))?(?![\w'])")
_HOUR: Final = re.compile(rf"(\d{{1,2}})\s?([hHgG]){_END}")
_SIGNS: Final = frozenset("hHgG:'")
_SCALE: Final = frozenset({"tỷ lệ", "tỉ lệ", "tỷ số", "tỉ số"})
_AT: Final = frozenset({"lúc", "hồi", "từ", "đến", "tới", "trước", "sau", "khoảng", "vào"})


def at(place: Place) -> Found | None:
    """A time of the day, or hours and minutes, at a number."""
    if place.then not in _SIGNS or len(place.run) > 3:
        return None
    found = place.looking(_CLOCK) or place.looking(_SINGLE)
    if found and int(found[1]) <= 24 and place.two not in _SCALE:
        second = found[3] if found.re is _CLOCK else None
        return Found(found.end(), "time", said_time(place, found[1], found[2], second))
    if found := place.looking(_MINUTES):
        seconds = f" {cardinal(found[2], place.region)} giây" if found[2] else ""
        return Found(found.end(), "time", f"{cardinal(found[1], place.region)} phút{seconds}")
    found = place.looking(_HOUR)
    if found is None or (int(found[1]) > 24 and found[2] in "gG"):
        return None
    if found[2] not in "gG":
        return Found(found.end(), "time", f"{cardinal(found[1], place.region)} giờ")
    if place.word in _AT and place.text[found.end() : found.end() + 1] != "/":
        return Found(found.end(), "time", f"{cardinal(found[1], place.region)} giờ", "grams_or_hours")
    return None


def said_time(place: Place, hour: str, minute: str, second: str | None = None) -> str:
    """An hour, with its minutes unless there are none, and its seconds."""
    words = [f"{cardinal(hour, place.region)} giờ"]
    if int(minute) or second:
        words.append(f"{cardinal(minute, place.region)} phút")
    if second:
        words.append(f"{cardinal(second, place.region)} giây")
    return " ".join(words)
