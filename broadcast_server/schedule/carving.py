"""One time of a rule is taken out of it: on one day, from a day on, or for good; everything else plays on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from enum import StrEnum

from broadcast_server.schedule.recurrence import Once
from broadcast_server.schedule.rule import Rule, rule_days


class Scope(StrEnum):
    """How much of a repeated thing a change is about."""

    THIS = "this"
    FOLLOWING = "following"
    ALL = "all"


@dataclass(frozen=True)
class Carved:
    """What is left: the rule itself (None if nothing of it is), and rules beside it that still need ids."""

    kept: Rule | None
    beside: tuple[Rule, ...] = ()


def plays_on(rule: Rule, day: date, at: time) -> bool:
    """Whether the rule plays at that time of that day."""
    return at in rule.times and bool(rule_days(rule, day.toordinal(), day.toordinal()))


def carve(rule: Rule, at: time, day: date, scope: Scope) -> Carved:
    """The rule without its time `at`: on `day`, from `day` on, or at all. Its other times stay what they were, and an
    RRULE goes on being counted from where it began."""
    others = tuple(one for one in rule.times if one != at)
    rest = replace(rule, times=others) if others else None
    if scope is Scope.ALL or isinstance(rule.recurrence, Once):
        return Carved(rest)
    if scope is Scope.THIS:
        kept = replace(rule, exceptions=rule.exceptions | {day})
        that_day = replace(
            rule, times=others, first_day=day, last_day=None, recurrence=Once(), exceptions=frozenset[date]()
        )
        return Carved(kept, (that_day,) if others else ())
    before = _until(rule, day - timedelta(days=1))
    if rest is None:
        return Carved(before)
    return Carved(rest, () if before is None else (replace(before, times=(at,)),))


def _until(rule: Rule, last: date) -> Rule | None:
    """The rule with that for its last day; None if it plays on none."""
    if last < rule.first_day:
        return None
    shorter = replace(rule, last_day=last if rule.last_day is None else min(last, rule.last_day))
    return shorter if rule_days(shorter, rule.first_day.toordinal(), last.toordinal()) else None
