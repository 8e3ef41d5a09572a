"""Emergency and drill: two routes that share nothing but what they are made of; templates; how an order stands."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select

from broadcast_server.api.access import Right, User, allow
from broadcast_server.api.dependencies import StationDep
from broadcast_server.emergency_templates import DRILL, EMERGENCY
from broadcast_server.order_view import head_json, order_json
from broadcast_server.ordering import Wish
from broadcast_server.station import Station
from broadcast_server.store.orders import OrderRow, TemplateRow

emergencies = APIRouter(prefix="/api/v1/emergencies", tags=["emergency"])
drills = APIRouter(prefix="/api/v1/drills", tags=["drill"])
router = APIRouter(prefix="/api/v1/orders", tags=["emergency"])
Alarmer = Annotated[User, Depends(allow(Right.EMERGENCY))]
Driller = Annotated[User, Depends(allow(Right.DRILL))]
Viewer = Annotated[User, Depends(allow(Right.VIEW))]
LAST_ORDERS = 50


class NewOrder(BaseModel):
    """Which template, where, how often. The same `key` again is the same order: a double press starts once.

    `dry_run`: only say whether it could be given.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    template: str = Field(max_length=80)
    key: str = Field(min_length=8, max_length=80)
    targets: tuple[str, ...] = Field(default=("all",), max_length=1000)
    rounds: int | None = None
    dry_run: bool = False


@emergencies.post("", status_code=202)
async def sound_emergency(new: NewOrder, user: Alarmer, station: StationDep) -> dict[str, Any]:
    """Sound a prepared emergency now, over everything. The answer means: it is on disk, signed and on its way."""
    return await _sound(EMERGENCY, new, user, station)


@drills.post("", status_code=202)
async def sound_drill(new: NewOrder, user: Driller, station: StationDep) -> dict[str, Any]:
    """Sound a prepared drill now. It can use no emergency's template and is signed by another key."""
    return await _sound(DRILL, new, user, station)


async def _sound(kind: str, new: NewOrder, user: User, station: Station) -> dict[str, Any]:
    wish = Wish(kind, new.template, new.targets, new.rounds, f"{kind}:{new.key}")
    order = await station.ordering.sound(wish, user.name, new.dry_run)
    if new.dry_run:
        return {**head_json(order), "dry_run": True}
    return await show_order(order.id, user, station)


@router.get("")
async def list_orders(_user: Viewer, station: StationDep) -> dict[str, Any]:
    """The last emergencies and drills, newest first."""
    query = select(OrderRow).filter_by(station_id=station.station_id).order_by(OrderRow.made_us.desc())
    async with station.database.reading() as session:
        return {"items": [head_json(row) for row in await session.scalars(query.limit(LAST_ORDERS))]}


@router.get("/templates")
async def list_templates(_user: Viewer, station: StationDep) -> dict[str, Any]:
    """What is prepared; `ready` once its sound is made and may be ordered."""
    query = select(TemplateRow).filter_by(station_id=station.station_id).order_by(TemplateRow.position)
    async with station.database.reading() as session:
        rows = await session.scalars(query)
        return {"items": [_template_json(row) for row in rows if row.kind in (EMERGENCY, DRILL)]}


@router.get("/{order_id}")
async def show_order(order_id: str, _user: Viewer, station: StationDep) -> dict[str, Any]:
    """How it stands, loudspeaker by loudspeaker: sent, acknowledged, playing, sounded, each with its time.

    `sounded` only if it was measured, with level and confidence; a cluster's own, if anything of it was heard.
    """
    async with station.database.reading() as session:
        return await order_json(session, station.station_id, order_id)


def _template_json(row: TemplateRow) -> dict[str, Any]:
    names = ("name", "kind", "title", "text", "rounds", "recording_id")
    return {**{name: getattr(row, name) for name in names}, "ready": row.recording_id is not None}
