"""What citizens told of the loudspeakers, for whoever looks after them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, cast

from fastapi import Depends, Query
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from typing_extensions import TypedDict

from broadcast_server.api.access import Right, User, allow
from broadcast_server.api.dependencies import StationDep
from broadcast_server.api.router import Router
from broadcast_server.citizens import complaints
from broadcast_server.citizens.complaints import LONGEST_DONE, Matter
from broadcast_server.people.naming import full_names
from broadcast_server.store.citizens import ComplaintRow
from broadcast_server.store.station import ClusterRow

router = Router(prefix="/api/v1/complaints", tags=["complaints"])
Viewer = Annotated[User, Depends(allow(Right.VIEW))]
Stopper = Annotated[User, Depends(allow(Right.STOP))]
MOST = 200


class Closing(BaseModel):
    """What was done about it."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    done: str = Field(max_length=LONGEST_DONE)


class ComplaintJson(TypedDict):
    """One citizen's word. `cluster`: its name, None if they did not know which. `done`: what was done about it, null as
    long as it is open."""

    id: str
    cluster_id: str | None
    cluster: str | None
    matter: Matter
    text: str
    made_us: int
    closed_us: int | None
    closed_by: str | None
    done: str | None


class ComplaintsJson(TypedDict):
    """Some of them. `open`: how many nobody has dealt with, whether or not they are among the `items`."""

    items: list[ComplaintJson]
    open: int


@router.get("")
async def list_complaints(
    _user: Viewer,
    station: StationDep,
    cluster: Annotated[str, Query(max_length=80)] = "",
    limit: Annotated[int, Query(ge=0, le=MOST)] = MOST,
) -> ComplaintsJson:
    """The open ones first, then the newest; those of one `cluster`, or all."""
    query = (
        select(ComplaintRow, ClusterRow.name)
        .outerjoin(ClusterRow, ClusterRow.id == ComplaintRow.cluster_id)
        .where(complaints.told_of(station.station_id, cluster))
        .order_by(ComplaintRow.closed_us.is_not(None), ComplaintRow.made_us.desc())
        .limit(limit)
    )
    async with station.database.reading() as session:
        found = (await session.execute(query)).all()
        waiting = await complaints.open_complaints(session, station.station_id, cluster)
        people = await full_names(session, station.station_id, {row.closed_by for row, _ in found if row.closed_by})
    return {"items": [_json(row, name, people) for row, name in found], "open": waiting}


@router.post("/{complaint_id}/close", status_code=204)
async def close(complaint_id: str, closing: Closing, user: Stopper, station: StationDep) -> None:
    """It was dealt with, and how. Of one that was closed already nothing changes."""
    now = station.clock.now_us()
    async with station.database.transaction() as session:
        await complaints.close(session, station.station_id, complaint_id, closing.done, user.name, now)


def _json(row: ComplaintRow, cluster: str | None, people: Mapping[str, str]) -> ComplaintJson:
    return {
        "id": row.id,
        "cluster_id": row.cluster_id,
        "cluster": cluster,
        "matter": cast("Matter", row.matter),
        "text": row.text,
        "made_us": row.made_us,
        "closed_us": row.closed_us,
        "closed_by": row.closed_by and people.get(row.closed_by, row.closed_by),
        "done": row.done,
    }
