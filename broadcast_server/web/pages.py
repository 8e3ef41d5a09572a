"""The pages anybody may see."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse

from broadcast_server.api.access import anyone
from broadcast_server.api.dependencies import StationDep
from broadcast_server.citizens.warning import standing_alarms
from broadcast_server.fleet.presence import Presence
from broadcast_server.fleet_view import ClusterJson, read_clusters
from broadcast_server.problem import not_found
from broadcast_server.today import today
from broadcast_server.web.document import document_of
from broadcast_server.web.reference import reference_of
from broadcast_server.web.rendering import language_of, render
from broadcast_server.web.today_page import Standing, page_of

router = APIRouter(dependencies=[Depends(anyone)], include_in_schema=False)
Asked = Annotated[str | None, Query(max_length=10)]
STATIC = Path(__file__).parent / "static"
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}


@router.get("/")
async def home(station: StationDep, lang: Asked = None, renew: Asked = None) -> HTMLResponse:
    """Hôm nay: what is on air, what comes next, the day's timetable, the clusters. With `renew` it renews itself: only
    for whoever asks, since it takes a page away from under a slow reader."""
    language = language_of(lang)
    now = station.clock.now_us()
    found = await today(station, now)
    clusters = await read_clusters(station.database, station.station_id, station.clock, station.monitoring)
    standings = {cluster["id"]: _standing(cluster) for cluster in clusters}
    async with station.database.reading() as session:
        alarms = await standing_alarms(session, station.station_id, now)
    return render(
        "today.html",
        language,
        station.name,
        today=page_of(found, standings, language, alarms),
        renews=renew is not None,
    )


@router.get("/static/{name}")
async def static(name: str) -> FileResponse:
    """A style sheet or a picture of ours."""
    path = STATIC / name
    if path.suffix not in _TYPES or path.name != name or not path.is_file():
        raise not_found("tệp này", "file")
    return FileResponse(path, media_type=_TYPES[path.suffix], headers={"Cache-Control": "public, max-age=300"})


@router.get("/api/v1/openapi.json")
async def openapi(request: Request) -> JSONResponse:
    """The REST API for programs; `x-who` says who may call."""
    return JSONResponse(await asyncio.to_thread(document_of, request.app))


@router.get("/api/v1/docs")
async def reference(request: Request, station: StationDep, lang: Asked = None) -> HTMLResponse:
    """The REST API, route by route."""
    groups = reference_of(await asyncio.to_thread(document_of, request.app))
    return render("reference.html", language_of(lang), station.name, groups=groups)


def _standing(cluster: ClusterJson) -> Standing:
    box = cluster["box"]
    presence, seen_us = (box["presence"], box["seen_us"]) if box else (Presence.NEVER, None)
    return Standing(cluster["village"], len(cluster["loudspeakers"]), presence, seen_us)
