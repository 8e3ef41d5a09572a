"""The picture everybody watches, read from the tables: one part for each cluster and each order, the next airing,
the faults."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast_server.feed.diary import Parts
from broadcast_server.fleet.ledger import ENDS, State
from broadcast_server.fleet.presence import Presence
from broadcast_server.order_view import head_json
from broadcast_server.store.airings import AiringRow
from broadcast_server.store.fleet import FaultRow
from broadcast_server.store.orders import OrderRow
from broadcast_server.store.station import ClusterRow
from broadcast_server.today import Broadcast, next_broadcast
from speaker_client.protocol.ids import DAY, MINUTE, ClusterId, Micros, StationId

SHOWN_AFTER_US = 5 * MINUTE
"""An order that is over stays so long, for everyone to see how it ended."""
MOST_ORDERS = 20
_ENDS = [end.value for end in ENDS]

PresenceOf = Callable[[ClusterId], Presence | None]
"""How a cluster's box stands; None for a cluster without one."""


async def read_parts(session: AsyncSession, station: StationId, presence_of: PresenceOf, now: Micros) -> Parts:
    """The picture now."""
    parts = await _clusters(session, station, presence_of, now) | await _orders(session, station, now)
    coming = await next_broadcast(session, station, now)
    if coming is not None:
        parts["next"] = _next(coming)
    is_open = (FaultRow.station_id == station) & FaultRow.cleared_us.is_(None)
    parts["faults"] = {"open": await session.scalar(select(func.count()).select_from(FaultRow).where(is_open))}
    return parts


async def _clusters(session: AsyncSession, station: StationId, presence_of: PresenceOf, now: Micros) -> dict[str, Any]:
    playing = select(AiringRow).where(
        AiringRow.station_id == station,
        AiringRow.start_us.between(now - DAY, now + MINUTE),
        AiringRow.state == State.PLAYING.value,
    )
    on_air: dict[str, list[AiringRow]] = defaultdict(list)
    for row in await session.scalars(playing):
        on_air[row.cluster_id].append(row)
    places = select(ClusterRow.id, ClusterRow.name, ClusterRow.position).filter_by(station_id=station)
    return {
        f"cluster:{cluster}": {
            "name": name,
            "position": position,
            "presence": presence_of(ClusterId(cluster)),
            "on_air": _on_air(on_air[cluster]),
        }
        for cluster, name, position in await session.execute(places.order_by(ClusterRow.position))
    }


def _on_air(playing: Iterable[AiringRow]) -> dict[str, Any] | None:
    """The strongest and newest of what has begun and not ended: the others wait beneath it."""
    row = max(playing, key=lambda one: (one.priority, one.started_us or one.start_us), default=None)
    if row is None:
        return None
    names = ("occurrence_id", "order_id", "programme_id", "title", "priority", "started_us", "end_us")
    return {"airing_id": row.id} | {name: getattr(row, name) for name in names}


def _next(coming: Broadcast) -> dict[str, Any]:
    return {
        "occurrence_id": coming.occurrence,
        "programme_id": coming.programme,
        "title": coming.title,
        "priority": coming.priority,
        "start_us": coming.start_us,
        "end_us": coming.end_us,
        "clusters": [one.cluster for one in coming.clusters],
    }


async def _orders(session: AsyncSession, station: StationId, now: Micros) -> dict[str, Any]:
    alive = or_(AiringRow.state.not_in(_ENDS), AiringRow.decided_us > now - SHOWN_AFTER_US)
    query = select(OrderRow).where(
        OrderRow.station_id == station,
        OrderRow.until_us > now,
        exists().where(AiringRow.order_id == OrderRow.id, alive),
    )
    orders = list(await session.scalars(query.order_by(OrderRow.made_us.desc()).limit(MOST_ORDERS)))
    airings: dict[str | None, list[AiringRow]] = defaultdict(list)
    if orders:
        told = select(AiringRow).join(ClusterRow, ClusterRow.id == AiringRow.cluster_id)
        told = told.where(AiringRow.order_id.in_([order.id for order in orders])).order_by(ClusterRow.position)
        for row in await session.scalars(told):
            airings[row.order_id].append(row)
    return {f"order:{order.id}": _order(order, airings[order.id]) for order in orders}


def _order(order: OrderRow, airings: Iterable[AiringRow]) -> dict[str, Any]:
    """The order and its ladder: when each cluster was sent it, acknowledged it, began to play it."""
    clusters = [
        {
            "cluster_id": row.cluster_id,
            "state": row.state,
            "loudspeakers": len((row.planned or {})["loudspeakers"]),
            "sent": order.made_us,
            "acknowledged": row.accepted_us,
            "playing": row.started_us,
        }
        for row in airings
    ]
    return {**head_json(order), "over": all(one["state"] in ENDS for one in clusters), "clusters": clusters}
