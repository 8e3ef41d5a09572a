"""The server put together: routers in front of a station, background tasks in one TaskGroup."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from broadcast_server.api import (
    about,
    agenda,
    announcements,
    boxes,
    clusters,
    complaints,
    day_log,
    documents,
    feed,
    forms,
    lexicon,
    library,
    live,
    log,
    login,
    notices,
    orders,
    passkeys,
    programmes,
    quiet_hours,
    reading,
    recitals,
    relays,
    samples,
    schedule,
    sessions,
    today,
    trying,
    uploads,
    users,
    voice,
)
from broadcast_server.api.access import check_routes
from broadcast_server.api.guard import Guard
from broadcast_server.api.problems import install_problems
from broadcast_server.enduring import Job, enduring
from broadcast_server.station import Station, open_station
from broadcast_server.web import app_files, citizens_pages, pages

__all__ = ["Job", "Station", "create_app", "open_station"]

ROUTERS: tuple[APIRouter, ...] = (
    about.router,
    agenda.router,
    announcements.router,
    boxes.router,
    clusters.router,
    complaints.router,
    documents.router,
    feed.router,
    forms.router,
    lexicon.router,
    library.router,
    live.router,
    day_log.router,  # before the log, which takes any name for an airing
    log.router,
    login.router,
    notices.router,
    orders.emergencies,
    orders.drills,
    orders.router,
    passkeys.mine,
    passkeys.router,
    programmes.router,
    quiet_hours.router,
    reading.router,
    recitals.router,
    relays.router,
    samples.router,
    schedule.router,
    sessions.router,
    today.router,
    trying.router,
    uploads.router,
    users.router,
    voice.router,
    app_files.router,
    citizens_pages.router,
    pages.router,
)
"""Every router of the station."""

ROUTES: tuple[BaseRoute, ...] = tuple(route for router in ROUTERS for route in router.routes)
"""Every route, as its router made it: `include_router` keeps a second copy of each, with all that it depends on."""

LARGEST_BODY = 4_000_000
"""Bytes of any request but an upload."""


def background_of(station: Station) -> tuple[Job, ...]:
    """What runs beside the requests. A database that fails is outlasted; any other failure of a job takes the server
    down, and its supervisor starts it again."""
    return (
        lambda: station.datagrams.serve(station.settings.host, station.settings.udp_port),
        station.ballast.keep_forever,
        enduring("watching", station.monitoring.watch_forever),
        enduring("telling", station.telling.tell_forever),
        enduring("insisting", station.insisting.insist_forever),
        enduring("answers", station.answering.note_forever),
        enduring("the feed", station.feeding.feed_forever),
        enduring("the shelf", lambda: station.shelving.prepare_forever(station.reception)),
        enduring("the offline voice", station.dictation.stand_ready),
        enduring("carrying", station.carrying.run),
        enduring("the library", station.reception.run),
        enduring("unfinished uploads", station.resuming.run),
        enduring("live voices", station.speaking.watch_forever),
        enduring("what was said", station.archiving.keep_forever),
        enduring("relays", station.relaying.relay_forever),
        enduring("planning", station.planning.replan_forever),
        enduring("noticing", station.noticing.notice_forever),
        enduring("notices to phones", station.pushing.push_forever),
        enduring("tidying", station.announcing.retire_daily),
    )


class StationApp(FastAPI):
    """FastAPI within the guard, what it answers by itself included."""

    def build_middleware_stack(self) -> ASGIApp:
        """The application with all that is around it."""
        return Guard(super().build_middleware_stack(), self.state.station.settings.secure_cookies)


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

    app = StationApp(
        title="Tiếng Làng",
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=lifespan,
        max_body_size=LARGEST_BODY,
        routes=[*ROUTES],
    )
    app.state.station = station
    app.state.pages = citizens_pages.Pages()
    install_problems(app)
    check_routes(app)
    return app
