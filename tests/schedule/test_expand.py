"""Rules to occurrences, against a clock read every minute and against dateutil."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
from dateutil.rrule import DAILY, MONTHLY, WEEKLY, rrule, rrulestr
from hypothesis import example, given, settings
from hypothesis import strategies as st

from broadcast_server.schedule.occurrence import Window, expand, occurrences, order
from broadcast_server.schedule.programme import Everywhere, Item, Programme
from broadcast_server.schedule.rule import Daily, Monthly, Once, RRuleText, Rule, Weekly, check_rule, rule_days
from speaker_client.protocol.priority import Priority
from tests.schedule.oracle import falls_on, walk

DAY_US = 86_400_000_000
ZONES = ["Asia/Ho_Chi_Minh", "America/New_York", "Europe/London", "Australia/Lord_Howe"]
TEXTS = [
    "FREQ=MONTHLY;BYDAY=2TU",
    "FREQ=MONTHLY;BYDAY=-1FR,1MO",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU;WKST=SU",
    "FREQ=DAILY;INTERVAL=3;COUNT=40",
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
    "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
    "FREQ=YEARLY;BYYEARDAY=1,-1",
    "FREQ=MONTHLY;BYMONTHDAY=31",
    "FREQ=DAILY;UNTIL=20270401",
]
BULLETIN = Programme("p", "Bản tin", Priority.OWN, (Item("0" * 64, 600_000_000, 1),), (Everywhere(),))

recurrences = st.one_of(
    st.just(Once()),
    st.just(Daily()),
    st.frozensets(st.integers(0, 6), min_size=1).map(Weekly),
    st.lists(st.integers(1, 31) | st.integers(-31, -1), min_size=1, max_size=4).map(tuple).map(Monthly),
    st.sampled_from(TEXTS).map(RRuleText),
)
# Around the changes of the clock, the end of February and of the year.
days = st.sampled_from(
    [date(2027, *day) for day in [(2, 28), (3, 14), (3, 28), (4, 4), (6, 15), (10, 3), (10, 31), (11, 7), (12, 31)]]
)
near = st.integers(-3, 3).map(timedelta)
minutes = st.builds(time, st.integers(0, 4) | st.integers(0, 23), st.sampled_from([0, 15, 29, 30, 45, 59]))


@st.composite
def rules(draw: st.DrawFn, day: date) -> Rule:
    first = day + draw(near) - draw(st.sampled_from([timedelta(0), timedelta(90), timedelta(365)]))
    return Rule(
        id=draw(st.sampled_from(["r1", "r2", "r3"])),
        programme="p",
        first_day=first,
        times=tuple(draw(st.lists(minutes, min_size=1, max_size=3))),
        recurrence=draw(recurrences),
        last_day=draw(st.none() | st.just(day + draw(near)) | st.just(day + timedelta(100))),
        exceptions=frozenset(draw(st.lists(near.map(lambda shift: day + shift), max_size=2))),
        zone=draw(st.sampled_from(ZONES)),
    )


@st.composite
def rules_near_a_window(draw: st.DrawFn, most: int = 1) -> tuple[list[Rule], Window]:
    day = draw(days)
    start = datetime.combine(day, time(), UTC) + timedelta(hours=draw(st.integers(-36, 12)))
    length = timedelta(hours=draw(st.integers(1, 60)))
    window = Window(us(start), us(start + length))
    return draw(st.lists(rules(day), min_size=1, max_size=most)), window


def us(moment: datetime) -> int:
    return round(moment.timestamp()) * 1_000_000


@given(rules_near_a_window())
@settings(max_examples=150, deadline=None)
def test_an_occurrence_is_where_the_clock_on_the_wall_says_so(case: tuple[list[Rule], Window]) -> None:
    [rule], window = case
    walked: dict[int, datetime] = {}
    for start_us, wall in walk(rule, window):
        walked[start_us] = min(wall, walked.get(start_us, wall))
    found = expand(rule, BULLETIN, window)
    assert [(one.start_us, one.local) for one in found] == sorted(walked.items())


@given(rules_near_a_window(most=4), st.floats(0, 1))
@settings(max_examples=150, deadline=None)
def test_a_window_cut_in_two_holds_the_same_occurrences(case: tuple[list[Rule], Window], where: float) -> None:
    some, window = case
    cut_us = window.start_us + int((window.end_us - window.start_us) * where)
    programmes = {"p": BULLETIN}
    first = occurrences(some, programmes, Window(window.start_us, cut_us))
    second = occurrences(some, programmes, Window(cut_us, window.end_us))
    whole = occurrences(some, programmes, window)
    assert first + second == whole
    assert [one.id for one in first + second] == [one.id for one in whole]


@given(rules_near_a_window(most=4), st.randoms())
@settings(max_examples=150, deadline=None)
def test_several_rules_call_each_start_once_in_one_order(case, random) -> None:
    some, window = case
    called = {one.start_us for rule in some for one in expand(rule, BULLETIN, window)}
    found = occurrences(some, {"p": BULLETIN}, window)
    assert [one.start_us for one in found] == sorted(called)
    assert found == sorted(found, key=order)
    shuffled = random.sample(some, len(some))
    assert [(one.id, one.rule) for one in occurrences(shuffled, {"p": BULLETIN}, window)] == [
        (one.id, one.rule) for one in found
    ]


@given(st.lists(rules(date(2027, 6, 15)), min_size=1, max_size=5), st.integers(0, 3))
@settings(max_examples=100, deadline=None)
def test_a_second_zone_in_the_station_changes_nothing_for_the_first(some: list[Rule], shift: int) -> None:
    here = [Rule(**{**vars(rule), "zone": "Asia/Ho_Chi_Minh", "programme": f"p{n % 3}"}) for n, rule in enumerate(some)]
    programmes = {
        name: Programme(name, name, priority, BULLETIN.items, BULLETIN.targets, made_us=made_us)
        for made_us, (name, priority) in enumerate(
            [("p2", Priority.OWN), ("p1", Priority.RELAY), ("p0", Priority.OWN), ("far", Priority.FILLER)]
        )
    }
    far = Rule("far", "far", date(2027, 1, 1), (time(3),), Daily(), zone="Europe/London")
    start = us(datetime(2027, 6, 13, shift, tzinfo=UTC))
    window = Window(start, start + 4 * DAY_US)
    alone = occurrences(here, programmes, window)
    assert alone == [one for one in occurrences([*here, far], programmes, window) if one.rule != "far"]


@given(recurrences, st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.integers(0, 1500))
@settings(max_examples=150, deadline=None)
@example(Monthly((29,)), date(2027, 1, 1), 800)
@example(Monthly((-31,)), date(2028, 1, 1), 400)
def test_the_days_of_a_rule_are_those_of_dateutil(recurrence, first: date, length: int) -> None:
    low, high = first - timedelta(40), first + timedelta(length)
    rule = Rule("r", "p", first, (time(5),), recurrence)
    expected = [moment.date() for moment in in_dateutil(recurrence, first, high) if low <= moment.date()]
    assert [date.fromordinal(day) for day in rule_days(rule, low.toordinal(), high.toordinal())] == expected


def in_dateutil(recurrence, first: date, last: date) -> list[datetime]:
    start, end = datetime.combine(first, time()), datetime.combine(last, time())
    match recurrence:
        case Once():
            return list(rrule(DAILY, count=1, dtstart=start))
        case Daily():
            return list(rrule(DAILY, dtstart=start, until=end))
        case Weekly(weekdays):
            return list(rrule(WEEKLY, byweekday=sorted(weekdays), dtstart=start, until=end))
        case Monthly(month_days):
            return list(rrule(MONTHLY, bymonthday=month_days, dtstart=start, until=end))
        case RRuleText(text):
            return [
                moment for moment in rrulestr(text, dtstart=start).xafter(start, count=2000, inc=True) if moment <= end
            ]


@pytest.mark.parametrize("day", [29, 30, 31, -1, -29, -31])
def test_month_ends_for_a_hundred_years(day: int) -> None:
    first, last = date(2000, 1, 1), date(2099, 12, 31)
    rule = Rule("r", "p", first, (time(5),), Monthly((day,)))
    every_day = (date.fromordinal(n) for n in range(first.toordinal(), last.toordinal() + 1))
    expected = [one for one in every_day if falls_on(rule.recurrence, first, one)]
    assert [date.fromordinal(n) for n in rule_days(rule, first.toordinal(), last.toordinal())] == expected


@pytest.mark.parametrize("text", TEXTS)
def test_nth_weekdays_and_their_like_for_thirty_years(text: str) -> None:
    first = date(2027, 1, 1)
    rule = Rule("r", "p", first, (time(5),), RRuleText(text))
    check_rule(rule)
    high = date(2056, 12, 31)
    start = datetime.combine(first, time())
    expected = rrulestr(text, dtstart=start).between(start, datetime.combine(high, time()), inc=True)
    found = rule_days(rule, first.toordinal() - 5, high.toordinal())
    assert found == [moment.toordinal() for moment in expected]


def test_29_february_is_skipped_in_other_years() -> None:
    rule = Rule("r", "p", date(2026, 1, 1), (time(5),), RRuleText("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29"))
    found = rule_days(rule, date(2026, 1, 1).toordinal(), date(2034, 1, 1).toordinal())
    assert [date.fromordinal(day) for day in found] == [date(2028, 2, 29), date(2032, 2, 29)]


@pytest.mark.parametrize(
    ("zone", "day", "at", "expected"),
    [
        ("America/New_York", date(2027, 3, 14), time(2, 30), datetime(2027, 3, 14, 7, 30, tzinfo=UTC)),
        ("America/New_York", date(2027, 11, 7), time(1, 30), datetime(2027, 11, 7, 5, 30, tzinfo=UTC)),
        ("Australia/Lord_Howe", date(2027, 10, 3), time(2, 15), datetime(2027, 10, 2, 15, 45, tzinfo=UTC)),
        ("Australia/Lord_Howe", date(2027, 4, 4), time(1, 45), datetime(2027, 4, 3, 14, 45, tzinfo=UTC)),
        ("Asia/Ho_Chi_Minh", date(2027, 3, 14), time(5), datetime(2027, 3, 13, 22, tzinfo=UTC)),
        ("Pacific/Apia", date(2011, 12, 30), time(5), datetime(2011, 12, 30, 15, tzinfo=UTC)),
    ],
)
def test_a_gap_is_leapt_and_the_first_of_two_taken(zone: str, day: date, at: time, expected: datetime) -> None:
    rule = Rule("r", "p", day, (at,), Once(), zone=zone)
    around = Window(us(expected) - 2 * DAY_US, us(expected) + 2 * DAY_US)
    [found] = expand(rule, BULLETIN, around)
    assert found.start_us == us(expected)
    assert found.local == datetime.combine(day, at)


def test_the_day_samoa_left_out_falls_together_with_the_next() -> None:
    rule = Rule("r", "p", date(2011, 12, 28), (time(5),), Daily(), last_day=date(2012, 1, 2), zone="Pacific/Apia")
    window = Window(us(datetime(2011, 12, 27, tzinfo=UTC)), us(datetime(2012, 1, 5, tzinfo=UTC)))
    starts = [one.start_us for one in expand(rule, BULLETIN, window)]
    assert len(starts) == 5
    assert {after - before for before, after in pairwise(starts)} == {DAY_US}


def test_two_rules_for_one_start_are_one_occurrence_whose_id_knows_no_rule() -> None:
    window = Window(us(datetime(2027, 1, 1, tzinfo=UTC)), us(datetime(2027, 1, 8, tzinfo=UTC)))
    daily = Rule("b", "p", date(2027, 1, 1), (time(5), time(5)), Daily())
    mondays = Rule("a", "p", date(2027, 1, 1), (time(5),), Weekly(frozenset({0})))
    both = occurrences([daily, mondays], {"p": BULLETIN}, window)
    assert [one.id for one in both] == [one.id for one in expand(daily, BULLETIN, window)]
    assert [one.rule for one in both].count("a") == 1
    assert len({one.id for one in both}) == len(both) == 7
    assert all(len(one.id) == 32 and int(one.id, 16) >= 0 for one in both)


def test_a_rule_without_its_programme_plays_nothing() -> None:
    rule = Rule("r", "gone", date(2027, 1, 1), (time(5),), Daily())
    assert occurrences([rule], {"p": BULLETIN}, Window(0, us(datetime(2028, 1, 1, tzinfo=UTC)))) == []
