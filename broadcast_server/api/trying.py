"""What a technician sees and tries at one cluster: its day, and its loudspeakers one by one."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

from broadcast_server.api.access import Right, User, allow
from broadcast_server.api.dependencies import StationDep
from broadcast_server.api.router import Router
from broadcast_server.attending import AttendanceJson, read_attendance
from broadcast_server.places import MOST_LOUDSPEAKERS
from speaker_client.protocol.ids import HOUR, ClusterId, Micros

router = Router(prefix="/api/v1/clusters/{cluster}", tags=["clusters"])
Viewer = Annotated[User, Depends(allow(Right.VIEW))]
Tester = Annotated[User, Depends(allow(Right.TECHNICIAN, or_else=Right.ANNOUNCE))]
Number = Annotated[int, Path(ge=1, le=MOST_LOUDSPEAKERS)]


class NewTest(BaseModel):
    """`at_night`: ring although people are asleep."""

    model_config = ConfigDict(frozen=True)
    at_night: bool = False


class Verdict(BaseModel):
    """Whether the loudspeaker was heard, and by which test: the announcement's `programme_id`."""

    model_config = ConfigDict(frozen=True)
    heard: bool
    programme_id: str | None = Field(default=None, max_length=80)


class TestJson(TypedDict):
    """A test that will ring from `start_us` to `end_us`; the log tells of it under its programme."""

    programme_id: str | None
    start_us: int | None
    end_us: int | None


class VerdictJson(TypedDict):
    """What was said of a loudspeaker, and when."""

    cluster_id: str
    number: int
    heard: bool
    heard_us: int


@router.get("/presence")
async def show_presence(
    cluster: ClusterId, _user: Viewer, station: StationDep, hours: Annotated[int, Query(ge=1, le=192)] = 24
) -> AttendanceJson:
    """When the cluster's box was there and when not; between two spans nobody watched."""
    now = station.clock.now_us()
    async with station.database.reading() as session:
        return await read_attendance(session, station.station_id, cluster, Micros(now - hours * HOUR), now)


@router.post("/loudspeakers/{number}/test", status_code=201)
async def ring(cluster: ClusterId, number: Number, form: NewTest, user: Tester, station: StationDep) -> TestJson:
    """Ring a bell on one loudspeaker, as an ordinary announcement: the log tells what became of it."""
    made = await station.trying_out.ring(cluster, number, form.at_night, user.name)
    start_us = made.announced.start_us
    end_us = None if start_us is None else start_us + made.duration_us
    return {"programme_id": made.announced.programme_id, "start_us": start_us, "end_us": end_us}


@router.post("/loudspeakers/{number}/heard")
async def heard(cluster: ClusterId, number: Number, form: Verdict, user: Tester, station: StationDep) -> VerdictJson:
    """Say whether a loudspeaker was heard; one that was not is no longer counted as ready."""
    at_us = await station.trying_out.heard(cluster, number, form.heard, form.programme_id, user.name)
    return {"cluster_id": cluster, "number": number, "heard": form.heard, "heard_us": at_us}
