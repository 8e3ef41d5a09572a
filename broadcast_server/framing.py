"""The bells around a recording that is announced: something will be said, and that was all. A text has them within."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast_server.emergency_templates import CHIME, CLOSING
from broadcast_server.store.library import IntakeRow
from broadcast_server.store.orders import TemplateRow
from speaker_client.protocol.ids import StationId


async def framed(session: AsyncSession, station: StationId, recording: str, times: int) -> tuple[str, ...]:
    """What is played, as ids of recordings: chime, the recording so many times, closing; without a bell that is not
    made yet, since no announcement waits for one. What was spoken to be announced has its own, and a bell is one."""
    said, bells = (recording,) * times, await _bells(session, station)
    if recording in bells.values() or await _has_its_own(session, recording):
        return said
    before, after = ((bells[name],) if name in bells else () for name in (CHIME, CLOSING))
    return (*before, *said, *after)


async def unframed(session: AsyncSession, station: StationId, items: Sequence[str]) -> list[str]:
    """What was announced, of what is played."""
    bells = (await _bells(session, station)).values()
    return [one for one in items if one not in bells or len(set(items)) == 1]


async def _bells(session: AsyncSession, station: StationId) -> dict[str, str]:
    """The recordings of those that are made, by name."""
    query = select(TemplateRow.name, TemplateRow.recording_id).where(
        TemplateRow.station_id == station,
        TemplateRow.name.in_((CHIME, CLOSING)),
        TemplateRow.recording_id.is_not(None),
    )
    return {name: recording for name, recording in await session.execute(query) if recording}


async def _has_its_own(session: AsyncSession, recording: str) -> bool:
    """Whether it was composed as an announcement, put on air then or refused for its hour."""
    intakes = select(IntakeRow.id).where(IntakeRow.recording_id == recording)
    meant = IntakeRow.announce.is_not(None) | IntakeRow.refusal.is_not(None)
    return await session.scalar(intakes.where(meant).limit(1)) is not None
