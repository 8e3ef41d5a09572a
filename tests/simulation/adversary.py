"""Whoever owns the broker or the road: replays, misdelivers, holds back, forges. He has every message and no key."""

from __future__ import annotations

import random

from speaker_client.protocol.bundle import Bundle
from speaker_client.protocol.envelope import Envelope, canonical, payload_of
from speaker_client.protocol.ids import HOUR, SECOND, BoxId
from speaker_client.protocol.report import Fork, chain_hash
from tests.simulation.commune import KEYS
from tests.simulation.road import Refusal


class Adversary:
    """Keeps all he ever saw."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self._messages: list[Envelope] = []
        self._stops: list[Envelope] = []
        self._bundles: dict[BoxId, list[Bundle]] = {}
        self._acks: list[Envelope] = []
        self._tokens: list[Envelope] = []

    def lets_pass(self, message: Envelope) -> bool:
        """A message to a box passes, and is kept; some stops he keeps for later."""
        self._messages.append(message)
        if '"kind":"stop"' not in message.payload:
            return True
        self._stops.append(message)
        return self._dice.random() > 0.4

    def message(self) -> bytes | None:
        """Something to send to a box, whichever."""
        if not self._messages:
            return None
        old = self._dice.choice(self._stops if self._stops and self._dice.random() < 0.6 else self._messages)
        sent = self._dice.choice([old, old, old, self._forged(old), self._broken(old)])
        return sent.encode()

    def bundle(self, box: BoxId, true: Bundle) -> Bundle:
        """What the box gets instead of the true answer."""
        self._bundles.setdefault(box, []).append(true)
        if self._dice.random() > 0.08:
            return true
        other = self._dice.choice(self._bundles[self._dice.choice(list(self._bundles))])
        return self._dice.choice(
            [
                other,
                self._dice.choice(self._bundles[box]),
                true.model_copy(update={"plan": other.plan, "inbox": (*true.inbox, *other.inbox)}),
                true.model_copy(update={"plan": other.plan and self._forged(other.plan)}),
                true.model_copy(update={"plan": true.plan and self._later(true.plan)}),
            ]
        )

    def ack(self, batch: Envelope, true: Envelope) -> Envelope | Refusal:
        """What the box gets instead of the true acknowledgement of its batch."""
        self._acks.append(true)
        if self._dice.random() > 0.08:
            return true
        old = self._dice.choice([true, self._dice.choice(self._acks)])
        further = self._reworded(old, upto=payload_of(old)["upto"] + self._dice.randint(1, 5))
        refusals = [Refusal(None), Refusal(self._dressed(self._fork(batch, true), true).model_dump())]
        return self._dice.choice([old, further, self._dressed(further, true), self._broken(true), *refusals])

    def token(self, true: Envelope) -> Envelope:
        """What the box gets instead of the true time."""
        self._tokens.append(true)
        if self._dice.random() > 0.08:
            return true
        said, shift = payload_of(true), self._dice.choice([-1, 1]) * self._dice.randint(SECOND, HOUR)
        wrong = self._reworded(true, received_us=said["received_us"] + shift, sent_us=said["sent_us"] + shift)
        old = self._dice.choice(self._tokens)
        return self._dice.choice([old, wrong, self._dressed(wrong, true), self._broken(true)])

    def _fork(self, batch: Envelope, true: Envelope) -> Envelope:
        """The station's copy of the journal is said to be another one."""
        head = payload_of(true)
        fork = Fork(
            **{name: head[name] for name in ("station", "audience", "seq", "not_before_us", "expires_us")},
            upto=head["upto"] + self._dice.randint(0, 300),
            head=f"{self._dice.getrandbits(256):064x}",
            answers=chain_hash(payload_of(batch)["reports"][-1]),
        )
        return Envelope(payload=canonical(fork.model_dump(mode="json")), signatures=())

    def _reworded(self, old: Envelope, **changes: int) -> Envelope:
        """Other words under the old signature."""
        return Envelope(payload=canonical(payload_of(old) | changes), signatures=old.signatures)

    def _dressed(self, words: Envelope, true: Envelope) -> Envelope:
        """The words under a stranger's key that calls itself by the true name."""
        value = KEYS["stranger"].sign(words.payload).value
        return Envelope(payload=words.payload, signatures=(true.signatures[0].model_copy(update={"value": value}),))

    def _forged(self, old: Envelope) -> Envelope:
        """Later words under a stranger's key."""
        return self._dressed(self._later(old), old)

    def _later(self, old: Envelope) -> Envelope:
        """A higher number under the old signature."""
        head, found, tail = old.payload.partition('"seq":')
        number = "".join(iter_digits(tail))
        raised = str(int(number or 0) + self._dice.randint(1, 5))
        return Envelope(payload=head + found + raised + tail[len(number) :], signatures=old.signatures)

    def _broken(self, old: Envelope) -> Envelope:
        signature = old.signatures[0]
        place = self._dice.randrange(len(signature.value))
        flipped = signature.value[:place] + f"{int(signature.value[place], 16) ^ 1:x}" + signature.value[place + 1 :]
        return Envelope(payload=old.payload, signatures=(signature.model_copy(update={"value": flipped}),))


def iter_digits(text: str) -> list[str]:
    """The digits that a text begins with."""
    found = []
    for letter in text:
        if not letter.isdigit():
            break
        found.append(letter)
    return found
