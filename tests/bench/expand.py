"""How fast a year of rules becomes running orders for a station of 7 clusters, and whether dateutil agrees.

The 1,000 rules are a full year of a busy commune: a quarter play once, the rest daily for weeks, on weekdays for
months, monthly or by RRULE all year, at one or two times a day, to everybody, a village or a cluster. `dense` is
the same rules, each all year long: more than the day has minutes, so nearly everything collides.
"""

from __future__ import annotations

import json
import math
import random
import statistics
import time as clock
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dateutil.rrule import DAILY, MONTHLY, WEEKLY, rrule, rrulestr

from broadcast_server.schedule.occurrence import Window, expand, occurrences
from broadcast_server.schedule.programme import Cluster, Everywhere, IfBusy, IfInterrupted, Item, Programme, Village
from broadcast_server.schedule.rule import Daily, Monthly, Once, Recurrence, RRuleText, Rule, Weekly, check_rule
from broadcast_server.schedule.station import ClusterSite, Station
from broadcast_server.schedule.timetable import Schedule, running_orders
from speaker_client.protocol.ids import MINUTE
from speaker_client.protocol.priority import Priority

YEAR = date(2027, 1, 1), date(2027, 12, 31)
LADDER = [Priority.ANNOUNCEMENT, Priority.OWN, Priority.OWN, Priority.OWN, Priority.RELAY, Priority.FILLER]
TEXTS = ["FREQ=MONTHLY;BYDAY=2TU", "FREQ=MONTHLY;BYDAY=-1FR", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH"]
VILLAGES = ["centre", "v1", "v2", "v3"]
STATION = Station(
    frozenset(VILLAGES),
    tuple(ClusterSite(f"c{n}", VILLAGES[n % 4], frozenset({1, 2, 3})) for n in range(7)),
)


def year_window() -> Window:
    start, end = (datetime.combine(day, time(), ZoneInfo("Asia/Ho_Chi_Minh")) for day in YEAR)
    return Window(round(start.timestamp()) * 1_000_000, round((end + timedelta(1)).timestamp()) * 1_000_000)


def schedule(rules: int, *, dense: bool = False, zone: str = "Asia/Ho_Chi_Minh") -> Schedule:
    dice = random.Random(rules)
    made = [make_rule(dice, f"{n:05}", dense, zone) for n in range(rules)]
    programmes = [make_programme(dice, rule.programme) for rule in made]
    return Schedule({one.id: one for one in programmes}, tuple(made))


def make_programme(dice: random.Random, name: str) -> Programme:
    where = dice.choice([Everywhere(), Village(dice.choice(VILLAGES)), Cluster(f"c{dice.randrange(7)}")])
    return Programme(
        name,
        name,
        dice.choice(LADDER),
        (Item("0" * 64, dice.randint(1, 10) * MINUTE, 1),),
        (where,),
        if_busy=dice.choice(list(IfBusy)),
        if_interrupted=dice.choice(list(IfInterrupted)),
    )


def make_rule(dice: random.Random, name: str, dense: bool, zone: str) -> Rule:
    recurrence, days = make_recurrence(dice)
    first = YEAR[0] + timedelta(dice.randrange(365 - min(days, 364)))
    last = first + timedelta(days)
    if dense and not isinstance(recurrence, Once):
        first, last = YEAR
    times = tuple(make_time(dice) for _ in range(dice.choice([1, 1, 2])))
    return Rule(f"r{name}", f"p{name}", first, times, recurrence, last, zone=zone)


def make_recurrence(dice: random.Random) -> tuple[Recurrence, int]:
    """A recurrence and for how many days it is in force."""
    kind = dice.random()
    if kind < 0.25:
        return Once(), 0
    if kind < 0.45:
        return Daily(), dice.randint(7, 56)
    if kind < 0.80:
        return Weekly(frozenset(dice.sample(range(7), dice.randint(1, 6)))), dice.randint(30, 180)
    if kind < 0.95:
        return Monthly(tuple(dice.sample([1, 5, 10, 15, 20, 28, 30, 31, -1], dice.randint(1, 2)))), 364
    return RRuleText(dice.choice(TEXTS)), 364


def make_time(dice: random.Random) -> time:
    """Half of them in the morning and evening sessions, the others at any minute of the waking day."""
    if dice.random() < 0.5:
        return time(dice.choice([5, 11, 17]), dice.randrange(0, 60, 5))
    return time(dice.randint(5, 20), dice.randrange(60))


def in_dateutil(rule: Rule) -> list[int]:
    """The rule's starts in the year, microseconds UTC, by dateutil and zoneinfo alone."""
    first, last = (datetime.combine(day, time()) for day in (rule.first_day, min(rule.last_day or YEAR[1], YEAR[1])))
    match rule.recurrence:
        case Once():
            days = [first]
        case Daily():
            days = list(rrule(DAILY, dtstart=first, until=last))
        case Weekly(weekdays):
            days = list(rrule(WEEKLY, byweekday=sorted(weekdays), dtstart=first, until=last))
        case Monthly(month_days):
            days = list(rrule(MONTHLY, bymonthday=month_days, dtstart=first, until=last))
        case RRuleText(text):
            days = rrulestr(text, dtstart=first).between(first, last, inc=True)
    walls = (datetime.combine(day, at, ZoneInfo(rule.zone)) for day in days for at in rule.times)
    return sorted({round(wall.astimezone(UTC).timestamp()) * 1_000_000 for wall in walls})


def same_as_rrule(some: Schedule) -> bool:
    wide = Window(year_window().start_us - 24 * 60 * MINUTE, year_window().end_us + 24 * 60 * MINUTE)
    return all(
        [one.start_us for one in expand(rule, some.programmes[rule.programme], wide)] == in_dateutil(rule)
        for rule in some.rules
    )


def milliseconds(some: Schedule, runs: int) -> list[float]:
    window, spent = year_window(), []
    for _ in range(runs):
        begun = clock.perf_counter()
        orders = running_orders(STATION, some, window)
        spent.append((clock.perf_counter() - begun) * 1000)
        del orders
    return spent


def exponent(cost_ms: dict[int, float]) -> float:
    """The slope of log time over log rules, by least squares."""
    return statistics.linear_regression([math.log(n) for n in cost_ms], [math.log(ms) for ms in cost_ms.values()]).slope


def main() -> None:
    year = schedule(1000)
    for rule in year.rules:
        check_rule(rule)
    first, *runs = milliseconds(year, 12)
    orders = running_orders(STATION, year, year_window())
    count = len(occurrences(year.rules, year.programmes, year_window()))
    print(f"1,000 rules, 7 clusters: first {first:.0f} ms, then {min(runs):.0f} to {max(runs):.0f} ms")
    sizes = [100, 316, 1000, 3162, 10_000]
    cost_ms = {n: statistics.median(milliseconds(schedule(n), 5 if n < 5000 else 3)) for n in sizes}
    print("rules -> ms:", {n: round(ms, 1) for n, ms in cost_ms.items()})
    dense = schedule(1000, dense=True)
    dense_ms = statistics.median(milliseconds(dense, 3))
    figures = {
        "year_1000_rules_ms": round(statistics.median(runs), 1),
        "year_1000_rules_ms_goal": 150,
        "same_as_rrule": same_as_rrule(year) and same_as_rrule(schedule(200, zone="America/New_York")),
        "growth_exponent": round(exponent(cost_ms), 3),
        "growth_exponent_goal": 1.05,
        "occurrences": count,
        "clusters": len(STATION.clusters),
        "slots": sum(len(found.slots) for found in orders.values()),
        "removals": sum(len(found.removals) for found in orders.values()),
        "first_run_ms": round(first, 1),
        "rules_10000_ms": round(cost_ms[10_000], 1),
        "dense_ms": round(dense_ms, 1),
        "dense_occurrences": len(occurrences(dense.rules, dense.programmes, year_window())),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
