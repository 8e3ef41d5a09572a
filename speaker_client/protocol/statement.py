"""What the station may say to a box: the head that every signed statement carries, and who may sign which."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, NewType, Self

from speaker_client.protocol.envelope import Envelope, canonical
from speaker_client.protocol.ids import BoxId, ClusterId, StationId, VillageId
from speaker_client.protocol.message import Message
from speaker_client.protocol.signature import SigningKey, seal

Audience = NewType("Audience", str)
"""Whom a statement is for: `station`, `village:ID`, `cluster:ID` or `box:ID`."""

WHOLE_STATION = Audience("station")


def village_audience(village: VillageId) -> Audience:
    """Every box of a village."""
    return Audience(f"village:{village}")


def cluster_audience(cluster: ClusterId) -> Audience:
    """Whichever box serves the cluster."""
    return Audience(f"cluster:{cluster}")


def box_audience(box: BoxId) -> Audience:
    """One box and no other, wherever it stands."""
    return Audience(f"box:{box}")


class Role(StrEnum):
    """What a key may be trusted with."""

    ROOT = "root"
    SCHEDULE = "schedule"
    ALERT = "alert"
    DRILL = "drill"
    TIME = "time"
    DEVICE = "device"


class Kind(StrEnum):
    """The closed list of statements in this protocol version."""

    KEYRING = "keyring"
    CONFIG = "config"
    PLAN = "plan"
    STOP = "stop"
    EMERGENCY = "emergency"
    DRILL = "drill"
    SHELF = "shelf"
    HINT = "hint"
    TIME = "time"
    ACK = "ack"
    FORK = "fork"
    HEARTBEAT = "heartbeat"
    REPORTS = "reports"
    HEARD = "heard"


MAY_SIGN: dict[Kind, frozenset[Role]] = {
    Kind.KEYRING: frozenset({Role.ROOT}),
    Kind.CONFIG: frozenset({Role.SCHEDULE}),
    Kind.PLAN: frozenset({Role.SCHEDULE}),
    Kind.STOP: frozenset({Role.SCHEDULE, Role.ALERT}),
    Kind.EMERGENCY: frozenset({Role.ALERT}),
    Kind.DRILL: frozenset({Role.DRILL}),
    Kind.SHELF: frozenset({Role.ALERT}),
    Kind.HINT: frozenset({Role.SCHEDULE}),
    Kind.TIME: frozenset({Role.TIME}),
    Kind.ACK: frozenset({Role.SCHEDULE}),
    Kind.FORK: frozenset({Role.SCHEDULE}),
    Kind.HEARTBEAT: frozenset({Role.DEVICE}),
    Kind.REPORTS: frozenset({Role.DEVICE}),
    Kind.HEARD: frozenset({Role.DEVICE}),
}


class Statement(Message):
    """The head of everything that is signed. A lower or equal `seq` of the same stream is never obeyed.

    A stream is (key, kind, audience). `echo` carries the nonce of a box that has no clock yet.
    """

    v: int = 1
    kind: Kind
    role: Role
    station: StationId
    audience: Audience
    epoch: int = 1
    seq: int
    not_before_us: int
    expires_us: int
    echo: str | None = None

    def seal(self, keys: Sequence[SigningKey]) -> Envelope:
        """This statement in an envelope signed with each key."""
        return seal(canonical(self.model_dump(mode="json")), keys)

    @classmethod
    def read(cls, payload: dict[str, Any]) -> Self:
        """The statement in a payload that was checked; pydantic's ValidationError if it is another kind."""
        return cls.model_validate(payload)
