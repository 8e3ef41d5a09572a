"""A dot between two small numbers: a day and its month, an hour and its minutes, or a fraction."""

from __future__ import annotations

import re
from typing import Final

from audio_library.speech.reading.dates import MOON, day_and_month, goes_on, is_timed, may_be_day
from audio_library.speech.reading.numbers import decimal
from audio_library.speech.reading.place import Place
from audio_library.speech.reading.quantities import EACH, MONEY, unit_at
from audio_library.speech.reading.span import Found
from audio_library.speech.reading.times import said_time

_END: Final = r"(?!\w|[.,/:]\d)"
_PAIR: Final = re.compile(rf"(\d{{1,2}})\.(\d{{1,2}}){_END}")
_HOURS: Final = re.compile(rf"(\d{{1,2}})\.([0-5]\d)(?:\s?(?:h|giờ|phút)(?!\w))?{_END}")
_TO: Final = r"\s?(?:-|đến|tới)\s?"
_PAIR_AHEAD: Final = re.compile(rf"{_TO}(?:hết\s)?(\d{{1,2}})\.(\d{{1,2}}){_END}")
_DAY_AHEAD: Final = re.compile(
    rf"(?:{_TO}\d{{1,2}}\.[0-5]\d)?(?:h|\sgiờ)?,?\s{{1,2}}(?:(?:sáng|trưa|chiều|tối|đêm)\s(?:nay|mai|qua|ngày|thứ|\d)"
    r"|hôm|cùng ngày|ngày\s\d|thứ\s)",
    re.IGNORECASE,
)
_BEHIND: Final = re.compile(r"\s{0,2}([^\W\d_]{1,5})(?!\w)")
_DIVIDED: Final = (MONEY | EACH | {
    "tạ", "tấn", "yến", "cân", "lạng", "sào", "thước", "lít", "mét", "khối", "giây", "phút", "độ", "tiếng",
    "điểm", "phần", "ki", "mi", "héc",
}) - {"buổi"}  # fmt: skip
"""Of these there may be a part."""
_CLOCK: Final = frozenset({"lúc", "hồi"})
_EDGES: Final = frozenset({"từ", "đến", "tới", "sau", "khoảng", "vào"})
_ENDS: Final = frozenset({"trước", "hạn", "hết"})
_TODAY: Final = frozenset({"nay", "mai", "qua", "kia"})
_DAYS: Final = frozenset({"ngày", "mùng", "mồng"})
_EVERY: Final = frozenset({"mỗi ngày", "một ngày"})
_DOUBT: Final = "dot_between"


def at(place: Place) -> Found | None:
    """A date or a time with a dot in it, or a fraction that may be one."""
    if place.then != "." or len(place.run) > 2 or place.two in _EVERY:
        return None
    day, time = _date(place), _time(place)
    if time and _DAY_AHEAD.match(place.text, time.end):
        return time
    if time and (place.word in _CLOCK or goes_on(place, "time")):
        return time._replace(doubt=_DOUBT if day else None)
    if day and (MOON.match(place.text, day.end) or place.word in _DAYS or goes_on(place, "date", "day")):
        return day
    if place.word in _EDGES or place.word in _ENDS or not may_be_day(place):
        return _guessed(place, day, time)
    first, second = (time, day) if place.word in _TODAY else (day, time)
    if not (first and second):
        return None if place.word in _DAYS else first or second
    return first._replace(doubt=first.doubt or _DOUBT)


def _date(place: Place) -> Found | None:
    pair = place.looking(_PAIR)
    if pair is None or not _is_day(pair) or _is_amount(place, pair.end()):
        return None
    return day_and_month(int(pair[1]), int(pair[2]), place, pair.end())


def _time(place: Place) -> Found | None:
    hours = place.looking(_HOURS)
    if hours is None or int(hours[1]) > 24 or _is_amount(place, hours.end()):
        return None
    return Found(hours.end(), "time", said_time(place, hours[1], hours[2]))


def _guessed(place: Place, day: Found | None, time: Found | None) -> Found | None:
    """Where no word tells for sure: by another like it that follows, or by what leads to it; always in doubt."""
    pair = place.looking(_PAIR)
    if pair is None or not (day or time):
        return None
    edge = place.word in _EDGES
    number = Found(pair.end(), "number", decimal(pair[1], pair[2], place.region))
    likely = (number if day else time) if edge else None
    ahead = _PAIR_AHEAD.match(place.text, pair.end())
    if ahead and not _is_amount(place, ahead.end()):
        if day and _is_day(ahead):
            likely = day if edge else number
        elif time and len(ahead[2]) == 2 and int(ahead[1]) <= 24 and int(ahead[2]) < 60:
            likely = time
    elif is_timed(place) or place.word in _ENDS:
        likely = day or time
    elif time and place.begins_line and place.text.startswith(":", time.end):
        likely = time
    return likely._replace(doubt=_DOUBT) if likely else None


def _is_day(pair: re.Match[str]) -> bool:
    return 1 <= int(pair[1]) <= 31 and 1 <= int(pair[2]) <= 12


def _is_amount(place: Place, end: int) -> bool:
    """Whether what stands behind may be had in part, so that a fraction of it is meant."""
    behind = _BEHIND.match(place.text, end)
    return unit_at(place, end) is not None or (behind is not None and behind[1].lower() in _DIVIDED)
