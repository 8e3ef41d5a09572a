"""When something is to play, as people type it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from broadcast_server.local_time import told_once
from broadcast_server.problem import Problem

_UNITS = {"s": 1, "m": 60, "p": 60, "h": 3600, "d": 86400}
_DAYS = {
    name: number
    for number, names in enumerate(
        ("mon t2", "tue t3", "wed t4", "thu t5", "fri t6", "sat t7", "sun cn"),
    )
    for name in names.split()
}


def seconds_of(text: str) -> int:
    """`90s`, `2m`, `1h30m` or a bare number of minutes, in seconds; Problem 422 otherwise, or beyond all calendars."""
    clean = text.strip().lower()
    if re.fullmatch(r"\d{1,5}", clean):
        return int(clean) * 60
    if not re.fullmatch(r"(\d{1,5}[smphd]){1,4}", clean):
        raise _unclear(text, "2m, 90s, 1h30m")
    return sum(int(number) * _UNITS[unit] for number, unit in re.findall(r"(\d+)([smphd])", clean))


def moment_of(text: str, zone: ZoneInfo) -> datetime:
    """`2026-11-24 05:30[:00]`, on the station's wall clock unless it says otherwise; Problem 422 for anything else."""
    try:
        found = datetime.fromisoformat(text.strip())
        return found.astimezone(zone) if found.tzinfo else found.replace(tzinfo=zone)
    except (ValueError, OverflowError) as error:
        raise _unclear(text, "2026-11-24 05:30") from error


def hours_of(text: str) -> tuple[str, str] | tuple[None, None]:
    """`21:00-05:00`, from when to when each day, or `none`; Problem 422 for anything else."""
    if text.strip().lower() == "none":
        return None, None
    start, dash, end = text.partition("-")
    if not (dash and start.strip() and end.strip()):
        raise _unclear(text, "21:00-05:00 · none")
    return start.strip(), end.strip()


def weekdays_of(text: str) -> list[int]:
    """`T2,T4,CN`, `mon,wed,sun` or a range `T2-T6`: days with Monday = 0; Problem 422 otherwise."""
    days: set[int] = set()
    for part in text.lower().replace(" ", "").split(","):
        first, _, last = part.partition("-")
        if first not in _DAYS or (last and last not in _DAYS):
            raise _unclear(text, "T2,T4,CN · T2-T6 · mon,wed")
        days.update(range(_DAYS[first], _DAYS[last or first] + 1))
    return sorted(days)


def month_days_of(text: str) -> list[int]:
    """`1,15,-1`: days of the month, from its end if negative; Problem 422 otherwise."""
    days = text.replace(" ", "").split(",")
    if not all(re.fullmatch(r"-?\d{1,2}", day) for day in days):
        raise _unclear(text, "1,15,-1")
    return [int(day) for day in days]


def once(at: datetime) -> dict[str, Any]:
    """The rule that plays at this moment alone."""
    at = told_once(at)
    when = {"first_day": f"{at:%Y-%m-%d}", "times": [f"{at:%H:%M:%S}"], "zone": str(at.tzinfo)}
    return {"recurrence": {"kind": "once"}} | when


def soon(text: str, now: datetime) -> dict[str, Any]:
    """The rule that plays so long after now."""
    return once((now.astimezone(UTC) + timedelta(seconds=seconds_of(text))).astimezone(now.tzinfo))


def _unclear(text: str, like: str) -> Problem:
    return Problem(
        422, "time_unclear", f"Không hiểu “{text}”. Ví dụ: {like}.", f"Cannot read “{text}”. Such as: {like}."
    )
