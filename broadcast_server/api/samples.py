"""The first steps of a new station, and the sample data that it was tried out with."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

from broadcast_server.api.access import Right, User, allow
from broadcast_server.api.dependencies import StationDep
from broadcast_server.api.router import Router
from broadcast_server.holdings import read_first_steps
from broadcast_server.sampling import Told
from speaker_client.protocol.ids import BoxId

router = Router(prefix="/api/v1", tags=["samples"])
Viewer = Annotated[User, Depends(allow(Right.VIEW))]
Scheduler = Annotated[User, Depends(allow(Right.SCHEDULE))]
Admin = Annotated[User, Depends(allow(Right.ADMIN))]
Ids = Annotated[tuple[str, ...], Field(max_length=1000)]


class Marks(BaseModel):
    """What is sample data, by id."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    villages: Ids = ()
    clusters: Ids = ()
    boxes: Ids = ()
    recordings: Ids = ()
    programmes: Ids = ()


class FirstRunJson(TypedDict):
    """`clusters` have a box, `simulated` of them one that only pretends; `bulletin`: there is a recording of one's own,
    `time`: a programme of one's own that is scheduled; `samples`: something here is sample data."""

    clusters: int
    simulated: int
    bulletin: bool
    time: bool
    samples: bool


class SampleProgrammeJson(TypedDict):
    """A sample programme, and how many rules say when it plays."""

    title: str
    rules: int


class SamplesJson(TypedDict):
    """The sample data by name: what goes with it, and what is `kept` since something of one's own needs it."""

    programmes: list[SampleProgrammeJson]
    recordings: list[str]
    clusters: list[str]
    villages: list[str]
    kept: list[str]


@router.get("/first-run")
async def show_first_run(_user: Viewer, station: StationDep) -> FirstRunJson:
    """How far a new station is: each step is what there really is, not what somebody has clicked."""
    async with station.database.reading() as session:
        steps = await read_first_steps(session, station.station_id)
    return {
        "clusters": steps.clusters,
        "simulated": steps.simulated,
        "bulletin": steps.bulletin,
        "time": steps.time,
        "samples": steps.samples,
    }


@router.get("/samples")
async def show_samples(_user: Viewer, station: StationDep) -> SamplesJson:
    """The sample data, by name."""
    return _samples_json(await station.sampling.told())


@router.post("/samples", status_code=204)
async def mark_samples(marks: Marks, admin: Admin, station: StationDep) -> None:
    """These are sample data: for whoever fills a station to try it out. Only an administrator says so, since whoever
    may change the schedule may then remove it."""
    kinds = {"village": marks.villages, "cluster": marks.clusters, "box": marks.boxes}
    kinds |= {"recording": marks.recordings, "programme": marks.programmes}
    await station.sampling.mark([(kind, one) for kind, ids in kinds.items() for one in ids], admin.name)


@router.delete("/samples")
async def remove_samples(user: Scheduler, station: StationDep) -> SamplesJson:
    """All sample data goes, at once or not at all; the log, people and settings stay. 409 while something is on air.

    Whoever may change the schedule may do it: it is the officer who begins in earnest, and nothing can go that an
    administrator has not marked.
    """
    told = await station.sampling.remove(user.name)
    for box in told.samples.boxes:
        await station.carrying.expel(BoxId(box))
    return _samples_json(told)


def _samples_json(told: Told) -> SamplesJson:
    held, samples = told.held, told.samples
    names = {one: programme.title for one, programme in held.programmes.items()}
    names |= {**held.recordings, **held.villages} | {one: cluster.name for one, cluster in held.clusters.items()}
    known = [held.programmes[one] for one in samples.programmes]
    return {
        "programmes": [{"title": one.title, "rules": one.rules} for one in known],
        "recordings": [names[one] for one in samples.recordings],
        "clusters": [names[one] for one in samples.clusters],
        "villages": [names[one] for one in samples.villages],
        "kept": [names[one] for one in samples.kept],
    }
