"""Attacks with what the station did say, or would: at another time."""

from __future__ import annotations

import json

from speaker_client.protocol.envelope import Envelope
from speaker_client.protocol.ids import HOUR, SECOND
from speaker_client.protocol.statement import Kind
from tests.speaker_client.forgery.mint import EPOCH, NONCE, ORDERS, STRANGER, Mint, Words


def replayed(mint: Mint, kind: Kind) -> Words | None:
    """What was obeyed before, as it was or dressed anew."""
    known = [one for one in mint.heard if f'"kind":"{kind.value}"' in one.payload]
    if not known:
        return None
    old = mint.dice.choice(known)
    dress = mint.dice.randrange(3)
    if dress == 0 and kind in ORDERS:
        return json.dumps(json.loads(old.encode()), indent=2).encode()
    if dress == 1:
        loud = tuple(one.model_copy(update={"value": one.value.upper()}) for one in old.signatures)
        return Envelope(payload=old.payload, signatures=(STRANGER.sign(old.payload), *loud))
    return old


def rolled_back(mint: Mint, kind: Kind) -> Words:
    """Older than what is in force: signed by the station, and never sent; or of an epoch that is over."""
    if kind in ORDERS or mint.dice.random() < 0.5:
        return mint.sealed(mint.fresh(kind, epoch=mint.dice.randrange(EPOCH)))
    return mint.dice.choice(mint.never_sent[kind])


def leapt(mint: Mint, kind: Kind) -> Words | None:
    """So far ahead that nothing could follow it."""
    return None if kind in ORDERS else mint.sealed(mint.fresh(kind).model_copy(update={"seq": 1 << 50}))


def expired(mint: Mint, kind: Kind) -> Words:
    """Its time is over."""
    late = mint.box.now - mint.dice.randint(1, HOUR)
    return mint.sealed(mint.fresh(kind, not_before_us=late - HOUR, expires_us=late))


def premature(mint: Mint, kind: Kind) -> Words:
    """Its time has not come."""
    early = mint.box.now + mint.dice.randint(6 * SECOND, HOUR)
    return mint.sealed(mint.fresh(kind, not_before_us=early, expires_us=early + HOUR))


def without_clock(mint: Mint, _kind: Kind) -> Words:
    """To a box that has no clock, and without its nonce."""
    echo = mint.dice.choice([None, "f" * 32, "", NONCE[:-1]])
    return mint.sealed(mint.fresh(mint.dice.choice(ORDERS), echo=echo))


ATTACKS = (replayed, rolled_back, leapt, expired, premature, without_clock)
