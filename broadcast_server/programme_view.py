"""Programmes as people see them: with their recordings, their rules and when they play next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import cast

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from typing_extensions import TypedDict

from broadcast_server.local_time import local_text
from broadcast_server.programmes.priorities import PriorityName, priority_name
from broadcast_server.programmes.rows import RecurrenceJson
from broadcast_server.schedule.programme import IfBusy, IfInterrupted
from broadcast_server.store.airings import AiringRow
from broadcast_server.store.library import RecordingRow
from broadcast_server.store.programmes import ProgrammeItemRow, ProgrammeRow, RuleRow
from broadcast_server.store.relays import RelaySourceRow
from speaker_client.protocol.ids import SECOND, Micros, StationId
from speaker_client.protocol.priority import Priority


class ProgrammeItemJson(TypedDict):
    """A recording in a programme; `deleted`: it is no longer in the library, and still plays here."""

    recording_id: str
    title: str
    duration_us: int
    deleted: bool


class RelaySourceNameJson(TypedDict):
    """A relay source by its id and name; the name is empty for one that is not known any more."""

    id: str
    name: str


class ProgrammeRelayJson(TypedDict):
    """Sources in their order, and for how many seconds."""

    sources: list[RelaySourceNameJson]
    length_s: int


class RuleJson(TypedDict):
    """When a programme plays, in local wall time of `zone`: days `YYYY-MM-DD`, times `HH:MM[:SS]`.

    `last_day` null: for ever. `exceptions`: days on which it does not play.
    """

    id: str
    programme_id: str
    recurrence: RecurrenceJson
    first_day: str
    last_day: str | None
    times: list[str]
    exceptions: list[str]
    zone: str
    made_by: str
    made_us: int


class ProgrammeJson(TypedDict):
    """A programme. `targets`: `all`, `village:ID`, `cluster:ID`, `loudspeaker:CLUSTER:N`.

    `grace_s`: how many seconds late it may still be played. `gain_cb`: how much softer it is than others, in hundredths
    of a decibel. `next_us`: its next start in the plans, `next` the same in
    local ISO text.
    """

    id: str
    title: str
    priority: Priority
    priority_name: PriorityName
    targets: list[str]
    items: list[ProgrammeItemJson]
    relay: ProgrammeRelayJson | None
    duration_us: int
    grace_s: int
    if_busy: IfBusy
    if_interrupted: IfInterrupted
    gain_cb: int
    rules: list[RuleJson]
    next_us: int | None
    next: str | None
    made_by: str
    made_us: int


async def read_programmes(session: AsyncSession, station: StationId, zone: str, now: Micros) -> list[ProgrammeJson]:
    """All programmes that are not deleted, by title."""
    query = select(ProgrammeRow).filter_by(station_id=station, deleted_us=None)
    rows = list(await session.scalars(query.order_by(ProgrammeRow.title, ProgrammeRow.id)))
    return await _shown(session, station, rows, zone, now)


async def read_programme(session: AsyncSession, row: ProgrammeRow, zone: str, now: Micros) -> ProgrammeJson:
    """One programme."""
    return (await _shown(session, StationId(row.station_id), [row], zone, now))[0]


async def _shown(
    session: AsyncSession, station: StationId, rows: Sequence[ProgrammeRow], zone: str, now: Micros
) -> list[ProgrammeJson]:
    only = rows[0].id if len(rows) == 1 else None
    items = await _items(session, station, only)
    rules = await _rules(session, station, only)
    coming = await _next_starts(session, station, now)
    sources = await _source_names(session, station) if any(row.relay for row in rows) else {}
    return [_programme_json(row, items[row.id], rules[row.id], coming.get(row.id), sources, zone) for row in rows]


async def _source_names(session: AsyncSession, station: StationId) -> dict[str, str]:
    return dict(
        (await session.execute(select(RelaySourceRow.id, RelaySourceRow.name).filter_by(station_id=station))).all()
    )


async def _items(session: AsyncSession, station: StationId, only: str | None) -> dict[str, list[ProgrammeItemJson]]:
    query = (
        select(ProgrammeItemRow.programme_id, RecordingRow)
        .join(RecordingRow, RecordingRow.id == ProgrammeItemRow.recording_id)
        .where(ProgrammeItemRow.station_id == station)
        .order_by(ProgrammeItemRow.programme_id, ProgrammeItemRow.position)
    )
    if only is not None:
        query = query.where(ProgrammeItemRow.programme_id == only)
    found: dict[str, list[ProgrammeItemJson]] = defaultdict(list)
    for programme, recording in await session.execute(query):
        found[programme].append(
            {
                "recording_id": recording.id,
                "title": recording.title,
                "duration_us": recording.duration_us,
                "deleted": recording.deleted_us is not None,
            }
        )
    return found


async def _rules(session: AsyncSession, station: StationId, only: str | None) -> dict[str, list[RuleJson]]:
    query = select(RuleRow).filter_by(station_id=station, deleted_us=None)
    if only is not None:
        query = query.where(RuleRow.programme_id == only)
    found: dict[str, list[RuleJson]] = defaultdict(list)
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
    items: list[ProgrammeItemJson],
    rules: list[RuleJson],
    next_us: int | None,
    sources: Mapping[str, str],
    zone: str,
) -> ProgrammeJson:
    relay: ProgrammeRelayJson | None = None
    if row.relay:
        named: list[RelaySourceNameJson] = [{"id": one, "name": sources.get(one, "")} for one in row.relay["sources"]]
        relay = {"sources": named, "length_s": row.relay["length_s"]}
    items_us = sum(item["duration_us"] for item in items)
    return {
        "id": row.id,
        "title": row.title,
        "priority": Priority(row.priority),
        "priority_name": priority_name(row.priority),
        "targets": row.targets,
        "items": items,
        "relay": relay,
        "duration_us": relay["length_s"] * SECOND if relay else items_us,
        "grace_s": row.grace_us // SECOND,
        "if_busy": IfBusy(row.if_busy),
        "if_interrupted": IfInterrupted(row.if_interrupted),
        "gain_cb": row.gain_cb,
        "rules": rules,
        "next_us": next_us,
        "next": None if next_us is None else local_text(zone, next_us),
        "made_by": row.made_by,
        "made_us": row.made_us,
    }


def _rule_json(row: RuleRow) -> RuleJson:
    return {
        "id": row.id,
        "programme_id": row.programme_id,
        "recurrence": cast(RecurrenceJson, row.recurrence),
        "first_day": row.first_day,
        "last_day": row.last_day,
        "times": row.times,
        "exceptions": row.exceptions,
        "zone": row.zone,
        "made_by": row.made_by,
        "made_us": row.made_us,
    }
