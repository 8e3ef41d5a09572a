"""On which days a rule plays, in words."""

from __future__ import annotations

from typing import Any

_WEEKDAYS_VI = ("T2", "T3", "T4", "T5", "T6", "T7", "CN")
_WEEKDAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def days_text(recurrence: dict[str, Any]) -> str:
    """`T2, T4 hằng tuần / every Mon, Wed`; an RRULE as it is written."""
    match recurrence:
        case {"kind": "once"}:
            return "một lần / once"
        case {"kind": "daily"}:
            return "hằng ngày / every day"
        case {"kind": "weekly", "days": days}:
            vi, en = (", ".join(names[day] for day in days) for names in (_WEEKDAYS_VI, _WEEKDAYS_EN))
            return f"{vi} hằng tuần / every {en}"
        case {"kind": "monthly", "days": days}:
            return f"{_month_days_vi(days)} hằng tháng / every month on {_month_days_en(days)}"
        case _:
            return f"RRULE {recurrence['text']}"


def _month_days_vi(days: list[int]) -> str:
    return "ngày " + ", ".join(str(day) if day > 0 else _from_the_end_vi(-day) for day in _in_order(days))


def _from_the_end_vi(place: int) -> str:
    return "cuối tháng" if place == 1 else f"thứ {place} từ cuối tháng"


def _month_days_en(days: list[int]) -> str:
    return ", ".join(f"day {day}" if day > 0 else _from_the_end_en(-day) for day in _in_order(days))


def _from_the_end_en(place: int) -> str:
    return "the last day" if place == 1 else f"day {place} from the end"


def _in_order(days: list[int]) -> list[int]:
    """Those counted from the end of the month come last."""
    return sorted(days, key=lambda day: (day < 0, day))
