"""Villages, clusters, loudspeakers and their boxes, for people."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from broadcast_server.api.access import Right, User, allow
from broadcast_server.api.dependencies import StationDep
from broadcast_server.fleet_view import read_clusters, read_faults, read_villages
from broadcast_server.places import LONGEST_NAME, MOST_LOUDSPEAKERS
from speaker_client.protocol.ids import AiringId, BoxId, ClusterId

router = APIRouter(prefix="/api/v1", tags=["clusters"])
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


class StopOrder(BaseModel):
    """What to silence: these airings, what sounds on these clusters, or everything when neither is named.

    `dry_run`: only say which clusters would be told.
    """

    model_config = ConfigDict(frozen=True)
    airings: list[AiringId] = Field(default=[], max_length=1000)
    clusters: list[ClusterId] = Field(default=[], max_length=1000)
    dry_run: bool = False


@router.post("/villages", status_code=201)
async def add_village(form: NewVillage, user: Technician, station: StationDep) -> dict[str, Any]:
    """Add a village."""
    row = await station.places.add_village(form.name, user.name)
    return {"id": row.id, "name": row.name}


@router.get("/villages")
async def list_villages(_user: Viewer, station: StationDep) -> dict[str, Any]:
    """All villages by name."""
    return {"items": await read_villages(station.database, station.station_id)}


@router.post("/clusters", status_code=201)
async def add_cluster(form: NewCluster, user: Technician, station: StationDep) -> dict[str, Any]:
    """Add a cluster and its loudspeakers; what is planned for everybody is planned for it too."""
    row = await station.places.add_cluster(form.village_id, form.name, form.loudspeakers, user.name)
    await station.planning.replan("a new cluster", user.name)
    return {"id": row.id, "name": row.name, "village_id": row.village_id, "loudspeakers": form.loudspeakers}


@router.get("/clusters")
async def list_clusters(_user: Viewer, station: StationDep) -> dict[str, Any]:
    """All clusters in their order on screens, each with its loudspeakers and how its box stands."""
    items = await read_clusters(station.database, station.station_id, station.clock, station.monitoring)
    return {"items": items, "broker_up": station.carrying.up}


@router.patch("/clusters/{cluster}/loudspeakers/{number}")
async def adjust_loudspeaker(
    cluster: ClusterId,
    number: Annotated[int, Path(ge=1, le=MOST_LOUDSPEAKERS)],
    form: LoudspeakerChange,
    user: Technician,
    station: StationDep,
) -> dict[str, Any]:
    """Change the gain or mute of a loudspeaker; its box is told at once."""
    row = await station.places.adjust_loudspeaker(cluster, number, form.gain_cb, form.muted, user.name)
    return {"cluster_id": row.cluster_id, "number": row.number, "gain_cb": row.gain_cb, "muted": row.muted}


@router.post("/clusters/{cluster}/enrolment-codes", status_code=201)
async def make_code(cluster: ClusterId, user: Technician, station: StationDep) -> dict[str, Any]:
    """A one-time code for a new box of this cluster, good for 24 hours. It is shown only here."""
    code, expires_us = await station.enrolling.issue_code(cluster, user.name)
    return {"code": str(code), "cluster_id": cluster, "expires_us": expires_us}


@router.post("/boxes/{box}/revoke")
async def revoke(box: BoxId, user: Technician, station: StationDep) -> dict[str, Any]:
    """Put a box out for good: lost, stolen or broken."""
    await station.enrolling.revoke(box, user.name)
    await station.carrying.expel(box)
    return {"id": box, "revoked": True}


@router.get("/faults")
async def list_faults(
    _user: Viewer, station: StationDep, every: Annotated[bool, Query(alias="all")] = False
) -> dict[str, Any]:
    """What is wrong with the boxes now; with `all`, what ever was, newest first."""
    return {"items": await read_faults(station.database, station.station_id, everything=every)}


@router.post("/stop", status_code=202)
async def stop(order: StopOrder, user: Stopper, station: StationDep) -> dict[str, Any]:
    """Silence, signed and on its way; the log shows what it did."""
    told = await station.commanding.stop(order.airings, order.clusters, user.name, order.dry_run)
    return {"clusters": told} | ({"dry_run": True} if order.dry_run else {})
