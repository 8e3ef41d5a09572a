"""The little commune of the simulation: its keys, its clusters, and the contents of its library."""

from __future__ import annotations

import hashlib

from audio_library.content import ContentId
from broadcast_server.schedule.programme import Item
from broadcast_server.schedule.station import ClusterSite, Station
from speaker_client.protocol.ids import SECOND, BoxId, ClusterId, LoudspeakerNumber, StationId, VillageId
from speaker_client.protocol.plan import Item as WireItem
from speaker_client.protocol.signature import SigningKey

STATION_ID = StationId("tayho")
VILLAGE = VillageId("lang")
CLUSTERS = tuple(ClusterId(f"cum{n}") for n in (1, 2))
STATION = Station(
    frozenset({VILLAGE}),
    tuple(ClusterSite(cluster, VILLAGE, frozenset(LoudspeakerNumber(n) for n in (1, 2, 3))) for cluster in CLUSTERS),
)


def key_of(name: str) -> SigningKey:
    """The same key in every run."""
    return SigningKey.from_seed(hashlib.sha256(f"simulation {name}".encode()).digest())


KEYS = {name: key_of(name) for name in ("root", "schedule", "alert", "drill", "time", "stranger")}
BOXES = {BoxId(f"hop{n}"): cluster for n, cluster in enumerate(CLUSTERS, 1)}
BOX_KEYS = {box: key_of(box) for box in BOXES}


def content(number: int, seconds: int) -> Item:
    """A piece of the library."""
    name = ContentId(hashlib.sha256(f"content {number} {seconds}".encode()).hexdigest())
    return Item(name, seconds * SECOND, 4_000 * seconds)


SIREN, *MESSAGES = (
    WireItem(content=one.content, size=one.size, duration_us=one.duration_us)
    for one in (content(100 + n, seconds) for n, seconds in enumerate((7, 9, 14, 25)))
)
"""What every box holds at all times."""
