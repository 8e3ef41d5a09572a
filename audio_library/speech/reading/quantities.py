"""Counts and measures: numbers with their thousands and fractions, shares, and units behind them."""

from __future__ import annotations

import re
from typing import Final

from audio_library.speech.reading.letters import LOWER
from audio_library.speech.reading.lexicon import table
from audio_library.speech.reading.numbers import LONGEST, Region, cardinal, decimal, spelt
from audio_library.speech.reading.place import Place
from audio_library.speech.reading.span import Found

UNITS: Final = table("units.txt")
_ENDED: Final = r"(?![^\W_]|[\u0300-\u036f])"
_UNIT: Final = rf"(°[CF]{_ENDED}|tr\. ?đ(?:ồng)?{_ENDED}|[%‰°$€]|[^\W\d_]{{1,4}}[23]?{_ENDED})"
_BEHIND: Final = re.compile(rf"\s{{0,2}}{_UNIT}")
_PER: Final = re.compile(rf"\s?/\s?{_UNIT}")
_DOTS: Final = re.compile(r"\d{1,3}(?:\.\d{3}){1,6}(?:,(\d{1,18}))?(?!\d|[.,]\d)")
_COMMAS: Final = re.compile(r"\d{1,3}(?:,\d{3}){2,6}(?:\.(\d{1,18}))?(?!\d|[.,]\d)")
_SPACES: Final = re.compile(
    r"\d{1,3}(?: \d{3}){1,5}(?!\d|[.,]\d)"
    rf"(?=\s?(?:(?:đồng|nghìn|triệu|tỷ|mét|lít|tấn|đ|VNĐ|VND|USD|ha|m[23]?|kg|kWh){_ENDED}|[%‰]))"
)
_FRACTION: Final = re.compile(r"(?<!\d,)(\d{1,18})([.,])(\d{1,18})(?!\d|[.,]\d)")
_ZERO: Final = re.compile(r"0\d{2,7}(?: \d{3,4}|\.\d{1,6}){0,4}(?!\d|[,/:]\d)")
_WORD_BEHIND: Final = re.compile(r"\s{0,2}([^\W\d_]{1,8})")
_POINTS: Final = re.compile(r"\d{1,4}(?:\.\d{1,4}){1,5}(?!\d|,\d)")
_SHARE: Final = re.compile(r"(\d{1,9})\s?/\s?(\d{1,9})(?!\d|[.,]\d)")
_SCALE: Final = re.compile(r"(\d{1,6}):(\d{1,9}(?:\.\d{3}){0,3})(?!\d|[:,]\d)")
AMOUNT: Final = re.compile(
    r"\s{1,3}(?:tổng số|tổng|số|diện tích|dân số|chiều|quãng|lượng|sản lượng|thu nhập|dung tích|thời gian)(?!\w)",
    re.IGNORECASE,
)
"""Behind a share: it is a part of an amount."""
_LARGE: Final = re.compile(r"\s{0,3}(?:tỷ|tỉ|triệu|nghìn|ngàn|%|tấn|ha|km|m|kg)(?!\w)")
_EDITION: Final = frozenset({
    "phiên bản", "mục", "điểm", "điều", "khoản", "bản", "v", "ver", "version", "bảng", "hình", "lục", "biểu", "mẫu",
    "chương", "bài", "tiết",
})  # fmt: skip
_PLACES: Final = frozenset({"số", "nhà", "ngõ", "hẻm", "kiệt", "bậc", "lớp"})
_NOUN: Final = re.compile(rf"\s[{LOWER}]")
_PARTING: Final = frozenset(".,0123456789")
"""What may part the digits of one number; a digit is the next group behind a space."""
MONEY: Final = frozenset({
    "đồng", "đ", "vnđ", "vnd", "usd", "nghìn", "ngàn", "triệu", "tỷ", "tỉ", "k", "tr", "trđ",
})  # fmt: skip
EACH: Final = frozenset({"lần", "buổi", "bữa", "giờ", "viên"})
"""Behind these and behind money a stroke is “một”, behind other measures “trên”."""
MEASURES: Final = frozenset({
    "tạ", "tấn", "yến", "cân", "lạng", "sào", "mẫu", "thước", "công", "ha", "héc-ta", "lít", "mét", "khối",
    "vuông", "kg", "km", "người", "hộ", "con", "cây", "lượt", "suất", "mũi", "ca", "ngày", "tháng", "năm",
    "tuần", "giây", "phút", "độ", "tiếng", "tiết", "bao", "thùng", "gói", "liều", "cái", "chiếc", "học", "sinh",
})  # fmt: skip


def at(place: Place) -> Found | None:
    """A number in its own right, with its unit: whatever no other rule has taken."""
    return (_share(place) if place.then == "/" or place.then == ":" else None) or measured(place)


def said_number(written: str, region: Region) -> str:
    """A plain number or one with a comma or dot before its fraction."""
    whole, mark, after = written.replace(".", ",").partition(",")
    return decimal(whole, after, region) if mark else cardinal(whole, region)


def _share_of(place: Place, below: str, end: int) -> tuple[str, str]:
    """The word for the stroke of a share, and the number below it."""
    if AMOUNT.match(place.text, end):
        return "phần", "tư" if below == "4" else cardinal(below, place.region)
    return "trên", cardinal(below, place.region)


def unit_at(place: Place, end: int) -> tuple[int, str] | None:
    """The unit behind a number that ends there, with all that it is counted by."""
    found = _BEHIND.match(place.text, end)
    if found is None or found[1] not in UNITS:
        return None
    written = found[1]
    start = found.end() - len(written)
    entry = place.page.lexicon_at(start)
    if entry and (entry.own or entry.end > found.end()):
        return None
    said, end = UNITS[written], found.end()
    per = "một" if said.split()[-1] in MONEY or said in ("giờ", "đô la mỹ") else "trên"
    while (counted := _PER.match(place.text, end)) and counted[1] in UNITS:
        said, end = f"{said} {per} {UNITS[counted[1]]}", counted.end()
    return end, said


def measured(place: Place) -> Found:
    """A number, with its unit; one that begins with zero and counts nothing is spelt."""
    zero = place.looking(_ZERO) if place.run[0] == "0" else None
    if zero and not (len(zero[0]) == 3 and is_counted(place, zero.end())):
        return Found(zero.end(), "number", ", ".join(map(spelt, re.split("[ .]", zero[0]))), "leading_zero")
    end, said, doubt = _number(place)
    if unit := unit_at(place, end):
        return Found(unit[0], "quantity", f"{said} {unit[1]}", None if doubt == "comma_once" else doubt)
    return Found(end, "number", said, doubt)


def is_counted(place: Place, end: int) -> bool:
    """Whether something is counted by the number that ends there."""
    behind = _WORD_BEHIND.match(place.text, end)
    return unit_at(place, end) is not None or (behind is not None and behind[1].lower() in MEASURES | MONEY | EACH)


def _number(place: Place) -> tuple[int, str, str | None]:
    """Where the number ends, how it is said, and what is doubtful in it."""
    region, digits = place.region, place.run
    if not place.then or place.then not in _PARTING:
        too_long = len(digits) > LONGEST
        return place.at + len(digits), cardinal(digits, region), "number_too_long" if too_long else None
    for pattern, mark in ((_DOTS, "."), (_COMMAS, ",")):
        found = place.looking(pattern)
        if found and (found[0][0] != "0" or found[0].count(mark) > 1):
            whole = found[0].split("," if mark == "." else ".")[0].replace(mark, "")
            said = decimal(whole, found[1], region) if found[1] else cardinal(whole, region)
            return found.end(), said, "number_too_long" if len(whole) > LONGEST else None
    if found := place.looking(_SPACES):
        return found.end(), cardinal(found[0].replace(" ", ""), region), None
    if (found := place.looking(_FRACTION)) and not (found[2] == "." and _is_edition(place, found[3])):
        once = found[2] == "," and len(found[3]) == 3 and found[1] != "0" and len(found[1]) <= 3
        doubt = "comma_once" if once and not _LARGE.match(place.text, found.end()) else None
        return found.end(), decimal(found[1], found[3], region), doubt
    if found := place.looking(_POINTS):
        return found.end(), " chấm ".join(cardinal(part, region) for part in found[0].split(".")), None
    return place.at + len(digits), cardinal(digits, region), "number_too_long" if len(digits) > LONGEST else None


def _is_edition(place: Place, after: str) -> bool:
    """Whether the dot parts an edition or a paragraph, and no number."""
    return place.word in _EDITION or after == "0"


def _share(place: Place) -> Found | None:
    if found := place.looking(_SHARE):
        word, below = _share_of(place, found[2], found.end())
        said = f"{cardinal(found[1], place.region)} {word} {below}"
        if unit := unit_at(place, found.end()):
            return Found(unit[0], "share", f"{said} {unit[1]}")
        doubtful = word == "trên" and _is_like_date(place, found)
        return Found(found.end(), "share", said, "date_or_share" if doubtful else None)
    if found := place.looking(_SCALE):
        below = found[2].replace(".", "")
        return Found(found.end(), "share", f"{cardinal(found[1], place.region)} trên {cardinal(below, place.region)}")
    return None


def _is_like_date(place: Place, share: re.Match[str]) -> bool:
    """Whether it counts nothing and might be a day and a month."""
    fits = 1 <= int(share[1]) <= 31 and 1 <= int(share[2]) <= 12 and share[0] != "24/7"
    return fits and place.word not in _PLACES and not _NOUN.match(place.text, share.end())
