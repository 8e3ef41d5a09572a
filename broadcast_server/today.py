"""Today on one screen: what is on air, what comes next, and the day's timetable, cluster by cluster."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast_server.broadcast_log import Line, lines_of
from broadcast_server.fleet.ledger import ENDS, State
from broadcast_server.local_time import day_window, local
from broadcast_server.schedule.occurrence import Window
from broadcast_server.store.airings import AiringRow
from broadcast_server.store.station import ClusterRow
from speaker_client.protocol.ids import DAY, AiringId, ClusterId, Micros, OccurrenceId, ProgrammeId, StationId
from speaker_client.protocol.report import Reason

if TYPE_CHECKING:
    from broadcast_server.station import Station  # it is itself made of what looks in here

NEXT_WITHIN_US = 7 * DAY


@dataclass(frozen=True)
class ClusterAiring:
    """A broadcast on one cluster. `vi`, `en`: how it stands, in a sentence."""

    airing: AiringId
    cluster: ClusterId
    cluster_name: str
    state: State
    reason: Reason | None
    by: str | None
    due_us: int
    started_us: int | None
    error_us: int | None
    vi: str
    en: str


@dataclass(frozen=True)
class Broadcast:
    """One occurrence of a programme on all its clusters, from the first due start to the last planned end.

    `sounding_us`: how long of it is to be heard, without the breaks; on the cluster that hears most of it.
    """

    occurrence: OccurrenceId
    programme: ProgrammeId
    title: str
    priority: int
    start_us: int
    end_us: int
    sounding_us: int
    clusters: tuple[ClusterAiring, ...]
    no_source: bool = False
    """Whether it is a relay none of whose sources was fit when they were last looked at."""
    scheduled_us: int = 0
    """Where the timetable set it, before any delay."""

    @property
    def on_air(self) -> bool:
        """Whether any cluster plays it now."""
        return any(one.state is State.PLAYING for one in self.clusters)

    def count(self, *states: State) -> int:
        """On how many clusters it stands so."""
        return sum(one.state in states for one in self.clusters)


@dataclass(frozen=True)
class ClusterNow:
    """What a cluster plays now, if anything."""

    cluster: ClusterId
    name: str
    on_air: Broadcast | None


@dataclass(frozen=True)
class Today:
    """The station's day. `next` is the first that is still to come, today or within a week."""

    station_name: str
    zone: str
    now_us: int
    day: date
    on_air: tuple[Broadcast, ...]
    next: Broadcast | None
    timetable: tuple[Broadcast, ...]
    clusters: tuple[ClusterNow, ...]


async def today(station: Station, now: Micros) -> Today:
    """What the station's day looks like now."""
    day = local(station.zone, now).date()
    window = day_window(station.zone, day)
    async with station.database.reading() as session:
        rows = await session.scalars(airings_of_day(station.station_id, window))
        found = broadcasts(await lines_of(session, station.station_id, newest(rows)))
        coming = await next_broadcast(session, station.station_id, now)
        places = await session.scalars(
            select(ClusterRow).filter_by(station_id=station.station_id, deleted_us=None).order_by(ClusterRow.position)
        )
        clusters = [(ClusterId(row.id), row.name) for row in places]
    on_air = tuple(one for one in found if one.on_air)
    return Today(
        station_name=station.name,
        zone=station.zone,
        now_us=now,
        day=day,
        on_air=on_air,
        next=coming,
        timetable=found,
        clusters=tuple(ClusterNow(cluster, name, _playing(on_air, cluster)) for cluster, name in clusters),
    )


def airings_of_day(station: StationId, window: Window) -> Select[AiringRow]:
    """What begins on the day, reaches into it, or began the day before and still sounds; a range of one index."""
    touching = or_(AiringRow.end_us > window.start_us, AiringRow.state == State.PLAYING.value)
    recent = AiringRow.start_us.between(window.start_us - DAY, window.end_us - 1)
    return select(AiringRow).where(AiringRow.station_id == station, recent, touching)


def broadcasts(lines: Iterable[Line]) -> tuple[Broadcast, ...]:
    """The lines gathered by occurrence, by time; of each cluster one line is expected."""
    gathered: dict[str, list[Line]] = {}
    for line in lines:
        gathered.setdefault(line.row.occurrence_id, []).append(line)
    found = [_broadcast(group) for group in gathered.values()]
    return tuple(sorted(found, key=lambda one: (one.start_us, -one.priority, one.occurrence)))


async def next_broadcast(session: AsyncSession, station: StationId, now: Micros) -> Broadcast | None:
    """The first that is still to come within a week."""
    coming = (
        select(AiringRow)
        .where(AiringRow.station_id == station, AiringRow.withdrawn_plan.is_(None))
        .where(AiringRow.start_us > now, AiringRow.start_us <= now + NEXT_WITHIN_US)
        .where(AiringRow.first_plan.is_not(None), AiringRow.state.not_in([end.value for end in ENDS]))
    )
    first = await session.scalar(coming.order_by(AiringRow.start_us, AiringRow.priority.desc(), AiringRow.id).limit(1))
    if first is None:
        return None
    same = await session.scalars(coming.where(AiringRow.occurrence_id == first.occurrence_id))
    return broadcasts(await lines_of(session, station, newest(same)))[0]


def newest(rows: Iterable[AiringRow]) -> list[AiringRow]:
    """Of each occurrence and cluster the row with the highest revision."""
    ascending = sorted(rows, key=lambda row: row.revision)
    return list({(row.occurrence_id, row.cluster_id): row for row in ascending}.values())


def _broadcast(group: list[Line]) -> Broadcast:
    row = group[0].row
    return Broadcast(
        occurrence=OccurrenceId(row.occurrence_id),
        programme=ProgrammeId(row.programme_id),
        title=row.title,
        priority=row.priority,
        scheduled_us=min(line.row.scheduled_us for line in group),
        start_us=min(line.row.start_us for line in group),
        end_us=max(line.row.end_us for line in group),
        sounding_us=max(_sounding_us(line.row) for line in group),
        clusters=tuple(_cluster_airing(line) for line in sorted(group, key=lambda line: line.cluster_name)),
        no_source=any(line.notes is not None and line.notes.no_source for line in group),
    )


def _sounding_us(row: AiringRow) -> int:
    whole = row.end_us - row.start_us
    if row.planned is None:
        return whole
    parts: int = sum(part["length_us"] for part in row.planned["parts"])
    return min(whole, parts)  # a live ends before it might have


def _cluster_airing(line: Line) -> ClusterAiring:
    row = line.row
    return ClusterAiring(
        airing=AiringId(row.id),
        cluster=ClusterId(row.cluster_id),
        cluster_name=line.cluster_name,
        state=State(row.state),
        reason=None if row.reason is None else Reason(row.reason),
        by=line.by,
        due_us=row.start_us,
        started_us=row.started_us,
        error_us=row.error_us,
        vi=line.sentence.vi,
        en=line.sentence.en,
    )


def _playing(on_air: tuple[Broadcast, ...], cluster: ClusterId) -> Broadcast | None:
    for one in on_air:
        if any(airing.cluster == cluster and airing.state is State.PLAYING for airing in one.clusters):
            return one
    return None
