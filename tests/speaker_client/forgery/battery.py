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

from speaker_client.protocol.bundle import read_bundle
from speaker_client.protocol.envelope import Envelope, Malformed
from speaker_client.protocol.ids import AiringId
from speaker_client.protocol.order import Order
from speaker_client.protocol.statement import Kind, Statement
from speaker_client.sync import Now, Trust
from tests.speaker_client.forgery import addresses, forms, rights, signatures, times
from tests.speaker_client.forgery.mint import DOCUMENTS, NONCE, ORDERS, SIGNER, Mint, Words
from tests.speaker_client.orders import airing
from tests.speaker_client.victim import Tally, Victim

CLASSES: dict[str, Callable[[Mint, Kind], Words | None]] = {
    attack.__name__: attack for module in (signatures, times, addresses, rights, forms) for attack in module.ATTACKS
}
"""An attack answers None where there is none for what the dice say."""
CLOCKLESS = frozenset({"without_clock"})
BY_MESSAGE = frozenset({"oversized"})


class Battery:
    """Attacks on one box, with good commands between them."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.box, self.tally = Victim(folder), Tally()
        self._dice = random.Random(seed)
        self._in_force: dict[Kind, Envelope] = {}
        self.mint = Mint(self.box, self._dice)
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
        words = CLASSES[name](self.mint, kind)
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
        statement = self.mint.fresh(kind)
        if sounding and self._dice.random() < 0.5:
            statement = statement.model_copy(update={"airings": (sounding,)})
        envelope = self.mint.sealed(statement)
        self.tally.good_sent[kind] += 1
        if kind in DOCUMENTS:
            self._in_force[kind] = envelope
        if kind in ORDERS and self._dice.random() < 0.5:
            self.box.listener.command(envelope.encode(), self.box.time)
        else:
            self._pull(envelope, kind, self.box.time)
        self.tally.good_obeyed[kind] += self._is_obeyed(statement, envelope, sounding)
        self.mint.heard.append(envelope)
        for one, cue in list(self.box.deck.cues.items()):
            self.box.ends(one, cue.length_us)
            del self.box.deck.cues[one]

    def _sounding(self) -> AiringId:
        order = self.mint.fresh(Kind.EMERGENCY)
        self.mint.heard.append(self.mint.sealed(order))
        self.box.listener.command(self.mint.heard[-1].encode(), self.box.time)
        assert isinstance(order, Order)
        return airing(order)

    def _is_obeyed(self, statement: Statement, envelope: Envelope, sounding: AiringId | None) -> bool:
        memory, deck = self.box.journal.memory, self.box.deck
        if isinstance(statement, Order):
            return deck.released[-1] == airing(statement) and airing(statement) in memory.standings
        if sounding:
            return sounding in deck.cuts and sounding in memory.tombstones
        return memory.documents[statement.kind] == envelope.model_dump_json()
