"""The four-stamp time exchange: the box sends a nonce, the station answers with a signed token.

Offset = ((received − t1) + (sent − t4)) / 2 with t1, t4 on the box's monotonic clock; the error is bounded
by half the round trip. The same two messages travel over UDP or HTTP.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from speaker_client.protocol.ids import BoxId
from speaker_client.protocol.message import Message
from speaker_client.protocol.statement import Kind, Role, Statement

LARGEST_DATAGRAM = 1200


class TimeRequest(Message):
    """What time is it? `nonce` is 32 hex digits, used once."""

    v: int = 1
    box: BoxId
    nonce: str = Field(pattern="^[0-9a-f]{32}$")


class TimeToken(Statement):
    """The station's clock when the request arrived and when this left; `echo` is the box's nonce."""

    kind: Literal[Kind.TIME] = Kind.TIME
    role: Literal[Role.TIME] = Role.TIME
    received_us: int
    sent_us: int
