"""A whole world from one seed: three boxes, one station, bad roads, busy people, an adversary; then it all heals."""

from __future__ import annotations

import random
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from speaker_client.listener import Identity
from speaker_client.protocol.bundle import Bundle
from speaker_client.protocol.envelope import Envelope
from speaker_client.protocol.ids import MINUTE, SECOND, BoxId
from tests.simulation.adversary import Adversary
from tests.simulation.agenda import Action, Agenda
from tests.simulation.box import Box
from tests.simulation.commune import BOX_KEYS, BOXES, KEYS, STATION_ID
from tests.simulation.house import House
from tests.simulation.people import People
from tests.simulation.road import NoAnswer, Refusal, Road, Weather
from tests.simulation.witness import Witness

EPOCH_US = 1_798_754_400 * SECOND  # a morning at the end of 2026
HEALING_US = 15 * MINUTE


@dataclass(frozen=True)
class Hardship:
    """How hard life is: chances and mean intervals, drawn from the seed."""

    horizon_us: int
    programmes: int
    crash_every_us: int
    station_crash_every_us: int
    cut_every_us: int
    act_every_us: int
    adversary_every_us: int
    fault_chance: float
    rot_every_us: int
    loss: float

    @classmethod
    def drawn(cls, dice: random.Random) -> Hardship:
        """Most worlds are bad in every way, some in one way only."""
        return cls(
            horizon_us=dice.randint(100, 150) * MINUTE,
            programmes=dice.randint(4, 8),
            crash_every_us=dice.choice([8, 25, 25, 25, 100]) * MINUTE,
            station_crash_every_us=dice.choice([15, 40, 90]) * MINUTE,
            cut_every_us=dice.choice([15, 40, 200]) * MINUTE,
            act_every_us=dice.choice([6, 12, 30]) * MINUTE,
            adversary_every_us=dice.choice([3, 8, 20]) * MINUTE,
            fault_chance=dice.choice([0.0, 0.03, 0.1]),
            rot_every_us=dice.choice([20, 60, 600]) * MINUTE,
            loss=dice.choice([0.25, 0.25, 0.4]),
        )


class World:
    """One run."""

    def __init__(self, seed: int, *, tracing: bool = False) -> None:
        self.seed = seed
        self.agenda = Agenda(EPOCH_US, tracing=tracing)
        self.witness = Witness()
        self.hardship = Hardship.drawn(self._dice("hardship"))
        self.fault_chance = self.hardship.fault_chance
        self.road = Road(self.agenda, self._dice("road"), Weather(loss=self.hardship.loss))
        self._adversary = Adversary(self._dice("adversary"))
        self._fate = self._dice("fate")
        self._healthy = False
        self.station = House(
            self.agenda,
            self.witness,
            {box: (cluster, BOX_KEYS[box].public) for box, cluster in BOXES.items()},
            self._push,
        )
        self.people = People(self.agenda, self.station, self._dice("people"))
        self.boxes = {
            box: Box(self, Identity(STATION_ID, box, KEYS["root"].public), BOX_KEYS[box], self._dice(box))
            for box in BOXES
        }
        self._end_us = EPOCH_US + self.hardship.horizon_us

    def run(self) -> World:
        """Live through it, heal everything, and let the reports drain."""
        hard = self.hardship
        self.people.fill_the_week(self._end_us, hard.programmes)
        for box in self.boxes.values():
            self._enrol(box)
            self._again(hard.crash_every_us, partial(self._strike, box))
            self._again(hard.cut_every_us, partial(self._cut, box.id))
            self._again(hard.rot_every_us, partial(self._rot, box))
            self._again(hard.adversary_every_us, partial(self._attack, box))
        self._again(hard.station_crash_every_us, self._strike_station)
        self._again(hard.act_every_us, self._act)
        self._every(30 * MINUTE, self.station.replan)
        self._every(MINUTE, self.station.look)
        self.agenda.run(self._end_us)
        self._heal()
        latest = max((one.airing.until_us for one in self.station.books.entries.values()), default=0)
        self.agenda.run(max(self._end_us + HEALING_US, latest + 6 * MINUTE))
        self.station.replan()
        for box in self.boxes.values():
            box.record.up.turn(False, self.agenda.now_us)
        return self

    def answer_on_the_way(self, box: BoxId, bundle: Bundle) -> Bundle:
        """What the adversary makes of it."""
        return bundle if self._healthy else self._adversary.bundle(box, bundle)

    def ack_on_the_way(self, batch: Envelope, said: Envelope | Refusal) -> Envelope | Refusal:
        """What the adversary makes of an acknowledgement."""
        return said if self._healthy or isinstance(said, Refusal) else self._adversary.ack(batch, said)

    def token_on_the_way(self, token: Envelope) -> Envelope:
        """What the adversary makes of a time."""
        return token if self._healthy else self._adversary.token(token)

    # -- what happens ------------------------------------------------------------------------------------

    def _enrol(self, box: Box) -> None:
        bundle = self.station.bundle(box.id, None)
        assert bundle
        box.switch_on()
        if box.daemon:
            box.daemon.do(lambda: box.daemon.listener.bundle(bundle, box.daemon.now()) if box.daemon else None)

    def _push(self, box: BoxId, message: Envelope) -> None:
        if self._healthy or self._adversary.lets_pass(message):
            self.road.push(box, lambda: self._deliver(box, message.encode()))

    def _deliver(self, box: BoxId, data: bytes) -> None:
        daemon = self.boxes[box].daemon
        if daemon:
            daemon.do(lambda: daemon.message(data))

    def _attack(self, box: Box) -> None:
        data = self._adversary.message()
        if data:
            self._deliver(box.id, data)

    def _strike(self, box: Box) -> None:
        """The power goes: now, or between two of the next calls that matter."""
        if box.daemon is None:
            return
        if self._fate.random() < 0.6:
            box.fuse.left = self._fate.randint(1, 8)
            return
        power = self._fate.random() < 0.5
        down = self._fate.choice([5, 30, 300, 1200]) if power else 3
        box.crash("struck", power=power, down_us=self._fate.randint(SECOND, down * SECOND))

    def _strike_station(self) -> None:
        self.station.fuse.left = self._fate.randint(1, 4)

    def _cut(self, box: BoxId) -> None:
        ways = self._fate.choice([[self.road.up_cut], [self.road.down_cut], [self.road.up_cut, self.road.down_cut]])
        for way in ways:
            way.add(box)
        self.agenda.say(box, "CUT", len(ways))
        lasts = self._fate.randint(MINUTE // 2, self._fate.choice([1, 10, 60]) * MINUTE)
        for way in ways:
            self.agenda.after(lasts, partial(way.discard, box))

    def _rot(self, box: Box) -> None:
        whole = box.shelf.whole()
        if whole:
            box.shelf.rot(self._fate.choice(whole))

    def _act(self) -> None:
        self.people.act(self._end_us)

    def _heal(self) -> None:
        self._healthy = True
        self.agenda.say("world", "HEALED")
        self.road.weather = Weather(0.0, 0.0, 0.0)
        self.road.up_cut.clear()
        self.road.down_cut.clear()
        self.station.fuse.left = None
        self.fault_chance = 0.0
        for box in self.boxes.values():
            box.fuse.left = None
            self.agenda.after(MINUTE, box.switch_on)

    # -- when --------------------------------------------------------------------------------------------

    def _again(self, mean_us: int, deed: Action) -> None:
        """Do it at random intervals, rather near a start, until the world heals."""
        now = self.agenda.now_us
        span = int(self._fate.expovariate(1 / mean_us)) + SECOND
        when = self.people.moment_that_matters(now + span // 2, now + span * 3 // 2)

        def do() -> None:
            if not self._healthy:
                deed()
                self._again(mean_us, deed)

        self.agenda.at(max(when, now + SECOND), do)

    def _every(self, period_us: int, deed: Action) -> None:
        def do() -> None:
            with suppress(NoAnswer):
                deed()
            self.agenda.after(period_us, do)

        self.agenda.after(period_us, do)

    def _dice(self, name: str) -> random.Random:
        return random.Random(f"{self.seed} {name}")
