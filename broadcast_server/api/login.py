"""Logging in and out, one's own password, one's own tokens."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import delete, select

from broadcast_server.api.access import Right, User, allow, anyone, cookie_name, logged_in
from broadcast_server.api.dependencies import StationDep
from broadcast_server.people import tokens
from broadcast_server.people.audit import record
from broadcast_server.people.login import Entrance, Visitor
from broadcast_server.problem import not_found
from broadcast_server.station import Station
from broadcast_server.store.people import ApiTokenRow
from speaker_client.protocol.ids import DAY, Micros

router = APIRouter(prefix="/api/v1", tags=["login"])
LoggedIn = Annotated[User, Depends(logged_in)]
Viewer = Annotated[User, Depends(allow(Right.VIEW))]


class Credentials(BaseModel):
    """A name and a password."""

    model_config = ConfigDict(frozen=True)
    name: str = Field(max_length=80)
    password: str = Field(max_length=200)


class NewPassword(BaseModel):
    """The password one has, and the one to have."""

    model_config = ConfigDict(frozen=True)
    old: str = Field(max_length=200)
    new: str = Field(max_length=200)


class NewToken(BaseModel):
    """What a token is for, and for how many days."""

    model_config = ConfigDict(frozen=True)
    name: str = Field(min_length=1, max_length=80)
    days: int | None = Field(default=None, ge=1, le=3660)


def entrance(station: Station) -> Entrance:
    """The door of the station."""
    return Entrance(station.database, station.clock, station.station_id)


def user_json(user: User) -> dict[str, Any]:
    """The caller, as they see themselves."""
    rights = sorted(user.rights)
    about = {"id": user.id, "name": user.name, "full_name": user.full_name, "role": user.role}
    return about | {"rights": rights, "must_change": user.must_change}


@router.post("/login", dependencies=[Depends(anyone)])
async def log_in(credentials: Credentials, request: Request, response: Response, station: StationDep) -> dict[str, Any]:
    """Open a session; its id goes into an HttpOnly cookie."""
    visitor = _visitor(request, station)
    user, secret = await entrance(station).log_in(credentials.name, credentials.password, visitor)
    _set_cookie(response, station, secret)
    return user_json(user)


@router.post("/logout", status_code=204)
async def log_out(user: LoggedIn, response: Response, station: StationDep) -> None:
    """End this session."""
    await entrance(station).log_out(user)
    response.delete_cookie(cookie_name(station.settings.secure_cookies))


@router.get("/me")
async def me(user: LoggedIn) -> dict[str, Any]:
    """Who I am and what I may do."""
    return user_json(user)


@router.post("/me/password", status_code=204)
async def change_password(
    change: NewPassword, user: LoggedIn, request: Request, response: Response, station: StationDep
) -> None:
    """Change one's own password; every other session and every token ends, this session gets a new id."""
    secret = await entrance(station).change_password(user, change.old, change.new, _visitor(request, station))
    _set_cookie(response, station, secret)


@router.get("/tokens")
async def list_tokens(user: Viewer, station: StationDep) -> dict[str, Any]:
    """One's own tokens, without their secrets."""
    async with station.database.reading() as session:
        rows = await session.scalars(select(ApiTokenRow).where(ApiTokenRow.user_id == user.id))
        return {"items": [_token_json(row) for row in rows]}


@router.post("/tokens", status_code=201)
async def make_token(new: NewToken, user: Viewer, station: StationDep) -> dict[str, Any]:
    """A new token; `token` is shown here and never again."""
    now_us = station.clock.now_us()
    expires_us = Micros(now_us + new.days * DAY) if new.days else None
    async with station.database.transaction() as session:
        row, token = tokens.make_token(session, user.id, station.station_id, new.name, now_us, expires_us)
        record(session, station.station_id, now_us, user.name, "token.make", row.id, name=new.name)
    return _token_json(row) | {"token": token}


@router.delete("/tokens/{token_id}", status_code=204)
async def delete_token(token_id: str, user: Viewer, station: StationDep) -> None:
    """Take a token of one's own back."""
    async with station.database.transaction() as session:
        mine = delete(ApiTokenRow).where(ApiTokenRow.id == token_id, ApiTokenRow.user_id == user.id)
        if not (await session.execute(mine.returning(ApiTokenRow.id))).first():
            raise not_found("khoá này", "token")
        record(session, station.station_id, station.clock.now_us(), user.name, "token.delete", token_id)


def _token_json(row: ApiTokenRow) -> dict[str, Any]:
    return {"id": row.id, "name": row.name, "made_us": row.made_us, "expires_us": row.expires_us}


def _visitor(request: Request, station: Station) -> Visitor:
    address = request.client.host if request.client else ""
    old = request.cookies.get(cookie_name(station.settings.secure_cookies))
    return Visitor(address, request.headers.get("user-agent", ""), old)


def _set_cookie(response: Response, station: Station, secret: str) -> None:
    secure = station.settings.secure_cookies
    response.set_cookie(cookie_name(secure), secret, httponly=True, samesite="lax", secure=secure, path="/")
    response.headers["Cache-Control"] = "no-store"
