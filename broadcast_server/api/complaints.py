"""What citizens told of the loudspeakers, for whoever looks after them."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import Depends
from sqlalchemy import select
from typing_extensions import TypedDict

from broadcast_server.api.access import Right, User, allow
from broadcast_server.api.dependencies import StationDep
from broadcast_server.api.router import ItemsJson, Router
from broadcast_server.citizens.complaints import Matter
from broadcast_server.people.audit import record
from broadcast_server.problem import not_found
from broadcast_server.store.citizens import ComplaintRow
from broadcast_server.store.station import ClusterRow

router = Router(prefix="/api/v1/complaints", tags=["complaints"])
Viewer = Annotated[User, Depends(allow(Right.VIEW))]
Stopper = Annotated[User, Depends(allow(Right.STOP))]
MOST = 200


class ComplaintJson(TypedDict):
    """One citizen's word. `cluster`: its name, None if they did not know which."""

    id: str
    cluster_id: str | None
    cluster: str | None
    matter: Matter
    text: str
    made_us: int
    closed_us: int | None
    closed_by: str | None


@router.get("")
async def list_complaints(_user: Viewer, station: StationDep) -> ItemsJson[ComplaintJson]:
    """The open ones first, then the newest."""
    query = (
        select(ComplaintRow, ClusterRow.name)
        .outerjoin(ClusterRow, ClusterRow.id == ComplaintRow.cluster_id)
        .where(ComplaintRow.station_id == station.station_id)
        .order_by(ComplaintRow.closed_us.is_not(None), ComplaintRow.made_us.desc())
        .limit(MOST)
    )
    async with station.database.reading() as session:
        found = (await session.execute(query)).all()
    return {"items": [_json(row, name) for row, name in found]}


@router.post("/{complaint_id}/close", status_code=204)
async def close(complaint_id: str, user: Stopper, station: StationDep) -> None:
    """It was dealt with. Of one that was closed already nothing changes."""
    now = station.clock.now_us()
    async with station.database.transaction() as session:
        row = await session.get(ComplaintRow, complaint_id)
        if row is None or row.station_id != station.station_id:
            raise not_found("phản ánh này", "report")
        if row.closed_us is None:
            row.closed_us, row.closed_by = now, user.name
            record(session, station.station_id, now, user.name, "complaint.close", row.id, matter=row.matter)


def _json(row: ComplaintRow, cluster: str | None) -> ComplaintJson:
    return {
        "id": row.id,
        "cluster_id": row.cluster_id,
        "cluster": cluster,
        "matter": cast("Matter", row.matter),
        "text": row.text,
        "made_us": row.made_us,
        "closed_us": row.closed_us,
        "closed_by": row.closed_by,
    }
