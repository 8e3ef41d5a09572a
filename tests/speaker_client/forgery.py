"""Whoever would speak for the station: every class of command that a box must not obey, and the good ones between.

An attack is a command that would be obeyed but for one thing. It is obeyed if the deck was told anything or the journal
took anything over; return values are not asked.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nacl.signing import SigningKey as PlainKey

from speaker_client.protocol.bundle import read_bundle
from speaker_client.protocol.envelope import LARGEST_COMMAND, Envelope, Malformed, Signature, canonical, parse
from speaker_client.protocol.ids import DAY, HOUR, MINUTE, SECOND, AiringId
from speaker_client.protocol.keyring import TrustedKey
from speaker_client.protocol.order import Order
from speaker_client.protocol.plan import PlannedAiring
from speaker_client.protocol.priority import Priority
from speaker_client.protocol.report import CHAIN_DOMAIN
from speaker_client.protocol.shelf import Shelf
from speaker_client.protocol.signature import SigningKey, seal
from speaker_client.protocol.statement import MAY_SIGN, WHOLE_STATION, Kind, Role, Statement
from speaker_client.sync import Now, Trust
from tests.speaker_client.orders import MADE, MESSAGE, SIREN, airing, drill, emergency, item, song
from tests.speaker_client.station_of_tests import STATION
from tests.speaker_client.victim import Tally, Victim

EPOCH = 3
KEYS = {
    Role.ROOT: MADE.root,
    Role.SCHEDULE: MADE.schedule,
    Role.ALERT: MADE.alert,
    Role.DRILL: MADE.drill,
    Role.TIME: MADE.time,
}
SIGNER = {
    Kind.KEYRING: Role.ROOT,
    Kind.CONFIG: Role.SCHEDULE,
    Kind.PLAN: Role.SCHEDULE,
    Kind.STOP: Role.SCHEDULE,
    Kind.EMERGENCY: Role.ALERT,
    Kind.DRILL: Role.DRILL,
    Kind.SHELF: Role.ALERT,
}
ORDERS = (Kind.EMERGENCY, Kind.DRILL, Kind.STOP)
DOCUMENTS = (Kind.KEYRING, Kind.CONFIG, Kind.PLAN, Kind.SHELF)
STRANGER, REVOKED = SigningKey.born(), SigningKey.born()
NONCE = "e" * 32


Words = Envelope | bytes


class Battery:
    """Attacks on one box, with good commands between them."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.box, self.tally = Victim(folder), Tally()
        self._dice = random.Random(seed)
        self._seq = 10
        self._heard: list[Envelope] = []
        self._in_force: dict[Kind, Envelope] = {}
        self._never_sent = {kind: [self.sealed(self.fresh(kind)) for _ in range(3)] for kind in DOCUMENTS}
        for kind in DOCUMENTS:
            self._good(kind)
        self.tally = Tally()

    def run(self, attacks: int, good: int) -> Tally:
        """So many of each, mixed."""
        kinds = [True] * attacks + [False] * good
        self._dice.shuffle(kinds)
        for n, attack in enumerate(kinds):
            if attack:
                while not self.attack(self._dice.choice(list(CLASSES))):
                    pass
            else:
                self._good(self._dice.choice([*ORDERS, *ORDERS, *DOCUMENTS]))
            if n % 1000 == 0:
                self.box.listener.flush_refusals(self.box.time)
        return self.tally

    # -- attacks -----------------------------------------------------------------------------------------------

    def attack(self, name: str) -> bool:
        """One attack of the class, by roads of the dice's choice; False if there is none for what the dice say."""
        kind = self._dice.choice(list(SIGNER))
        words = CLASSES[name](self, kind)
        if words is None:
            return False
        self.tally.attacks[name] += 1
        before, time = self.box.told, self._clockless() if name in CLOCKLESS else self.box.time
        self.box.listener.nonces = {NONCE}
        try:
            if name in BY_MESSAGE or self._dice.random() < 0.5:
                self.box.listener.command(words.encode() if isinstance(words, Envelope) else words, time)
            if name not in BY_MESSAGE:
                self._pull(words, kind, time)
        except Exception:  # what gets through is a crash of the box, and counted: the figure is 0
            self.tally.crashes[name] += 1
        self.tally.obeyed[name] += self.box.told != before
        return True

    def _pull(self, words: Words, kind: Kind, time: Now) -> None:
        """In the answer to the box's question, whose other parts are true."""
        parts: dict[str, Any] = {name.value: json.loads(true.encode()) for name, true in self._in_force.items()}
        parts |= {kind.value: "HERE"} if kind in DOCUMENTS else {"inbox": ["HERE"]}
        here = words.encode() if isinstance(words, Envelope) else words
        try:
            bundle = read_bundle(json.dumps(parts).encode().replace(b'"HERE"', here))
        except Malformed:
            return
        self.box.listener.bundle(bundle, time)

    def _clockless(self) -> Now:
        return Now(self.box.now, None, None, Trust.FLOOR)

    # -- good ones ---------------------------------------------------------------------------------------------

    def _good(self, kind: Kind) -> None:
        """One that must be obeyed; what it sounded is over afterwards."""
        self.box.later(self._dice.randint(1, 1000) * 1000)
        sounding = self._sounding() if kind is Kind.STOP else None
        statement = self.fresh(kind)
        if sounding and self._dice.random() < 0.5:
            statement = statement.model_copy(update={"airings": (sounding,)})
        envelope = self.sealed(statement)
        self.tally.good_sent[kind] += 1
        if kind in DOCUMENTS:
            self._in_force[kind] = envelope
        if kind in ORDERS and self._dice.random() < 0.5:
            self.box.listener.command(envelope.encode(), self.box.time)
        else:
            self._pull(envelope, kind, self.box.time)
        self.tally.good_obeyed[kind] += self._is_obeyed(statement, envelope, sounding)
        self._heard.append(envelope)
        for one, cue in list(self.box.deck.cues.items()):
            self.box.ends(one, cue.length_us)
            del self.box.deck.cues[one]

    def _sounding(self) -> AiringId:
        order = self.fresh(Kind.EMERGENCY)
        self._heard.append(self.sealed(order))
        self.box.listener.command(self._heard[-1].encode(), self.box.time)
        assert isinstance(order, Order)
        return airing(order)

    def _is_obeyed(self, statement: Statement, envelope: Envelope, sounding: AiringId | None) -> bool:
        memory, deck = self.box.journal.memory, self.box.deck
        if isinstance(statement, Order):
            return deck.released[-1] == airing(statement) and airing(statement) in memory.standings
        if sounding:
            return sounding in deck.cuts and sounding in memory.tombstones
        return memory.documents[statement.kind] == envelope.model_dump_json()

    # -- what would be obeyed ------------------------------------------------------------------------------------

    def fresh(self, kind: Kind, **changes: object) -> Any:
        """A statement that is news, fresh and addressed to the box."""
        self._seq += 1
        changes = {"epoch": EPOCH, **changes}
        now, seq = self.box.now, self._seq
        if kind in (Kind.EMERGENCY, Kind.DRILL):
            make = emergency if kind is Kind.EMERGENCY else drill
            return make(seq, "0", now, **{"id": f"{self._dice.getrandbits(128):032x}", **changes})
        if kind is Kind.STOP:
            times = {"not_before_us": now - MINUTE, "expires_us": now + 15 * MINUTE}
            return MADE.stop(seq, **{**times, **changes})
        if kind is Kind.PLAN:
            return MADE.plan(seq, (self._piece(),), **changes)
        if kind is Kind.CONFIG:
            return MADE.config(seq).model_copy(update=changes)
        if kind is Kind.SHELF:
            return self._shelf(seq).model_copy(update=changes)
        keyring = MADE.keyring(seq)
        keys = (*keyring.keys, TrustedKey(public=REVOKED.public, roles=tuple(KEYS)))
        return keyring.model_copy(update={"keys": keys, "revoked": (REVOKED.id,), **changes})

    def sealed(self, statement: Statement) -> Envelope:
        """By the key that may."""
        return statement.seal([KEYS[SIGNER[statement.kind]]])

    def _piece(self) -> PlannedAiring:
        piece = song(self.box.now + DAY, resumes=False)
        return piece.model_copy(update={"id": AiringId(f"{self._dice.getrandbits(128):032x}")})

    def _shelf(self, seq: int) -> Shelf:
        return Shelf(
            station=STATION,
            audience=WHOLE_STATION,
            seq=seq,
            not_before_us=0,
            expires_us=self.box.now + DAY,
            items=(item(SIREN, 5), item(MESSAGE, 20)),
        )

    # -- the classes -----------------------------------------------------------------------------------------------

    def forged(self, kind: Kind) -> Words:
        """A stranger's key."""
        return self.fresh(kind).seal([STRANGER])

    def borrowed_name(self, kind: Kind) -> Words:
        """A stranger's signature under the name of the true key."""
        true = self.sealed(self.fresh(kind))
        value = STRANGER.sign(true.payload).value
        return Envelope(payload=true.payload, signatures=(Signature(key=true.signatures[0].key, value=value),))

    def reworded(self, kind: Kind) -> Words:
        """New words under an old signature."""
        old = self._dice.choice(self._heard)
        return Envelope(payload=self.sealed(self.fresh(kind)).payload, signatures=old.signatures)

    def revoked(self, kind: Kind) -> Words:
        """A key that the keyring names, and has revoked."""
        return self.fresh(kind).seal([REVOKED])

    def replayed(self, kind: Kind) -> Words | None:
        """What was obeyed before, as it was or dressed anew."""
        known = [one for one in self._heard if f'"kind":"{kind.value}"' in one.payload]
        if not known:
            return None
        old = self._dice.choice(known)
        dress = self._dice.randrange(3)
        if dress == 0 and kind in ORDERS:
            return json.dumps(json.loads(old.encode()), indent=2).encode()
        if dress == 1:
            loud = tuple(one.model_copy(update={"value": one.value.upper()}) for one in old.signatures)
            return Envelope(payload=old.payload, signatures=(STRANGER.sign(old.payload), *loud))
        return old

    def rolled_back(self, kind: Kind) -> Words:
        """Older than what is in force: signed by the station, and never sent; or of an epoch that is over."""
        if kind in ORDERS or self._dice.random() < 0.5:
            return self.sealed(self.fresh(kind, epoch=self._dice.randrange(EPOCH)))
        return self._dice.choice(self._never_sent[kind])

    def leapt(self, kind: Kind) -> Words | None:
        """So far ahead that nothing could follow it."""
        return None if kind in ORDERS else self.sealed(self.fresh(kind).model_copy(update={"seq": 1 << 50}))

    def expired(self, kind: Kind) -> Words:
        """Its time is over."""
        late = self.box.now - self._dice.randint(1, HOUR)
        return self.sealed(self.fresh(kind, not_before_us=late - HOUR, expires_us=late))

    def premature(self, kind: Kind) -> Words:
        """Its time has not come."""
        early = self.box.now + self._dice.randint(6 * SECOND, HOUR)
        return self.sealed(self.fresh(kind, not_before_us=early, expires_us=early + HOUR))

    def without_clock(self, _kind: Kind) -> Words:
        """To a box that has no clock, and without its nonce."""
        echo = self._dice.choice([None, "f" * 32, "", NONCE[:-1]])
        return self.sealed(self.fresh(self._dice.choice(ORDERS), echo=echo))

    def misaddressed(self, kind: Kind) -> Words:
        """For somebody else."""
        audience = self._dice.choice(["cluster:cum-2", "box:box-2", "village:thon-2", " ", "stations", "cluster:", "*"])
        return self.sealed(self.fresh(kind, audience=audience))

    def wrong_station(self, kind: Kind) -> Words:
        """For the neighbours."""
        return self.sealed(self.fresh(kind, station=self._dice.choice(["tay-ho-2", "", "TAY-HO", "*"])))

    def wrong_version(self, kind: Kind) -> Words:
        """In a version that this box does not speak."""
        return self.sealed(self.fresh(kind, v=self._dice.choice([0, 2, -1, 1 << 40])))

    def wrong_role(self, kind: Kind) -> Words:
        """By a key of the station that may not, under its own role or the one that may."""
        role = self._dice.choice([one for one in KEYS if one not in MAY_SIGN[kind]])
        statement = self.fresh(kind)
        if self._dice.random() < 0.5:
            return seal(canonical({**statement.model_dump(mode="json"), "role": role.value}), [KEYS[role]])
        return statement.seal([KEYS[role]])

    def wrong_domain(self, kind: Kind) -> Words:
        """The right key's signature, given for something else."""
        true = self.sealed(self.fresh(kind))
        plain = PlainKey(KEYS[SIGNER[kind]].seed())
        tag = self._dice.choice([b"", CHAIN_DOMAIN, b"TIENGLANG-V2\0", b"TIENGLANG-V1"])
        value = plain.sign(tag + true.payload.encode()).signature.hex()
        return Envelope(payload=true.payload, signatures=(Signature(key=true.signatures[0].key, value=value),))

    def wrong_place(self, kind: Kind) -> Words:
        """A document where another one belongs, or where only orders are heard."""
        return self.sealed(self.fresh(self._dice.choice([one for one in DOCUMENTS if one is not kind])))

    def alarm_in_a_plan(self, kind: Kind) -> Words | None:
        """The schedule's key sounds the alarm by way of a plan."""
        if kind is not Kind.PLAN:
            return None
        loud = self._piece().model_copy(update={"priority": self._dice.choice([90, 99, 100, 10_000])})
        assert loud.priority >= Priority.LIVE_EMERGENCY
        self._seq += 1
        return self.sealed(MADE.plan(self._seq, (self._piece(), loud), epoch=EPOCH))

    def truncated(self, kind: Kind) -> Words:
        """Not all of it came."""
        data = self.sealed(self.fresh(kind)).encode()
        return data[: self._dice.randrange(len(data))]

    def bit_flipped(self, kind: Kind) -> Words | None:
        """One bit is another one."""
        envelope = self.sealed(self.fresh(kind))
        data = bytearray(envelope.encode())
        data[self._dice.randrange(len(data))] ^= 1 << self._dice.randrange(8)
        try:
            found = parse(bytes(data), 1 << 20)
        except Malformed:
            return bytes(data)
        lower = [(one.key, one.value.lower()) for one in found.signatures]
        same = lower == [(one.key, one.value) for one in envelope.signatures] and found.payload == envelope.payload
        return None if same else bytes(data)  # a hex digit in capitals is the same signature

    def doubled_key(self, kind: Kind) -> Words:
        """A key stands twice: each reader would read another thing."""
        true = self.sealed(self.fresh(kind))
        if self._dice.random() < 0.5:
            name = self._dice.choice(["audience", "station", "kind", "seq", "expires_us", "role"])
            value = json.loads(true.payload)[name]
            return seal("{" + canonical(name) + ":" + canonical(value) + "," + true.payload[1:], [KEYS[SIGNER[kind]]])
        data = true.encode()
        return b'{"payload":' + canonical(self._dice.choice(self._heard).payload).encode() + b"," + data[1:]

    def not_canonical(self, kind: Kind) -> Words:
        """Signed by the right key, in a text that could be read in two ways."""
        value = self.fresh(kind).model_dump(mode="json")
        texts = [
            json.dumps(value, sort_keys=True, ensure_ascii=False),
            canonical(value) + " ",
            canonical({**value, "x": 0}).replace('"x":0', '"x":-0'),
            canonical({**value, "x": 0}).replace('"x":0', '"x":1.0'),
            canonical({**value, "x": 0}).replace('"x":0', '"x":NaN'),
            canonical({**value, "x": 1 << 60}),
            canonical([value]),
            "null",
        ]
        return seal(self._dice.choice(texts), [KEYS[SIGNER[kind]]])

    def oversized(self, _kind: Kind) -> Words:
        """Longer than any command."""
        order = self.fresh(self._dice.choice(ORDERS))
        long = order.model_copy(update={"by": "x" * LARGEST_COMMAND})
        return self.sealed(long).encode()

    def half_character(self, kind: Kind) -> Words:
        """Half a surrogate pair somewhere in a text: JSON has it, no bytes stand for it."""
        true = self.sealed(self.fresh(kind)).encode().decode()
        texts = [place for place in range(len(true)) if true[place].isalnum()]
        place = self._dice.choice(texts)
        half = "\\ud800" if true[place - 1] != "\\" else "ud800"
        return f"{true[:place]}{half}{true[place + 1 :]}".encode()

    def deep(self, kind: Kind) -> Words:
        """Nested until the reader's stack ends: outside, in the text, and under the signature of a key that may not."""
        depth = self._dice.choice([50, 300, *range(900, 1010, 5), 3000])
        nest = self._dice.choice(["[" * depth + "]" * depth, '{"a":' * depth + "1" + "}" * depth, "[" * depth])
        way = self._dice.randrange(3)
        if way == 0:
            return nest.encode()
        if way == 1:
            return f'{{"payload":{nest},"signatures":[]}}'.encode()
        text = canonical({**self.fresh(kind).model_dump(mode="json"), "role": "time", "x": 0})
        return seal(text.replace('"x":0', f'"x":{nest}'), [MADE.time])

    def ill_typed(self, kind: Kind) -> Words:
        """Signed by the right key, and not what the form says."""
        value = self.fresh(kind).model_dump(mode="json")
        heads = ["v", "kind", "role", "station", "audience", "epoch", "seq", "not_before_us", "expires_us"]
        name = self._dice.choice([*heads, "echo"] * 2 + list(BODIES.get(kind, ())))
        wrong = BODIES.get(kind, {}).get(name, [None, [], {}, True, "1", [1], {"a": []}])
        odd = [[], {}, ["e"], 7] if name == "echo" else [one for one in wrong if one != value.get(name)]
        return seal(canonical({**value, name: self._dice.choice(odd)}), [KEYS[SIGNER[kind]]])


BODIES: dict[Kind, dict[str, list[Any]]] = {
    Kind.EMERGENCY: {"rounds": [0, -1, 501, 1 << 40, None], "first": [[], None, [{}], "x"], "start_us": [None, []]},
    Kind.DRILL: {"rounds": [0, 501, "x"], "first": [[], {}], "again": [None, "x"], "loudspeakers": ["x", [None]]},
    Kind.STOP: {"airings": [None, 1, [1]], "by": [None, [], 1]},
    Kind.PLAN: {"airings": [None, [{}], {}, "x"], "from_us": [None, []]},
    Kind.CONFIG: {
        "loudspeakers": [None, [{}], [{"number": 0}], [{"number": 99}]],
        "box": [None, "box-2"],
        "village": [[]],
    },
    Kind.SHELF: {"items": [None, [{}], [{"content": "../x", "size": 1, "duration_us": 1}]]},
    Kind.KEYRING: {"keys": [None, [{}], [{"public": "", "roles": ["king"]}]], "thresholds": [[], {"king": 1}]},
}
CLASSES: dict[str, Callable[[Battery, Kind], Words | None]] = {
    method.__name__: method
    for method in (
        Battery.forged,
        Battery.borrowed_name,
        Battery.reworded,
        Battery.revoked,
        Battery.replayed,
        Battery.rolled_back,
        Battery.leapt,
        Battery.expired,
        Battery.premature,
        Battery.without_clock,
        Battery.misaddressed,
        Battery.wrong_station,
        Battery.wrong_version,
        Battery.wrong_role,
        Battery.wrong_domain,
        Battery.wrong_place,
        Battery.alarm_in_a_plan,
        Battery.truncated,
        Battery.bit_flipped,
        Battery.doubled_key,
        Battery.not_canonical,
        Battery.oversized,
        Battery.half_character,
        Battery.deep,
        Battery.ill_typed,
    )
}
CLOCKLESS = frozenset({"without_clock"})
BY_MESSAGE = frozenset({"oversized"})
