"""The attendance of the clusters: kept for eight days, for the timeline of the last one."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from typing_extensions import TypedDict

from broadcast_server.fleet.attendance import Span, carried_on
from broadcast_server.places import find_cluster
from broadcast_server.store.fleet import PresenceSpanRow
from speaker_client.protocol.ids import DAY, ClusterId, Micros, StationId

KEPT = 8 * DAY


class SpanJson(TypedDict):
    """From when until when the box was there (`up`) or not."""

    up: bool
    from_us: int
    until_us: int


class AttendanceJson(TypedDict):
    """How a cluster's box was there from `from_us` to `until_us`; between two spans nobody watched."""

    from_us: int
    until_us: int
    spans: list[SpanJson]


async def note_attendance(
    session: AsyncSession, station: StationId, seen: Mapping[ClusterId, tuple[bool, int]], now: Micros
) -> None:
    """Carry on each cluster's last span, or begin another; of each: whether its box is there, and when it was last
    heard of. What is older than eight days is forgotten."""
    newest = select(func.max(PresenceSpanRow.id)).filter_by(station_id=station).group_by(PresenceSpanRow.cluster_id)
    rows = await session.scalars(select(PresenceSpanRow).where(PresenceSpanRow.id.in_(newest)))
    last = {row.cluster_id: row for row in rows}
    for cluster, (up, since_us) in seen.items():
        row = last.get(cluster)
        known = None if row is None else Span(row.up, row.from_us, row.until_us)
        for span in carried_on(known, up, since_us, now):
            if row is not None and row.from_us == span.from_us and row.up == span.up:
                row.until_us = span.until_us
            else:
                session.add(_row(station, cluster, span))
    await session.execute(delete(PresenceSpanRow).where(PresenceSpanRow.until_us < now - KEPT))


async def read_attendance(
    session: AsyncSession, station: StationId, cluster: ClusterId, from_us: Micros, until_us: Micros
) -> AttendanceJson:
    """A cluster's spans within that time. Problem 404."""
    await find_cluster(session, station, cluster)
    query = select(PresenceSpanRow).where(
        PresenceSpanRow.cluster_id == cluster, PresenceSpanRow.until_us > from_us, PresenceSpanRow.from_us < until_us
    )
    spans: list[SpanJson] = [
        {"up": row.up, "from_us": max(row.from_us, from_us), "until_us": min(row.until_us, until_us)}
        for row in await session.scalars(query.order_by(PresenceSpanRow.from_us))
    ]
    return {"from_us": from_us, "until_us": until_us, "spans": spans}


def _row(station: StationId, cluster: ClusterId, span: Span) -> PresenceSpanRow:
    return PresenceSpanRow(
        station_id=station, cluster_id=cluster, up=span.up, from_us=span.from_us, until_us=span.until_us
    )
