"""Attacks with a signature that is not the station's, or is none of these words'."""

from __future__ import annotations

from speaker_client.protocol.envelope import Envelope, Signature
from speaker_client.protocol.statement import Kind
from tests.speaker_client.forgery.mint import REVOKED, STRANGER, Mint, Words


def forged(mint: Mint, kind: Kind) -> Words:
    """A stranger's key."""
    return mint.fresh(kind).seal([STRANGER])


def borrowed_name(mint: Mint, kind: Kind) -> Words:
    """A stranger's signature under the name of the true key."""
    true = mint.sealed(mint.fresh(kind))
    value = STRANGER.sign(true.payload).value
    return Envelope(payload=true.payload, signatures=(Signature(key=true.signatures[0].key, value=value),))


def reworded(mint: Mint, kind: Kind) -> Words:
    """New words under an old signature."""
    old = mint.dice.choice(mint.heard)
    return Envelope(payload=mint.sealed(mint.fresh(kind)).payload, signatures=old.signatures)


def revoked(mint: Mint, kind: Kind) -> Words:
    """A key that the keyring names, and has revoked."""
    return mint.fresh(kind).seal([REVOKED])


ATTACKS = (forged, borrowed_name, reworded, revoked)
