"""What travels between box and station as single datagrams, told apart by the first byte.

What begins with `{` asks or tells the time (clock.py). Of the rest the first byte names the kind:

- HAIL, box to station: "I am reached where this comes from", keyed with the box's access secret and stamped;
- HAILED, station to box: "I know now where you are", keyed with the same secret, so that nobody else can say it;
- ORDER, station to box: a signed order, packed; the same that comes by the broker and by pulling;
- HEARD, box to station: the box's signed answer to an order, packed;
- PIECE, station to box: a stretch of a content that an order names and no box can have yet.

None is larger than LARGEST_DATAGRAM, so that no road has to cut it in pieces.
"""

from __future__ import annotations

import hashlib
import hmac
import struct
from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from audio_library.content import ContentId
from speaker_client.protocol.clock import LARGEST_DATAGRAM
from speaker_client.protocol.envelope import Envelope
from speaker_client.protocol.ids import SECOND, BoxId, OrderId
from speaker_client.protocol.packing import pack
from speaker_client.protocol.statement import Kind, Role, Statement

TIME, HAIL, HAILED, ORDER, HEARD, PIECE = b"{", b"H", b"K", b"O", b"A", b"P"

HAIL_EVERY_S = 25
"""Sooner than any carrier's gateway forgets where a datagram came from. 41 bytes and 9 in answer, 0.37 MB a day."""
HAIL_FRESH_US = 15 * SECOND
"""A hail that is further from the station's clock is not believed: it may have been kept and said again."""

_DOMAIN, _ANSWER_DOMAIN = b"TIENGLANG-HAIL\0", b"TIENGLANG-HAILED\0"
_STAMP = struct.Struct(">Q")
_MAC_BYTES, _ANSWER_MAC_BYTES = 16, 8
_HASH_BYTES = 32
_PLACE = struct.Struct(">I")
PIECE_BYTES = LARGEST_DATAGRAM - len(PIECE) - _HASH_BYTES - _PLACE.size
"""Of a content, in each of its pieces but the last."""


@dataclass(frozen=True)
class Hail:
    """Who says that it is reached here, and when it said so (µs UTC); to be checked with `rings_true`."""

    box: BoxId
    at_us: int
    mac: bytes

    def rings_true(self, access_hash: str) -> bool:
        """Whether the box of that access secret (its SHA-256 in hex) said so, compared in constant time."""
        return hmac.compare_digest(self.mac, _mac(bytes.fromhex(access_hash), self.box, self.at_us))

    def answer(self, access_hash: str) -> bytes:
        """What the station says to it, and to no other hail."""
        return _hailed(bytes.fromhex(access_hash), self.box, self.at_us)


def hail(box: BoxId, access: str, at_us: int) -> bytes:
    """The datagram by which the station learns where the box is."""
    return HAIL + _STAMP.pack(at_us) + _mac(_key(access), box, at_us) + box.encode()


def hailed(box: BoxId, access: str, at_us: int) -> bytes:
    """What the station answers to the hail of that moment."""
    return _hailed(_key(access), box, at_us)


def read_hail(data: bytes) -> Hail | None:
    """The hail in a datagram, unchecked; None if it is none."""
    matter = data[len(HAIL) :]
    stamp, mac, box = matter[: _STAMP.size], matter[_STAMP.size :][:_MAC_BYTES], matter[_STAMP.size + _MAC_BYTES :]
    if not data.startswith(HAIL) or not box or len(box) > 64 or not box.isascii():
        return None
    return Hail(BoxId(box.decode()), _STAMP.unpack(stamp)[0], mac)


def _key(access: str) -> bytes:
    return hashlib.sha256(access.encode()).digest()


def _mac(key: bytes, box: BoxId, at_us: int) -> bytes:
    return hmac.digest(key, _DOMAIN + _STAMP.pack(at_us) + box.encode(), "sha256")[:_MAC_BYTES]


def _hailed(key: bytes, box: BoxId, at_us: int) -> bytes:
    matter = _ANSWER_DOMAIN + _STAMP.pack(at_us) + box.encode()
    return HAILED + hmac.digest(key, matter, "sha256")[:_ANSWER_MAC_BYTES]


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


@dataclass(frozen=True)
class Piece:
    """The bytes of a content from `at` on; unchecked."""

    content: ContentId
    at: int
    data: bytes


def pieces(content: ContentId, data: bytes) -> list[bytes]:
    """The content as datagrams."""
    head = PIECE + bytes.fromhex(content)
    return [head + _PLACE.pack(at) + data[at : at + PIECE_BYTES] for at in range(0, len(data), PIECE_BYTES)]


def read_piece(data: bytes) -> Piece | None:
    """The piece in a datagram; None if it is none."""
    head, matter = data[1:][: _HASH_BYTES + _PLACE.size], data[1 + _HASH_BYTES + _PLACE.size :]
    name, place = head[:_HASH_BYTES], head[_HASH_BYTES:]
    if not data.startswith(PIECE) or not matter:
        return None
    (at,) = _PLACE.unpack(place)
    return Piece(ContentId(name.hex()), at, matter) if at % PIECE_BYTES == 0 else None
