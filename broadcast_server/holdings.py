"""What the station holds, sample or own, read from the tables; and how far its first steps are."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast_server.library.recordings import ours
from broadcast_server.samples import Holdings, KnownCluster, KnownProgramme
from broadcast_server.store.fleet import BoxRow
from broadcast_server.store.library import RecordingRow
from broadcast_server.store.orders import TemplateRow
from broadcast_server.store.programmes import ProgrammeItemRow, ProgrammeRow, RuleRow
from broadcast_server.store.samples import SampleRow
from broadcast_server.store.station import ClusterRow, VillageRow
from speaker_client.protocol.ids import StationId


@dataclass(frozen=True)
class FirstSteps:
    """Clusters with a box, and how many of these boxes are samples; whether there is a recording of one's own, and a
    programme of one's own with a time; whether anything here is a sample."""

    clusters: int
    simulated: int
    bulletin: bool
    time: bool
    samples: bool


async def read_holdings(session: AsyncSession, station: StationId) -> Holdings:
    """All that is not deleted."""
    programmes = (
        await session.scalars(
            select(ProgrammeRow).filter_by(station_id=station, deleted_us=None).order_by(ProgrammeRow.made_us)
        )
    ).all()
    items: dict[str, set[str]] = defaultdict(set)
    for row in await session.scalars(select(ProgrammeItemRow).filter_by(station_id=station)):
        items[row.programme_id].add(row.recording_id)
    rules = Counter(await session.scalars(select(RuleRow.programme_id).filter_by(station_id=station, deleted_us=None)))
    boxes = select(BoxRow).filter_by(station_id=station, revoked_us=None)
    serving: dict[str, str] = {row.cluster_id: row.id for row in await session.scalars(boxes)}
    clusters = select(ClusterRow).filter_by(station_id=station, deleted_us=None).order_by(ClusterRow.position)
    villages = select(VillageRow).filter_by(station_id=station, deleted_us=None).order_by(VillageRow.name)
    templates = select(TemplateRow.recording_id).filter_by(station_id=station)
    return Holdings(
        programmes={
            row.id: KnownProgramme(row.title, frozenset(items[row.id]), rules[row.id], row.relay is not None)
            for row in programmes
        },
        recordings={row.id: row.title for row in await session.scalars(ours(station).order_by(RecordingRow.made_us))},
        clusters={
            row.id: KnownCluster(row.name, row.village_id, serving.get(row.id))
            for row in await session.scalars(clusters)
        },
        villages={row.id: row.name for row in await session.scalars(villages)},
        templates=frozenset(one for one in await session.scalars(templates) if one is not None),
        marked=frozenset(await session.scalars(select(SampleRow.subject).filter_by(station_id=station))),
    )


async def read_first_steps(session: AsyncSession, station: StationId) -> FirstSteps:
    """How far it is."""
    marked = select(SampleRow.subject).filter_by(station_id=station)
    serving = select(BoxRow.id).filter_by(station_id=station, revoked_us=None)
    own_sound = ours(station).where(RecordingRow.id.not_in(marked))
    timed = select(RuleRow.id).join(ProgrammeRow, ProgrammeRow.id == RuleRow.programme_id)
    timed = timed.where(RuleRow.station_id == station, RuleRow.deleted_us.is_(None), ProgrammeRow.deleted_us.is_(None))
    timed = timed.where(ProgrammeRow.announcement.is_(False), ProgrammeRow.id.not_in(marked))
    alive = (
        exists().where(table.id.in_(marked), table.deleted_us.is_(None))
        for table in (ProgrammeRow, RecordingRow, ClusterRow, VillageRow)
    )

    async def count(query: Select[Any]) -> int:
        return await session.scalar(select(func.count()).select_from(query.subquery())) or 0

    return FirstSteps(
        clusters=await count(serving),
        simulated=await count(serving.where(BoxRow.id.in_(marked))),
        bulletin=await count(own_sound) > 0,
        time=await count(timed) > 0,
        samples=any([await session.scalar(select(one)) for one in alive]),
    )
