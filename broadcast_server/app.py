"""The server put together: routers in front of a station, background tasks in one TaskGroup."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI

from broadcast_server.api import (
    about,
    announcements,
    boxes,
    clusters,
    feed,
    library,
    log,
    login,
    orders,
    programmes,
    schedule,
    today,
    users,
)
from broadcast_server.api.access import check_routes
from broadcast_server.api.guard import Guard
from broadcast_server.api.problems import install_problems
from broadcast_server.enduring import Job, enduring
from broadcast_server.station import Station, open_station
from broadcast_server.web import pages

__all__ = ["Job", "Station", "create_app", "open_station"]

ROUTERS: tuple[APIRouter, ...] = (
    about.router,
    announcements.router,
    boxes.router,
    clusters.router,
    feed.router,
    library.router,
    log.router,
    login.router,
    orders.emergencies,
    orders.drills,
    orders.router,
    programmes.router,
    schedule.router,
    today.router,
    users.router,
    pages.router,
)
"""Every router of the station."""

LARGEST_BODY = 4_000_000
"""Bytes of any request but an upload."""


def background_of(station: Station) -> tuple[Job, ...]:
    """What runs beside the requests. A database that fails is outlasted; any other failure of a job takes the server
    down, and its supervisor starts it again."""
    return (
        lambda: station.datagrams.serve(station.settings.host, station.settings.udp_port),
        enduring("watching", station.monitoring.watch_forever),
        enduring("telling", station.telling.tell_forever),
        enduring("insisting", station.insisting.insist_forever),
        enduring("answers", station.answering.note_forever),
        enduring("the feed", station.feeding.feed_forever),
        enduring("the shelf", lambda: station.shelving.prepare_forever(station.reception)),
        enduring("carrying", station.carrying.run),
        enduring("the library", station.reception.run),
        enduring("planning", station.planning.replan_forever),
        enduring("tidying", station.announcing.retire_daily),
    )


def create_app(
    station: Station,
    background: Callable[[Station], tuple[Job, ...]] = background_of,
    on_failure: Callable[[BaseExceptionGroup[BaseException]], None] | None = None,
) -> FastAPI:
    """The web application of a station. `on_failure` is told when a background job failed."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        try:
            async with asyncio.TaskGroup() as group:
                running = [group.create_task(job()) for job in background(station)]
                yield
                for task in running:
                    task.cancel()
        except BaseExceptionGroup as failure:
            if on_failure is None:
                raise
            on_failure(failure)
        finally:
            await station.close()

    app = FastAPI(
        title="Tiếng Làng",
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=lifespan,
        max_body_size=LARGEST_BODY,
    )
    app.state.station = station
    app.add_middleware(Guard, secure_cookies=station.settings.secure_cookies)
    install_problems(app)
    for router in ROUTERS:
        app.include_router(router)
    check_routes(app)
    return app
