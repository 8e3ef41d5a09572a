"""One box: a machine that loses its power, and on it the daemon, made of the real cores in the order of the agent."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from functools import partial
from typing import Protocol

from speaker_client.conductor import Conductor, needed
from speaker_client.deck import DeckEvent, Emitted
from speaker_client.floor import Floor
from speaker_client.listener import Identity, Listener
from speaker_client.memory import Forgot, Memory
from speaker_client.orders import Orders
from speaker_client.protocol.bundle import Bundle, bundle_tag
from speaker_client.protocol.clock import TimeRequest
from speaker_client.protocol.envelope import Envelope
from speaker_client.protocol.ids import DAY, MINUTE, SECOND, BoxId
from speaker_client.protocol.plan import Item
from speaker_client.protocol.report import Booted, chain_hash
from speaker_client.protocol.signature import SigningKey
from speaker_client.reporter import Reporter, unsent
from speaker_client.sync import Exchange, Now, recalled
from tests.simulation.agenda import Action, Agenda
from tests.simulation.commune import BOXES
from tests.simulation.disk import Shelf, SimulatedJournal
from tests.simulation.machine import Crash, Fuse, Quartz
from tests.simulation.road import Refusal, Road
from tests.simulation.sounddeck import SimulatedDeck
from tests.simulation.witness import Witness

RESYNC_US = 30 * MINUTE
BURST = 3
TIDY_US = 10 * MINUTE
POLL_US = 300 * SECOND
REPORT_WITHIN_US = 60 * SECOND
REPORTS_KEPT = 10_000


def tag_of(bundle: Bundle) -> str:
    """Its entity tag, worked out from what was sent or received (a quick stand-in for `bundle_tag` of the bytes)."""
    envelopes = (bundle.keyring, bundle.config, bundle.shelf, bundle.plan, *bundle.inbox)
    texts = [one.payload + one.signatures[0].value if one else "" for one in envelopes]
    return bundle_tag("\0".join(texts).encode())


class Station(Protocol):
    """What a box may ask; NoAnswer when the station is down."""

    def bundle(self, box: BoxId, etag: str | None) -> Bundle | None:
        """The bundle, None if the box has it."""

    def receive(self, box: BoxId, batch: Envelope) -> Envelope | Refusal:
        """The acknowledgement of a batch of reports, or why there is none."""

    def time(self, request: TimeRequest) -> Envelope:
        """A signed time."""


class World(Protocol):
    """Where boxes live."""

    agenda: Agenda
    road: Road
    witness: Witness
    fault_chance: float

    def answer_on_the_way(self, box: BoxId, bundle: Bundle) -> Bundle:
        """What the adversary makes of it."""

    def ack_on_the_way(self, batch: Envelope, said: Envelope | Refusal) -> Envelope | Refusal:
        """What the adversary makes of an acknowledgement."""

    def token_on_the_way(self, token: Envelope) -> Envelope:
        """What the adversary makes of a time."""

    @property
    def station(self) -> Station:
        """The station that answers."""


class Box:
    """The machine and what outlives the daemon: disk, content, identity."""

    def __init__(self, world: World, identity: Identity, key: SigningKey, dice: random.Random) -> None:
        self.world, self.identity, self.key, self.dice = world, identity, key, dice
        self.id = identity.box
        self.record = world.witness.boxes[identity.box]
        self.durable = Memory()
        self.fuse = Fuse()
        self.shelf = Shelf(self.record, world.agenda)
        self.boots = 0
        self.quartz = self._quartz()
        self.daemon: Daemon | None = None

    def switch_on(self) -> None:
        """The daemon starts, if it does not run."""
        if self.daemon is None:
            self.boots += 1
            self.record.up.turn(True, self.world.agenda.now_us)
            self.world.agenda.say(self.id, "START", f"boot {self.boots}")
            daemon = self.daemon = Daemon(self)
            daemon.do(daemon.start)

    def crash(self, why: str, *, power: bool, down_us: int) -> None:
        """The daemon is gone at once; with `power` the machine too, and its clock begins anew."""
        daemon, agenda = self.daemon, self.world.agenda
        if daemon is None:
            return
        agenda.say(self.id, "POWER CUT" if power else "KILLED", why, f"for {down_us / SECOND:.1f} s")
        self.daemon, self.fuse.left = None, None
        daemon.deck.power_cut(0 if power else self.dice.randint(0, 150_000))
        self.record.crashes.append(agenda.now_us)
        self.record.up.turn(False, agenda.now_us)
        self.record.clock.turn(False, agenda.now_us)
        if power:
            agenda.after(down_us, self._renew)
        agenda.after(down_us, self.switch_on)

    def _renew(self) -> None:
        if self.daemon is None:
            self.quartz = self._quartz()

    def _quartz(self) -> Quartz:
        now = self.world.agenda.now_us
        boot = f"{self.dice.getrandbits(64):016x}"
        wrong = self.dice.choice([0, -1, 1]) * self.dice.randint(0, 4 * 3600) * SECOND
        return Quartz(boot, now, self.dice.randint(5, 40) * SECOND, self.dice.randint(-100, 100), wrong)


class Daemon:
    """One run of the daemon. The same parts, called in the same order, as in `speaker_client.agent`."""

    def __init__(self, box: Box) -> None:
        self._box, self._world, self._dice = box, box.world, box.dice
        self._agenda = box.world.agenda
        self._quartz = box.quartz
        self._began_mono = self._mono()
        self.journal = SimulatedJournal(box.durable, box.fuse, box.record, self._agenda)
        memory = self.journal.memory
        self.timeline = recalled(memory.anchor, self._quartz.boot, self._began_mono)
        self._reporter = Reporter(memory, box.id, f"{box.boots:016x}")
        self.deck = SimulatedDeck(
            box.id,
            box.quartz,
            box.fuse,
            self._agenda,
            self._world.witness,
            self._dice,
            self._later,
            self._hear_deck,
            lambda: self.now().error_us or 0,
            self._world.fault_chance,
        )
        floor = Floor(self.journal, self.deck, box.shelf)
        self.conductor = Conductor(self.journal, floor, self._reporter)
        orders = Orders(self.journal, floor, self.conductor, self._reporter)
        self.listener = Listener(box.identity, self.journal, orders, self._reporter)
        self._etag: str | None = None
        self._wake = self._pull_due = 0
        self._reporting = self._fetching = self._pulling = self._settled = False

    def start(self) -> None:
        """As the agent's `run`."""
        booted = Booted(software="simulated", machine_boot=self._quartz.boot)
        self.journal.commit(self._reporter.lines([booted], self.now()))
        self._turn()
        self._keep_time(SECOND)
        self._pull()
        self._fetch()
        self._later(self._agenda.now_us + self._dice.randint(1, 60) * SECOND, self._tidy)

    def do(self, action: Action) -> None:
        """Do something in this daemon, if it still runs; a blown fuse takes it down."""
        if self._box.daemon is not self:
            return
        try:
            action()
        except Crash as crash:
            power = self._dice.random() < 0.5
            longest = 120 if power else 4
            self._box.crash(str(crash), power=power, down_us=self._dice.randint(SECOND, longest * SECOND))

    def message(self, data: bytes) -> None:
        """As the agent's `_on_message`."""
        now = self.now()
        self._note_heard([data], now)
        if self.listener.command(data, now):
            self._pull()
        self._turn()
        self._fetch()

    def now(self) -> Now:
        """The box's own idea of the time."""
        return self.timeline.now(self._mono())

    # -- the floor ---------------------------------------------------------------------------------------

    def _turn(self) -> None:
        now = self.now()
        self._box.record.clock.turn(now.utc_us is not None, self._agenda.now_us)
        if now.utc_us is not None and now.error_us is not None:
            wrong = abs(now.utc_us - self._agenda.now_us)
            if wrong > now.error_us + 1_000:
                self._box.record.clock_lies.append((self._agenda.now_us, wrong, now.error_us))
        self.conductor.awake(now, self._began_mono)
        wake = self._quartz.true(self.conductor.tick(now)) + self._dice.randint(0, 3_000)
        self._wake += 1
        turn = self._wake
        self._later(max(wake, self._agenda.now_us + 500), lambda: self._turn() if turn == self._wake else None)
        self._report()

    def _hear_deck(self, event: DeckEvent) -> None:
        self.conductor.heard(event, self.now())
        if not isinstance(event, Emitted):
            self._turn()

    # -- the clock ---------------------------------------------------------------------------------------

    def _keep_time(self, pause: int) -> None:
        exchanges: list[Exchange] = []
        at = self._agenda.now_us
        for n in range(BURST):
            self._later(at + n * 1500_000, lambda: self._ask_time(exchanges))
        self._later(at + BURST * 1500_000 + 2 * SECOND, lambda: self._take_time(exchanges, pause))

    def _ask_time(self, exchanges: list[Exchange]) -> None:
        request = TimeRequest(box=self._box.id, nonce=f"{self._dice.getrandbits(128):032x}")
        self.listener.nonces.add(request.nonce)
        sent = self._mono()

        def answered(token: Envelope) -> None:
            token = self._world.token_on_the_way(token)
            exchange = self.listener.token(token, request.nonce, sent, self._mono(), self.now())
            self.listener.nonces.discard(request.nonce)
            exchanges.extend([exchange] if exchange else [])

        failed = partial(self.listener.nonces.discard, request.nonce)
        self._call(lambda: self._world.station.time(request), answered, failed)

    def _take_time(self, exchanges: list[Exchange], pause: int) -> None:
        before, known = self.now().utc_us, self.timeline
        self.timeline = known.after(exchanges, self._quartz.boot)
        usable = self.timeline is not known
        after = self.now().utc_us
        if usable and after is not None:
            if before is not None:
                self._box.record.jumps.append((self._agenda.now_us, abs(after - before)))
            self._agenda.say(self._box.id, "clock", f"wrong by {after - self._agenda.now_us} µs")
        self.listener.anchored(self.timeline)
        if usable and not self._settled:
            self._pull()
        self._turn()
        self._settled = usable
        pause = min(RESYNC_US if usable else 60 * SECOND, pause * 3)
        self._later(self._agenda.now_us + int(pause * self._dice.uniform(0.75, 1.25)), lambda: self._keep_time(pause))

    # -- the station -------------------------------------------------------------------------------------

    def _pull(self, failures: int = 0) -> None:
        if self._pulling:
            return
        self._pulling = True

        def answered(news: Bundle | None) -> None:
            self._pulling = False
            if news:
                self._take(self._world.answer_on_the_way(self._box.id, news))
            self._pull_in(self._dice.randint(POLL_US // 2, POLL_US) if self._etag else 2 * SECOND, 0)

        def failed() -> None:
            self._pulling = False
            self._pull_in(self._backoff(failures + 1), failures + 1)

        self._call(lambda: self._world.station.bundle(self._box.id, self._etag), answered, failed)

    def _pull_in(self, delay_us: int, failures: int) -> None:
        self._pull_due += 1
        due = self._pull_due
        self._later(self._agenda.now_us + delay_us, lambda: self._pull(failures) if due == self._pull_due else None)

    def _take(self, bundle: Bundle) -> None:
        now = self.now()
        self._note_heard([one.encode() for one in bundle.inbox], now)
        self.listener.bundle(bundle, now)
        self._note_told(bundle, now)
        self._etag = tag_of(bundle) if now.utc_us is not None else None
        self._turn()
        self._fetch()

    def _note_told(self, bundle: Bundle, now: Now) -> None:
        genuine = self._world.witness.genuine
        for envelope in bundle.inbox:
            order = genuine.get(envelope.signatures[0].value)
            if order and now.utc_us is not None and now.utc_us + 3 * SECOND < order.expires_us:
                self._box.record.told.setdefault(order.by, self._agenda.now_us)

    def _note_heard(self, messages: Iterable[bytes], now: Now) -> None:
        given = self._world.witness.given
        for message in messages:
            order = given.get(message)
            if order and order.cluster == BOXES[self._box.id] and now.utc_us and now.utc_us < order.expires_us:
                self._box.record.heard.setdefault(order.planned.id, []).append(self._agenda.now_us)

    def _report(self) -> None:
        """Soon, so that what is written together is sent together."""
        memory = self.journal.memory
        if not self._reporting and memory.acknowledged < memory.n:
            self._reporting = True
            self._later(self._agenda.now_us + self._dice.randint(0, REPORT_WITHIN_US), self._hand_in)

    def _hand_in(self, failures: int = 0) -> None:
        batch = unsent(self.journal.memory, self._box.identity.station, self._box.id)
        assert batch
        sealed = batch.seal([self._box.key])

        def answered(said: Envelope | Refusal) -> None:
            said = self._world.ack_on_the_way(sealed, said)
            if isinstance(said, Refusal):
                self.listener.forked(said.fork, chain_hash(batch.reports[-1]), self.now())
                failed()
                return
            self._reporting = False
            if self.listener.acknowledgement(said, self.now()):
                self._report()
            else:
                self._later(self._agenda.now_us + self._backoff(3), self._report)

        def failed() -> None:
            self._later(self._agenda.now_us + self._backoff(failures + 1), lambda: self._hand_in(failures + 1))

        self._call(lambda: self._world.station.receive(self._box.id, sealed), answered, failed)

    def _fetch(self) -> None:
        wanted = self._first_missing()
        if self._fetching or wanted is None:
            return
        self._fetching = True
        self._later(self._agenda.now_us + self._dice.randint(1, 20) * SECOND, lambda: self._fetched(wanted))

    def _fetched(self, item: Item) -> None:
        self._fetching = False
        reached = self._box.id not in self._world.road.up_cut | self._world.road.down_cut
        if reached and self._dice.random() < 0.7:
            self._box.shelf.put(item.content)
            self._turn()
            self._fetch()
        else:
            self._later(self._agenda.now_us + self._dice.randint(2, 60) * SECOND, self._fetch)

    def _first_missing(self) -> Item | None:
        planned = needed(self.journal.memory.standings.values())
        shelf = self.listener.shelf.items if self.listener.shelf else ()
        items = (*shelf, *(item for airing in planned for item in airing.items))
        return next((item for item in items if self._box.shelf.lacking([item.content])), None)

    def _tidy(self) -> None:
        now, memory = self.now(), self.journal.memory
        self.listener.flush_refusals(now)
        if now.utc_us is not None:
            reports_to = min(memory.acknowledged, memory.n - REPORTS_KEPT)
            if any(until < now.utc_us for until in memory.ended.values()):
                self.journal.commit([Forgot(now.utc_us - DAY, reports_to)])
        self._fetch()
        self._turn()
        self._later(self._agenda.now_us + TIDY_US, self._tidy)

    # -- inside ------------------------------------------------------------------------------------------

    def _mono(self) -> int:
        return self._quartz.mono(self._agenda.now_us)

    def _later(self, when_us: int, action: Action) -> None:
        self._agenda.at(when_us, lambda: self.do(action))

    def _call(self, ask: Callable[[], object], answered: Callable[..., None], failed: Action) -> None:
        self._world.road.call(
            self._box.id, ask, lambda answer: self.do(lambda: answered(answer)), lambda: self.do(failed)
        )

    def _backoff(self, failures: int) -> int:
        return 250_000 + self._dice.randint(0, int(min(60.0, 2.0 ** min(failures, 6)) * 1000)) * 1000
