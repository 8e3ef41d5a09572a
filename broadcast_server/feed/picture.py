"""The picture everybody watches, read from the tables: one part for each cluster and each order, the next airing,
the faults."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from operator import itemgetter
from typing import cast

from sqlalchemy import Select, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from typing_extensions import TypedDict

from broadcast_server.evidence import ShortStepsJson, short_steps_json
from broadcast_server.feed.rounds import RoundsJson, rounds_json
from broadcast_server.fleet.ledger import ENDS, State
from broadcast_server.fleet.presence import Presence
from broadcast_server.fleet.readiness import Readiness, readiness
from broadcast_server.order_view import OrderHeadJson, head_json
from broadcast_server.people.naming import full_names
from broadcast_server.relay.notes import Notes, ProbeJson, SwitchJson, notes_of
from broadcast_server.relay.view import meanwhile_of, sources_of
from broadcast_server.schedule.floor import SHORTEST_LATE_PART_US
from broadcast_server.store.airings import UNDECIDED, AiringRow
from broadcast_server.store.fleet import FaultRow
from broadcast_server.store.orders import OrderRow
from broadcast_server.store.relays import RelayRow, RelaySourceRow
from broadcast_server.store.station import ClusterRow, LoudspeakerRow
from broadcast_server.today import Broadcast, next_broadcast
from speaker_client.protocol.ids import DAY, HOUR, MINUTE, ClusterId, Micros, StationId
from speaker_client.protocol.priority import Priority

SHOWN_AFTER_US = 5 * MINUTE
"""An order that is over stays so long, for everyone to see how it ended."""
LONGEST_US = 2 * HOUR + MINUTE
"""From when an order was made to its end, at most."""
MOST_ORDERS = 20
RELAY_AHEAD_US = 15 * MINUTE
_ENDS = [end.value for end in ENDS]


class OnAirJson(ShortStepsJson):
    """What a cluster plays, with its ladder. `order_id` null: it is of the timetable."""

    airing_id: str
    occurrence_id: str
    order_id: str | None
    programme_id: str
    title: str
    priority: Priority
    started_us: int | None
    end_us: int


class LoudspeakerPartJson(TypedDict):
    """A loudspeaker: would it sound if it were told to now?"""

    number: int
    state: Readiness


class ClusterPartJson(TypedDict):
    """`cluster:ID`. `position`: its place on screens; `presence` null: it has no box."""

    name: str
    position: int
    presence: Presence | None
    loudspeakers: list[LoudspeakerPartJson]
    on_air: OnAirJson | None


class NextPartJson(TypedDict):
    """`next`: the first broadcast that is still to come within a week; `clusters` by id."""

    occurrence_id: str
    programme_id: str
    title: str
    priority: Priority
    start_us: int
    end_us: int
    clusters: list[str]


class FaultsPartJson(TypedDict):
    """`faults`: how many are open."""

    open: int


class OrderPartClusterJson(ShortStepsJson):
    """How an order stands on a cluster; `airing_id`: by which it is stopped there; `withdrawn`: it was, which its box
    may not know yet."""

    cluster_id: str
    airing_id: str
    state: State
    withdrawn: bool


class OrderPartJson(OrderHeadJson):
    """`order:ID`: an order that is not over, or only just, with its ladder on each cluster; `interrupts`: the titles of
    what waits beneath it where it sounds now, and goes on there when it is over; `progress`: of one that is said
    several times; `by`: the full name of whoever gave it."""

    by: str
    over: bool
    progress: RoundsJson | None
    interrupts: list[str]
    clusters: list[OrderPartClusterJson]


class RelayPartJson(TypedDict):
    """`relay:OCCURRENCE`: a relay on air, soon to be, or just over; the last look at each of its `sources`, in the
    order in which they are taken, and the last change between them; `meanwhile`: the titles of what is played while
    none sounds."""

    programme_id: str
    title: str
    start_us: int
    end_us: int
    no_source: bool
    sources: list[ProbeJson]
    meanwhile: list[str]
    switch: SwitchJson | None


PartJson = ClusterPartJson | OrderPartJson | RelayPartJson | NextPartJson | FaultsPartJson

Standing = tuple[Presence | None, Collection[str]]
"""How a cluster's box stands, None for a cluster without one, and its faults as it last said them."""
Playing = Mapping[str, Collection[AiringRow]]
"""What has begun and not ended, by cluster."""
StandingOf = Callable[[ClusterId], Standing]


async def read_parts(
    session: AsyncSession, station: StationId, standing_of: StandingOf, now: Micros
) -> Mapping[str, PartJson]:
    """The picture now."""
    playing = await _playing(session, station, now)
    parts: dict[str, PartJson] = {
        **await _clusters(session, station, standing_of, playing),
        **await _orders(session, station, playing, now),
        **await read_relay_parts(session, station, now),
    }
    coming = await next_broadcast(session, station, now)
    if coming is not None:
        parts["next"] = _next(coming)
    is_open = (FaultRow.station_id == station) & FaultRow.cleared_us.is_(None)
    parts["faults"] = {"open": await session.scalar(select(func.count()).select_from(FaultRow).where(is_open)) or 0}
    return parts


async def _playing(session: AsyncSession, station: StationId, now: Micros) -> Playing:
    query = select(AiringRow).where(
        UNDECIDED,
        AiringRow.station_id == station,
        AiringRow.end_us > now - DAY,
        AiringRow.state == State.PLAYING.value,
    )
    playing: dict[str, list[AiringRow]] = defaultdict(list)
    for row in await session.scalars(query):
        playing[row.cluster_id].append(row)
    return playing


async def _clusters(
    session: AsyncSession, station: StationId, standing_of: StandingOf, playing: Playing
) -> dict[str, ClusterPartJson]:
    horns: dict[str, list[LoudspeakerRow]] = defaultdict(list)
    for horn in await session.scalars(select(LoudspeakerRow).filter_by(station_id=station)):
        horns[horn.cluster_id].append(horn)
    places = select(ClusterRow.id, ClusterRow.name, ClusterRow.position).filter_by(station_id=station, deleted_us=None)
    parts: dict[str, ClusterPartJson] = {}
    for cluster, name, position in await session.execute(places.order_by(ClusterRow.position)):
        standing = standing_of(ClusterId(cluster))
        parts[f"cluster:{cluster}"] = {
            "name": name,
            "position": position,
            "presence": standing[0],
            "loudspeakers": _loudspeakers(horns[cluster], standing),
            "on_air": _on_air(playing.get(cluster, ())),
        }
    return parts


def _loudspeakers(horns: Iterable[LoudspeakerRow], standing: Standing) -> list[LoudspeakerPartJson]:
    return [
        {"number": one.number, "state": readiness(*standing, one.muted, one.heard, one.unheard)}
        for one in sorted(horns, key=lambda one: one.number)
    ]


def _on_air(playing: Iterable[AiringRow]) -> OnAirJson | None:
    """The strongest and newest of what has begun and not ended: the others wait beneath it."""
    row = max(playing, key=lambda one: (one.priority, one.started_us or one.start_us), default=None)
    if row is None:
        return None
    return {
        "airing_id": row.id,
        "occurrence_id": row.occurrence_id,
        "order_id": row.order_id,
        "programme_id": row.programme_id,
        "title": row.title,
        "priority": Priority(row.priority),
        "started_us": row.started_us,
        "end_us": row.end_us,
        **short_steps_json(row),
    }


def _next(coming: Broadcast) -> NextPartJson:
    return {
        "occurrence_id": coming.occurrence,
        "programme_id": coming.programme,
        "title": coming.title,
        "priority": Priority(coming.priority),
        "start_us": coming.start_us,
        "end_us": coming.end_us,
        "clusters": [one.cluster for one in coming.clusters],
    }


def alive(station: StationId, now: Micros) -> Select[OrderRow]:
    """The newest orders that are not over, or only just."""
    lately = or_(AiringRow.state.not_in(_ENDS), AiringRow.decided_us > now - SHOWN_AFTER_US)
    query = select(OrderRow).where(
        OrderRow.station_id == station,
        OrderRow.made_us > now - SHOWN_AFTER_US - LONGEST_US,  # by the index: ten years have many orders
        OrderRow.until_us > now - SHOWN_AFTER_US,  # a live is over by its close, before its boxes have said their ends
        exists().where(AiringRow.order_id == OrderRow.id, lately),
    )
    return query.order_by(OrderRow.made_us.desc()).limit(MOST_ORDERS)


async def _orders(session: AsyncSession, station: StationId, playing: Playing, now: Micros) -> dict[str, OrderPartJson]:
    orders = list(await session.scalars(alive(station, now)))
    airings: dict[str | None, list[AiringRow]] = defaultdict(list)
    if orders:
        told = select(AiringRow).join(ClusterRow, ClusterRow.id == AiringRow.cluster_id)
        told = told.where(AiringRow.order_id.in_([order.id for order in orders])).order_by(ClusterRow.position)
        for row in await session.scalars(told):
            airings[row.order_id].append(row)
    people = await full_names(session, station, {order.made_by for order in orders})
    return {f"order:{order.id}": _order(order, airings[order.id], playing, people) for order in orders}


async def read_relay_parts(session: AsyncSession, station: StationId, now: Micros) -> dict[str, RelayPartJson]:
    """Relays on air, soon to be, or just over: how fit their sources are, and what happened last."""
    near = (RelayRow.start_us < now + RELAY_AHEAD_US) & (RelayRow.end_us > now - SHOWN_AFTER_US)
    rows = list(await session.scalars(select(RelayRow).where(RelayRow.station_id == station, near)))
    programmes = {row.programme_id for row in rows}
    if not programmes:
        return {}
    sources, meanwhile = await sources_of(session, programmes), await meanwhile_of(session, programmes)
    return {
        f"relay:{row.occurrence_id}": _relay(row, sources.get(row.programme_id, ()), meanwhile[row.programme_id])
        for row in rows
    }


def _relay(row: RelayRow, sources: Iterable[RelaySourceRow], meanwhile: list[str]) -> RelayPartJson:
    notes = notes_of(row)
    looks = _looks(notes, sources)
    return {
        "programme_id": row.programme_id,
        "title": row.title,
        "start_us": row.start_us,
        "end_us": row.end_us,
        "no_source": bool(looks) and not any(one["ok"] for one in looks),
        "sources": looks,
        "meanwhile": meanwhile,
        "switch": notes.switches[-1] if notes.switches else None,
    }


def _looks(notes: Notes, sources: Iterable[RelaySourceRow]) -> list[ProbeJson]:
    """The last look at each source, for this relay or because somebody asked; without sources, that there is none."""
    noted = {one["source"]: one for one in notes.newest_probes()}
    each = ((noted.get(one.id), cast(ProbeJson | None, one.probed)) for one in sources)
    newest = [max(filter(None, looks), key=itemgetter("at_us"), default=None) for looks in each]
    return [one for one in newest if one] or list(noted.values())


def _order(
    order: OrderRow, airings: Collection[AiringRow], playing: Playing, people: Mapping[str, str]
) -> OrderPartJson:
    """The order and its ladder: when each cluster was sent it, acknowledged it, began to play it, was heard."""
    clusters: list[OrderPartClusterJson] = [
        {
            "cluster_id": row.cluster_id,
            "airing_id": row.id,
            "state": State(row.state),
            "withdrawn": row.withdrawn_by is not None,
            **short_steps_json(row),
        }
        for row in airings
    ]
    return {
        **head_json(order),
        "by": people.get(order.made_by, order.made_by),
        "over": all(one["state"] in ENDS for one in clusters),
        "progress": rounds_json(airings, order.rounds),
        "interrupts": _interrupted(airings, playing),
        "clusters": clusters,
    }


def _interrupted(airings: Iterable[AiringRow], playing: Playing) -> list[str]:
    """What waits beneath an order and is not too late to go on when that is over."""
    beneath = (
        under.title
        for row in airings
        if row.state == State.PLAYING
        for under in playing.get(row.cluster_id, ())
        if under.priority < row.priority and (under.planned or {}).get("resumes")
        if under.until_us >= row.end_us + SHORTEST_LATE_PART_US
    )
    return list(dict.fromkeys(beneath))
