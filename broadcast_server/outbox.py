"""Which boxes have news to be told, written in the transaction that made the news."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import case, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast_server.store.fleet import BoxRow, OutboxRow
from speaker_client.protocol.ids import ClusterId, Micros, StationId


async def note_news(
    session: AsyncSession, station: StationId, clusters: Iterable[ClusterId] | None, now: Micros
) -> None:
    """The boxes of these clusters (None = all) have news. After the commit, `News.stir` the same clusters.

    A box that still has older news keeps their time: what was made since then is still to be told.
    """
    query = select(BoxRow.id).where(BoxRow.station_id == station, BoxRow.revoked_us.is_(None))
    if clusters is not None:
        query = query.where(BoxRow.cluster_id.in_(list(clusters)))
    boxes = (await session.scalars(query)).all()
    oldest = case((OutboxRow.since_us > now, now), else_=OutboxRow.since_us)
    more = update(OutboxRow).where(OutboxRow.box_id.in_(boxes)).values(since_us=oldest, changes=OutboxRow.changes + 1)
    waiting = set(await session.scalars(more.returning(OutboxRow.box_id)))
    session.add_all(OutboxRow(box_id=box, station_id=station, since_us=now) for box in boxes if box not in waiting)
