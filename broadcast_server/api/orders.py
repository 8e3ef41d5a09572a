"""Emergency and drill: two routes that share nothing but what they are made of; templates; how an order stands."""

from __future__ import annotations

from typing import Annotated, Literal, cast

from fastapi import Depends
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from typing_extensions import TypedDict

from broadcast_server.api.access import Right, User, allow
from broadcast_server.api.dependencies import StationDep
from broadcast_server.api.router import ItemsJson, Router
from broadcast_server.emergency_templates import DRILL, EMERGENCY
from broadcast_server.order_view import OrderHeadJson, OrderJson, head_json, order_json
from broadcast_server.ordering import Wish
from broadcast_server.problem import Problem
from broadcast_server.station import Station
from broadcast_server.store.orders import OrderRow, TemplateRow

emergencies = Router(prefix="/api/v1/emergencies", tags=["emergencies"])
drills = Router(prefix="/api/v1/drills", tags=["drills"])
router = Router(prefix="/api/v1/orders", tags=["orders"])
Alarmer = Annotated[User, Depends(allow(Right.EMERGENCY))]
Driller = Annotated[User, Depends(allow(Right.DRILL))]
Viewer = Annotated[User, Depends(allow(Right.VIEW))]
LAST_ORDERS = 50


class NewOrder(BaseModel):
    """Where, how often. The same `key` again is the same order: a double press starts once.

    An order that is not here by `expires_us` (by the station's clock) is refused: what a phone's line held up is not
    what is meant any more. `dry_run`: only say whether it could be given.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    key: str = Field(min_length=8, max_length=80)
    targets: tuple[str, ...] = Field(default=("all",), max_length=1000)
    rounds: int | None = None
    expires_us: int | None = Field(default=None, ge=0, lt=1 << 52)
    dry_run: bool = False


class NewDrill(NewOrder):
    """Which template."""

    template: str = Field(max_length=80)


class NewEmergency(NewOrder):
    """Either a template, or a text that is spoken by the offline voice after `lead`, without waiting for anything."""

    template: str | None = Field(default=None, max_length=80)
    text: str | None = Field(default=None, max_length=10_000)
    lead: Literal["siren", "chime", "none"] = "siren"


class TriedOrderJson(OrderHeadJson):
    """An order that could be given, and was not."""

    dry_run: Literal[True]


class TemplateJson(TypedDict):
    """Something prepared; `ready` once its sound is a recording and may be ordered. `text` null: a sound of ours."""

    name: str
    kind: Literal["emergency", "drill"]
    title: str
    text: str | None
    rounds: int
    recording_id: str | None
    ready: bool


@emergencies.post("", status_code=202)
async def sound_emergency(new: NewEmergency, user: Alarmer, station: StationDep) -> OrderJson | TriedOrderJson:
    """Sound a prepared emergency, or a text, now, over everything. The answer means: it is on disk, signed and on its
    way."""
    if (new.template is None) is (new.text is None):
        vi, en = "Hãy chọn một mẫu, hoặc gõ chữ để đọc.", "Choose a template, or give a text: one of the two."
        raise Problem(422, "template_or_text", vi, en)
    key = _key(EMERGENCY, new)
    wish = Wish(EMERGENCY, new.template or "", new.targets, new.rounds, key, new.text, new.lead, new.expires_us)
    return await _sound(wish, new, user, station)


@drills.post("", status_code=202)
async def sound_drill(new: NewDrill, user: Driller, station: StationDep) -> OrderJson | TriedOrderJson:
    """Sound a prepared drill now. It can use no emergency's template and is signed by another key."""
    wish = Wish(DRILL, new.template, new.targets, new.rounds, _key(DRILL, new), expires_us=new.expires_us)
    return await _sound(wish, new, user, station)


def _key(kind: str, new: NewOrder) -> str:
    return f"{kind}:{new.key}"


async def _sound(wish: Wish, new: NewOrder, user: User, station: Station) -> OrderJson | TriedOrderJson:
    order = await station.ballast.spend(lambda: station.ordering.sound(wish, user.name, new.dry_run))
    if new.dry_run:
        return {**head_json(order), "dry_run": True}
    return await show_order(order.id, user, station)


@router.get("")
async def list_orders(_user: Viewer, station: StationDep) -> ItemsJson[OrderHeadJson]:
    """The last emergencies, drills and lives, newest first."""
    query = select(OrderRow).filter_by(station_id=station.station_id).order_by(OrderRow.made_us.desc())
    async with station.database.reading() as session:
        return {"items": [head_json(row) for row in await session.scalars(query.limit(LAST_ORDERS))]}


@router.get("/templates")
async def list_templates(_user: Viewer, station: StationDep) -> ItemsJson[TemplateJson]:
    """What is prepared; `ready` once its sound is made and may be ordered."""
    query = select(TemplateRow).filter_by(station_id=station.station_id).order_by(TemplateRow.position)
    async with station.database.reading() as session:
        rows = await session.scalars(query)
        return {"items": [_template_json(row) for row in rows if row.kind in (EMERGENCY, DRILL)]}


@router.get("/{order_id}")
async def show_order(order_id: str, _user: Viewer, station: StationDep) -> OrderJson:
    """How it stands, loudspeaker by loudspeaker: sent, acknowledged, playing, sounded, each with its time.

    `sounded` only if it was measured, with level and confidence; a cluster's own, if anything of it was heard.
    """
    async with station.database.reading() as session:
        return await order_json(session, station.station_id, order_id, station.clock.now_us())


def _template_json(row: TemplateRow) -> TemplateJson:
    return {
        "name": row.name,
        "kind": cast(Literal["emergency", "drill"], row.kind),
        "title": row.title,
        "text": row.text,
        "rounds": row.rounds,
        "recording_id": row.recording_id,
        "ready": row.recording_id is not None,
    }
