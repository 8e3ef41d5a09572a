"""Officers at work: they plan, change their minds, delete and stop, often seconds before it matters."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

from broadcast_server.schedule.programme import Cluster, Everywhere, IfBusy, IfInterrupted, Item, Programme, Target
from broadcast_server.schedule.rule import Rule
from broadcast_server.schedule.timetable import Schedule
from speaker_client.protocol.ids import MINUTE, SECOND, AiringId, ProgrammeId, RuleId
from speaker_client.protocol.order import Drill, Emergency
from speaker_client.protocol.priority import Priority
from tests.simulation.agenda import Agenda
from tests.simulation.commune import CLUSTERS, MESSAGES, content
from tests.simulation.house import House
from tests.simulation.road import NoAnswer

LADDER = [Priority.OWN] * 4 + [
    Priority.RELAY,
    Priority.ANNOUNCEMENT,
    Priority.PRIORITY_COMMUNE,
    Priority.PRIORITY_ABOVE,
]
LENGTHS = [12, 20, 45, 60, 90, 120, 200, 300, 420]


class People:
    """Everybody who may touch the schedule."""

    def __init__(self, agenda: Agenda, house: House, dice: random.Random) -> None:
        self._agenda, self._house, self._dice = agenda, house, dice
        self._count = 0

    def fill_the_week(self, until_us: int, programmes: int) -> None:
        """The schedule that stands before anything happens."""
        for _ in range(programmes):
            start = self._agenda.now_us + self._dice.randint(MINUTE, until_us - self._agenda.now_us)
            repeats = self._dice.choice([1, 1, 2])
            starts = [start + n * self._dice.randint(20, 60) * MINUTE for n in range(repeats)]
            self._add([one for one in starts if one < until_us])
        self._house.replan()

    def act(self, until_us: int) -> None:
        """One thing that somebody does now."""
        deeds: list[Callable[[], None]] = [
            lambda: self._add([self._agenda.now_us + self._dice.randint(3, 150) * SECOND]),
            lambda: self._add([self._dice.randint(self._agenda.now_us, until_us)]),
            self._delete,
            self._move,
            self._reword,
            self._stop_named,
            self._stop_named,
            self._stop_twice,
            self._stop_loud,
            self._stop_loud,
            self._alarm,
            self._alarm,
            self._alarm,
            self._alarm_again,
            self._alarm_and_stop,
            self._drill,
            self._drill,
        ]
        self._soon(0, self._dice.choice(deeds))

    def moment_that_matters(self, low_us: int, high_us: int) -> int:
        """A moment in [low, high], rather just before, at or just after a start."""
        starts = [entry.airing.start_us for entry in self._house.books.entries.values()]
        near = [one for one in starts if low_us < one < high_us]
        if near and self._dice.random() < 0.7:
            return max(low_us, min(high_us, self._dice.choice(near) + self._dice.randint(-90, 60) * SECOND))
        return self._dice.randint(low_us, high_us)

    # -- deeds -------------------------------------------------------------------------------------------

    def _add(self, starts: list[int]) -> None:
        self._count += 1
        name, dice = f"p{self._count}", self._dice
        items = tuple(self._item() for _ in range(dice.choice([1, 1, 2])))
        programme = Programme(
            ProgrammeId(name),
            name,
            dice.choice(LADDER),
            items,
            (self._target(),),
            grace_us=dice.choice([0, 1, 2, 5, 10]) * MINUTE,
            if_busy=dice.choice(list(IfBusy)),
            if_interrupted=dice.choice(list(IfInterrupted)),
        )
        rules = tuple(_once(f"{name}.{n}", programme.id, start) for n, start in enumerate(starts))
        self._agenda.say("people", "ADD", name, programme.priority, [_clock(one, self._agenda) for one in starts])
        self._change(lambda old: Schedule({**old.programmes, programme.id: programme}, (*old.rules, *rules)))

    def _delete(self) -> None:
        victim = self._some_rule()
        if victim:
            self._agenda.say("people", "DELETE", victim.id)
            self._change(lambda old: Schedule(old.programmes, tuple(one for one in old.rules if one.id != victim.id)))

    def _move(self) -> None:
        victim = self._some_rule()
        if victim:
            start = self._agenda.now_us + self._dice.randint(5, 1800) * SECOND
            self._agenda.say("people", "MOVE", victim.id, _clock(start, self._agenda))
            moved = _once(victim.id, victim.programme, start)
            self._change(
                lambda old: Schedule(old.programmes, tuple(moved if one.id == victim.id else one for one in old.rules))
            )

    def _reword(self) -> None:
        victim = self._some_rule()
        if victim:
            programme = self._house.books.schedule.programmes[victim.programme]
            other = replace(programme, items=(self._item(),))
            self._agenda.say("people", "REWORD", programme.id)
            self._change(lambda old: Schedule({**old.programmes, other.id: other}, old.rules))

    def _stop_named(self) -> None:
        near = self._near(120 * SECOND)
        if near:
            self._house.stop(self._dice.sample(near, min(len(near), self._dice.randint(1, 3))), (), self._name())

    def _stop_twice(self) -> None:
        near = self._near(600 * SECOND)
        for one in near[:3]:
            self._house.stop([one], (), self._name())

    def _stop_loud(self) -> None:
        self._house.stop((), self._dice.sample(CLUSTERS, self._dice.randint(1, 2)), self._name())

    def _alarm(self, kind: type[Emergency] | type[Drill] = Emergency) -> None:
        message, rounds = self._dice.randrange(len(MESSAGES)), self._dice.choice([1, 1, 2, 3, 8])
        clusters = self._dice.choice([CLUSTERS, CLUSTERS[:1], CLUSTERS[1:]])
        self._house.sound(kind, message, rounds, clusters, self._dice.choice([2, 5, 20]) * MINUTE)

    def _drill(self) -> None:
        self._alarm(Drill)

    def _alarm_again(self) -> None:
        """One, and another before it is over; each of them may be a drill."""
        for delay_us in (0, self._dice.randint(0, 40 * SECOND)):
            kind = self._dice.choice([Emergency, Emergency, Drill])
            self._soon(delay_us, lambda kind=kind: self._alarm(kind))

    def _alarm_and_stop(self) -> None:
        """One, and second thoughts: the stop may overtake it on the road."""
        self._soon(0, self._alarm)
        stop = self._dice.choice([self._stop_loud, self._stop_named, self._stop_orders, self._stop_orders])
        self._soon(self._dice.choice([0, self._dice.randint(0, 60 * SECOND)]), stop)

    def _stop_orders(self) -> None:
        entries = self._house.books.entries
        near = [one for one in self._near(0) if entries[one].order_expires_us]
        if near:
            self._house.stop(near, (), self._name())

    # -- inside ------------------------------------------------------------------------------------------

    def _soon(self, delay_us: int, deed: Callable[[], None]) -> None:
        def do() -> None:
            try:
                deed()
            except NoAnswer:
                self._agenda.say("people", "no answer")

        self._agenda.after(delay_us, do)

    def _change(self, edit: Callable[[Schedule], Schedule]) -> None:
        self._house.change(edit, self._name())

    def _near(self, within_us: int) -> list[AiringId]:
        now = self._agenda.now_us
        return [
            one.airing.id
            for one in self._house.books.entries.values()
            if not one.airing.ended and one.airing.start_us - within_us < now < one.airing.until_us
        ]

    def _some_rule(self) -> Rule | None:
        now = self._agenda.now_us
        rules = [one for one in self._house.books.schedule.rules if abs(_start(one) - now) < 20 * MINUTE]
        return self._dice.choice(rules or list(self._house.books.schedule.rules) or [None])

    def _name(self) -> str:
        self._count += 1
        return f"officer{self._count}"

    def _item(self) -> Item:
        return content(self._dice.randint(1, 12), self._dice.choice(LENGTHS))

    def _target(self) -> Target:
        return Everywhere() if self._dice.random() < 0.5 else Cluster(self._dice.choice(CLUSTERS))


def _once(name: str, programme: ProgrammeId, start_us: int) -> Rule:
    wall = datetime.fromtimestamp(start_us // SECOND, UTC) + timedelta(hours=7)
    return Rule(RuleId(name), programme, wall.date(), (time(wall.hour, wall.minute, wall.second),))


def _start(rule: Rule) -> int:
    wall = datetime.combine(rule.first_day, rule.times[0], UTC) - timedelta(hours=7)
    return round(wall.timestamp()) * SECOND


def _clock(moment_us: int, agenda: Agenda) -> str:
    return f"{(moment_us - agenda.start_us) / SECOND:.0f}"
