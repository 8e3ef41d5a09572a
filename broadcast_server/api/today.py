"""What is on air, what is next, and today's timetable."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from typing_extensions import TypedDict

from broadcast_server.api.access import Right, User, allow
from broadcast_server.api.dependencies import StationDep
from broadcast_server.api.router import ItemsJson, Router
from broadcast_server.fleet.ledger import State
from broadcast_server.local_time import local_text
from broadcast_server.programmes.priorities import PriorityName, priority_name
from broadcast_server.today import Broadcast, ClusterAiring, ClusterNow, today
from speaker_client.protocol.priority import Priority
from speaker_client.protocol.report import Reason

router = Router(prefix="/api/v1", tags=["today"])
Viewer = Annotated[User, Depends(allow(Right.VIEW))]


class ClusterAiringJson(TypedDict):
    """A broadcast on one cluster. `by`: who or what ended it; `error_us`: how late it began, below zero early."""

    airing_id: str
    cluster_id: str
    cluster: str
    state: State
    reason: Reason | None
    by: str | None
    vi: str
    en: str
    due_us: int
    started_us: int | None
    error_us: int | None


class BroadcastJson(TypedDict):
    """An occurrence on all its clusters. `start`, `end`: local ISO text. `no_source`: a relay none of whose sources
    was fit when they were last looked at."""

    occurrence_id: str
    programme_id: str
    title: str
    priority: Priority
    priority_name: PriorityName
    start_us: int
    start: str
    end_us: int
    end: str
    no_source: bool
    on_air: bool
    clusters: list[ClusterAiringJson]


class TitleNowJson(TypedDict):
    """What plays, and since when."""

    title: str
    since_us: int


class ClusterNowJson(TypedDict):
    """What a cluster plays now, if anything."""

    id: str
    name: str
    on_air: TitleNowJson | None


class TodayJson(TypedDict):
    """The station's day. `day`: `YYYY-MM-DD`; `next` is today or within a week."""

    station: str
    zone: str
    now_us: int
    now: str
    day: str
    on_air: list[BroadcastJson]
    next: BroadcastJson | None
    timetable: list[BroadcastJson]
    clusters: list[ClusterNowJson]


@router.get("/today")
async def show_today(_user: Viewer, station: StationDep) -> TodayJson:
    """The whole day: on air, next, the timetable, and what each cluster plays now."""
    found = await today(station, station.clock.now_us())
    return {
        "station": found.station_name,
        "zone": found.zone,
        "now_us": found.now_us,
        "now": local_text(found.zone, found.now_us),
        "day": found.day.isoformat(),
        "on_air": [broadcast_json(one, found.zone) for one in found.on_air],
        "next": None if found.next is None else broadcast_json(found.next, found.zone),
        "timetable": [broadcast_json(one, found.zone) for one in found.timetable],
        "clusters": [_now_json(one) for one in found.clusters],
    }


@router.get("/on-air")
async def show_on_air(_user: Viewer, station: StationDep) -> ItemsJson[BroadcastJson]:
    """What sounds now, as the boxes reported it."""
    found = await today(station, station.clock.now_us())
    return {"items": [broadcast_json(one, found.zone) for one in found.on_air]}


def broadcast_json(one: Broadcast, zone: str) -> BroadcastJson:
    """A broadcast as the API shows it."""
    return {
        "occurrence_id": one.occurrence,
        "programme_id": one.programme,
        "title": one.title,
        "priority": Priority(one.priority),
        "priority_name": priority_name(one.priority),
        "start_us": one.start_us,
        "start": local_text(zone, one.start_us),
        "end_us": one.end_us,
        "end": local_text(zone, one.end_us),
        "no_source": one.no_source,
        "on_air": one.on_air,
        "clusters": [_airing_json(airing) for airing in one.clusters],
    }


def _airing_json(airing: ClusterAiring) -> ClusterAiringJson:
    return {
        "airing_id": airing.airing,
        "cluster_id": airing.cluster,
        "cluster": airing.cluster_name,
        "state": airing.state,
        "reason": airing.reason,
        "by": airing.by,
        "vi": airing.vi,
        "en": airing.en,
        "due_us": airing.due_us,
        "started_us": airing.started_us,
        "error_us": airing.error_us,
    }


def _now_json(one: ClusterNow) -> ClusterNowJson:
    on_air: TitleNowJson | None = None
    if one.on_air is not None:
        on_air = {"title": one.on_air.title, "since_us": one.on_air.start_us}
    return {"id": one.cluster, "name": one.name, "on_air": on_air}
