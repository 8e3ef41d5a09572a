"""The whole timetable, read from the tables."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import time

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast_server.programmes.rows import item_of, programme_of, rule_of
from broadcast_server.schedule.programme import Item
from broadcast_server.schedule.quiet_hours import NEVER, QuietHours
from broadcast_server.schedule.station import ClusterSite, Station
from broadcast_server.schedule.timetable import Schedule
from broadcast_server.store.base import past_mapper
from broadcast_server.store.library import RecordingRow
from broadcast_server.store.programmes import ProgrammeItemRow, ProgrammeRow, RuleRow
from broadcast_server.store.station import ClusterRow, LoudspeakerRow, StationRow, VillageRow
from speaker_client.protocol.ids import ClusterId, LoudspeakerNumber, ProgrammeId, StationId, VillageId


@dataclass(frozen=True)
class Timetable:
    """Where it can sound, what is to be played there when, and when only an emergency may."""

    station: Station
    schedule: Schedule
    quiet: QuietHours = NEVER


async def read_timetable(session: AsyncSession, station: StationId) -> Timetable:
    """The timetable of what is not deleted."""
    sites, schedule = await read_sites(session, station), await read_schedule(session, station)
    return Timetable(sites, schedule, await read_quiet(session, station))


async def read_quiet(session: AsyncSession, station: StationId) -> QuietHours:
    """The station's quiet hours."""
    query = select(StationRow.quiet_from, StationRow.quiet_until, StationRow.zone).where(StationRow.id == station)
    start, end, zone = (await session.execute(query)).one()
    return QuietHours(time.fromisoformat(start), time.fromisoformat(end), zone)


def write_quiet(row: StationRow, quiet: QuietHours) -> None:
    """The quiet hours, into the station's row."""
    row.quiet_from, row.quiet_until = f"{quiet.start:%H:%M}", f"{quiet.end:%H:%M}"


_SITES = (
    select(VillageRow.id, ClusterRow.id, ClusterRow.rests_until_us, LoudspeakerRow.number)
    .outerjoin(ClusterRow, (ClusterRow.village_id == VillageRow.id) & ClusterRow.deleted_us.is_(None))
    .outerjoin(LoudspeakerRow, LoudspeakerRow.cluster_id == ClusterRow.id)
    .where(VillageRow.station_id == bindparam("station"), VillageRow.deleted_us.is_(None))
    .order_by(ClusterRow.position, ClusterRow.id)
)


async def read_sites(session: AsyncSession, station: StationId) -> Station:
    """Villages, clusters (in their order on screens) and loudspeakers."""
    villages: set[VillageId] = set()
    homes: dict[ClusterId, VillageId] = {}
    rests: dict[ClusterId, int] = {}
    numbers: dict[ClusterId, set[LoudspeakerNumber]] = defaultdict(set)
    for village, cluster, rests_until_us, number in await past_mapper(session, _SITES, {"station": station}):
        villages.add(VillageId(village))
        if cluster is not None:
            homes[ClusterId(cluster)], rests[ClusterId(cluster)] = VillageId(village), rests_until_us
        if number is not None:
            numbers[ClusterId(cluster)].add(LoudspeakerNumber(number))
    sites = (ClusterSite(one, village, frozenset(numbers[one]), rests[one]) for one, village in homes.items())
    return Station(frozenset(villages), tuple(sites))


async def read_schedule(session: AsyncSession, station: StationId) -> Schedule:
    """Programmes and rules."""
    items = await _items(session, station)
    programmes = await session.scalars(select(ProgrammeRow).filter_by(station_id=station, deleted_us=None))
    found = {ProgrammeId(row.id): programme_of(row, items[row.id]) for row in programmes}
    rules = await session.scalars(
        select(RuleRow).filter_by(station_id=station, deleted_us=None).order_by(RuleRow.made_us, RuleRow.id)
    )
    return Schedule(found, tuple(rule_of(row) for row in rules))


async def _items(session: AsyncSession, station: StationId) -> dict[str, list[Item]]:
    query = (
        select(ProgrammeItemRow.programme_id, RecordingRow)
        .join(RecordingRow, RecordingRow.id == ProgrammeItemRow.recording_id)
        .where(ProgrammeItemRow.station_id == station)
        .order_by(ProgrammeItemRow.programme_id, ProgrammeItemRow.position)
    )
    items: dict[str, list[Item]] = defaultdict(list)
    for programme, recording in await session.execute(query):
        items[programme].append(item_of(recording))
    return items
