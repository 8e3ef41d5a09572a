"""What is wrong with the boxes: raised once, cleared once, never forgotten."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast_server.store.fleet import FaultRow
from speaker_client.protocol.ids import BoxId, Micros, StationId

LONGEST_DETAIL = 500
ROLLED_BACK = "journal_rolled_back"
"""The box no longer has in its journal what it had reported from it."""


async def raise_fault(
    session: AsyncSession, station: StationId, box: BoxId, code: str, detail: str, now: Micros
) -> None:
    """The box has this fault from now on; nothing happens if it has it already."""
    if not await has_fault(session, box, code):
        session.add(_row(station, box, code, detail, now, None))
        await session.flush()


async def has_fault(session: AsyncSession, box: BoxId, code: str, until: Micros | None = None) -> bool:
    """Whether the box has this fault now, and had it at that moment already."""
    open_one = select(FaultRow.id).filter_by(box_id=box, code=code, cleared_us=None).limit(1)
    known = open_one if until is None else open_one.where(FaultRow.raised_us <= until)
    return (await session.scalars(known)).first() is not None


async def clear_faults(session: AsyncSession, box: BoxId, codes: Sequence[str], now: Micros) -> None:
    """The box is whole again in these respects."""
    still_open = update(FaultRow).where(FaultRow.box_id == box, FaultRow.code.in_(codes), FaultRow.cleared_us.is_(None))
    await session.execute(still_open.values(cleared_us=now))


def note_mishap(session: AsyncSession, station: StationId, box: BoxId, code: str, detail: str, now: Micros) -> None:
    """Something went wrong at one moment, and is over."""
    session.add(_row(station, box, code, detail, now, now))


def _row(station: StationId, box: BoxId, code: str, detail: str, now: Micros, cleared: Micros | None) -> FaultRow:
    return FaultRow(
        station_id=station,
        box_id=box,
        code=code[:80],
        detail=detail[:LONGEST_DETAIL],
        raised_us=now,
        cleared_us=cleared,
    )
