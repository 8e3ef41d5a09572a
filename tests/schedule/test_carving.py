"""What is carved out of a rule is exactly one time of its days; all else plays on."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast_server.schedule.carving import Carved, Scope, carve
from broadcast_server.schedule.recurrence import Daily, Monthly, Once, Recurrence, RRuleText, Weekly
from broadcast_server.schedule.rule import Rule, rule_days
from speaker_client.protocol.ids import ProgrammeId, RuleId

MONDAY = date(2026, 11, 23)
MORNING, EVENING = time(5, 30), time(17)
RULE = Rule(RuleId("r"), ProgrammeId("p"), MONDAY, (MORNING, EVENING), Daily())
LOW, HIGH = MONDAY.toordinal() - 10, MONDAY.toordinal() + 120

RECURRENCES: list[Recurrence] = [
    Once(),
    Daily(),
    Weekly(frozenset({0, 2, 4})),
    Monthly((1, -1)),
    RRuleText("FREQ=DAILY;INTERVAL=3"),
    RRuleText("FREQ=WEEKLY;BYDAY=TU;COUNT=9"),
]
Calls = set[tuple[int, time]]


def calls(*rules: Rule | None) -> Calls:
    """Every day and time that the rules call."""
    return {(day, at) for rule in rules if rule for day in rule_days(rule, LOW, HIGH) for at in rule.times}


def left(carved: Carved) -> Calls:
    return calls(carved.kept, *carved.beside)


@given(
    recurrence=st.sampled_from(RECURRENCES),
    times=st.sampled_from([(MORNING,), (MORNING, EVENING), (MORNING, time(11), EVENING)]),
    last=st.none() | st.integers(0, 100),
    skipped=st.sets(st.integers(0, 30), max_size=4),
    which=st.integers(0, 1000),
    scope=st.sampled_from(Scope),
)
def test_one_time_is_gone_where_it_was_meant_and_nothing_else(
    recurrence: Recurrence, times: tuple[time, ...], last: int | None, skipped: set[int], which: int, scope: Scope
) -> None:
    rule = Rule(
        RuleId("r"), ProgrammeId("p"), MONDAY, times, recurrence,
        last_day=None if last is None else MONDAY + timedelta(days=last),
        exceptions=frozenset(MONDAY + timedelta(days=one) for one in skipped),
    )  # fmt: skip
    before = sorted(calls(rule))
    if not before:
        return
    number, at = before[which % len(before)]
    day = date.fromordinal(number)
    meant = {
        Scope.THIS: {(number, at)},
        Scope.FOLLOWING: {one for one in before if one[0] >= number and one[1] == at},
        Scope.ALL: {one for one in before if one[1] == at},
    }[scope]
    assert left(carve(rule, at, day, scope)) == set(before) - meant


def test_nothing_is_left_of_what_plays_once() -> None:
    once = replace(RULE, recurrence=Once(), times=(MORNING,))
    assert all(carve(once, MORNING, MONDAY, scope) == Carved(None) for scope in Scope)


@pytest.mark.parametrize("scope", Scope)
def test_a_rule_of_two_times_keeps_its_name_for_the_other(scope: Scope) -> None:
    kept = carve(RULE, MORNING, MONDAY + timedelta(days=3), scope).kept
    assert kept is not None
    assert kept.id == RULE.id
