"""What routers ask for."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

from broadcast_server.station import Station


async def station_of(connection: HTTPConnection) -> Station:
    """The one station this server runs. Not a plain function: for such a one every request would go to a thread."""
    station: Station = connection.app.state.station
    return station


def address_of(connection: HTTPConnection) -> str:
    """Where whoever calls is on the network; empty if that is not known."""
    return connection.client.host if connection.client else ""


StationDep = Annotated[Station, Depends(station_of)]
