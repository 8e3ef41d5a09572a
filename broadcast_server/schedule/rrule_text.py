"""RRULE text: taken only when it names whole days, ends in bounded time and says nothing twice.

The times of day come from the rule, its beginning from the rule's first day; the text only chooses days.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import lru_cache

from dateutil.rrule import rrule, rrulestr

from broadcast_server.schedule.refusal import ScheduleRefused

LONGEST_TEXT = 300
MOST_COUNTED = 5_000
LARGEST_INTERVAL = 1_000

_KNOWN = frozenset(
    {
        "FREQ",
        "INTERVAL",
        "COUNT",
        "UNTIL",
        "WKST",
        "BYDAY",
        "BYMONTHDAY",
        "BYYEARDAY",
        "BYWEEKNO",
        "BYMONTH",
        "BYSETPOS",
    }
)
_NUMBERS = frozenset({"BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYMONTH", "BYSETPOS"})
_SUB_DAILY_PARTS = frozenset({"BYHOUR", "BYMINUTE", "BYSECOND"})
_DAY_FREQUENCIES = frozenset({"DAILY", "WEEKLY", "MONTHLY", "YEARLY"})
_SUB_DAILY_FREQUENCIES = frozenset({"HOURLY", "MINUTELY", "SECONDLY"})
_GREGORIAN_CYCLE_YEARS = 400
_LAST_CYCLE = 9_600


def rrule_days(text: str, first_day: int, low: int, high: int) -> list[int]:
    """The ordinals in [low, high] on which `text`, begun on `first_day`, falls. The text has been checked."""
    if low > high:
        return []
    rule = _parsed(text, first_day)
    until = datetime.fromordinal(high)
    found: list[int] = []
    for moment in rule:
        if moment > until:
            break
        found.append(moment.toordinal())
    return [day for day in found if day >= low]


def check_rrule(text: str, first_day: date) -> None:
    """ScheduleRefused when the text cannot be a day rule begun on `first_day`."""
    if len(text) > LONGEST_TEXT:
        raise ScheduleRefused(
            "rrule_too_long",
            f"Quy tắc lặp dài quá {LONGEST_TEXT} ký tự. Hãy viết gọn lại.",
            f"The repeat rule is longer than {LONGEST_TEXT} characters. Please shorten it.",
        )
    _check_parts(_parts(text))
    _check_it_falls(text, first_day)


def _parts(text: str) -> dict[str, str]:
    """NAME -> value of the text; refuses what is not a list of NAME=value, and every name said twice."""
    if "DTSTART" in text.upper():
        raise ScheduleRefused(
            "rrule_dtstart",
            "Quy tắc lặp không được chứa DTSTART: ngày bắt đầu là ngày đầu tiên của lịch.",
            "The repeat rule must not contain DTSTART: it begins on the schedule's first day.",
        )
    parts: dict[str, str] = {}
    for piece in text.upper().split(";"):
        name, equals, value = piece.partition("=")
        if not equals or not value or name in parts:
            raise _unreadable(piece)
        parts[name] = value
    return parts


def _check_parts(parts: dict[str, str]) -> None:
    frequency = parts.get("FREQ", "")
    if frequency in _SUB_DAILY_FREQUENCIES or _SUB_DAILY_PARTS & parts.keys():
        raise ScheduleRefused(
            "rrule_sub_daily",
            "Quy tắc lặp chỉ được chọn ngày; giờ phát đặt ở mục giờ, không đặt trong quy tắc.",
            "The repeat rule may only choose days; set the hours in the list of times, not in the rule.",
        )
    if frequency not in _DAY_FREQUENCIES:
        raise _unreadable(f"FREQ={frequency}")
    for name in parts.keys() - _KNOWN:
        raise _unreadable(name)
    _check_choices(parts)
    _check_end(parts)
    _check_number(parts, "INTERVAL", LARGEST_INTERVAL)
    _check_number(parts, "COUNT", MOST_COUNTED)


def _check_choices(parts: dict[str, str]) -> None:
    """Refuse what dateutil passes over in silence: a zero, and “the second Tuesday” of a day or a week."""
    for name in _NUMBERS & parts.keys():
        if not all(re.fullmatch(r"[+-]?0*[1-9]\d*", one, re.ASCII) for one in parts[name].split(",")):
            raise _unreadable(f"{name}={parts[name]}")
    days = parts.get("BYDAY", "")
    if parts["FREQ"] in ("DAILY", "WEEKLY") and re.search(r"\d", days):
        raise _unreadable(f"BYDAY={days}")


def _check_end(parts: dict[str, str]) -> None:
    if "COUNT" in parts and "UNTIL" in parts:
        raise ScheduleRefused(
            "rrule_count_and_until",
            "Quy tắc lặp chỉ được có một trong hai: COUNT (số lần) hoặc UNTIL (đến ngày).",
            "The repeat rule may have COUNT or UNTIL, not both.",
        )
    if "UNTIL" in parts and not re.fullmatch(r"\d{8}", parts["UNTIL"], re.ASCII):
        raise ScheduleRefused(
            "rrule_until_not_a_day",
            "UNTIL phải là một ngày viết liền năm tháng ngày, ví dụ UNTIL=20261231.",
            "UNTIL must be a day written as year, month, day, for example UNTIL=20261231.",
        )


def _check_number(parts: dict[str, str], name: str, most: int) -> None:
    value = parts.get(name, "1")
    if not re.fullmatch(r"\d{1,9}", value, re.ASCII) or int(value) < 1:
        raise _unreadable(f"{name}={value}")
    if int(value) > most:
        raise ScheduleRefused(
            "rrule_too_many",
            f"{name} trong quy tắc lặp lớn quá {most}.",
            f"{name} in the repeat rule is larger than {most}.",
        )


def _check_it_falls(text: str, first_day: date) -> None:
    """Refuse a text that dateutil cannot read, or that never falls on any day (30 February).

    The calendar repeats every 400 years, so the search runs in the last 400 that dateutil knows and ends soon.
    """
    shift = (_LAST_CYCLE - first_day.year) // _GREGORIAN_CYCLE_YEARS * _GREGORIAN_CYCLE_YEARS
    shifted = first_day.replace(year=first_day.year + shift)
    try:
        first = next(iter(_parsed(_without_until(text), shifted.toordinal())), None)
        last = _until(text)
    except (ValueError, TypeError, IndexError, KeyError, AttributeError) as error:
        raise _unreadable(text) from error
    falls = None if first is None else first.date().replace(year=first.year - shift)
    if falls is None or (last is not None and falls > last):
        raise ScheduleRefused(
            "rrule_never",
            "Quy tắc lặp này không rơi vào ngày nào cả.",
            "This repeat rule never falls on any day.",
        )


def _without_until(text: str) -> str:
    return ";".join(piece for piece in text.split(";") if not piece.upper().startswith("UNTIL="))


def _until(text: str) -> date | None:
    value = _parts(text).get("UNTIL")
    return None if value is None else date(int(value[:4]), int(value[4:6]), int(value[6:]))


def _unreadable(piece: str) -> ScheduleRefused:
    return ScheduleRefused(
        "rrule_unreadable",
        f"Không hiểu quy tắc lặp ở chỗ “{piece[:60]}”.",
        f"The repeat rule cannot be understood at “{piece[:60]}”.",
    )


@lru_cache(maxsize=256)
def _parsed(text: str, first_day: int) -> rrule:
    parsed = rrulestr(text.upper(), dtstart=datetime.fromordinal(first_day), cache=True)
    if not isinstance(parsed, rrule):
        raise ValueError("not a single rule")
    return parsed
