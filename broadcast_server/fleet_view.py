"""The fleet as people see it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from broadcast_server.clock import Clock
from broadcast_server.fleet.presence import age_us
from broadcast_server.monitoring import Monitoring
from broadcast_server.store.base import Database
from broadcast_server.store.fleet import BoxRow, FaultRow
from broadcast_server.store.station import ClusterRow, LoudspeakerRow, VillageRow
from speaker_client.protocol.ids import BoxId, StationId

MOST_FAULTS = 500


async def read_villages(database: Database, station: StationId) -> list[dict[str, Any]]:
    """All villages by name."""
    async with database.reading() as session:
        rows = await session.scalars(select(VillageRow).filter_by(station_id=station).order_by(VillageRow.name))
        return [{"id": row.id, "name": row.name} for row in rows]


async def read_clusters(
    database: Database, station: StationId, clock: Clock, monitoring: Monitoring
) -> list[dict[str, Any]]:
    """All clusters in order, each with village, loudspeakers and box (None before one is enrolled)."""
    async with database.reading() as session:
        query = select(ClusterRow, VillageRow.name).join(VillageRow, VillageRow.id == ClusterRow.village_id)
        here = query.where(ClusterRow.station_id == station).order_by(ClusterRow.position)
        clusters = [(row, village) for row, village in await session.execute(here)]
        horns = (await session.scalars(select(LoudspeakerRow).filter_by(station_id=station))).all()
        boxes = select(BoxRow).filter_by(station_id=station, revoked_us=None)
        serving = {row.cluster_id: row for row in await session.scalars(boxes)}
    return [
        {
            "id": row.id,
            "name": row.name,
            "village_id": row.village_id,
            "village": village,
            "loudspeakers": _loudspeakers(row.id, horns),
            "box": _box(serving[row.id], clock, monitoring) if row.id in serving else None,
        }
        for row, village in clusters
    ]


async def read_faults(database: Database, station: StationId, everything: bool) -> list[dict[str, Any]]:
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


def _loudspeakers(cluster: str, horns: Sequence[LoudspeakerRow]) -> list[dict[str, Any]]:
    own = sorted((one for one in horns if one.cluster_id == cluster), key=lambda one: one.number)
    return [{"number": one.number, "name": one.name, "gain_cb": one.gain_cb, "muted": one.muted} for one in own]


def _box(row: BoxRow, clock: Clock, monitoring: Monitoring) -> dict[str, Any]:
    presence, sighting, beat = monitoring.presence_of(BoxId(row.id))
    last = beat.model_dump(mode="json") if beat else row.heartbeat or {}
    return {
        "id": row.id,
        "presence": presence.value,
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
