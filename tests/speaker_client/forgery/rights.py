"""Attacks with a true key of the station, for what it may not say or in a place where it is not heard."""

from __future__ import annotations

from nacl.signing import SigningKey as PlainKey

from speaker_client.protocol.envelope import Envelope, Signature, canonical
from speaker_client.protocol.priority import Priority
from speaker_client.protocol.report import CHAIN_DOMAIN
from speaker_client.protocol.signature import seal
from speaker_client.protocol.statement import MAY_SIGN, Kind
from tests.speaker_client.forgery.mint import DOCUMENTS, EPOCH, KEYS, SIGNER, Mint, Words
from tests.speaker_client.orders import MADE


def wrong_role(mint: Mint, kind: Kind) -> Words:
    """By a key of the station that may not, under its own role or the one that may."""
    role = mint.dice.choice([one for one in KEYS if one not in MAY_SIGN[kind]])
    statement = mint.fresh(kind)
    if mint.dice.random() < 0.5:
        return seal(canonical({**statement.model_dump(mode="json"), "role": role.value}), [KEYS[role]])
    return statement.seal([KEYS[role]])


def wrong_domain(mint: Mint, kind: Kind) -> Words:
    """The right key's signature, given for something else."""
    true = mint.sealed(mint.fresh(kind))
    plain = PlainKey(KEYS[SIGNER[kind]].seed())
    tag = mint.dice.choice([b"", CHAIN_DOMAIN, b"TIENGLANG-V2\0", b"TIENGLANG-V1"])
    value = plain.sign(tag + true.payload.encode()).signature.hex()
    return Envelope(payload=true.payload, signatures=(Signature(key=true.signatures[0].key, value=value),))


def wrong_place(mint: Mint, kind: Kind) -> Words:
    """A document where another one belongs, or where only orders are heard."""
    return mint.sealed(mint.fresh(mint.dice.choice([one for one in DOCUMENTS if one is not kind])))


def alarm_in_a_plan(mint: Mint, kind: Kind) -> Words | None:
    """The schedule's key sounds the alarm by way of a plan."""
    if kind is not Kind.PLAN:
        return None
    loud = mint.piece().model_copy(update={"priority": mint.dice.choice([90, 99, 100, 10_000])})
    assert loud.priority >= Priority.LIVE_EMERGENCY
    mint.seq += 1
    return mint.sealed(MADE.plan(mint.seq, (mint.piece(), loud), epoch=EPOCH))


ATTACKS = (wrong_role, wrong_domain, wrong_place, alarm_in_a_plan)
