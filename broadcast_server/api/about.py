"""The station itself: what anybody may know of it."""

from __future__ import annotations

from fastapi import Depends
from typing_extensions import TypedDict

from broadcast_server.api.access import anyone
from broadcast_server.api.dependencies import StationDep
from broadcast_server.api.router import Router

router = Router(prefix="/api/v1", tags=["station"])


class StationJson(TypedDict):
    """The station: `zone` is the name of its time zone, `now_us` what time it is there in microseconds UTC."""

    id: str
    name: str
    zone: str
    now_us: int


@router.get("/station", dependencies=[Depends(anyone)])
async def show_station(station: StationDep) -> StationJson:
    """Name, time zone, and what time it is at the station."""
    return {
        "id": station.station_id,
        "name": station.name,
        "zone": station.zone,
        "now_us": station.clock.now_us(),
    }
