"""The devices that one is signed in on."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from typing_extensions import TypedDict

from broadcast_server.api.access import Right, User, allow
from broadcast_server.api.dependencies import StationDep
from broadcast_server.api.router import ItemsJson, Router
from broadcast_server.people import sessions
from broadcast_server.people.audit import record
from broadcast_server.people.devices import device_words
from broadcast_server.problem import not_found
from broadcast_server.store.people import SessionRow

router = Router(prefix="/api/v1/me/sessions", tags=["sessions"])
Viewer = Annotated[User, Depends(allow(Right.VIEW))]


class DeviceJson(TypedDict):
    """What a device is, in words."""

    vi: str
    en: str


class SessionJson(TypedDict):
    """A device that is signed in. `address`: where it was last used from; `used_us`: to within five minutes; `this`:
    whether it is the one that asks."""

    id: str
    device: DeviceJson
    address: str
    made_us: int
    used_us: int
    this: bool


class EndedJson(TypedDict):
    """How many were signed out."""

    ended: int


@router.get("")
async def list_sessions(user: Viewer, station: StationDep) -> ItemsJson[SessionJson]:
    """Where one is signed in, the last used first: `device` in words, the `address` it was last used from, when it
    was, to within five minutes, and whether it is `this` one."""
    async with station.database.reading() as session:
        rows = await sessions.sessions_of(session, user.id, station.clock.now_us())
    return {"items": [_session_json(row, user) for row in rows]}


@router.delete("/{session_id}", status_code=204)
async def end_session(session_id: str, user: Viewer, station: StationDep) -> None:
    """Sign one device out; what it watches and says live ends within seconds."""
    async with station.database.transaction() as session:
        row = await sessions.close_one(session, user.id, session_id)
        if row is None:
            raise not_found("thiết bị này", "session")
        which = {"device": device_words(row.device)["vi"], "address": row.address}
        record(session, station.station_id, station.clock.now_us(), user.name, "session.end", session_id, **which)
    station.feeding.doubt(user.id)


@router.delete("")
async def end_others(user: Viewer, station: StationDep) -> EndedJson:
    """Sign all devices out but this one; how many have `ended`. Tokens and passkeys stay."""
    async with station.database.transaction() as session:
        ended = await sessions.close_all(session, user.id, but=user.session_hash)
        record(session, station.station_id, station.clock.now_us(), user.name, "session.end_others", user.id, n=ended)
    station.feeding.doubt(user.id)
    return {"ended": ended}


def _session_json(row: SessionRow, user: User) -> SessionJson:
    words = device_words(row.device)
    return {
        "id": row.id,
        "device": {"vi": words["vi"], "en": words["en"]},
        "address": row.address,
        "made_us": row.made_us,
        "used_us": row.used_us,
        "this": row.id_hash == user.session_hash,
    }
