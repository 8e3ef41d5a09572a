"""Whoever owns the broker or the road: replays, misdelivers, holds back, forges. He has every message and no key."""

from __future__ import annotations

import random

from speaker_client.protocol.bundle import Bundle
from speaker_client.protocol.envelope import Envelope
from speaker_client.protocol.ids import BoxId
from tests.simulation.commune import KEYS


class Adversary:
    """Keeps all he ever saw."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self._messages: list[Envelope] = []
        self._stops: list[Envelope] = []
        self._bundles: dict[BoxId, list[Bundle]] = {}

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
        old = self._dice.choice(self._stops[-6:] if self._stops and self._dice.random() < 0.6 else self._messages)
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

    def _forged(self, old: Envelope) -> Envelope:
        """The same words, or later ones, under a stranger's key that calls itself by the true name."""
        changed = self._later(old)
        value = KEYS["stranger"].sign(changed.payload).value
        return Envelope(payload=changed.payload, signatures=(old.signatures[0].model_copy(update={"value": value}),))

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
