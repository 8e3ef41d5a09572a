"""What travels between box and station as single datagrams, told apart by the first byte.

What begins with `{` asks or tells the time (clock.py). Of the rest the first byte names the kind:

- HAIL, box to station: "I am reached where this comes from", keyed with the box's access secret and stamped;
- ORDER, station to box: a signed order, packed; the same that comes by the broker and by pulling;
- HEARD, box to station: the box's signed answer to an order, packed.

None is larger than LARGEST_DATAGRAM, so that no road has to cut it in pieces.
"""

from __future__ import annotations

import hashlib
import hmac
import struct
from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from speaker_client.protocol.clock import LARGEST_DATAGRAM
from speaker_client.protocol.envelope import Envelope
from speaker_client.protocol.ids import SECOND, BoxId, OrderId
from speaker_client.protocol.packing import pack
from speaker_client.protocol.statement import Kind, Role, Statement

TIME, HAIL, ORDER, HEARD = b"{", b"H", b"O", b"A"

HAIL_EVERY_S = 25
"""Sooner than any carrier's gateway forgets where a datagram came from. 41 bytes, 0.24 MB a day with all headers."""
HAIL_FRESH_US = 15 * SECOND
"""A hail that is further from the station's clock is not believed: it may have been kept and said again."""

_DOMAIN = b"TIENGLANG-HAIL\0"
_STAMP = struct.Struct(">Q")
_MAC_BYTES = 16


@dataclass(frozen=True)
class Hail:
    """Who says that it is reached here, and when it said so (µs UTC); to be checked with `rings_true`."""

    box: BoxId
    at_us: int
    mac: bytes

    def rings_true(self, access_hash: str) -> bool:
        """Whether the box of that access secret (its SHA-256 in hex) said so, compared in constant time."""
        return hmac.compare_digest(self.mac, _mac(bytes.fromhex(access_hash), self.box, self.at_us))


def hail(box: BoxId, access: str, at_us: int) -> bytes:
    """The datagram by which the station learns where the box is."""
    key = hashlib.sha256(access.encode()).digest()
    return HAIL + _STAMP.pack(at_us) + _mac(key, box, at_us) + box.encode()


def read_hail(data: bytes) -> Hail | None:
    """The hail in a datagram, unchecked; None if it is none."""
    matter = data[len(HAIL) :]
    stamp, mac, box = matter[: _STAMP.size], matter[_STAMP.size :][:_MAC_BYTES], matter[_STAMP.size + _MAC_BYTES :]
    if not data.startswith(HAIL) or not box or len(box) > 64 or not box.isascii():
        return None
    return Hail(BoxId(box.decode()), _STAMP.unpack(stamp)[0], mac)


def _mac(key: bytes, box: BoxId, at_us: int) -> bytes:
    return hmac.digest(key, _DOMAIN + _STAMP.pack(at_us) + box.encode(), "sha256")[:_MAC_BYTES]


class Heard(Statement):
    """The box has this order on its own disk and obeys it. Said again whenever the order comes again.

    `what` is the order's `fingerprint`; `order` its id, None for a stop. `not_before_us` is when it was heard.
    """

    kind: Literal[Kind.HEARD] = Kind.HEARD
    role: Literal[Role.DEVICE] = Role.DEVICE
    box: BoxId
    what: str = Field(pattern="^[0-9a-f]{32}$")
    order: OrderId | None = None


def fingerprint(order: Envelope) -> str:
    """The short name of a signed order: the first 32 hex digits of the SHA-256 of its payload."""
    return hashlib.sha256(order.payload.encode()).hexdigest()[:32]


def datagram(kind: bytes, data: bytes) -> bytes | None:
    """A packed message as one datagram; None if it is too large for one."""
    packed = kind + pack(data)
    return packed if len(packed) <= LARGEST_DATAGRAM else None
