"""How fast a year of rules becomes running orders for a station of 7 clusters, and whether dateutil agrees.

Three years of 1,000 rules on 7 clusters, by how much they sound; every rule goes to all, to a village or to one
cluster, at one or two blindly chosen minutes of the waking day, each for a programme of one to five minutes:

* `year`: a commune's year. Half play once, the rest daily for up to two weeks, on weekdays for up to three months,
  monthly or by RRULE all year: some 45 minutes a day from each cluster.
* `full`: longer lives, up to the two hours and a quarter a day that provinces allow.
* `dense`: each of those rules all year long, more than fits into the day, so nearly everything collides.

Growth: 100 to 10,000 rules, of which a commune has up to 1,000; beyond, communes of 7 clusters merge into one
station. `crammed` gives all 10,000 to the same 7 clusters instead. The fit over the whole ladder mixes two things,
which stand beside it by themselves:

* `growth_filling_exponent`, 100 to 1,000 rules of one commune: more of the same hours, so that ten times the rules
  collide a hundred times as often. Per rule, making occurrences costs the same at every size, settling collisions more.
  Of what grows only the times of a day and the removals are sorted; the garbage collector is off meanwhile, in the
  product.
* `growth_merging_exponent`, 1,000 to 10,000 rules of one to ten full communes: the same density, ten times as much.
"""

from __future__ import annotations

import gc
import json
import math
import random
import statistics
import time as clock
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dateutil.rrule import DAILY, MONTHLY, WEEKLY, rrule, rrulestr

from broadcast_server.schedule.occurrence import Window, expand, occurrences
from broadcast_server.schedule.programme import Cluster, IfBusy, IfInterrupted, Item, Programme, Village
from broadcast_server.schedule.rule import Daily, Monthly, Once, Recurrence, RRuleText, Rule, Weekly, check_rule
from broadcast_server.schedule.station import ClusterSite, Station
from broadcast_server.schedule.timetable import Schedule, running_orders
from speaker_client.protocol.ids import MINUTE
from speaker_client.protocol.priority import Priority

YEAR = date(2027, 1, 1), date(2027, 12, 31)
LADDER = [Priority.ANNOUNCEMENT, Priority.OWN, Priority.OWN, Priority.OWN, Priority.RELAY, Priority.FILLER]
TEXTS = ["FREQ=MONTHLY;BYDAY=2TU", "FREQ=MONTHLY;BYDAY=-1FR", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH"]
CLUSTERS, VILLAGES = 7, 4
LIVES = {"year": (0.50, 0.70, 0.88, 0.98, 14, 90), "full": (0.25, 0.45, 0.80, 0.95, 56, 180)}
"""Up to which share of rules each kind goes (once, daily, weekly, monthly), and the most days of daily and weekly."""


def station(communes: int = 1) -> Station:
    sites = [
        ClusterSite(f"{commune}-c{n}", f"{commune}-v{n % VILLAGES}", frozenset({1, 2, 3}))
        for commune in range(communes)
        for n in range(CLUSTERS)
    ]
    return Station(frozenset(site.village for site in sites), tuple(sites))


def year_window() -> Window:
    start, end = (datetime.combine(day, time(), ZoneInfo("Asia/Ho_Chi_Minh")) for day in YEAR)
    return Window(round(start.timestamp()) * 1_000_000, round((end + timedelta(1)).timestamp()) * 1_000_000)


def schedule(
    rules: int, communes: int = 1, *, lives: str = "year", dense: bool = False, zone: str = "Asia/Ho_Chi_Minh"
) -> Schedule:
    dice = random.Random(rules)
    made = [make_rule(dice, f"{n:05}", lives, dense, zone) for n in range(rules)]
    programmes = [make_programme(dice, rule.programme, n % communes) for n, rule in enumerate(made)]
    return Schedule({one.id: one for one in programmes}, tuple(made))


def make_programme(dice: random.Random, name: str, commune: int) -> Programme:
    everybody = tuple(Village(f"{commune}-v{n}") for n in range(VILLAGES))
    village = (Village(f"{commune}-v{dice.randrange(VILLAGES)}"),)
    cluster = (Cluster(f"{commune}-c{dice.randrange(CLUSTERS)}"),)
    return Programme(
        name,
        name,
        dice.choice(LADDER),
        (Item("0" * 64, dice.randint(1, 5) * MINUTE, 1),),
        dice.choice([everybody, village, cluster]),
        if_busy=dice.choice(list(IfBusy)),
        if_interrupted=dice.choice(list(IfInterrupted)),
    )


def make_rule(dice: random.Random, name: str, lives: str, dense: bool, zone: str) -> Rule:
    recurrence, days = make_recurrence(dice, *LIVES[lives])
    first = YEAR[0] + timedelta(dice.randrange(365 - min(days, 364)))
    last = first + timedelta(days)
    if dense and not isinstance(recurrence, Once):
        first, last = YEAR
    times = tuple(make_time(dice) for _ in range(dice.choice([1, 1, 2])))
    return Rule(f"r{name}", f"p{name}", first, times, recurrence, last, zone=zone)


def make_recurrence(
    dice: random.Random, once: float, daily: float, weekly: float, monthly: float, most_daily: int, most_weekly: int
) -> tuple[Recurrence, int]:
    """A recurrence and for how many days it is in force."""
    kind = dice.random()
    if kind < once:
        return Once(), 0
    if kind < daily:
        return Daily(), dice.randint(most_daily // 5, most_daily)
    if kind < weekly:
        return Weekly(frozenset(dice.sample(range(7), dice.randint(1, 6)))), dice.randint(most_weekly // 3, most_weekly)
    if kind < monthly:
        return Monthly(tuple(dice.sample([1, 5, 10, 15, 20, 28, 30, 31, -1], dice.randint(1, 2)))), 364
    return RRuleText(dice.choice(TEXTS)), 364


def make_time(dice: random.Random) -> time:
    """Any minute of the waking day, chosen blindly: officers, warned of clashes, would collide less."""
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


def milliseconds(some: Schedule, runs: int, communes: int = 1) -> list[float]:
    """Of processor time: one thread that waits for nothing, so what else runs here does not count."""
    place, window, spent = station(communes), year_window(), []
    for _ in range(runs):
        gc.collect()
        begun = clock.process_time()
        orders = running_orders(place, some, window)
        spent.append((clock.process_time() - begun) * 1000)
        del orders
    return spent


def grown(rules: int) -> float:
    communes = max(1, round(rules / 1000))
    return statistics.median(milliseconds(schedule(rules, communes), 9 if rules < 5000 else 5, communes))


def count(some: Schedule) -> int:
    return len(occurrences(some.rules, some.programmes, year_window()))


def exponent(cost_ms: dict[int, float]) -> float:
    """The slope of log time over log rules, by least squares."""
    return statistics.linear_regression([math.log(n) for n in cost_ms], [math.log(ms) for ms in cost_ms.values()]).slope


def main() -> None:
    year, full, dense = schedule(1000), schedule(1000, lives="full"), schedule(1000, lives="full", dense=True)
    for rule in year.rules:
        check_rule(rule)
    first, *runs = milliseconds(year, 16)
    orders = running_orders(station(), year, year_window())
    print(f"1,000 rules, 7 clusters: first {first:.0f} ms, then {min(runs):.0f} to {max(runs):.0f} ms")
    cost_ms = {rules: grown(rules) for rules in (100, 316, 1000, 3162, 10_000)}
    print("rules -> ms:", {rules: round(ms, 1) for rules, ms in cost_ms.items()})
    same = [year, full, schedule(300, lives="full", zone="America/New_York"), schedule(300, zone="Australia/Lord_Howe")]
    figures = {
        "year_1000_rules_ms": round(statistics.median(runs), 1),
        "year_1000_rules_ms_goal": 150,
        "same_as_rrule": all(same_as_rrule(some) for some in same),
        "growth_exponent": round(exponent(cost_ms), 3),
        "growth_exponent_goal": 1.05,
        "growth_filling_exponent": round(exponent({n: ms for n, ms in cost_ms.items() if n <= 1000}), 3),
        "growth_merging_exponent": round(exponent({n: ms for n, ms in cost_ms.items() if n >= 1000}), 3),
        "occurrences": count(year),
        "clusters": len(orders),
        "slots": sum(len(found.slots) for found in orders.values()),
        "removals": sum(len(found.removals) for found in orders.values()),
        "first_run_ms": round(first, 1),
        "merged_10000_rules_ms": round(cost_ms[10_000], 1),
        "crammed_10000_rules_ms": round(statistics.median(milliseconds(schedule(10_000), 1)), 1),
        "full_year_ms": round(statistics.median(milliseconds(full, 5)), 1),
        "full_occurrences": count(full),
        "dense_year_ms": round(statistics.median(milliseconds(dense, 1)), 1),
        "dense_occurrences": count(dense),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
