"""Which boxes have news to be told, written in the transaction that made the news."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast_server.store.fleet import BoxRow, OutboxRow
from speaker_client.protocol.ids import ClusterId, Micros, StationId


async def note_news(
    session: AsyncSession, station: StationId, clusters: Iterable[ClusterId] | None, now: Micros
) -> None:
    """The boxes of these clusters (None = all) have news. After the commit, `News.stir` the same clusters."""
    query = select(BoxRow.id).where(BoxRow.station_id == station, BoxRow.revoked_us.is_(None))
    if clusters is not None:
        query = query.where(BoxRow.cluster_id.in_(list(clusters)))
    boxes = (await session.scalars(query)).all()
    await session.execute(delete(OutboxRow).where(OutboxRow.box_id.in_(boxes)))
    session.add_all(OutboxRow(box_id=box, station_id=station, since_us=now) for box in boxes)
