"""What is on air, what is next, and today's timetable."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends

from broadcast_server.api.access import Right, User, allow
from broadcast_server.api.dependencies import StationDep
from broadcast_server.local_time import local_text
from broadcast_server.programmes.priorities import priority_name
from broadcast_server.today import Broadcast, today

router = APIRouter(prefix="/api/v1", tags=["today"])
Viewer = Annotated[User, Depends(allow(Right.VIEW))]


@router.get("/today")
async def show_today(_user: Viewer, station: StationDep) -> dict[str, Any]:
    """The whole day: on air, next, the timetable, and what each cluster plays now."""
    found = await today(station, station.clock.now_us())
    return {
        "station": found.station_name,
        "zone": found.zone,
        "now_us": found.now_us,
        "now": local_text(found.zone, found.now_us),
        "day": found.day.isoformat(),
        "on_air": [broadcast_json(one, found.zone) for one in found.on_air],
        "next": None if found.next is None else broadcast_json(found.next, found.zone),
        "timetable": [broadcast_json(one, found.zone) for one in found.timetable],
        "clusters": [
            {
                "id": one.cluster,
                "name": one.name,
                "on_air": None if one.on_air is None else {"title": one.on_air.title, "since_us": one.on_air.start_us},
            }
            for one in found.clusters
        ],
    }


@router.get("/on-air")
async def show_on_air(_user: Viewer, station: StationDep) -> dict[str, Any]:
    """What sounds now, as the boxes reported it."""
    found = await today(station, station.clock.now_us())
    return {"items": [broadcast_json(one, found.zone) for one in found.on_air]}


def broadcast_json(one: Broadcast, zone: str) -> dict[str, Any]:
    """A broadcast as the API shows it."""
    return {
        "occurrence_id": one.occurrence,
        "programme_id": one.programme,
        "title": one.title,
        "priority": one.priority,
        "priority_name": priority_name(one.priority),
        "start_us": one.start_us,
        "start": local_text(zone, one.start_us),
        "end_us": one.end_us,
        "end": local_text(zone, one.end_us),
        "on_air": one.on_air,
        "clusters": [
            {
                "airing_id": airing.airing,
                "cluster_id": airing.cluster,
                "cluster": airing.cluster_name,
                "state": airing.state.value,
                "reason": airing.reason,
                "by": airing.by,
                "vi": airing.vi,
                "en": airing.en,
                "due_us": airing.due_us,
                "started_us": airing.started_us,
                "error_us": airing.error_us,
            }
            for airing in one.clusters
        ],
    }
