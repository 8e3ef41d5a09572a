"""What has had its time is put away, so that it does not fill the station for ever: announcements, and the sounds of
templates that are said otherwise now."""

from __future__ import annotations

from sqlalchemy import String, cast, func, select, union, update
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast_server.library import recordings
from broadcast_server.people.audit import record
from broadcast_server.planning import STATION
from broadcast_server.programmes.reading import left_to_play
from broadcast_server.programmes.timetable import read_schedule
from broadcast_server.schedule.outlook import BACK_US
from broadcast_server.schedule.wall_clock import local_day
from broadcast_server.store.airings import AiringRow
from broadcast_server.store.library import IntakeRow, RecordingRow
from broadcast_server.store.orders import OrderRow, TemplateRow
from broadcast_server.store.programmes import ProgrammeItemRow, ProgrammeRow, RuleRow
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


async def retire_sounds(session: AsyncSession, station: StationId, now: Micros) -> None:
    """Take out of the library what was made for a template and has been replaced, unless a programme was ever made of
    it, or an order of which the log may still be asked sounded it. Boxes that were away may fetch it still: its file
    stays as long as that of any recording that was taken out."""
    coming = TemplateRow.coming["recording"].as_string()
    made = select(IntakeRow.recording_id).join(TemplateRow, TemplateRow.intake_id == IntakeRow.id)
    needed = union(
        select(TemplateRow.recording_id).where(TemplateRow.recording_id.is_not(None)),
        select(coming).where(coming.is_not(None)),
        made.where(TemplateRow.coming.is_not(None), IntakeRow.recording_id.is_not(None)),
        select(ProgrammeItemRow.recording_id),
    )
    replaced = recordings.living(station).where(RecordingRow.made_by == recordings.STATION)
    if rows := list(await session.scalars(replaced.where(RecordingRow.id.not_in(needed)))):
        sounded = await _sounded(session, station, now - recordings.SPOKEN_KEPT_US)
        for row in rows:
            if not any(row.content in planned for planned in sounded):
                row.deleted_us = now
                record(session, station, now, STATION, "recording.retire", row.id, title=row.title)


async def _sounded(session: AsyncSession, station: StationId, since_us: int) -> list[str]:
    """What each order given since then sounded, on one of its clusters: elsewhere it was the same. Asked once, for an
    alarm may be waiting for the lock."""
    given = select(func.min(cast(AiringRow.planned, String))).join(OrderRow, OrderRow.id == AiringRow.order_id)
    since = given.where(OrderRow.station_id == station, OrderRow.made_us > since_us)
    return list(await session.scalars(since.group_by(OrderRow.id)))
