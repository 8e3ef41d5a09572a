"""What stands in a blank of a notice: a day, a time, a place, a number to call or some words, checked and made even."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, timedelta
from typing import Final, Literal

Kind = Literal["date", "past_date", "time", "phone", "place", "text"]
"""`date` is today or to come, `past_date` today or before."""

LONGEST: Final = 300
"""Characters of what stands in one blank."""
_SENTENCES: Final[dict[str, tuple[str, str]]] = {
    "blank_empty": ("Chỗ này chưa điền.", "This is not filled in yet."),
    "blank_too_long": (f"Dài quá {LONGEST} ký tự.", f"Longer than {LONGEST} characters."),
    "blank_unreadable": (
        "Có ký tự lạ hoặc dấu ngoặc. Hãy gõ lại bằng chữ thường.",
        "There are strange characters or brackets in it. Type it again in plain letters.",
    ),
    "blank_date": (
        "Ngày viết như 24/11 hoặc 24/11/2026, hôm nay, ngày mai.",
        "Write a day as 24/11 or 24/11/2026, hôm nay (today) or ngày mai (tomorrow).",
    ),
    "blank_no_such_date": ("Không có ngày này trong lịch.", "There is no such date."),
    "blank_date_passed": ("Ngày này đã qua.", "This day has passed."),
    "blank_date_to_come": ("Ngày này chưa tới.", "This day is still to come."),
    "blank_time": (
        "Giờ viết như 7 giờ, 7h30 hoặc 19:30, từ 0 giờ đến 23 giờ 59.",
        "Write a time as 7h30 or 19:30, from 0:00 to 23:59.",
    ),
    "blank_phone": (
        "Số điện thoại cần 10 hoặc 11 chữ số bắt đầu bằng 0, hoặc số ngắn như 113, 19006769.",
        "A phone number has 10 or 11 digits beginning with 0, or is a short one such as 113 or 19006769.",
    ),
}
_DATE: Final = re.compile(r"(?:ngày )?(\d{1,2})[/.-](\d{1,2})(?:[/.-](\d{4}))?")
_ISO: Final = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_TIME: Final = re.compile(r"(\d{1,2})(?: ?(?:giờ|h|:|g) ?(?:(\d{1,2})(?: ?(?:phút|p|'))?)?)?")
_PHONE: Final = re.compile(r"0\d{9,10}|1\d{2}|1[89]00\d{4,6}")
_NEAR: Final = {"hôm nay": 0, "ngày mai": 1, "mai": 1, "ngày kia": 2, "hôm qua": -1}
_WEEKDAYS: Final = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")
_HALF_YEAR: Final = timedelta(days=183)
_HELD_BACK: Final = frozenset("<>[]{}|\\")


class Misfit(Exception):
    """What was filled in does not fit: a stable `code`, and a sentence in each language."""

    def __init__(self, code: str) -> None:
        self.code = code
        self.vi, self.en = _SENTENCES[code]
        super().__init__(code)


def filled(kind: Kind, value: str, today: date) -> str:
    """What is written in the notice for it; Misfit."""
    line = _line(value)
    if kind in ("date", "past_date"):
        return _day(line.casefold(), today, past=kind == "past_date")
    if kind == "time":
        return _time(line.casefold())
    return _phone(line) if kind == "phone" else line.rstrip(" .,;")


def _line(value: str) -> str:
    line = unicodedata.normalize("NFC", " ".join(value[: LONGEST * 4].split()))
    if not any(map(str.isalnum, line)):
        raise Misfit("blank_empty")
    if len(value) > LONGEST * 4 or len(line) > LONGEST:
        raise Misfit("blank_too_long")
    if _HELD_BACK & set(line) or any(unicodedata.category(char)[0] == "C" for char in line):
        raise Misfit("blank_unreadable")
    return line


def _day(line: str, today: date, past: bool) -> str:
    day = today + timedelta(days=_NEAR[line]) if line in _NEAR else _written_day(line, today, past)
    if not past and day < today:
        raise Misfit("blank_date_passed")
    if past and day > today:
        raise Misfit("blank_date_to_come")
    return f"{_WEEKDAYS[day.weekday()]}, ngày {day:%d/%m/%Y}"


def _written_day(line: str, today: date, past: bool) -> date:
    if iso := _ISO.fullmatch(line):
        return _date(int(iso[1]), int(iso[2]), int(iso[3]))
    found = _DATE.fullmatch(line)
    if found is None:
        raise Misfit("blank_date")
    day, month = int(found[1]), int(found[2])
    if found[3]:
        return _date(int(found[3]), month, day)
    this_year = _date(today.year, month, day)
    if not past and today - this_year > _HALF_YEAR:  # in December, 5/1 is next year's
        return _date(today.year + 1, month, day)
    if past and this_year - today > _HALF_YEAR:
        return _date(today.year - 1, month, day)
    return this_year


def _date(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise Misfit("blank_no_such_date") from None


def _time(line: str) -> str:
    found = _TIME.fullmatch(line)
    if found is None or int(found[1]) > 23 or int(found[2] or 0) > 59:
        raise Misfit("blank_time")
    return f"{int(found[1])} giờ" + (f" {int(found[2])} phút" if found[2] and int(found[2]) else "")


def _phone(line: str) -> str:
    digits = re.sub(r"[ .()-]", "", line)
    digits = f"0{digits[3:]}" if digits.startswith("+84") else digits
    if not digits.isascii() or not _PHONE.fullmatch(digits):
        raise Misfit("blank_phone")
    return digits
