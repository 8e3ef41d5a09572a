"""Moments as people read them: local ISO text with the zone's offset, and local days as stretches of time."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from broadcast_server.problem import Problem
from broadcast_server.schedule.occurrence import Window
from speaker_client.protocol.ids import Micros

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
LATEST_US = 1 << 52
"""Moments from here on, late in 2112, are taken for slips; calendars end somewhere too."""


def local(zone: str, moment_us: int) -> datetime:
    """The aware local time of a moment."""
    return (_EPOCH + timedelta(microseconds=moment_us)).astimezone(ZoneInfo(zone))


def told_once(at: datetime) -> datetime:
    """The same moment on a clock that shows its time only once: UTC, where clocks go back and `at` is the second of
    two. Rules mean the first."""
    return at.astimezone(ZoneInfo("UTC")) if at.fold else at


def local_text(zone: str, moment_us: int) -> str:
    """`2026-11-23T17:00:00+07:00`."""
    return local(zone, moment_us).isoformat(timespec="seconds")


def moment_of(zone: str, day: date, at: time = time.min) -> Micros:
    """The moment at which the zone's clocks show this."""
    return Micros((datetime.combine(day, at, ZoneInfo(zone)) - _EPOCH) // _MICROSECOND)


def day_window(zone: str, day: date) -> Window:
    """The whole local day."""
    return Window(moment_of(zone, day), moment_of(zone, day + timedelta(days=1)))


def read_moment(zone: str, text: str, end: bool = False) -> Micros:
    """A moment from microseconds, a local day (its beginning, or with `end` its end) or an ISO time (local unless
    it says otherwise). Problem 422 `moment_unreadable`, `moment_out_of_age`."""
    try:
        moment_us = _moment_us(zone, text, end)
    except OverflowError:
        moment_us = LATEST_US
    except ValueError as error:
        vi = f"Không hiểu thời điểm “{text[:40]}”; ví dụ: 2026-11-23 hoặc 2026-11-23T17:00."
        en = f"“{text[:40]}” is not a moment; for example: 2026-11-23 or 2026-11-23T17:00."
        raise Problem(422, "moment_unreadable", vi, en) from error
    if not 0 <= moment_us < LATEST_US:
        vi = f"Thời điểm “{text[:40]}” nằm ngoài khoảng từ năm 1970 đến năm 2112."
        en = f"The moment “{text[:40]}” does not lie between the years 1970 and 2112."
        raise Problem(422, "moment_out_of_age", vi, en)
    return Micros(moment_us)


def _moment_us(zone: str, text: str, end: bool) -> int:
    if text.lstrip("-").isdigit() and len(text) > 8:
        return int(text)
    if len(text) <= 10:
        day = day_window(zone, date.fromisoformat(text))
        return day.end_us if end else day.start_us
    found = datetime.fromisoformat(text)
    aware = found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone))
    return (aware - _EPOCH) // _MICROSECOND
