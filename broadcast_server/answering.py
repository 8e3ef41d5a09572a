"""A box answers an order at once, by datagram and by the broker: from then on it is not told again."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from pydantic import ValidationError
from sqlalchemy import select

from broadcast_server.doorkeeping import Doorkeeping, KnownBox
from broadcast_server.insisting import Insisting
from broadcast_server.news import News
from broadcast_server.store.airings import AiringRow
from broadcast_server.store.base import Database
from speaker_client.protocol.datagram import Heard
from speaker_client.protocol.envelope import Envelope, Malformed, parse, payload_of
from speaker_client.protocol.ids import ClusterId, Micros, OrderId
from speaker_client.protocol.packing import unpack
from speaker_client.protocol.signature import signed_by
from speaker_client.protocol.statement import Kind

GATHER_S = 0.05
"""From an answer to the log. One a box and a transaction each would keep a small station from whoever is not heard of
yet; the screens look later than that."""


@dataclass(frozen=True)
class Acknowledged:
    """A cluster's box had this order on its disk at that moment."""

    order: OrderId
    cluster: ClusterId
    at_us: int


class Answering:
    """Hears the answers, and enters them in the log as many at a time as are waiting."""

    def __init__(self, database: Database, doors: Doorkeeping, insisting: Insisting, news: News) -> None:
        self._database, self._doors, self._insisting, self._news = database, doors, insisting, news
        self._waiting: asyncio.Queue[Acknowledged] = asyncio.Queue()

    def datagram(self, data: bytes, _came_us: Micros) -> None:
        """An answer that came as a datagram."""
        self.take(data[1:])

    def take(self, data: bytes) -> bool:
        """Whether these bytes are an answer; one that is the box's own, and to what it was asked, counts."""
        heard = _read(data)
        if heard is None:
            return False
        said, envelope = heard
        box = self._doors.present(said.box)
        # Asked first: a stranger does not know what we are waiting for, and costs no look at a signature.
        if box and self._insisting.awaits(box.id, said.what) and signed_by(envelope, box.public):
            self._insisting.answered(box.id, said.what)
            self._note(box, said)
        return True

    async def note_forever(self) -> None:
        """Enter what is acknowledged, until cancelled. The box's report says the same and lasts: none is lost here."""
        while True:
            batch = [await self._waiting.get()]
            await asyncio.sleep(GATHER_S)
            while not self._waiting.empty():
                batch.append(self._waiting.get_nowait())
            heard = {(one.order, one.cluster): one.at_us for one in reversed(batch)}
            query = select(AiringRow).where(AiringRow.order_id.in_({one.order for one in batch}))
            async with self._database.transaction() as session:
                for row in await session.scalars(query.where(AiringRow.accepted_us.is_(None))):
                    row.accepted_us = heard.get((OrderId(str(row.order_id)), ClusterId(row.cluster_id)))
            self._news.reported()

    def _note(self, box: KnownBox, said: Heard) -> None:
        if said.order is not None:
            self._waiting.put_nowait(Acknowledged(said.order, box.cluster, said.not_before_us))


def _read(data: bytes) -> tuple[Heard, Envelope] | None:
    try:
        envelope = parse(unpack(data))
        payload = payload_of(envelope)
        return (Heard.read(payload), envelope) if payload.get("kind") == Kind.HEARD else None
    except (Malformed, ValidationError):
        return None
