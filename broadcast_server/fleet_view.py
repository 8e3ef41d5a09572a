"""The fleet as people see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from typing_extensions import TypedDict

from broadcast_server.clock import Clock
from broadcast_server.fleet.presence import Presence, age_us
from broadcast_server.fleet.readiness import Readiness, readiness
from broadcast_server.local_time import LATEST_US
from broadcast_server.monitoring import Monitoring
from broadcast_server.people.naming import full_names
from broadcast_server.store.base import Database
from broadcast_server.store.fleet import BoxRow, FaultRow
from broadcast_server.store.station import ClusterRow, LoudspeakerRow, VillageRow
from speaker_client.protocol.ids import BoxId, Micros, StationId

MOST_FAULTS = 500


class VillageJson(TypedDict):
    """A village, or the commune centre."""

    id: str
    name: str


class LoudspeakerJson(TypedDict):
    """A loudspeaker of a cluster. `gain_cb`: hundredths of a decibel. `state`: would it sound if it were told to now?
    `heard`: whether whoever stood beneath it at its last test heard it, null if nobody has said; `heard_us`: when."""

    number: int
    name: str
    gain_cb: int
    muted: bool
    state: Readiness
    heard: bool | None
    heard_us: int | None


class BoxJson(TypedDict):
    """A box and what it last said of itself; null where it has not said it yet.

    `age_us`: how long ago it spoke. `plan_acked`: the newest plan that it has, `report_n`: how many reports of it are
    here. `on_air`: the airing that it plays. `clock`: how far it trusts its clock. `missing`: pieces of sound that it
    still has to fetch. `faults`: codes.
    """

    id: str
    presence: Presence
    seen_us: int | None
    age_us: int | None
    software: str
    enrolled_us: int
    plan_acked: int
    report_n: int
    on_air: str | None
    clock: str | None
    clock_error_us: int | None
    missing: int | None
    faults: list[str]


class RestsJson(TypedDict):
    """A cluster is switched off for a while: nothing but an emergency sounds there. `until_us` null: until somebody
    switches it on."""

    since_us: int
    until_us: int | None
    by: str
    why: str


class ClusterJson(TypedDict):
    """A cluster. `village` is the village's name, `box` null before one is enrolled; `latitude` and `longitude` in
    degrees, null until somebody has said where it stands; `keeper`: who can go and look, and where they are called.
    `hours_cb`: how much softer all but an emergency is in each hour of the day, null: the same all day. `rests`
    null: it is not switched off."""

    id: str
    name: str
    village_id: str
    village: str
    latitude: float | None
    longitude: float | None
    keeper: str
    keeper_phone: str
    hours_cb: list[int] | None
    rests: RestsJson | None
    loudspeakers: list[LoudspeakerJson]
    box: BoxJson | None


class FaultJson(TypedDict):
    """What is, or was, wrong with a box: open while `cleared_us` is null."""

    box_id: str
    code: str
    detail: str
    raised_us: int
    cleared_us: int | None


async def read_villages(database: Database, station: StationId) -> list[VillageJson]:
    """All villages by name."""
    async with database.reading() as session:
        rows = await session.scalars(
            select(VillageRow).filter_by(station_id=station, deleted_us=None).order_by(VillageRow.name)
        )
        return [{"id": row.id, "name": row.name} for row in rows]


async def read_clusters(
    database: Database, station: StationId, clock: Clock, monitoring: Monitoring
) -> list[ClusterJson]:
    """All clusters in order, each with village, loudspeakers and box (None before one is enrolled)."""
    async with database.reading() as session:
        query = select(ClusterRow, VillageRow.name).join(VillageRow, VillageRow.id == ClusterRow.village_id)
        here = query.where(ClusterRow.station_id == station, ClusterRow.deleted_us.is_(None)).order_by(
            ClusterRow.position
        )
        clusters = [(row, village) for row, village in await session.execute(here)]
        horns = (await session.scalars(select(LoudspeakerRow).filter_by(station_id=station))).all()
        boxes = select(BoxRow).filter_by(station_id=station, revoked_us=None)
        serving = {row.cluster_id: row for row in await session.scalars(boxes)}
        people = await full_names(session, station, {row.rests_by for row, _ in clusters})
    now = clock.now_us()
    return [
        _cluster(
            row, village, horns, _box(serving[row.id], clock, monitoring) if row.id in serving else None, now, people
        )
        for row, village in clusters
    ]


async def read_faults(database: Database, station: StationId, everything: bool) -> list[FaultJson]:
    """Open faults, or all, newest first."""
    query = select(FaultRow).filter_by(station_id=station).order_by(FaultRow.raised_us.desc()).limit(MOST_FAULTS)
    if not everything:
        query = query.where(FaultRow.cleared_us.is_(None))
    async with database.reading() as session:
        return [
            {
                "box_id": row.box_id,
                "code": row.code,
                "detail": row.detail,
                "raised_us": row.raised_us,
                "cleared_us": row.cleared_us,
            }
            for row in await session.scalars(query)
        ]


def rests_json(row: ClusterRow, now: Micros, people: Mapping[str, str]) -> RestsJson | None:
    """Since when it is switched off, and until when; None if it is not, or not any more. `people`: their full names by
    their login names."""
    if row.rests_since_us is None or row.rests_until_us <= now:
        return None
    until_us = None if row.rests_until_us >= LATEST_US else row.rests_until_us
    by = people.get(row.rests_by, row.rests_by)
    return {"since_us": row.rests_since_us, "until_us": until_us, "by": by, "why": row.rests_why}


def _cluster(
    row: ClusterRow,
    village: str,
    horns: Sequence[LoudspeakerRow],
    box: BoxJson | None,
    now: Micros,
    people: Mapping[str, str],
) -> ClusterJson:
    own = sorted((one for one in horns if one.cluster_id == row.id), key=lambda one: one.number)
    return {
        "id": row.id,
        "name": row.name,
        "village_id": row.village_id,
        "village": village,
        "latitude": row.latitude,
        "longitude": row.longitude,
        "keeper": row.keeper,
        "keeper_phone": row.keeper_phone,
        "hours_cb": row.hours_cb,
        "rests": rests_json(row, now, people),
        "loudspeakers": [_loudspeaker(one, box) for one in own],
        "box": box,
    }


def _loudspeaker(row: LoudspeakerRow, box: BoxJson | None) -> LoudspeakerJson:
    presence, faults = (box["presence"], box["faults"]) if box else (None, [])
    return {
        "number": row.number,
        "name": row.name,
        "gain_cb": row.gain_cb,
        "muted": row.muted,
        "state": readiness(presence, faults, row.muted, row.heard, row.unheard),
        "heard": row.heard,
        "heard_us": row.heard_us,
    }


def _box(row: BoxRow, clock: Clock, monitoring: Monitoring) -> BoxJson:
    presence, sighting, beat = monitoring.presence_of(BoxId(row.id))
    last = beat.model_dump(mode="json") if beat else row.heartbeat or {}
    return {
        "id": row.id,
        "presence": presence,
        "seen_us": sighting.seen_us,
        "age_us": age_us(sighting, clock.now_us()),
        "software": row.software,
        "enrolled_us": row.enrolled_us,
        "plan_acked": row.plan_acked,
        "report_n": row.report_n,
        "on_air": last.get("on_air"),
        "clock": last.get("clock"),
        "clock_error_us": last.get("clock_error_us"),
        "missing": last.get("missing"),
        "faults": list(last.get("faults", [])),
    }
