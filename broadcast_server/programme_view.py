"""Programmes as people see them: with their recordings, their rules and when they play next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast_server.local_time import local_text
from broadcast_server.programmes.priorities import priority_name
from broadcast_server.store.airings import AiringRow
from broadcast_server.store.library import RecordingRow
from broadcast_server.store.programmes import ProgrammeItemRow, ProgrammeRow, RuleRow
from speaker_client.protocol.ids import SECOND, Micros, StationId


async def read_programmes(session: AsyncSession, station: StationId, zone: str, now: Micros) -> list[dict[str, Any]]:
    """All programmes that are not deleted, by title."""
    query = select(ProgrammeRow).filter_by(station_id=station, deleted_us=None)
    rows = list(await session.scalars(query.order_by(ProgrammeRow.title, ProgrammeRow.id)))
    return await _shown(session, station, rows, zone, now)


async def read_programme(session: AsyncSession, row: ProgrammeRow, zone: str, now: Micros) -> dict[str, Any]:
    """One programme."""
    return (await _shown(session, StationId(row.station_id), [row], zone, now))[0]


async def _shown(
    session: AsyncSession, station: StationId, rows: Sequence[ProgrammeRow], zone: str, now: Micros
) -> list[dict[str, Any]]:
    only = rows[0].id if len(rows) == 1 else None
    items = await _items(session, station, only)
    rules = await _rules(session, station, only)
    coming = await _next_starts(session, station, now)
    return [_programme_json(row, items[row.id], rules[row.id], coming.get(row.id), zone) for row in rows]


async def _items(session: AsyncSession, station: StationId, only: str | None) -> dict[str, list[dict[str, Any]]]:
    query = (
        select(ProgrammeItemRow.programme_id, RecordingRow)
        .join(RecordingRow, RecordingRow.id == ProgrammeItemRow.recording_id)
        .where(ProgrammeItemRow.station_id == station)
        .order_by(ProgrammeItemRow.programme_id, ProgrammeItemRow.position)
    )
    if only is not None:
        query = query.where(ProgrammeItemRow.programme_id == only)
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for programme, recording in await session.execute(query):
        about = {"recording_id": recording.id, "title": recording.title, "duration_us": recording.duration_us}
        found[programme].append(about | {"deleted": recording.deleted_us is not None})
    return found


async def _rules(session: AsyncSession, station: StationId, only: str | None) -> dict[str, list[dict[str, Any]]]:
    query = select(RuleRow).filter_by(station_id=station, deleted_us=None)
    if only is not None:
        query = query.where(RuleRow.programme_id == only)
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in await session.scalars(query.order_by(RuleRow.made_us, RuleRow.id)):
        found[row.programme_id].append(_rule_json(row))
    return found


async def _next_starts(session: AsyncSession, station: StationId, now: Micros) -> dict[str, int]:
    query = (
        select(AiringRow.programme_id, func.min(AiringRow.start_us))
        .where(AiringRow.station_id == station, AiringRow.start_us > now)
        .where(AiringRow.first_plan.is_not(None), AiringRow.withdrawn_plan.is_(None))
        .group_by(AiringRow.programme_id)
    )
    return dict((await session.execute(query)).all())


def _programme_json(
    row: ProgrammeRow,
    items: list[dict[str, Any]],
    rules: list[dict[str, Any]],
    next_us: int | None,
    zone: str,
) -> dict[str, Any]:
    return {
        "id": row.id,
        "title": row.title,
        "priority": row.priority,
        "priority_name": priority_name(row.priority),
        "targets": row.targets,
        "items": items,
        "duration_us": sum(item["duration_us"] for item in items),
        "grace_s": row.grace_us // SECOND,
        "if_busy": row.if_busy,
        "if_interrupted": row.if_interrupted,
        "rules": rules,
        "next_us": next_us,
        "next": None if next_us is None else local_text(zone, next_us),
        "made_by": row.made_by,
        "made_us": row.made_us,
    }


def _rule_json(row: RuleRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "programme_id": row.programme_id,
        "recurrence": row.recurrence,
        "first_day": row.first_day,
        "last_day": row.last_day,
        "times": row.times,
        "exceptions": row.exceptions,
        "zone": row.zone,
        "made_by": row.made_by,
        "made_us": row.made_us,
    }
