"""Announcements that have had their time are put away, so that they do not fill the station for ever."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast_server.people.audit import record
from broadcast_server.planning import STATION
from broadcast_server.programmes.reading import left_to_play
from broadcast_server.programmes.timetable import read_schedule
from broadcast_server.schedule.outlook import BACK_US
from broadcast_server.schedule.wall_clock import local_day
from broadcast_server.store.airings import AiringRow
from broadcast_server.store.programmes import ProgrammeRow, RuleRow
from speaker_client.protocol.ids import Micros, StationId


async def retire(session: AsyncSession, station: StationId, zone: str, now: Micros) -> None:
    """Delete the announcements of which nothing can sound any more, with their rules. No plan changes by it, and the
    log keeps their airings and titles."""
    left = left_to_play(await read_schedule(session, station), local_day(zone, now), now)
    recent = select(AiringRow.programme_id).where(AiringRow.station_id == station, AiringRow.start_us > now - BACK_US)
    found = select(ProgrammeRow).filter_by(station_id=station, announcement=True, deleted_us=None)
    for row in await session.scalars(found.where(ProgrammeRow.id.not_in(recent))):
        if row.id not in left:
            row.deleted_us = now
            rules = update(RuleRow).where(RuleRow.programme_id == row.id, RuleRow.deleted_us.is_(None))
            await session.execute(rules.values(deleted_us=now))
            record(session, station, now, STATION, "programme.retire", row.id, title=row.title)
