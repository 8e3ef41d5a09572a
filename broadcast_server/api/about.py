"""The station itself: what anybody may know of it."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends

from broadcast_server.api.access import anyone
from broadcast_server.api.dependencies import StationDep

router = APIRouter(prefix="/api/v1", tags=["station"])


@router.get("/station", dependencies=[Depends(anyone)])
async def show_station(station: StationDep) -> dict[str, Any]:
    """Name, time zone, and what time it is at the station."""
    about = {"id": station.station_id, "name": station.name, "zone": station.zone}
    return about | {"now_us": station.clock.now_us()}
