"""The server put together: routers in front of a station, background tasks in one TaskGroup."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI

from broadcast_server.station import Station, open_station

__all__ = ["Station", "create_app", "open_station"]

ROUTERS: tuple[APIRouter, ...] = ()
"""Every router of the station."""

BackgroundTask = Callable[[Station], Coroutine[None, None, None]]
BACKGROUND: tuple[BackgroundTask, ...] = ()
"""What runs beside the requests; one that fails takes the whole server down, and its supervisor starts it again."""


def create_app(station: Station, background: tuple[BackgroundTask, ...] = BACKGROUND) -> FastAPI:
    """The web application of a station."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(task(station)) for task in background]
            yield
            for running in tasks:
                running.cancel()
        await station.close()

    app = FastAPI(title="Tiếng Làng", version="1", docs_url=None, redoc_url=None, lifespan=lifespan)
    app.state.station = station
    for router in ROUTERS:
        app.include_router(router)
    return app
