"""How an order stands: the evidence for every loudspeaker, each step with its time."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast_server.airing_words import sentence_of
from broadcast_server.evidence import soundings_of, step_json, words_of
from broadcast_server.fleet.ledger import ENDS, State
from broadcast_server.fleet.soundings import of_cluster, of_loudspeaker
from broadcast_server.problem import not_found
from broadcast_server.store.airings import AiringRow
from broadcast_server.store.orders import OrderRow
from broadcast_server.store.station import ClusterRow

STEPS = ("sent", "acknowledged", "playing", "sounded")
"""The ladder of evidence. The last step needs a sensor that can tell the loudspeaker from the others."""


async def order_json(session: AsyncSession, station: str, order_id: str) -> dict[str, Any]:
    """The order with its clusters and their loudspeakers; Problem 404."""
    order = await session.get(OrderRow, order_id)
    if order is None or order.station_id != station:
        raise not_found("lệnh này", "order")
    query = (
        select(AiringRow, ClusterRow.name)
        .join(ClusterRow, ClusterRow.id == AiringRow.cluster_id)
        .where(AiringRow.order_id == order_id)
        .order_by(ClusterRow.position)
    )
    clusters = [_cluster(row, name, order) for row, name in await session.execute(query)]
    told = [one for cluster in clusters for one in cluster["loudspeakers"]]
    return {
        **head_json(order),
        "loudspeakers": len(told),
        **{step: sum(one[step] is not None for one in told) for step in STEPS},
        "over": all(cluster["state"] in ENDS for cluster in clusters),
        "clusters": clusters,
    }


def head_json(order: OrderRow) -> dict[str, Any]:
    """The order itself."""
    names = ("id", "kind", "template", "title", "targets", "rounds", "made_by", "made_us", "expires_us", "until_us")
    return {name: getattr(order, name) for name in names}


def _cluster(row: AiringRow, name: str, order: OrderRow) -> dict[str, Any]:
    said, measured, soundings = sentence_of(row, None), words_of(row), soundings_of(row)
    steps = {"sent": order.made_us, "acknowledged": row.accepted_us, "playing": row.started_us}
    numbers = (row.planned or {})["loudspeakers"]
    return {
        "cluster_id": row.cluster_id,
        "cluster": name,
        "airing_id": row.id,
        "state": State(row.state).value,
        "vi": f"{said.vi[:-1]} ({measured.vi})." if measured else said.vi,
        "en": f"{said.en[:-1]} ({measured.en})." if measured else said.en,
        **step_json(of_cluster(soundings)),
        "loudspeakers": [
            {"number": number, **steps, **step_json(of_loudspeaker(soundings, number))} for number in numbers
        ],
    }
