"""What the station itself would say to one box, from which every attack is made."""

from __future__ import annotations

import random
from typing import Any

from speaker_client.protocol.envelope import Envelope
from speaker_client.protocol.ids import DAY, MINUTE, AiringId
from speaker_client.protocol.keyring import TrustedKey
from speaker_client.protocol.plan import PlannedAiring
from speaker_client.protocol.shelf import Shelf
from speaker_client.protocol.signature import SigningKey
from speaker_client.protocol.statement import WHOLE_STATION, Kind, Role, Statement
from tests.speaker_client.orders import MADE, MESSAGE, SIREN, drill, emergency, item, song
from tests.speaker_client.station_of_tests import STATION
from tests.speaker_client.victim import Victim

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


class Mint:
    """Statements that the box would obey. `heard`: what it was told and did obey; `never_sent`: documents that are
    older than any that it was told."""

    def __init__(self, box: Victim, dice: random.Random) -> None:
        self.box, self.dice, self.seq = box, dice, 10
        self.heard: list[Envelope] = []
        self.never_sent = {kind: [self.sealed(self.fresh(kind)) for _ in range(3)] for kind in DOCUMENTS}

    def fresh(self, kind: Kind, **changes: object) -> Any:
        """A statement that is news, fresh and addressed to the box."""
        self.seq += 1
        changes = {"epoch": EPOCH, **changes}
        now, seq = self.box.now, self.seq
        if kind in (Kind.EMERGENCY, Kind.DRILL):
            make = emergency if kind is Kind.EMERGENCY else drill
            return make(seq, "0", now, **{"id": f"{self.dice.getrandbits(128):032x}", **changes})
        if kind is Kind.STOP:
            times = {"not_before_us": now - MINUTE, "expires_us": now + 15 * MINUTE}
            return MADE.stop(seq, **{**times, **changes})
        if kind is Kind.PLAN:
            return MADE.plan(seq, (self.piece(),), **changes)
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

    def piece(self) -> PlannedAiring:
        """Something for a plan."""
        piece = song(self.box.now + DAY, resumes=False)
        return piece.model_copy(update={"id": AiringId(f"{self.dice.getrandbits(128):032x}")})

    def _shelf(self, seq: int) -> Shelf:
        return Shelf(
            station=STATION,
            audience=WHOLE_STATION,
            seq=seq,
            not_before_us=0,
            expires_us=self.box.now + DAY,
            items=(item(SIREN, 5), item(MESSAGE, 20)),
        )
