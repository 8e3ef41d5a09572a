"""What cannot be a rule is refused with a code and a sentence in both languages."""

from __future__ import annotations

import time as clock
from dataclasses import replace
from datetime import UTC, date, time

import pytest

from broadcast_server.schedule.refusal import ScheduleRefused
from broadcast_server.schedule.rule import Daily, Monthly, Once, RRuleText, Rule, Weekly, check_rule

GOOD = Rule("r", "p", date(2027, 1, 1), (time(5), time(17, 30)), Daily())


def refusal(rule: Rule) -> ScheduleRefused:
    with pytest.raises(ScheduleRefused) as refused:
        check_rule(rule)
    return refused.value


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("FREQ=HOURLY", "rrule_sub_daily"),
        ("FREQ=MINUTELY;INTERVAL=5", "rrule_sub_daily"),
        ("FREQ=DAILY;BYHOUR=5", "rrule_sub_daily"),
        ("FREQ=DAILY;BYSECOND=1,2,3", "rrule_sub_daily"),
        ("FREQ=DAILY;COUNT=5;UNTIL=20280101", "rrule_count_and_until"),
        ("FREQ=DAILY;UNTIL=20280101T000000Z", "rrule_until_not_a_day"),
        ("FREQ=DAILY;UNTIL=20281301", "rrule_unreadable"),
        ("DTSTART:20270101T000000\nRRULE:FREQ=DAILY", "rrule_dtstart"),
        ("FREQ=DAILY;DTSTART=20270101", "rrule_dtstart"),
        ("FREQ=DAILY;COUNT=999999", "rrule_too_many"),
        ("FREQ=DAILY;INTERVAL=5000", "rrule_too_many"),
        ("FREQ=DAILY;INTERVAL=0", "rrule_unreadable"),
        ("FREQ=DAILY;INTERVAL=-1", "rrule_unreadable"),
        ("FREQ=DAILY;COUNT=0", "rrule_unreadable"),
        ("FREQ=DAILY;COUNT=٣", "rrule_unreadable"),
        ("FREQ=DAILY;FREQ=WEEKLY", "rrule_unreadable"),
        ("RRULE:FREQ=DAILY", "rrule_unreadable"),
        ("FREQ=DAILY\nFREQ=DAILY", "rrule_unreadable"),
        ("FREQ=DAILY;BYEASTER=0", "rrule_unreadable"),
        ("FREQ=WEEKLY;BYDAY=XX", "rrule_unreadable"),
        ("FREQ=MONTHLY;BYDAY=0MO", "rrule_unreadable"),
        ("FREQ=DAILY;BYMONTHDAY=0", "rrule_unreadable"),
        ("FREQ=DAILY;BYMONTHDAY=-0", "rrule_unreadable"),
        ("FREQ=MONTHLY;BYMONTHDAY=1,00", "rrule_unreadable"),
        ("FREQ=MONTHLY;BYMONTHDAY=٠", "rrule_unreadable"),
        ("FREQ=YEARLY;BYYEARDAY=0,1", "rrule_unreadable"),
        ("FREQ=YEARLY;BYWEEKNO=1,0", "rrule_unreadable"),
        ("FREQ=DAILY;BYMONTH=0,1", "rrule_unreadable"),
        ("FREQ=DAILY;BYDAY=2TU", "rrule_unreadable"),
        ("FREQ=WEEKLY;BYDAY=MO,-1FR", "rrule_unreadable"),
        ("FREQ=WEEKLY;BYDAY=TU(+2)", "rrule_unreadable"),
        ("FREQ=SOMETIMES", "rrule_unreadable"),
        ("INTERVAL=2", "rrule_unreadable"),
        ("every Tuesday", "rrule_unreadable"),
        ("", "rrule_unreadable"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "rrule_never"),
        ("FREQ=DAILY;BYMONTH=4;BYMONTHDAY=31", "rrule_never"),
        ("FREQ=MONTHLY;BYMONTHDAY=1;BYSETPOS=5", "rrule_never"),
        ("FREQ=DAILY;UNTIL=20260101", "rrule_never"),
        ("FREQ=DAILY;" + "BYMONTHDAY=1" + ",1" * 200, "rrule_too_long"),
    ],
)
def test_a_repeat_rule_that_cannot_be(text: str, code: str) -> None:
    begun = clock.perf_counter()
    refused = refusal(replace(GOOD, recurrence=RRuleText(text)))
    assert refused.code == code
    assert refused.vi.endswith(".")
    assert refused.en.endswith((".", "”."))
    assert clock.perf_counter() - begun < 20, "a refusal must not search for ever"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"times": ()}, "times_missing"),
        ({"times": tuple(time(n // 60, n % 60) for n in range(97))}, "times_too_many"),
        ({"times": (time(5, tzinfo=UTC),)}, "time_not_plain"),
        ({"times": (time(5, 0, 0, 1),)}, "time_not_plain"),
        ({"zone": "Asia/Thanh_Hoa"}, "zone_unknown"),
        ({"zone": "../../etc/passwd"}, "zone_unknown"),
        ({"zone": ""}, "zone_unknown"),
        ({"first_day": date(1066, 10, 14)}, "first_day_out_of_range"),
        ({"last_day": date(2026, 12, 31)}, "last_day_before_first"),
        ({"recurrence": Weekly(frozenset())}, "weekdays_wrong"),
        ({"recurrence": Weekly(frozenset({7}))}, "weekdays_wrong"),
        ({"recurrence": Monthly(())}, "month_days_wrong"),
        ({"recurrence": Monthly((0,))}, "month_days_wrong"),
        ({"recurrence": Monthly((-32,))}, "month_days_wrong"),
    ],
)
def test_a_rule_that_cannot_be(change: dict[str, object], code: str) -> None:
    assert refusal(replace(GOOD, **change)).code == code


@pytest.mark.parametrize(
    "recurrence",
    [Once(), Daily(), Weekly(frozenset({0, 6})), Monthly((1, -1)), RRuleText("freq=monthly;byday=-1fr")],
)
def test_a_good_rule_is_taken(recurrence) -> None:
    check_rule(replace(GOOD, recurrence=recurrence))


def test_a_rule_that_begins_on_a_leap_day_is_taken() -> None:
    check_rule(replace(GOOD, first_day=date(2028, 2, 29), recurrence=RRuleText("FREQ=YEARLY")))
