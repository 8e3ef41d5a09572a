"""An order is given to clusters: signed, in their inboxes, and with its airings in the log."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence, Set
from typing import Any, TypeVar

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast_server.fleet.ledger import State
from broadcast_server.signing import DRAFT, Sealed
from broadcast_server.store.airings import AiringRow
from broadcast_server.store.base import past_mapper
from broadcast_server.store.fleet import CommandRow
from broadcast_server.store.orders import OrderRow
from speaker_client.protocol.envelope import Envelope
from speaker_client.protocol.ids import MINUTE, ClusterId, LoudspeakerNumber
from speaker_client.protocol.order import FloorOrder
from speaker_client.protocol.plan import PlannedAiring
from speaker_client.protocol.statement import cluster_audience

Given = TypeVar("Given", bound=FloorOrder)
_COMMANDS, _AIRINGS = insert(CommandRow), insert(AiringRow)
CARRIED_OUT_BY = (CommandRow.order_id == AiringRow.order_id) & (
    CommandRow.audience == "cluster:" + AiringRow.cluster_id
)
"""Joins an order as it was signed for a cluster with its airing there."""
BACKDATED = MINUTE
"""An order holds from a minute before it was given: a box's clock may be a little behind."""


def head(
    order: OrderRow, cluster: ClusterId, chosen: Set[LoudspeakerNumber], whole: Set[LoudspeakerNumber]
) -> dict[str, Any]:
    """The fields that every FloorOrder to a cluster begins with, its number still open; `chosen` of its `whole`."""
    return {
        "station": order.station_id,
        "audience": cluster_audience(cluster),
        "seq": DRAFT,
        "not_before_us": order.made_us - BACKDATED,
        "expires_us": order.expires_us,
        "id": order.id,
        "title": order.title,
        "by": order.made_by,
        "until_us": order.until_us,
        "loudspeakers": None if chosen == whole else tuple(sorted(chosen)),
    }


async def give(
    session: AsyncSession, clusters: Iterable[ClusterId], sealed: Sequence[Sealed[Given]], planned: list[PlannedAiring]
) -> list[CommandRow]:
    """Each signed order in its cluster's inbox, and what carries it out there in the log: one statement for each table,
    however many clusters. The rows are as they were written; the session does not hold them."""
    commands = [_command(one.statement, one.envelope) for one in sealed]
    airings = [
        _airing(one.statement, carried_out, cluster)
        for cluster, one, carried_out in zip(clusters, sealed, planned, strict=True)
    ]
    if commands:
        await past_mapper(session, _COMMANDS, commands)
        await past_mapper(session, _AIRINGS, airings)
    return [CommandRow(**one) for one in commands]


def _command(order: FloorOrder, envelope: Envelope) -> dict[str, Any]:
    return {
        "id": secrets.token_hex(16),
        "station_id": order.station,
        "audience": order.audience,
        "kind": order.kind.value,
        "order_id": order.id,
        "seq": order.seq,
        "made_by": order.by,
        "made_us": order.not_before_us + BACKDATED,
        "expires_us": order.expires_us,
        "envelope": envelope.model_dump_json(),
    }


def _airing(order: FloorOrder, planned: PlannedAiring, cluster: ClusterId) -> dict[str, Any]:
    return {
        "id": planned.id,
        "station_id": order.station,
        "occurrence_id": order.id,
        "cluster_id": cluster,
        "revision": 0,
        "order_id": order.id,
        "programme_id": planned.programme,
        "title": planned.title,
        "priority": planned.priority,
        "scheduled_us": planned.start_us,
        "start_us": planned.start_us,
        "end_us": planned.end_us,
        "until_us": order.until_us,
        "planned": planned.model_dump(mode="json"),
        "first_plan": 0,
        "sent_us": order.not_before_us + BACKDATED,
        "state": State.PENDING.value,
    }
