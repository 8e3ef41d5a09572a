"""Which keys speak for the station: signed by the root key that the box learnt at enrolment."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from speaker_client.protocol.envelope import KeyId
from speaker_client.protocol.message import Message
from speaker_client.protocol.statement import Kind, Role, Statement


class TrustedKey(Message):
    """A public key (hex) and what it may sign."""

    public: str
    roles: tuple[Role, ...]


class Keyring(Statement):
    """The whole truth about keys; a higher `seq` replaces it.

    `thresholds`: how many signatures a role needs, 1 unless said.
    """

    kind: Literal[Kind.KEYRING] = Kind.KEYRING
    role: Literal[Role.ROOT] = Role.ROOT
    keys: tuple[TrustedKey, ...]
    thresholds: dict[Role, int] = Field(default_factory=dict)
    revoked: tuple[KeyId, ...] = ()
