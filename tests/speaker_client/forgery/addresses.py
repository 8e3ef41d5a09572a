"""Attacks with what is meant for somebody else."""

from __future__ import annotations

from speaker_client.protocol.statement import Kind
from tests.speaker_client.forgery.mint import Mint, Words


def misaddressed(mint: Mint, kind: Kind) -> Words:
    """For somebody else."""
    audience = mint.dice.choice(["cluster:cum-2", "box:box-2", "village:thon-2", " ", "stations", "cluster:", "*"])
    return mint.sealed(mint.fresh(kind, audience=audience))


def wrong_station(mint: Mint, kind: Kind) -> Words:
    """For the neighbours."""
    return mint.sealed(mint.fresh(kind, station=mint.dice.choice(["tay-ho-2", "", "TAY-HO", "*"])))


def wrong_version(mint: Mint, kind: Kind) -> Words:
    """In a version that this box does not speak."""
    return mint.sealed(mint.fresh(kind, v=mint.dice.choice([0, 2, -1, 1 << 40])))


ATTACKS = (misaddressed, wrong_station, wrong_version)
