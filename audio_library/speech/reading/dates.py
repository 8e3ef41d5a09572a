"""Days, months, quarters and years."""

from __future__ import annotations

import re
from typing import Final

from audio_library.speech.reading.documents import is_named
from audio_library.speech.reading.numbers import Region, cardinal, ordinal
from audio_library.speech.reading.place import Place
from audio_library.speech.reading.quantities import AMOUNT
from audio_library.speech.reading.span import Found, Kind

_FULL: Final = re.compile(r"(\d{1,2})\s?([/.-])\s?(\d{1,2})\s?\2\s?(\d{4}|\d{2}(?!\.\d))(?!\d)")
_MONTH_YEAR: Final = re.compile(r"(\d{1,2})\s?[/-]\s?((?:19|20)\d\d)(?![\d/])")
_DAY_MONTH: Final = re.compile(r"(\d{1,2})\s?/\s?(\d{1,2})(?![\d/])")
_MONTH_BEGINS: Final = frozenset("tT")
_LIST_GOES_ON: Final = frozenset(",;-vVđĐtThH")
_STROKES: Final = frozenset("/.-")
_DASHED: Final = re.compile(r"(\d{1,2})-(\d{1,2})(?![\d/.-])")
_ONE: Final = re.compile(r"(\d{1,2})(?!\d|[.,]\d)")
MOON: Final = re.compile(r"\s{1,3}(?:năm\s{1,3}\S{1,8}\s{1,3})?(?:âm lịch|ÂM LỊCH|Âm lịch|\(âm lịch|AL\b|âl\b)")
_MONTH_AHEAD: Final = re.compile(
    r"\s{1,3}tháng\s{1,3}(?:\d{1,2}(?!\d|[.,]\d|\s{1,3}(?:ngày|tuần|tuổi))|giêng|chạp|một|hai|ba|tư|năm|sáu|bảy|tám|chín|mười)",
    re.IGNORECASE,
)
_AND: Final = r"\s{0,3}(?:,|-|;|và|đến hết|đến|tới|hoặc)\s{0,3}(?:ngày\s{1,3})?"
_DATE_AHEAD: Final = re.compile(
    rf"(?:{_AND}\d{{1,2}}(?!\d|[.,]\d)){{1,12}}\s?(?:/\s?\d{{1,2}}(?!\d)|\s{{1,3}}tháng\s{{1,3}}\d)", re.IGNORECASE
)
_JOINED: Final = re.compile(rf"(?:{_AND}){{1,2}}|\s{{0,3}}[-–]\s{{0,3}}", re.IGNORECASE)
_COUNTED: Final = re.compile(
    r"\s{1,3}(?:lần|bữa|buổi|viên|giờ|tiếng|ca|lượt|chuyến|cữ|liều|gói|ống|người|hộ|ml|lít|công)(?!\w)"
    r"|\s{0,3}(?:%|giờ|h(?!\w))",
    re.IGNORECASE,
)
_UNTIL: Final = re.compile(r"\s?(?:-|đến)\s?(?:hết\s)?(?:ngày\s)?\d{1,2}/\d{1,2}/(?:19|20)\d\d(?!\d)")
_CLOCK_AHEAD: Final = re.compile(r"\s{0,3},?\s{0,3}(?:vào\s)?(?:lúc|hồi)\s")
_ENDED: Final = re.compile(r"\s{0,3}(?:[,.;)/-]|và\b|năm\b|âm\b|đến\b|tháng\b|hằng\b|hàng\b|\n|\Z)")
_DAY_BEFORE: Final = frozenset({
    "ngày", "sáng", "trưa", "chiều", "tối", "đêm", "hôm", "từ", "đến", "tới", "trước", "sau", "lễ", "dịp",
    "nhật", "cn", "nay", "mai", "qua", "kia", "khánh", "hạn", "niệm", "mừng",
})  # fmt: skip
_SAID: Final = frozenset({"mùng", "mồng"})


def at(place: Place) -> Found | None:
    """A date, or a part of one, at a number."""
    if len(place.run) > 2:
        return None
    whole = (_full(place) or _month_year(place) or _day_month(place)) if place.then in _STROKES else None
    return whole or _day(place) or _month(place) or _weekday(place)


def said_day(number: int, place: Place) -> str:
    """A day of the month: `mùng` up to ten, unless it is written."""
    words = cardinal(number, place.region)
    return words if number > 10 or place.word in _SAID else f"mùng {words}"


def said_month(number: int, region: Region, *, moon: bool = False) -> str:
    """A month behind the word `tháng`."""
    if moon and number in (1, 12):
        return "giêng" if number == 1 else "chạp"
    return "tư" if number == 4 else cardinal(number, region)


def _full(place: Place) -> Found | None:
    found = place.looking(_FULL)
    if not found:
        return None
    day, month, year = int(found[1]), int(found[3]), found[4]
    if len(year) == 2 and place.word != "ngày" and (found[2] == "." or not may_be_day(place)):
        return None
    if not (1 <= day <= 31 and 1 <= month <= 12):
        return None
    moon = MOON.match(place.text, found.end()) is not None
    said = (
        f"{said_day(day, place)} tháng {said_month(month, place.region, moon=moon)} năm {cardinal(year, place.region)}"
    )
    return Found(found.end(), "date", said, "short_year" if len(year) == 2 else _unless_real(day, month))


def _unless_real(day: int, month: int) -> str | None:
    return "no_such_date" if day > (29 if month == 2 else 30 if month in (4, 6, 9, 11) else 31) else None


def _month_year(place: Place) -> Found | None:
    found = place.looking(_MONTH_YEAR)
    if not found or not 1 <= int(found[1]) <= 12:
        return None
    year = f"năm {cardinal(found[2], place.region)}"
    if place.word == "quý":
        return Found(found.end(), "month", f"{cardinal(found[1], place.region)} {year}")
    month = said_month(int(found[1]), place.region)
    if place.word == "tháng" or goes_on(place, "month"):
        return Found(found.end(), "month", f"{month} {year}")
    if "-" in found[0] or is_named(place):
        return None
    sure = place.word in ("từ", "đến", "tới", "trước", "sau", "hết", "(")
    return Found(found.end(), "date", f"tháng {month} {year}", None if sure else "date_or_share")


def _day_month(place: Place) -> Found | None:
    found = place.looking(_DAY_MONTH) or (place.looking(_DASHED) if place.word == "ngày" else None)
    if not found or (found.re is _DASHED and int(found[1]) <= int(found[2])):
        return None  # up to there it is a range of days
    day, month = int(found[1]), int(found[2])
    if not (1 <= day <= 31 and 1 <= month <= 12) or AMOUNT.match(place.text, found.end()):
        return None
    bracketed = place.word == "(" and place.text[found.end() : found.end() + 1] == ")"
    ahead = _CLOCK_AHEAD.match(place.text, found.end()) or _UNTIL.match(place.text, found.end())
    context = may_be_day(place) or bracketed or is_timed(place) or ahead is not None
    return day_and_month(day, month, place, found.end()) if context or MOON.match(place.text, found.end()) else None


def day_and_month(day: int, month: int, place: Place, end: int) -> Found:
    """A date without its year, up to before `end`."""
    moon = MOON.match(place.text, end) is not None
    said = f"{said_day(day, place)} tháng {said_month(month, place.region, moon=moon)}"
    return Found(end, "date", said, _unless_real(day, month))


def is_timed(place: Place) -> bool:
    """Whether a time stands just before it."""
    return place.last is not None and place.last.kind == "time" and (place.gap or "x").strip(" ,-") == ""


def may_be_day(place: Place) -> bool:
    """Whether what stands before a number leads to a day."""
    if place.word in _DAY_BEFORE or place.word in _SAID or place.before[-2:-1] == ["thứ"]:
        return True
    if place.last is not None and place.last.kind == "weekday" and (place.word in (",", "(") or place.gap == " "):
        return place.gap is not None and len(place.gap) < 4
    if place.word in (",", "(") and place.before[-2:-1] in (["cn"], ["nhật"]):
        return True
    return (place.word == "," and place.before[-3:-2] == ["thứ"]) or goes_on(place, "date", "day")


def goes_on(place: Place, *kinds: str) -> bool:
    """Whether a list or range of such goes on here."""
    if place.last is not None and place.last.kind in ("range", "sign") and place.gap is not None:
        earlier = place.last_but_one
        return earlier is not None and earlier.kind in kinds and _is_joint(place.text[earlier.end : place.at])
    return (
        place.last is not None
        and place.last.kind in kinds
        and place.gap is not None
        and _JOINED.fullmatch(place.gap) is not None
    )


def _is_joint(between: str) -> bool:
    return len(between) < 20 and _JOINED.fullmatch(between) is not None


def _day(place: Place) -> Found | None:
    """A day without its month: behind `ngày`, before `tháng 5`, or in a list or range that ends in a date."""
    dated = place.then in _MONTH_BEGINS
    listed = place.then in _LIST_GOES_ON and may_be_day(place)
    named = (place.word == "ngày" or place.word in _SAID) and place.before[-2:-1] not in (["mỗi"], ["một"], ["hai"])
    on = goes_on(place, "day")
    found = place.looking(_ONE) if dated or listed or named or on else None
    if not found or not 1 <= int(found[1]) <= 31:
        return None
    rest = found.end()
    ahead = dated and _MONTH_AHEAD.match(place.text, rest) is not None
    listed = listed and _DATE_AHEAD.match(place.text, rest) is not None
    on = on and _ENDED.match(place.text, rest) is not None
    if not (ahead or listed or on or (named and not _COUNTED.match(place.text, rest))):
        return None
    unsure = on and not (ahead or listed) and place.word == "-" and int(found[1]) <= 12
    return Found(rest, "day", said_day(int(found[1]), place), "days_or_date" if unsure else None)


def _month(place: Place) -> Found | None:
    named, listed = place.word == "tháng", goes_on(place, "month")
    found = place.looking(_ONE) if named or listed else None
    if not found or not 1 <= int(found[1]) <= 12 or not (named or _ENDED.match(place.text, found.end())):
        return None
    moon = MOON.match(place.text, found.end()) is not None
    return Found(found.end(), "month", said_month(int(found[1]), place.region, moon=moon))


def _weekday(place: Place) -> Found | None:
    """What stands behind `thứ`: a weekday or a rank."""
    named, listed = place.word == "thứ", goes_on(place, "weekday")
    found = place.looking(_ONE) if named or listed else None
    if not found or int(found[1]) == 0:
        return None
    if not named and not (2 <= int(found[1]) <= 7 and _ENDED.match(place.text, found.end())):
        return None
    ranked = place.before[-2:-1] in (["lần"], ["con"], ["kỳ"], ["hạng"], ["nhóm"])
    kind: Kind = "weekday" if 2 <= int(found[1]) <= 7 and not ranked else "ordinal"
    return Found(found.end(), kind, ordinal(int(found[1]), place.region))
