"""What the station says, checked and carried out in order: keyring, config, plan, inbox, acknowledgements.

Synchronous and without input or output of its own, so that the simulation drives the very same code.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Set
from dataclasses import dataclass
from typing import TypeVar

from pydantic import ValidationError

from speaker_client.memory import Acknowledged, Anchored, Change, Journal, Kept, Ratcheted, Reopened
from speaker_client.orders import Orders
from speaker_client.protocol.bundle import Bundle
from speaker_client.protocol.clock import TimeToken
from speaker_client.protocol.command import Stop
from speaker_client.protocol.config import BoxConfig
from speaker_client.protocol.datagram import fingerprint
from speaker_client.protocol.envelope import LARGEST_COMMAND, Envelope, Malformed, payload_of
from speaker_client.protocol.ids import BoxId, ClusterId, LoudspeakerNumber, StationId
from speaker_client.protocol.keyring import Keyring
from speaker_client.protocol.live import LONGEST_US, Live, LiveEmergency, LiveOpen, live_airing
from speaker_client.protocol.order import Drill, Emergency, Order, airing_of
from speaker_client.protocol.plan import Plan
from speaker_client.protocol.report import Ack, Fork, chain_hash
from speaker_client.protocol.report import Refused as RefusedReport
from speaker_client.protocol.shelf import Shelf
from speaker_client.protocol.statement import WHOLE_STATION, Kind, box_audience
from speaker_client.reporter import Reporter
from speaker_client.sync import Exchange, Now, Timeline, floor_us
from speaker_client.trust import (
    FURTHEST_LEAP,
    NEEDS_TIME,
    ORDERS,
    UNTIMELY,
    Accepted,
    Circle,
    Moment,
    NotNewer,
    Refused,
    examine,
    opened,
    within_drill,
    within_schedule,
)

ORDERS_REMEMBERED = 128
"""Orders that need no second look when they come again."""


@dataclass(frozen=True)
class Identity:
    """Who the box has been since it was enrolled; `root` is the station's root key in hex."""

    station: StationId
    box: BoxId
    root: str


class Listener:
    """The box's ear: obeys what is signed, fresh and addressed to it, and reports what is not."""

    def __init__(
        self,
        identity: Identity,
        journal: Journal,
        orders: Orders,
        reporter: Reporter,
        on_config: Callable[[BoxConfig], None] = lambda config: None,
        on_order: Callable[[Envelope], None] = lambda order: None,
        on_doubt: Callable[[], None] = lambda: None,
    ) -> None:
        """`on_order` is told of every order that was obeyed, and of it again when it comes again by message.

        `on_doubt`: what the station signed for us does not fit our clock. One of the two was set.
        """
        self._identity, self._journal, self._orders = identity, journal, orders
        self._reporter, self._on_config, self._on_order, self._on_doubt = reporter, on_config, on_order, on_doubt
        self._obeyed: deque[tuple[str, int]] = deque(maxlen=ORDERS_REMEMBERED)
        self.nonces: set[str] = set()
        """Nonces of time requests that are still out."""
        self._refusals: dict[str, int] = {}
        self.keyring = _kept(journal, "keyring", Keyring)
        self.config = _kept(journal, "config", BoxConfig)
        self.shelf = _kept(journal, "shelf", Shelf)

    def bundle(self, bundle: Bundle, now: Now) -> None:
        """Take in everything that is in force, in the order in which it depends on each other.

        Stops before the orders that they name: what was stopped before it came here does not begin.
        """
        self._take(bundle.keyring, {Kind.KEYRING}, now)
        self._take(bundle.config, {Kind.CONFIG}, now)
        if bundle.shelf:
            self._take(bundle.shelf, {Kind.SHELF}, now)
        for envelope in sorted(bundle.inbox, key=_is_no_stop):
            if not self._was_obeyed(envelope, now):
                self._take(envelope, ORDERS, now)
        if bundle.plan:
            self._take(bundle.plan, {Kind.PLAN}, now)

    def command(self, data: bytes, now: Now) -> str | None:
        """Obey a command that came by message; the entity tag of the news if it is a hint."""
        try:
            envelope = opened(data, LARGEST_COMMAND)
            if self._was_obeyed(envelope, now):
                self._on_order(envelope)  # it is answered again, since the answer may not have come through
                return None
            accepted = examine(envelope, self._circle(), self._journal.memory.streams, self._moment(now))
            if accepted.kind is Kind.HINT:
                return str(accepted.payload.get("etag"))
            if accepted.kind not in ORDERS:
                raise Refused("wrong_place", accepted.kind)
            self._obey(accepted, now)
        except NotNewer:
            pass
        except Refused as refused:
            self._refuse(refused)
        return None

    def token(self, envelope: Envelope, nonce: str, sent_mono_us: int, back_mono_us: int, now: Now) -> Exchange | None:
        """The exchange that a time token completes; None if it is not the answer to our nonce, then still out."""
        try:
            accepted = examine(envelope, self._circle(), {}, self._moment(now))
            token = TimeToken.read(accepted.payload)
        except (Refused, ValidationError) as error:
            if isinstance(error, Refused):
                self._refuse(error)
            return None
        if token.echo != nonce:
            return None
        self.nonces.discard(nonce)
        return Exchange(sent_mono_us, token.received_us, token.sent_us, back_mono_us)

    def anchored(self, timeline: Timeline) -> None:
        """Keep the clock for the next start of the daemon."""
        if timeline.anchor and timeline.anchor != self._journal.memory.anchor:
            self._journal.commit([Anchored(timeline.anchor)])

    def acknowledgement(self, envelope: Envelope, now: Now) -> bool:
        """Let go of the reports that the station has; False if the word is not the station's, or tells nothing new."""
        try:
            accepted = examine(envelope, self._circle(), {}, self._moment(now))
            ack = Ack.read(accepted.payload)
        except (Refused, ValidationError):
            return False
        if accepted.kind is not Kind.ACK or ack.upto <= self._journal.memory.acknowledged:
            return False
        if not self._is_ours(ack.upto, ack.head):
            return False
        self._journal.commit([Acknowledged(ack.upto)])
        return True

    def forked(self, said: object, last: str, now: Now) -> bool:
        """Make our journal and the station's copy one again; False, and nothing changes, if that is not its word.

        `said` came beside the refusal of a batch whose last line has the hash `last`. Where ours only goes further,
        what the station lacks is sent again, or as much of it as is still here; else ours goes on where its copy ends,
        the hole declared. In no case is anything forgotten that it has acknowledged.
        """
        memory, fork = self._journal.memory, self._fork(said, now)
        if fork is None or fork.answers != last:
            return False
        ours = self._is_ours(fork.upto, fork.head)
        if not ours and max(1, memory.acknowledged) <= fork.upto <= memory.n + FURTHEST_LEAP:
            self._journal.commit(self._reporter.rebased(fork.upto, fork.head, now))
            return True
        differs = fork.upto in memory.reports and not ours
        lacking = None if differs else min((n for n in memory.reports if n > fork.upto), default=None)
        if lacking is None or lacking > memory.acknowledged:
            return False
        self._journal.commit([Reopened(lacking - 1)])
        return True

    def flush_refusals(self, now: Now) -> None:
        """Put what was refused since the last time into the journal, one line a code."""
        bodies = [
            RefusedReport(code=code, statement=kind, count=count)
            for (kind, _, code), count in ((key.partition(":"), count) for key, count in self._refusals.items())
        ]
        self._refusals.clear()
        self._journal.commit(self._reporter.lines(bodies, now))

    # -- inside ----------------------------------------------------------------------------------------------

    def _is_ours(self, n: int, head: str) -> bool:
        """Whether we have a line of that number and hash."""
        text = self._journal.memory.reports.get(n)
        return text is not None and chain_hash(text) == head

    def _fork(self, said: object, now: Now) -> Fork | None:
        try:
            accepted = examine(Envelope.model_validate(said), self._circle(), {}, self._moment(now))
            return Fork.read(accepted.payload) if accepted.kind is Kind.FORK else None
        except (Refused, ValidationError):
            return None

    def _take(self, envelope: Envelope, kinds: Set[Kind], now: Now) -> None:
        try:
            accepted = examine(envelope, self._circle(), self._journal.memory.streams, self._moment(now))
            if accepted.kind not in kinds:
                raise Refused("wrong_place", accepted.kind)
            self._obey(accepted, now)
        except NotNewer:
            return
        except Refused as refused:
            self._refuse(refused)

    def _obey(self, accepted: Accepted, now: Now) -> None:
        ratchet = Ratcheted(accepted.stream, accepted.seq)
        keep = Kept(accepted.kind, accepted.envelope.model_dump_json())
        try:
            match accepted.kind:
                case Kind.KEYRING:
                    self._new_keyring(Keyring.read(accepted.payload), [ratchet, keep])
                case Kind.CONFIG:
                    self._new_config(BoxConfig.read(accepted.payload), [ratchet, keep])
                case Kind.SHELF:
                    self._new_shelf(Shelf.read(accepted.payload), [ratchet, keep])
                case Kind.PLAN:
                    self._orders.accept_plan(within_schedule(Plan.read(accepted.payload)), ratchet, keep, now)
                case Kind.STOP:
                    self._orders.accept_stop(Stop.read(accepted.payload), ratchet, now)
                case Kind.EMERGENCY:
                    self._sound(Emergency.read(accepted.payload), ratchet, now)
                case Kind.DRILL:
                    self._sound(Drill.read(accepted.payload), ratchet, now)
                case Kind.LIVE:
                    self._speak(LiveOpen.read(accepted.payload), ratchet, now)
                case Kind.LIVE_EMERGENCY:
                    self._speak(LiveEmergency.read(accepted.payload), ratchet, now)
                case _:
                    raise Refused("wrong_place", accepted.kind)
        except ValidationError as error:
            raise Refused("malformed", accepted.kind) from error
        if accepted.kind in ORDERS:
            self._obeyed.append((fingerprint(accepted.envelope), accepted.payload["expires_us"]))
            self._on_order(accepted.envelope)

    def _was_obeyed(self, order: Envelope, now: Now) -> bool:
        """Whether these very words were, and are still in force; what has expired is looked at like a stranger's."""
        name = fingerprint(order)
        return any(name == one and (now.utc_us or 0) <= expires_us for one, expires_us in self._obeyed)

    def _new_keyring(self, keyring: Keyring, changes: list[Change]) -> None:
        self._journal.commit(changes)
        self.keyring = keyring

    def _new_config(self, config: BoxConfig, changes: list[Change]) -> None:
        if config.box != self._identity.box:
            raise Refused("not_addressed", Kind.CONFIG)
        self._journal.commit(changes)
        self.config = config
        self._on_config(config)

    def _new_shelf(self, shelf: Shelf, changes: list[Change]) -> None:
        self._journal.commit(changes)
        self.shelf = shelf

    def _sound(self, order: Order, ratchet: Ratcheted, now: Now) -> None:
        cluster, everyone = self._here(order.kind)
        planned = airing_of(order, cluster, everyone)
        if order.kind is Kind.DRILL:
            within_drill(planned, self.shelf)
        self._orders.accept_order(order, planned, ratchet, now)

    def _speak(self, live: Live, ratchet: Ratcheted, now: Now) -> None:
        if not live.start_us < live.until_us <= live.start_us + LONGEST_US:
            raise Refused("too_long", live.kind)
        cluster, everyone = self._here(live.kind)
        self._orders.accept_order(live, live_airing(live, cluster, everyone), ratchet, now)

    def _here(self, kind: Kind) -> tuple[ClusterId, list[LoudspeakerNumber]]:
        if self.config is None:
            raise Refused("no_config", kind)
        return self.config.cluster, [one.number for one in self.config.loudspeakers]

    def _refuse(self, refused: Refused) -> None:
        if refused.code in UNTIMELY and refused.kind in NEEDS_TIME:
            self._on_doubt()
        key = f"{refused.kind}:{refused.code}"
        if key in self._refusals or len(self._refusals) < 32:
            self._refusals[key] = self._refusals.get(key, 0) + 1

    def _circle(self) -> Circle:
        audiences = frozenset({WHOLE_STATION, box_audience(self._identity.box)})
        if self.config:
            audiences |= self.config.audiences()
        return Circle(self._identity.station, self._identity.root, self.keyring, audiences)

    def _moment(self, now: Now) -> Moment:
        return Moment(now.utc_us, floor_us(self._journal.memory.anchor), frozenset(self.nonces))


Document = TypeVar("Document", Keyring, BoxConfig, Shelf)


def _kept(journal: Journal, kind: str, form: type[Document]) -> Document | None:
    text = journal.memory.documents.get(kind)
    return form.read(payload_of(Envelope.model_validate_json(text))) if text else None


def _is_no_stop(order: Envelope) -> bool:
    """By its own word; whether that is to be believed is looked at when it is taken."""
    try:
        return payload_of(order).get("kind") != Kind.STOP
    except Malformed:
        return True
