"""What a change to the timetable clashes with, once for each pair of programmes and not once a day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from broadcast_server.programmes.reading import LOOK_AHEAD_DAYS
from broadcast_server.programmes.timetable import Timetable
from broadcast_server.schedule.conflicts import Conflict, conflicts
from broadcast_server.schedule.occurrence import Window
from broadcast_server.schedule.rule import Once, Rule, rule_days
from broadcast_server.schedule.timetable import Schedule
from broadcast_server.schedule.wall_clock import EPOCH_DAY, day_of
from speaker_client.protocol.ids import DAY, Micros

LOOK_AHEAD_US = 42 * DAY
"""Longer than a month, so that two monthly rules meet in it."""
FIRST_DAYS = 3
"""So many of the next days of every rule that changed are looked at, however far off they are."""
MOST = 50
"""Kinds of clash told at once; nobody reads more."""


@dataclass(frozen=True)
class Clash:
    """The first of `count` conflicts of one kind between two programmes."""

    first: Conflict
    count: int


def clashes(before: Timetable, after: Timetable, now: Micros) -> tuple[Clash, ...]:
    """The clashes that `after` has and `before` had not, by time: of the next six weeks, and of the days around the
    next ones of each rule that changed. What is on air now may be disturbed; what is over is not made to clash."""
    if before == after:
        return ()
    changed = changed_rules(before.schedule, after.schedule)
    names = {rule.id for rule in changed}
    kinds: dict[tuple[object, ...], list[Conflict]] = {}
    for window in windows(before, after, changed, now):
        for one in conflicts(after.station, before.schedule, after.schedule, window):
            begun = [each for each in (one.loser, one.winner) if each.start_us < now]
            if len(begun) < 2 and not any(each.rule in names for each in begun):
                kinds.setdefault(_kind(one), []).append(one)
    return tuple(Clash(same[0], len(same)) for same in list(kinds.values())[:MOST])


def changed_rules(before: Schedule, after: Schedule) -> set[Rule]:
    """The rules that only one of the two has, and those whose programme is not the same in both."""
    rules = {*before.rules, *after.rules}
    same = {name for name, programme in before.programmes.items() if after.programmes.get(name) == programme}
    return set(before.rules) ^ set(after.rules) | {rule for rule in rules if rule.programme not in same}


def windows(before: Timetable, after: Timetable, changed: Iterable[Rule], now: Micros) -> list[Window]:
    """Where a change is looked at, by time and without overlap; what began before now and may still sound is in it."""
    found = []
    if before.station != after.station or any(not isinstance(rule.recurrence, Once) for rule in changed):
        reach_us = max(before.schedule.longest_reach_us, after.schedule.longest_reach_us)
        found.append(Window(now - reach_us, now + LOOK_AHEAD_US))
    today = day_of(now)
    days = {day for rule in changed for day in rule_days(rule, today - 1, today + LOOK_AHEAD_DAYS)[:FIRST_DAYS]}
    found += [Window((day - 1 - EPOCH_DAY) * DAY, (day + 2 - EPOCH_DAY) * DAY) for day in days]
    return _joined(found)


def _joined(windows: Iterable[Window]) -> list[Window]:
    """The same time in as few windows as may be."""
    joined: list[Window] = []
    for one in sorted(windows, key=lambda window: window.start_us):
        if joined and one.start_us <= joined[-1].end_us:
            joined[-1] = Window(joined[-1].start_us, max(joined[-1].end_us, one.end_us))
        else:
            joined.append(one)
    return joined


def _kind(one: Conflict) -> tuple[object, ...]:
    return one.loser.programme.id, one.winner.programme.id, one.fate, one.why, one.clusters, one.loss_us
