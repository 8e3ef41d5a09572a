"""Which programmes still need a recording, so that it is not deleted from under them."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast_server.fleet.ledger import ENDS
from broadcast_server.programmes.reading import plays_after
from broadcast_server.programmes.rows import rule_of
from broadcast_server.store.airings import AiringRow
from broadcast_server.store.library import RecordingRow
from broadcast_server.store.programmes import ProgrammeItemRow, ProgrammeRow, RuleRow
from speaker_client.protocol.ids import DAY, Micros, StationId


async def needed_by(
    session: AsyncSession, station: StationId, recording: RecordingRow, today: date, now: Micros
) -> tuple[str, ...]:
    """The titles of what is still to be heard with the recording: by a rule, or in a plan that was published."""
    titles = await _by_rule(session, station, recording.id, today, now)
    return tuple(sorted(titles | await _by_plan(session, station, recording.content, now)))


async def _by_rule(session: AsyncSession, station: StationId, recording: str, today: date, now: Micros) -> set[str]:
    query = (
        select(ProgrammeRow.title, RuleRow)
        .join(RuleRow, RuleRow.programme_id == ProgrammeRow.id)
        .join(ProgrammeItemRow, ProgrammeItemRow.programme_id == ProgrammeRow.id)
        .where(ProgrammeRow.station_id == station, ProgrammeItemRow.recording_id == recording)
        .where(ProgrammeRow.deleted_us.is_(None), RuleRow.deleted_us.is_(None))
    )
    return {title for title, row in await session.execute(query) if plays_after(rule_of(row), today, now)}


async def _by_plan(session: AsyncSession, station: StationId, content: str, now: Micros) -> set[str]:
    query = select(AiringRow).where(
        AiringRow.station_id == station,
        AiringRow.start_us > now - DAY,
        AiringRow.until_us > now,
        AiringRow.first_plan.is_not(None),
        AiringRow.withdrawn_plan.is_(None),
        AiringRow.state.not_in([end.value for end in ENDS]),
    )
    rows = (await session.scalars(query)).all()
    return {
        row.title for row in rows if any(item["content"] == content for item in (row.planned or {}).get("items", ()))
    }
