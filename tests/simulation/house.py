"""The station: the real schedule, publication, ledger, chain and signatures over books in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

from broadcast_server.fleet.chain import BrokenChain, Head, Line, news, read_lines
from broadcast_server.fleet.halting import StopDraft, Target, orders
from broadcast_server.fleet.ledger import ENDS, Contradiction, apply, close, overdue, unheard
from broadcast_server.fleet.ledger import Airing as Logged
from broadcast_server.schedule.airings import AiringKey
from broadcast_server.schedule.outlook import outlook
from broadcast_server.schedule.timetable import Schedule
from speaker_client.protocol.bundle import Bundle
from speaker_client.protocol.clock import TimeRequest, TimeToken
from speaker_client.protocol.command import Hint, Stop
from speaker_client.protocol.config import BoxConfig, LoudspeakerConfig
from speaker_client.protocol.envelope import Envelope, payload_of
from speaker_client.protocol.ids import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    AiringId,
    BoxId,
    ClusterId,
    LoudspeakerNumber,
    Micros,
    OccurrenceId,
    OrderId,
    StationId,
)
from speaker_client.protocol.order import Drill, Emergency, Order, airing_of
from speaker_client.protocol.report import (
    Ack,
    AiringEnded,
    AiringStarted,
    Fork,
    OrderAccepted,
    PlanAccepted,
    ReportBatch,
    chain_hash,
)
from speaker_client.protocol.signature import SigningKey, signed_by
from speaker_client.protocol.statement import Kind, Statement, box_audience, cluster_audience
from tests.simulation.agenda import Agenda
from tests.simulation.books import Books, Command, Entry, Journal, PlanInForce
from tests.simulation.box import tag_of
from tests.simulation.commune import KEYS, MESSAGES, SIREN, STATION, STATION_ID, VILLAGE
from tests.simulation.machine import Crash, Fuse
from tests.simulation.publishing import head_of, keyring_at, publish, shelf_at
from tests.simulation.road import NoAnswer, Refusal
from tests.simulation.witness import Given, Witness
from tests.simulation.witness import Order as Stopped

AHEAD_US = 48 * HOUR
"""A shorter look ahead than the real one: nobody here plans for next week."""
MAY_BEGIN_US = 2 * MINUTE
LEAD_US = 40_000
LONGEST_PAUSE_US = 5 * SECOND
HORNS = tuple(LoudspeakerNumber(n) for n in (1, 2, 3))


class House:
    """One run of the server at a time over books that survive it."""

    def __init__(
        self,
        agenda: Agenda,
        witness: Witness,
        boxes: dict[BoxId, tuple[ClusterId, str]],
        push: Callable[[BoxId, Envelope], None],
    ) -> None:
        self._agenda, self._witness, self._boxes, self._push = agenda, witness, boxes, push
        self.id: StationId = STATION_ID
        self.fuse = Fuse()
        self.up = True
        self._ordered = 0
        self.books = Books(Schedule({}, ()), journals={box: Journal() for box in boxes})
        self._keyring = self._sealed(keyring_at(agenda.now_us), KEYS["root"])
        self._shelf = self._sealed(shelf_at(agenda.now_us), KEYS["alert"])
        self._configs = {box: self._config(box, cluster) for box, (cluster, _) in boxes.items()}

    # -- people ------------------------------------------------------------------------------------------

    def change(self, edit: Callable[[Schedule], Schedule], by: str) -> None:
        """A person changes the schedule; the plans follow in the same transaction."""
        with self._transaction() as books:
            books.schedule = edit(books.schedule)
            changed = self._plan(books, by)
        self._hint(changed)

    def replan(self) -> None:
        """The planner's own round: time has gone on."""
        with self._transaction() as books:
            changed = self._plan(books, "planner")
        self._hint(changed)

    def stop(self, airings: Sequence[AiringId], clusters: Sequence[ClusterId], by: str) -> None:
        """A person wants silence."""
        now = self._agenda.now_us
        with self._transaction() as books:
            known = [books.entries[one] for one in airings]
            open_ones = [one for one in known if one.airing.state not in ENDS]
            targets = [Target(one.airing.id, one.key.cluster, one.airing.until_us) for one in open_ones]
            given = orders(targets, clusters, Micros(now)) if targets or clusters else ()
            on_the_way = [
                Target(one.airing.id, one.key.cluster, one.airing.until_us)
                for one in books.entries.values()
                if one.order_expires_us and one.key.cluster in clusters
                if one.airing.state not in ENDS and one.airing.until_us > now
            ]
            given = (*(orders(on_the_way, (), Micros(now)) if on_the_way else ()), *given)
            envelopes = [(order, self._give(books, order, f"{by}.{n}")) for n, order in enumerate(given)]
        for order, envelope in envelopes:
            for box, (cluster, _) in self._boxes.items():
                if cluster == order.cluster:
                    self._push(box, envelope)
                    self._push(box, envelope)
        self._hint([order.cluster for order in given if order.cluster])

    def sound(
        self,
        kind: type[Emergency] | type[Drill],
        message: int,
        rounds: int,
        clusters: Sequence[ClusterId],
        lasts_us: int,
    ) -> None:
        """A person orders an emergency or a drill, for `lasts_us` at most."""
        now, drafts = self._agenda.now_us, []
        with self._transaction() as books:
            self._ordered += 1
            for cluster in clusters:
                draft = kind(
                    **head_of(cluster_audience(cluster), now - MINUTE, now + MAY_BEGIN_US, 0),
                    id=OrderId(f"{self._ordered:032x}"),
                    title=kind.__name__,
                    by=f"alarmer{self._ordered}",
                    start_us=now + LEAD_US,
                    until_us=now + lasts_us,
                    first=(SIREN, MESSAGES[message]),
                    rounds=rounds,
                )
                drafts.append((cluster, draft, self._order(books, cluster, draft)))
        for cluster, draft, envelope in drafts:
            airing = airing_of(draft, cluster, HORNS).id
            self._insist(cluster, airing, envelope, draft.expires_us, SECOND // 4)
        self._hint(clusters)

    def _order(self, books: Books, cluster: ClusterId, draft: Order) -> Envelope:
        key = KEYS[draft.role.value]
        order = draft.model_copy(update={"seq": self._next(books, draft.kind, cluster, key)})
        envelope, planned = self._sealed(order, key), airing_of(order, cluster, HORNS)
        books.commands.append(Command(cluster, order.expires_us, envelope))
        airing = Logged(planned.id, planned.start_us, planned.end_us, order.until_us, first_plan=0)
        where = AiringKey(OccurrenceId(order.id), cluster)
        books.entries[planned.id] = Entry(where, planned.start_us, planned, airing, order_expires_us=order.expires_us)
        one_round = sum(item.duration_us for item in order.first)
        given = Given(planned, cluster, self._agenda.now_us, order.expires_us, one_round)
        self._witness.given[envelope.encode()] = given
        self._agenda.say("station", order.kind, cluster, planned.id[:6], "x", order.rounds)
        return envelope

    def _insist(self, cluster: ClusterId, airing: AiringId, order: Envelope, expires_us: int, pause_us: int) -> None:
        """Say it until the box has answered, or it is too late."""
        entry = self.books.entries.get(airing)
        if self._agenda.now_us > expires_us or entry is None or entry.accepted or entry.airing.ended:
            return
        for box, (place, _) in self._boxes.items():
            if place == cluster and self.up:
                self._push(box, order)
        later = min(LONGEST_PAUSE_US, pause_us * 2)
        self._agenda.after(pause_us, lambda: self._insist(cluster, airing, order, expires_us, later))

    def look(self) -> None:
        """The monitor's round: airings nobody spoke of."""
        now = self._agenda.now_us
        late = {
            one: known
            for one, entry in self.books.entries.items()
            if (known := overdue(entry.airing, now)) is not entry.airing
        }
        if late:
            with self._transaction() as books:
                for one, known in late.items():
                    books.entries[one] = replace(books.entries[one], airing=known)

    # -- boxes -------------------------------------------------------------------------------------------

    def bundle(self, box: BoxId, etag: str | None) -> Bundle | None:
        """The bundle, None if the box has it."""
        self._awake()
        cluster, now = self._boxes[box][0], self._agenda.now_us
        plan = self.books.plans.get(cluster)
        inbox = [one for one in self.books.commands if one.cluster == cluster and one.expires_us > now]
        envelopes = tuple(one.envelope for one in inbox)
        bundle = Bundle(
            keyring=self._keyring,
            config=self._configs[box],
            shelf=self._shelf,
            plan=plan and plan.envelope,
            inbox=envelopes,
        )
        return None if tag_of(bundle) == etag else bundle

    def receive(self, box: BoxId, batch: Envelope) -> Envelope | Refusal:
        """The acknowledgement of a batch that is now in the books; the power may go before or after that."""
        self._awake()
        lines = self._read(box, batch)
        try:
            return self._take(box, lines)
        except BrokenChain:
            return Refusal(self._fork(box, lines).model_dump())

    def _take(self, box: BoxId, lines: tuple[Line, ...]) -> Envelope:
        with self._transaction() as books:
            journal = books.journals[box]
            fresh = news(lines, journal.head, lambda n: chain_hash(journal.texts[n - 1]))
            for line in fresh:
                journal.texts.append(line.text)
                journal.head = Head(line.n, line.hash)
                self._enter(books, box, journal, line)
            self._unheard(books, box, fresh)
        head = self.books.journals[box].head
        now = self._agenda.now_us
        return self._sealed(
            Ack(
                **head_of(box_audience(box), now - DAY, now + DAY, head.n),
                upto=head.n,
                head=head.hash,
            ),
            KEYS["schedule"],
        )

    def _unheard(self, books: Books, box: BoxId, lines: Sequence[Line]) -> None:
        """Orders that the box had never heard of when it spoke of something later than their expiry."""
        said = [line.report.at_us for line in lines if line.report is not None and line.report.at_us is not None]
        for name, entry in books.entries.items() if said else ():
            expires = entry.order_expires_us
            if expires and not entry.accepted and entry.key.cluster == self._boxes[box][0]:
                books.entries[name] = replace(entry, airing=unheard(entry.airing, expires, max(said)))

    def _fork(self, box: BoxId, lines: tuple[Line, ...]) -> Envelope:
        head, now = self.books.journals[box].head, self._agenda.now_us
        fork = Fork(
            **head_of(box_audience(box), now - DAY, now + DAY, head.n),
            upto=head.n,
            head=head.hash,
            answers=lines[-1].hash,
        )
        return self._sealed(fork, KEYS["schedule"])

    def time(self, request: TimeRequest) -> Envelope:
        """A signed time."""
        self._awake()
        now = self._agenda.now_us
        token = TimeToken(
            **head_of(box_audience(request.box), now - SECOND, now + MINUTE, now),
            echo=request.nonce,
            received_us=now,
            sent_us=now,
        )
        return self._sealed(token, KEYS["time"])

    # -- inside ------------------------------------------------------------------------------------------

    @contextmanager
    def _transaction(self) -> Iterator[Books]:
        """All of it or nothing. NoAnswer if the station is down or goes down just before or just after."""
        self._awake()
        draft = self.books.draft()
        yield draft
        try:
            self.fuse.touch("before the station's commit")
            self.books = draft
            self.fuse.touch("after the station's commit")
        except Crash as crash:
            self._agenda.say("station", "KILLED", crash)
            self.up = False
            self._agenda.after(15 * SECOND, self._restart)
            raise NoAnswer from crash

    def _restart(self) -> None:
        self.up = True
        self._hint(list(self.books.plans))

    def _awake(self) -> None:
        if not self.up:
            raise NoAnswer

    def _plan(self, books: Books, by: str) -> list[ClusterId]:
        changed = []
        now = self._agenda.now_us
        ahead = outlook(STATION, books.schedule, now, AHEAD_US)
        for site in STATION.clusters:
            plan = publish(books, ahead, site.id, by, partial(self._next, books, Kind.PLAN, site.id))
            if plan is not None:
                envelope = self._sealed(plan, KEYS["schedule"])
                books.plans[site.id] = PlanInForce(plan.seq, now, plan.until_us, envelope)
                self._witness.published[site.id][plan.seq] = {one.id: one for one in plan.airings}
                self._agenda.say("station", "PLAN", site.id, plan.seq, [one.id[:6] for one in plan.airings])
                changed.append(site.id)
        return changed

    def _give(self, books: Books, order: StopDraft, by: str) -> Envelope:
        assert order.cluster
        now = self._agenda.now_us
        stop = Stop(
            **head_of(
                cluster_audience(order.cluster),
                now - MINUTE,
                order.expires_us,
                self._next(books, Kind.STOP, order.cluster),
            ),
            airings=order.airings,
            given_us=now,
            by=by,
        )
        envelope = self._sealed(stop, KEYS["schedule"])
        books.commands.append(Command(order.cluster, order.expires_us, envelope))
        known = self._witness.orders[by] = Stopped(by, order.airings, order.cluster, now, order.expires_us, stop.seq)
        self._witness.genuine[envelope.signatures[0].value] = known
        self._agenda.say("station", "STOP", order.cluster, by, [one[:6] for one in order.airings])
        return envelope

    def _read(self, box: BoxId, envelope: Envelope) -> tuple[Line, ...]:
        if not signed_by(envelope, self._boxes[box][1]):
            raise NoAnswer
        batch = ReportBatch.read(payload_of(envelope))
        return read_lines(box, batch.reports)

    def _enter(self, books: Books, box: BoxId, journal: Journal, line: Line) -> None:
        assert line.report is not None
        now = self._agenda.now_us
        match line.report.body:
            case AiringStarted() | AiringEnded() as body:
                self._airing(books, body, box)
            case OrderAccepted(airing=airing):
                if airing in books.entries:
                    books.entries[airing] = replace(books.entries[airing], accepted=True)
                else:
                    books.mishaps.append(f"order_unknown {box}")
            case PlanAccepted(seq=seq):
                mine = [one for one in books.entries.values() if one.key.cluster == self._boxes[box][0]]
                at_us = now if line.report.at_us is None else line.report.at_us
                for closed in close([one.airing for one in mine], journal.plan_acked, seq, at_us):
                    books.entries[closed.id] = replace(books.entries[closed.id], airing=closed)
                journal.plan_acked = max(journal.plan_acked, seq)
            case _:
                pass

    def _airing(self, books: Books, body: AiringStarted | AiringEnded, box: BoxId) -> None:
        entry = books.entries.get(body.airing)
        if entry is None or entry.key.cluster != self._boxes[box][0]:
            books.mishaps.append(f"airing_unknown {box} {body.airing}")
            return
        try:
            known = apply(body, entry.airing, self._agenda.now_us)
        except Contradiction as error:
            books.mishaps.append(f"{error} {box}")
            return
        books.entries[body.airing] = replace(entry, airing=known)

    def _hint(self, clusters: Sequence[ClusterId]) -> None:
        now = self._agenda.now_us
        for box, (cluster, _) in self._boxes.items():
            if cluster in clusters:
                hint = Hint(**head_of(box_audience(box), now, now + 15 * MINUTE, now), etag="")
                self._push(box, self._sealed(hint, KEYS["schedule"]))

    def _next(self, books: Books, kind: Kind, cluster: ClusterId, key: SigningKey = KEYS["schedule"]) -> int:
        stream = (str(key.id), str(kind), str(cluster))
        books.streams[stream] = books.streams.get(stream, 0) + 1
        return books.streams[stream]

    def _config(self, box: BoxId, cluster: ClusterId) -> Envelope:
        now = self._agenda.now_us
        config = BoxConfig(
            **head_of(box_audience(box), now - DAY, now + 3650 * DAY, 1),
            box=box,
            cluster=cluster,
            village=VILLAGE,
            loudspeakers=tuple(LoudspeakerConfig(number=number) for number in HORNS),
        )
        return self._sealed(config, KEYS["schedule"])

    def _sealed(self, statement: Statement, key: SigningKey) -> Envelope:
        return statement.seal([key])
