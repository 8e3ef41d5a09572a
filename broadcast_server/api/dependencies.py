"""What routers ask for."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from broadcast_server.station import Station


def station_of(request: Request) -> Station:
    """The one station this server runs."""
    station: Station = request.app.state.station
    return station


StationDep = Annotated[Station, Depends(station_of)]
