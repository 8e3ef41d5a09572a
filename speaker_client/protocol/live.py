"""Live voice: a signed opening, then groups of 10 ms frames under a key of that live's own, and its close.

Frame `number` is due at `start_us + number × FRAME_US` on the station's timeline, for every box. A sender that needs
more lead leaves numbers out, one that needs less drops frames: the timeline itself never bends.

A group on the road, in network byte order, at most LARGEST_GROUP bytes: `TLV1`, live id (16 bytes), first number (u32),
origin (u32), limit (u32), ending (u8), count (u8), then count × (length u16, packet), then the Ed25519 signature
(64 bytes) over DOMAIN and all before it. A packet of no bytes: the sender left this number out, and nobody misses it.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

from pydantic import Field

from speaker_client.protocol.envelope import Malformed
from speaker_client.protocol.ids import HOUR, MINUTE, ClusterId, LoudspeakerNumber, OrderId, ProgrammeId
from speaker_client.protocol.order import FloorOrder, order_airing_id
from speaker_client.protocol.plan import Part, PlannedAiring, Spoken
from speaker_client.protocol.priority import Priority
from speaker_client.protocol.signature import SigningKey, bytes_signed_by
from speaker_client.protocol.statement import Kind, Role

FRAME_US = 10_000
LIMIT_FRAMES = 10 * MINUTE // FRAME_US
"""A live ends by itself here unless it is extended."""
LONGEST_US = 2 * HOUR
"""No extension goes beyond."""
DEAD_MAN_FRAMES = 5_000_000 // FRAME_US
"""So long after the last frame a live is over, whatever was said."""
LARGEST_GROUP = 1200
MAGIC = b"TLV1"
DOMAIN = b"TIENGLANG-LIVE-V1\0"
_HEAD = struct.Struct("!4s16sIIIBB")
_LENGTH = struct.Struct("!H")
_SIGNATURE_BYTES = 64


class Live(FloorOrder):
    """The floor is taken for a voice. `key` (hex) signs its frames and nothing else, and is forgotten with it.

    `lead_us` is what the sender has given the road at the start; `limit` the number at which the voice ends unless a
    group says otherwise.
    """

    id: OrderId = Field(pattern="^[0-9a-f]{32}$")
    lead_us: int = Field(ge=0)
    key: str = Field(pattern="^[0-9a-f]{64}$")
    codec: Literal["opus"] = "opus"
    frame_us: Literal[10_000] = 10_000
    limit: int = Field(default=LIMIT_FRAMES, ge=1)


class LiveOpen(Live):
    """Ordinary live voice."""

    kind: Literal[Kind.LIVE] = Kind.LIVE
    role: Literal[Role.SCHEDULE] = Role.SCHEDULE


class LiveEmergency(Live):
    """Live voice over everything but a prepared emergency."""

    kind: Literal[Kind.LIVE_EMERGENCY] = Kind.LIVE_EMERGENCY
    role: Literal[Role.ALERT] = Role.ALERT


PRIORITY = {Kind.LIVE: Priority.LIVE, Kind.LIVE_EMERGENCY: Priority.LIVE_EMERGENCY}


class Ending(IntEnum):
    """Whether a group is the last, and why."""

    OPEN = 0
    CLOSED = 1
    GONE = 2
    """The speaker's device fell silent without a word."""


@dataclass(frozen=True)
class Group:
    """Frames `first`, `first` + 1, … of a live, whose first word was frame `origin`.

    The live ends before frame `limit`, or before `end` once it is said.
    """

    live: OrderId
    first: int
    packets: tuple[bytes, ...]
    limit: int = LIMIT_FRAMES
    ending: Ending = Ending.OPEN
    origin: int = 0

    @property
    def end(self) -> int:
        """The number after its last frame: the end of the live in a group that ends it."""
        return self.first + len(self.packets)

    def seal(self, key: SigningKey) -> bytes:
        """The bytes that travel; ValueError for more than a datagram carries."""
        numbers = self.first, self.origin, self.limit, self.ending, len(self.packets)
        head = _HEAD.pack(MAGIC, bytes.fromhex(self.live), *numbers)
        body = head + b"".join(_LENGTH.pack(len(packet)) + packet for packet in self.packets)
        if len(body) + _SIGNATURE_BYTES > LARGEST_GROUP:
            raise ValueError(f"a group of {len(body) + _SIGNATURE_BYTES} bytes; at most {LARGEST_GROUP}")
        return body + key.sign_bytes(DOMAIN + body)


def live_of(data: bytes) -> OrderId | None:
    """Which live a datagram says it belongs to, before anything is believed; None if it is no group."""
    if not data.startswith(MAGIC) or not _HEAD.size + _SIGNATURE_BYTES <= len(data) <= LARGEST_GROUP:
        return None
    return OrderId(data[4:20].hex())


def read_group(data: bytes, key: str) -> Group:
    """The group in a datagram that `live_of` knows, if the live's key (hex) signed it; Malformed otherwise."""
    body, signature = data[:-_SIGNATURE_BYTES], data[-_SIGNATURE_BYTES:]
    if not bytes_signed_by(DOMAIN + body, signature, key):
        raise Malformed("not signed by the live's key")
    try:
        _, live, first, origin, limit, ending, count = _HEAD.unpack_from(body)
        packets, at = [], _HEAD.size
        for _ in range(count):
            (length,) = _LENGTH.unpack_from(body, at)
            packets.append(body[at + _LENGTH.size : at + _LENGTH.size + length])
            at += _LENGTH.size + length
        if at != len(body):
            raise Malformed("its lengths do not add up")
        return Group(OrderId(live.hex()), first, tuple(packets), limit, Ending(ending), origin)
    except (struct.error, ValueError) as error:
        raise Malformed("not a group of frames") from error


def live_airing(live: Live, cluster: ClusterId, loudspeakers: Sequence[LoudspeakerNumber]) -> PlannedAiring:
    """The live as one airing of a cluster that has these loudspeakers; how long it is, only its end tells."""
    return PlannedAiring(
        id=order_airing_id(live.id, cluster),
        occurrence=live.id,
        programme=ProgrammeId(live.kind),
        title=live.title,
        priority=PRIORITY[live.kind],
        loudspeakers=tuple(live.loudspeakers or loudspeakers),
        spoken=Spoken(live=live.id, key=live.key, limit=live.limit),
        parts=(Part(start_us=live.start_us, length_us=live.until_us - live.start_us),),
        grace_us=0,
    )
