"""What routers ask for."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

from broadcast_server.station import Station


def station_of(connection: HTTPConnection) -> Station:
    """The one station this server runs."""
    station: Station = connection.app.state.station
    return station


StationDep = Annotated[Station, Depends(station_of)]
