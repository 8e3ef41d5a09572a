"""Relays: the sources that can be relayed, whether they are fit, and one put on air."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Depends, Response
from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

from broadcast_server.announcing import COUNTDOWN_US
from broadcast_server.api.access import Right, User, allow
from broadcast_server.api.clash_json import ClashesJson, clashes_json
from broadcast_server.api.dependencies import StationDep
from broadcast_server.api.router import ItemsJson, Router
from broadcast_server.local_time import local_text
from broadcast_server.relay.by_hand import Started, Wish, sources_first
from broadcast_server.relay.view import (
    RelayJson,
    SourceDraftJson,
    SourceJson,
    read_relays,
    relay_json,
    source_draft_json,
    source_json,
)
from speaker_client.protocol.ids import OccurrenceId

router = Router(prefix="/api/v1/relays", tags=["relays"])
Viewer = Annotated[User, Depends(allow(Right.VIEW))]
Officer = Annotated[User, Depends(allow(Right.SCHEDULE))]
Announcer = Annotated[User, Depends(allow(Right.ANNOUNCE))]


class NewSource(BaseModel):
    """`kind`: http, hls, input or folder; `address`: a URL, an ALSA name, or a folder below the relays' root.

    `dry_run`: only look whether it could be added.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str = Field(max_length=200)
    kind: str = Field(max_length=20)
    address: str = Field(max_length=2000)
    dry_run: bool = False


class SourceChange(BaseModel):
    """What to change of a source."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str | None = Field(default=None, max_length=200)
    kind: str | None = Field(default=None, max_length=20)
    address: str | None = Field(default=None, max_length=2000)


class NewRelay(BaseModel):
    """For how long; where; when in microseconds UTC, or now; sources to fall back on in order, and recordings that
    the boxes play while no source sounds. `key`: what is sent again with the same one is the same relay, and this is
    its id. `dry_run`: only say what would become of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    length_s: int
    targets: tuple[str, ...] = Field(default=("all",), max_length=1000)
    at_us: int | None = Field(default=None, ge=0, lt=1 << 52)
    fallbacks: tuple[str, ...] = Field(default=(), max_length=50)
    items: tuple[str, ...] = Field(default=(), max_length=500)
    title: str = Field(default="", max_length=1000)
    key: str | None = Field(default=None, pattern=r"^[0-9a-f]{32}$")
    dry_run: bool = False


class TriedSourceJson(SourceDraftJson):
    """A source that could be added, and was not."""

    id: None
    dry_run: Literal[True]


class RemovedSourceJson(TypedDict):
    """A source that was taken off the list."""

    id: str
    deleted: Literal[True]


class StartJson(ClashesJson):
    """When a relay begins (`start`: local ISO text), and for how long; one that begins now can be called off for at
    least `countdown_us` from the first time it was sent."""

    title: str
    start_us: int
    start: str
    length_us: int
    countdown_us: int


class StartedJson(StartJson):
    """A relay that was put on air: its programme."""

    id: str


class TriedStartJson(StartJson):
    """A relay that could be put on air, and was not."""

    id: None
    dry_run: Literal[True]


@router.get("/sources")
async def list_sources(_user: Viewer, station: StationDep) -> ItemsJson[SourceJson]:
    """All sources by name, each with how it was when it was last looked at."""
    async with station.database.reading() as session:
        return {"items": [source_json(row) for row in await station.sourcing.all(session)]}


@router.post("/sources", status_code=201, responses={200: {}})
async def add_source(
    new: NewSource, user: Officer, station: StationDep, response: Response
) -> SourceJson | TriedSourceJson:
    """A new source; 422 says why it may not be relayed."""
    row = await station.sourcing.add(new.name, new.kind, new.address, user.name, new.dry_run)
    if new.dry_run:
        response.status_code = 200
        return {**source_draft_json(row), "id": None, "dry_run": True}
    response.headers["Location"] = f"{router.prefix}/sources/{row.id}"
    return source_json(row)


@router.get("/sources/{source}")
async def show_source(source: str, _user: Viewer, station: StationDep) -> SourceJson:
    """One source."""
    async with station.database.reading() as session:
        return source_json(await station.sourcing.find(session, source))


@router.patch("/sources/{source}")
async def edit_source(source: str, change: SourceChange, user: Officer, station: StationDep) -> SourceJson:
    """Change what is named; a relay that is on air finishes as it was."""
    asked = {name: value for name, value in change.model_dump().items() if value is not None}
    return source_json(await station.sourcing.edit(source, asked, user.name))


@router.delete("/sources/{source}")
async def remove_source(source: str, user: Officer, station: StationDep) -> RemovedSourceJson:
    """Take it off the list; refused while a programme names it."""
    row = await station.sourcing.remove(source, user.name)
    return {"id": row.id, "deleted": True}


@router.post("/sources/{source}/probe")
async def probe_source(source: str, user: Officer, station: StationDep) -> SourceJson:
    """Look now whether it is fit; answers within ten seconds, and the answer is kept as `probed`."""
    return source_json(await station.sourcing.probe_now(source, user.name))


@router.post("/sources/{source}/start", status_code=201, responses={200: {}})
async def start_relay(
    source: str, new: NewRelay, user: Announcer, station: StationDep, response: Response
) -> StartedJson | TriedStartJson:
    """Put it on air: an ordinary programme that plays once. Until then `DELETE /announcements/{id}` calls it off; what
    begins now, for at least `countdown_us`. Afterwards stop helps."""
    wish = Wish(sources_first(source, new.fallbacks), new.length_s, new.targets, new.at_us, new.title, new.items)
    countdown_us = COUNTDOWN_US if new.at_us is None else 0
    if new.dry_run:
        response.status_code = 200
        told = await station.starting.rehearse(wish, station.clock.now_us())
        return {**_start_json(told, station.zone, countdown_us), "id": None, "dry_run": True}
    started = await station.starting.start(wish, user.name, new.key)
    assert started.programme is not None
    return {**_start_json(started, station.zone, countdown_us), "id": started.programme}


@router.get("")
async def list_relays(_user: Viewer, station: StationDep) -> ItemsJson[RelayJson]:
    """The relays of the last day and the next, as far as anything is known of them: probes, sources, changes."""
    now = station.clock.now_us()
    async with station.database.reading() as session:
        lines = await read_relays(session, station.station_id, now)
    sounding = station.relaying.sounding
    return {
        "items": [relay_json(one, station.zone, now, sounding(OccurrenceId(one.row.occurrence_id))) for one in lines],
    }


def _start_json(one: Started, zone: str, countdown_us: int) -> StartJson:
    return {
        "title": one.title,
        "start_us": one.start_us,
        "start": local_text(zone, one.start_us),
        "length_us": one.length_us,
        "countdown_us": countdown_us,
        **clashes_json(one.clashes, zone),
    }
