"""What anybody may see beside today, and tell the station. Plain HTML: nothing is to be run."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated
from urllib.parse import parse_qs

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from sqlalchemy import select

from broadcast_server.api.access import anyone
from broadcast_server.api.boxes import body
from broadcast_server.api.dependencies import StationDep, address_of
from broadcast_server.api.router import SOUND
from broadcast_server.citizens.complaints import LONGEST_TEXT, Matter, take
from broadcast_server.citizens.listening import Heard, heard_lately, piece_of
from broadcast_server.forecast import ForecastJson, read_forecast
from broadcast_server.local_time import day_window, local
from broadcast_server.problem import Problem, not_found
from broadcast_server.schedule.occurrence import Window
from broadcast_server.station import Station
from broadcast_server.store.station import ClusterRow
from broadcast_server.web.rendering import language_of, render
from broadcast_server.web.words import Language, day_text, length_text, word
from broadcast_server.wording import clean_line
from speaker_client.protocol.ids import MINUTE, Micros

router = APIRouter(dependencies=[Depends(anyone)], include_in_schema=False)
Asked = Annotated[str | None, Query(max_length=10)]
DAYS = 7
LARGEST_FORM = 8_000


class Pages:
    """What anybody may ask for as often as they like is made once a minute: the server has loudspeakers to talk to."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[Micros, HTMLResponse]] = {}
        self._one_makes = asyncio.Lock()

    async def page(self, name: str, now: Micros, make: Callable[[], Awaitable[HTMLResponse]]) -> HTMLResponse:
        """The page of that name, as it was within the last minute."""
        async with self._one_makes:
            made_us, page = self._kept.get(name, (None, None))
            if page is None or made_us is None or not 0 <= now - made_us < MINUTE:
                page = await make()
                self._kept[name] = now, page
            return page


@dataclass(frozen=True)
class Entry:
    """A line of the week."""

    time: str
    title: str
    about: str


@dataclass(frozen=True)
class Again:
    """A broadcast to be heard again."""

    time: str
    title: str
    sounds: tuple[str, ...]


async def pages_of(request: Request) -> Pages:
    """Those of this server."""
    pages: Pages = request.app.state.pages
    return pages


PagesDep = Annotated[Pages, Depends(pages_of)]


@router.get("/week")
async def week(station: StationDep, pages: PagesDep, lang: Asked = None) -> HTMLResponse:
    """What will play today and in the six days that follow."""
    language, now = language_of(lang), station.clock.now_us()
    return await pages.page(f"week {language}", now, lambda: _week(station, language, now))


async def _week(station: Station, language: Language, now: Micros) -> HTMLResponse:
    first = local(station.zone, now).date()
    window = Window(now, day_window(station.zone, first + timedelta(days=DAYS - 1)).end_us)
    coming = await read_forecast(station, window, None)
    days = [
        (day_text(day, language), tuple(_entry(one, station, language) for one in coming if _day(one, station) == day))
        for day in (first + timedelta(days=ahead) for ahead in range(DAYS))
    ]
    return render("week.html", language, station.name, days=days)


def _day(one: ForecastJson, station: Station) -> date:
    return local(station.zone, one["start_us"]).date()


def _entry(one: ForecastJson, station: Station, language: Language) -> Entry:
    playing = sum(cluster["plays"] for cluster in one["clusters"])
    if not playing:
        about = word("airing.SUPERSEDED", language)
    else:
        where = word("one_cluster" if playing == 1 else "some_clusters", language, count=playing)
        about = f"{where} · {length_text(one['end_us'] - one['start_us'], language)}"
    return Entry(f"{local(station.zone, one['start_us']):%H:%M}", one["title"], about)


@router.get("/listen")
async def listen(station: StationDep, pages: PagesDep, lang: Asked = None) -> HTMLResponse:
    """What was broadcast in the last thirty days, to be heard again."""
    language, now = language_of(lang), station.clock.now_us()
    return await pages.page(f"listen {language}", now, lambda: _listen(station, language, now))


async def _listen(station: Station, language: Language, now: Micros) -> HTMLResponse:
    async with station.database.reading() as session:
        found = await heard_lately(session, station.station_id, now)
    return render("listen.html", language, station.name, days=list(_by_day(found, station, language)))


def _by_day(found: Iterable[Heard], station: Station, language: Language) -> Iterable[tuple[str, list[Again]]]:
    days: dict[date, list[Again]] = {}
    for one in found:
        at = local(station.zone, one.start_us)
        sounds = tuple(f"/listen/{one.airing}/{number}" for number in range(one.pieces))
        days.setdefault(at.date(), []).append(Again(f"{at:%H:%M}", one.title, sounds))
    return ((day_text(day, language), again) for day, again in days.items())


@router.get("/listen/{airing}/{number}")
async def sound(airing: str, number: int, station: StationDep) -> FileResponse:
    """The sound of one piece of it. Problem 404."""
    async with station.database.reading() as session:
        content = await piece_of(session, station.station_id, airing, number, station.clock.now_us())
    if not station.content.holds(content):
        raise not_found("bản tin này", "broadcast")
    headers = {"ETag": f'"{content}"', "Cache-Control": "private, max-age=300"}
    return FileResponse(station.content.path(content), media_type=SOUND, headers=headers)


@router.get("/report")
async def form(station: StationDep, lang: Asked = None, thanks: Asked = None) -> HTMLResponse:
    """Where a broken or a loud horn is told of."""
    return await _form(station, language_of(lang), thanked=thanks is not None)


@router.post("/report", response_model=None)
async def report(request: Request, station: StationDep, lang: Asked = None) -> Response:
    """Take it. What cannot be taken is asked for again, with a sentence why."""
    language = language_of(lang)
    told = parse_qs((await body(request, LARGEST_FORM)).decode(errors="replace"))
    cluster, matter, text = (told.get(name, [""])[0] for name in ("cluster", "matter", "text"))
    try:
        async with station.database.transaction() as session:
            words = clean_line(text, LONGEST_TEXT)
            now = station.clock.now_us()
            await take(session, station.station_id, cluster, matter, words, address_of(request), now)
    except Problem as problem:
        return await _form(station, language, problem=problem, matter=matter, text=text[:LONGEST_TEXT], cluster=cluster)
    return RedirectResponse(f"/report?thanks=1&lang={language}", status_code=303)


async def _form(
    station: Station,
    language: Language,
    thanked: bool = False,
    problem: Problem | None = None,
    matter: str = "",
    text: str = "",
    cluster: str = "",
) -> HTMLResponse:
    query = select(ClusterRow).filter_by(station_id=station.station_id, deleted_us=None).order_by(ClusterRow.position)
    async with station.database.reading() as session:
        clusters = [(row.id, row.name) for row in await session.scalars(query)]
    sentence = "" if problem is None else problem.vi if language == "vi" else problem.en
    page = render(
        "report.html",
        language,
        station.name,
        clusters=clusters,
        matters=[one.value for one in Matter],
        thanked=thanked,
        trouble=sentence,
        code=problem.code if problem else "",
        chosen=matter,
        text=text,
        cluster=cluster,
        longest=LONGEST_TEXT,
    )
    page.status_code = problem.status if problem else 200
    return page
