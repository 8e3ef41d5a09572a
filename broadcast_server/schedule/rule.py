"""When a programme is played: days, wall times, zone. Checked when it is saved, trusted afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from broadcast_server.schedule.recurrence import (
    Daily,
    Monthly,
    Once,
    Recurrence,
    RRuleText,
    Weekly,
    recurrence_days,
)
from broadcast_server.schedule.refusal import ScheduleRefused
from broadcast_server.schedule.rrule_text import check_rrule
from speaker_client.protocol.ids import ProgrammeId, RuleId

__all__ = ["Daily", "Monthly", "Once", "RRuleText", "Recurrence", "Rule", "Weekly", "check_rule", "rule_days"]

MOST_TIMES = 96
EARLIEST_YEAR, LATEST_YEAR = 1990, 2200
_ONCE = Once()


@dataclass(frozen=True)
class Rule:
    """At these naive wall times, on these days from `first_day` to `last_day` (both included) but the exceptions."""

    id: RuleId
    programme: ProgrammeId
    first_day: date
    times: tuple[time, ...]
    recurrence: Recurrence = _ONCE
    last_day: date | None = None
    exceptions: frozenset[date] = frozenset()
    zone: str = "Asia/Ho_Chi_Minh"


def rule_days(rule: Rule, low: int, high: int) -> list[int]:
    """The days (ordinals, ascending) in [low, high], both included, on which the rule plays."""
    if rule.last_day is not None:
        high = min(high, rule.last_day.toordinal())
    days = recurrence_days(rule.recurrence, rule.first_day.toordinal(), low, high)
    if rule.exceptions:
        left_out = {day.toordinal() for day in rule.exceptions}
        return [day for day in days if day not in left_out]
    return days


def check_rule(rule: Rule) -> None:
    """ScheduleRefused, with code and sentences, for a rule that means nothing or cannot be kept."""
    _check_times(rule.times)
    _check_zone(rule.zone)
    _check_span(rule)
    match rule.recurrence:
        case Weekly(days):
            _check_weekdays(days)
        case Monthly(month_days):
            _check_month_days(month_days)
        case RRuleText(text):
            check_rrule(text, rule.first_day)
        case _:
            pass


def _check_times(times: tuple[time, ...]) -> None:
    if not times:
        raise ScheduleRefused("times_missing", "Chưa có giờ phát nào.", "There is no time of day to play at.")
    if len(times) > MOST_TIMES:
        raise ScheduleRefused(
            "times_too_many",
            f"Quá nhiều giờ phát trong một ngày (nhiều nhất {MOST_TIMES}).",
            f"Too many times in one day (at most {MOST_TIMES}).",
        )
    if any(at.tzinfo is not None or at.microsecond for at in times):
        raise ScheduleRefused(
            "time_not_plain",
            "Giờ phát phải là giờ địa phương, tính đến giây.",
            "A time must be local wall time in whole seconds.",
        )


def _check_zone(zone: str) -> None:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ScheduleRefused(
            "zone_unknown",
            f"Không có múi giờ “{zone[:60]}”.",
            f"There is no time zone “{zone[:60]}”.",
        ) from error


def _check_span(rule: Rule) -> None:
    if not EARLIEST_YEAR <= rule.first_day.year <= LATEST_YEAR:
        raise ScheduleRefused(
            "first_day_out_of_range",
            f"Ngày đầu tiên phải nằm trong khoảng năm {EARLIEST_YEAR} đến {LATEST_YEAR}.",
            f"The first day must lie between the years {EARLIEST_YEAR} and {LATEST_YEAR}.",
        )
    if rule.last_day is not None and rule.last_day < rule.first_day:
        raise ScheduleRefused(
            "last_day_before_first",
            "Ngày cuối cùng đứng trước ngày đầu tiên.",
            "The last day is before the first day.",
        )


def _check_weekdays(days: frozenset[int]) -> None:
    if not days or not days <= frozenset(range(7)):
        raise ScheduleRefused(
            "weekdays_wrong",
            "Hãy chọn ít nhất một thứ trong tuần.",
            "Choose at least one day of the week.",
        )


def _check_month_days(days: tuple[int, ...]) -> None:
    if not days or any(day == 0 or abs(day) > 31 for day in days):
        raise ScheduleRefused(
            "month_days_wrong",
            "Ngày trong tháng phải từ 1 đến 31, hoặc từ -1 (ngày cuối tháng) đến -31.",
            "Days of the month run from 1 to 31, or from -1 (the last) to -31.",
        )
