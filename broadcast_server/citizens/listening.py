"""Listening again: what the loudspeakers broadcast in the last thirty days, and only that."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from audio_library.content import ContentId
from broadcast_server.fleet.ledger import State
from broadcast_server.problem import not_found
from broadcast_server.store.airings import AiringRow
from broadcast_server.store.library import RecordingRow
from broadcast_server.store.orders import OrderRow
from speaker_client.protocol.ids import DAY, Micros, StationId
from speaker_client.protocol.plan import PlannedAiring

KEPT_FOR = 30 * DAY
MOST = 60
_HEARD = AiringRow.withdrawn_by.is_(None) & (AiringRow.state == State.PLAYED.value)
"""To its end: of what was cut short or stopped not all was ever said to everybody."""


@dataclass(frozen=True)
class Heard:
    """A broadcast that may be heard again: `pieces` sounds one after the other, asked for by the airing's id."""

    airing: str
    title: str
    start_us: int
    pieces: int


async def heard_lately(session: AsyncSession, station: StationId, now: Micros) -> tuple[Heard, ...]:
    """The newest first, each broadcast once, whatever the number of clusters. No drills: they were no news."""
    rows = await session.scalars(
        select(AiringRow)
        .where(AiringRow.station_id == station, AiringRow.start_us > now - KEPT_FOR, _HEARD)
        .order_by(AiringRow.start_us.desc(), AiringRow.id)
        .limit(MOST * 20)
    )
    first = {row.occurrence_id: row for row in reversed(list(rows))}
    newest = sorted(first.values(), key=lambda row: -row.start_us)
    made_of = {row.id: _contents(row) for row in newest}
    here = await _here(session, station, {content for contents in made_of.values() for content in contents})
    drills = set(await session.scalars(select(OrderRow.id).filter_by(station_id=station, kind="drill")))
    return tuple(
        Heard(row.id, row.title, row.start_us, len(made_of[row.id]))
        for row in newest
        if row.order_id not in drills and made_of[row.id] and here.issuperset(made_of[row.id])
    )[:MOST]


async def piece_of(session: AsyncSession, station: StationId, airing: str, number: int, now: Micros) -> ContentId:
    """The content of one piece of a broadcast that was heard; Problem 404 for everything else."""
    said = select(AiringRow).where(AiringRow.station_id == station, AiringRow.id == airing, _HEARD)
    row = await session.scalar(said.where(AiringRow.start_us > now - KEPT_FOR))
    contents = _contents(row) if row else ()
    order = await session.get(OrderRow, row.order_id) if row and row.order_id else None
    if not 0 <= number < len(contents) or (order is not None and order.kind == "drill"):
        raise not_found("bản tin này", "broadcast")
    if contents[number] not in await _here(session, station, {contents[number]}):
        raise not_found("bản tin này", "broadcast")
    return contents[number]


def _contents(row: AiringRow) -> tuple[ContentId, ...]:
    """What it was made of; nothing for a relay or a live voice."""
    if row.planned is None:
        return ()
    items = PlannedAiring.model_validate(row.planned).items
    return tuple(dict.fromkeys(item.content for item in items))


async def _here(session: AsyncSession, station: StationId, contents: set[ContentId]) -> set[str]:
    """Those that the library still has."""
    kept = select(RecordingRow.content).where(RecordingRow.station_id == station, RecordingRow.content.in_(contents))
    return set(await session.scalars(kept.where(RecordingRow.deleted_us.is_(None))))
