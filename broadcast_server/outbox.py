"""Which boxes have news to be told, written in the transaction that made the news."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib import import_module
from typing import Any

from sqlalchemy import bindparam, case, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast_server.store.base import past_mapper
from broadcast_server.store.fleet import BoxRow, OutboxRow
from speaker_client.protocol.ids import ClusterId, Micros, StationId


async def note_news(session: AsyncSession, station: StationId, clusters: Iterable[ClusterId], now: Micros) -> None:
    """The boxes of these clusters have news; what changed of the boxes themselves was flushed before. After the commit,
    `News.stir` the same clusters.

    A box that still has older news keeps their time: what was made since then is still to be told.
    """
    news = {"station": station, "clusters": list(clusters), "now": now}
    await past_mapper(session, _noted(session.get_bind().dialect.name), news)


@cache
def _noted(dialect: str) -> Any:
    """One statement, so that two at once on a database that lets both write lose neither. Each dialect has its own, and
    a megabyte of the other's is not loaded."""
    insert = import_module(f"sqlalchemy.dialects.{dialect}").insert
    there = select(BoxRow.id, BoxRow.station_id, bindparam("now", type_=OutboxRow.since_us.type), literal(1)).where(
        BoxRow.station_id == bindparam("station"),
        BoxRow.revoked_us.is_(None),
        BoxRow.cluster_id.in_(bindparam("clusters", expanding=True)),
    )
    first = insert(OutboxRow).from_select(["box_id", "station_id", "since_us", "changes"], there)
    now = first.excluded.since_us
    oldest = case((OutboxRow.since_us > now, now), else_=OutboxRow.since_us)
    more = {"since_us": oldest, "changes": OutboxRow.changes + 1}
    return first.on_conflict_do_update(index_elements=["box_id"], set_=more)
