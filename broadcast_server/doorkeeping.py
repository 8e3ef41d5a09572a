"""Who of the boxes may come in: by HTTP, at the broker, and by datagram."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from dataclasses import dataclass

from sqlalchemy import select

from broadcast_server.problem import Problem
from broadcast_server.store.base import Database
from broadcast_server.store.fleet import BoxRow
from broadcast_server.store.station import ClusterRow
from speaker_client.protocol.ids import BoxId, ClusterId, StationId, VillageId
from speaker_client.protocol.statement import WHOLE_STATION, Audience, box_audience, cluster_audience, village_audience

STRANGERS_EVERY_S = 1.0
"""For strangers' sake the table is read no oftener: whoever enrols here is known at once."""


@dataclass(frozen=True)
class KnownBox:
    """An enrolled box: where it stands, its public key (hex), the SHA-256 of its access secret (hex)."""

    id: BoxId
    cluster: ClusterId
    village: VillageId
    public: str
    access_hash: str
    revoked: bool

    @property
    def audiences(self) -> tuple[Audience, ...]:
        """Whom a statement that it obeys may be addressed to."""
        return WHOLE_STATION, village_audience(self.village), cluster_audience(self.cluster), box_audience(self.id)

    def opens_with(self, access: str) -> bool:
        """Whether this is its access secret, compared in constant time."""
        return hmac.compare_digest(access_hash(access), self.access_hash)


def access_hash(access: str) -> str:
    """What is kept of an access secret."""
    return hashlib.sha256(access.encode()).hexdigest()


class Doorkeeping:
    """The boxes in memory; the table is asked again for strangers, after a change, and every minute."""

    def __init__(self, database: Database, station: StationId) -> None:
        self._database, self._station = database, station
        self._known: dict[BoxId, KnownBox] = {}
        self._reading = asyncio.Lock()
        self._asked_s = float("-inf")

    async def refresh(self) -> None:
        """Read all boxes again."""
        async with self._reading:
            await self._read()

    async def _read(self) -> None:
        async with self._database.reading() as session:
            query = select(BoxRow, ClusterRow.village_id).join(ClusterRow, ClusterRow.id == BoxRow.cluster_id)
            rows = await session.execute(query.where(BoxRow.station_id == self._station))
            self._known = {BoxId(row.id): _known(row, VillageId(village)) for row, village in rows}

    async def admits(self, box: BoxId, secret: str) -> bool:
        """Whether the box is enrolled, not revoked, and `secret` is its access secret."""
        known = await self.find(box)
        return known is not None and known.opens_with(secret) and not known.revoked

    async def enter(self, box: BoxId, access: str) -> KnownBox:
        """The box behind these words; Problem 401 for a stranger, 403 for one that was revoked."""
        known = await self.find(box)
        if known is None or not known.opens_with(access):
            raise Problem(401, "box_unknown", "Không nhận ra hộp này.", "This box is not known here.")
        if known.revoked:
            raise Problem(403, "box_revoked", "Hộp này đã bị thu hồi.", "This box was revoked.")
        return known

    async def find(self, box: BoxId) -> KnownBox | None:
        """The box of that id, revoked or not. As long as a read is under way or fails, nobody is called a stranger."""
        if self._is_to_be_asked(box):
            async with self._reading:
                if self._is_to_be_asked(box):  # who was before us may have been answered for us too
                    await self._read()
                    self._asked_s = asyncio.get_running_loop().time()
        return self._known.get(box)

    def _is_to_be_asked(self, box: BoxId) -> bool:
        return box not in self._known and asyncio.get_running_loop().time() - self._asked_s >= STRANGERS_EVERY_S

    def present(self, box: BoxId) -> KnownBox | None:
        """The unrevoked box, from memory alone: costs nothing to refuse a stranger."""
        known = self._known.get(box)
        return None if known is None or known.revoked else known

    def all(self) -> tuple[KnownBox, ...]:
        """All unrevoked boxes, from memory."""
        return tuple(one for one in self._known.values() if not one.revoked)


def _known(row: BoxRow, village: VillageId) -> KnownBox:
    return KnownBox(
        BoxId(row.id), ClusterId(row.cluster_id), village, row.public, row.access_hash, row.revoked_us is not None
    )
