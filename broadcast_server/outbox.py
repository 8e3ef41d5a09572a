"""Which boxes have news to be told, written in the transaction that made the news."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import bindparam, case, exists, insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast_server.store.fleet import BoxRow, OutboxRow
from speaker_client.protocol.ids import ClusterId, Micros, StationId

_NOW = bindparam("now", type_=OutboxRow.since_us.type)
_THERE = (
    BoxRow.station_id == bindparam("station"),
    BoxRow.revoked_us.is_(None),
    BoxRow.cluster_id.in_(bindparam("clusters", expanding=True)),
)
_MORE = (
    update(OutboxRow)
    .where(OutboxRow.box_id.in_(select(BoxRow.id).where(*_THERE)))
    .values(since_us=case((OutboxRow.since_us > _NOW, _NOW), else_=OutboxRow.since_us), changes=OutboxRow.changes + 1)
)
_FIRST = insert(OutboxRow).from_select(
    ["box_id", "station_id", "since_us", "changes"],
    select(BoxRow.id, BoxRow.station_id, _NOW, literal(1)).where(
        *_THERE, ~exists().where(OutboxRow.box_id == BoxRow.id)
    ),
)


async def note_news(session: AsyncSession, station: StationId, clusters: Iterable[ClusterId], now: Micros) -> None:
    """The boxes of these clusters have news. After the commit, `News.stir` the same clusters.

    A box that still has older news keeps their time: what was made since then is still to be told.
    """
    news = {"station": station, "clusters": list(clusters), "now": now}
    connection = await session.connection()
    await connection.execute(_MORE, news)
    await connection.execute(_FIRST, news)
