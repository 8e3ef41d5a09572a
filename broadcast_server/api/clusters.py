"""Villages, clusters, loudspeakers and their boxes, for people."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired

from fastapi import Depends, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

from broadcast_server.api.access import Right, User, allow
from broadcast_server.api.dependencies import StationDep
from broadcast_server.api.router import ItemsJson, Router
from broadcast_server.fleet_view import (
    ClusterJson,
    FaultJson,
    RestsJson,
    VillageJson,
    read_clusters,
    read_faults,
    read_villages,
    rests_json,
)
from broadcast_server.places import LONGEST_NAME, MOST_LOUDSPEAKERS, ClusterChange
from broadcast_server.qr import QrJson, drawn
from broadcast_server.resting import LONGEST_WHY
from speaker_client.protocol.ids import AiringId, BoxId, ClusterId

router = Router(prefix="/api/v1")
Viewer = Annotated[User, Depends(allow(Right.VIEW))]
Technician = Annotated[User, Depends(allow(Right.TECHNICIAN))]
Stopper = Annotated[User, Depends(allow(Right.STOP))]


class NewVillage(BaseModel):
    """A village, or the commune centre."""

    model_config = ConfigDict(frozen=True)
    name: str = Field(min_length=1, max_length=LONGEST_NAME)


class NewCluster(BaseModel):
    """A place with one box and so many loudspeakers."""

    model_config = ConfigDict(frozen=True)
    village_id: str
    name: str = Field(min_length=1, max_length=LONGEST_NAME)
    loudspeakers: int = 3


class LoudspeakerChange(BaseModel):
    """What to change of one loudspeaker; what is left out stays. `gain_cb` in hundredths of a decibel."""

    model_config = ConfigDict(frozen=True)
    gain_cb: int | None = Field(default=None, ge=-4000, le=1200)
    muted: bool | None = None


class NewRest(BaseModel):
    """Until when in microseconds UTC, null for until somebody switches it on; and why."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    until_us: int | None = Field(ge=0, lt=1 << 52)
    why: str = Field(default="", max_length=LONGEST_WHY)


class StopOrder(BaseModel):
    """What to silence: these airings, what sounds on these clusters, or everything when neither is named.

    `dry_run`: only say which clusters would be told.
    """

    model_config = ConfigDict(frozen=True)
    airings: list[AiringId] = Field(default=[], max_length=1000)
    clusters: list[ClusterId] = Field(default=[], max_length=1000)
    dry_run: bool = False


class ClustersJson(TypedDict):
    """All clusters. `broker_up`: whether hints get through to their boxes at once."""

    items: list[ClusterJson]
    broker_up: bool


class NewClusterJson(TypedDict):
    """A cluster that was just added. `loudspeakers`: how many it has."""

    id: str
    name: str
    village_id: str
    loudspeakers: int


class AdjustedClusterJson(TypedDict):
    """A cluster as it is now."""

    id: str
    name: str
    village_id: str
    latitude: float | None
    longitude: float | None
    keeper: str
    keeper_phone: str
    hours_cb: list[int] | None


class RestingJson(TypedDict):
    """Whether a cluster is switched off now."""

    id: str
    rests: RestsJson | None


class AdjustedJson(TypedDict):
    """How a loudspeaker is set now. `gain_cb`: hundredths of a decibel."""

    cluster_id: str
    number: int
    gain_cb: int
    muted: bool


class EnrolmentCodeJson(TypedDict):
    """A one-time code for a new box, until `expires_us`. `typed`: its eight letters, that do on an https address;
    `qr`: the whole code as a picture; both null unless they were asked for."""

    code: str
    typed: str | None
    qr: QrJson | None
    cluster_id: str
    expires_us: int


class RevokedJson(TypedDict):
    """A box that was put out."""

    id: str
    revoked: Literal[True]


class StoppedJson(TypedDict):
    """The clusters that were told to be silent, or would be."""

    clusters: list[ClusterId]
    dry_run: NotRequired[Literal[True]]


@router.post("/villages", status_code=201, tags=["villages"])
async def add_village(form: NewVillage, user: Technician, station: StationDep) -> VillageJson:
    """Add a village."""
    row = await station.places.add_village(form.name, user.name)
    return {"id": row.id, "name": row.name}


@router.get("/villages", tags=["villages"])
async def list_villages(_user: Viewer, station: StationDep) -> ItemsJson[VillageJson]:
    """All villages by name."""
    return {"items": await read_villages(station.database, station.station_id)}


@router.post("/clusters", status_code=201, tags=["clusters"])
async def add_cluster(form: NewCluster, user: Technician, station: StationDep) -> NewClusterJson:
    """Add a cluster and its loudspeakers; what is planned for everybody is planned for it too."""
    row = await station.places.add_cluster(form.village_id, form.name, form.loudspeakers, user.name)
    await station.planning.replan("a new cluster", user.name)
    return {"id": row.id, "name": row.name, "village_id": row.village_id, "loudspeakers": form.loudspeakers}


@router.get("/clusters", tags=["clusters"])
async def list_clusters(_user: Viewer, station: StationDep) -> ClustersJson:
    """All clusters in their order on screens, each with its loudspeakers and how its box stands."""
    items = await read_clusters(station.database, station.station_id, station.clock, station.monitoring)
    return {"items": items, "broker_up": station.carrying.up}


@router.patch("/clusters/{cluster}", tags=["clusters"])
async def adjust_cluster(
    cluster: ClusterId, form: ClusterChange, user: Technician, station: StationDep
) -> AdjustedClusterJson:
    """Change a cluster's name, village, place or keeper; what is planned for its village is planned anew."""
    row = await station.places.adjust_cluster(cluster, form, user.name)
    if form.village_id is not None:
        await station.doors.refresh()
        await station.planning.replan("a cluster in another village", user.name)
    return {
        "id": row.id,
        "name": row.name,
        "village_id": row.village_id,
        "latitude": row.latitude,
        "longitude": row.longitude,
        "keeper": row.keeper,
        "keeper_phone": row.keeper_phone,
        "hours_cb": row.hours_cb,
    }


@router.put("/clusters/{cluster}/rest", tags=["clusters"])
async def rest(cluster: ClusterId, form: NewRest, user: Stopper, station: StationDep) -> RestingJson:
    """Switch a cluster off for a while: what it plays ends, what is scheduled there is not played and the log says
    why. An emergency sounds there all the same."""
    row = await station.resting.rest(cluster, form.until_us, form.why, user.name)
    return {"id": row.id, "rests": rests_json(row, station.clock.now_us(), {user.name: user.full_name or user.name})}


@router.delete("/clusters/{cluster}/rest", tags=["clusters"])
async def wake(cluster: ClusterId, user: Stopper, station: StationDep) -> RestingJson:
    """Switch it on again, from what begins next."""
    row = await station.resting.wake(cluster, user.name)
    return {"id": row.id, "rests": rests_json(row, station.clock.now_us(), {user.name: user.full_name or user.name})}


@router.patch("/clusters/{cluster}/loudspeakers/{number}", tags=["clusters"])
async def adjust_loudspeaker(
    cluster: ClusterId,
    number: Annotated[int, Path(ge=1, le=MOST_LOUDSPEAKERS)],
    form: LoudspeakerChange,
    user: Technician,
    station: StationDep,
) -> AdjustedJson:
    """Change the gain or mute of a loudspeaker; its box is told at once."""
    row = await station.places.adjust_loudspeaker(cluster, number, form.gain_cb, form.muted, user.name)
    return {"cluster_id": row.cluster_id, "number": row.number, "gain_cb": row.gain_cb, "muted": row.muted}


@router.post("/clusters/{cluster}/enrolment-codes", status_code=201, tags=["clusters"])
async def make_code(
    cluster: ClusterId, user: Technician, station: StationDep, by_hand: bool = False
) -> EnrolmentCodeJson:
    """A one-time code for a new box of this cluster, good for 24 hours; `by_hand`: one that can be scanned or typed in
    eight letters, good for 15 minutes. It is shown only here."""
    code, expires_us = await station.enrolling.issue_code(cluster, user.name, by_hand)
    typed = f"{code.secret[:4]}-{code.secret[4:]}" if by_hand else None
    qr = drawn(str(code)) if by_hand else None
    return {"code": str(code), "typed": typed, "qr": qr, "cluster_id": cluster, "expires_us": expires_us}


@router.post("/boxes/{box}/revoke", tags=["boxes"])
async def revoke(box: BoxId, user: Technician, station: StationDep) -> RevokedJson:
    """Put a box out for good: lost, stolen or broken."""
    await station.enrolling.revoke(box, user.name)
    await station.carrying.expel(box)
    return {"id": box, "revoked": True}


@router.get("/faults", tags=["faults"])
async def list_faults(
    _user: Viewer, station: StationDep, every: Annotated[bool, Query(alias="all")] = False
) -> ItemsJson[FaultJson]:
    """What is wrong with the boxes now; with `all`, what ever was, newest first."""
    return {"items": await read_faults(station.database, station.station_id, everything=every)}


@router.post("/stop", status_code=202, tags=["stop"])
async def stop(order: StopOrder, user: Stopper, station: StationDep) -> StoppedJson:
    """Silence, signed and on its way; the log shows what it did."""
    told = await station.ballast.spend(
        lambda: station.commanding.stop(order.airings, order.clusters, user.name, order.dry_run), last=True
    )
    return {"clusters": told, "dry_run": True} if order.dry_run else {"clusters": told}
