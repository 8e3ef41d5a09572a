"""Logging in and out, one's own password, one's own tokens."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import delete, select
from typing_extensions import TypedDict

from broadcast_server.api.access import Right, Role, User, allow, anyone, cookie_name, logged_in
from broadcast_server.api.dependencies import StationDep, address_of
from broadcast_server.api.router import ItemsJson, Router
from broadcast_server.people import tokens
from broadcast_server.people.audit import record
from broadcast_server.people.login import Entrance, Visitor
from broadcast_server.problem import not_found
from broadcast_server.station import Station
from broadcast_server.store.people import ApiTokenRow
from speaker_client.protocol.ids import DAY, Micros

router = Router(prefix="/api/v1")
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


class UserJson(TypedDict):
    """Somebody, as they see themselves. `must_change`: nothing is allowed before the password is changed."""

    id: str
    name: str
    full_name: str
    role: Role
    rights: list[Right]
    must_change: bool


class TokenJson(TypedDict):
    """A token, without its secret; `expires_us` null: good for ever."""

    id: str
    name: str
    made_us: int
    expires_us: int | None


class NewTokenJson(TokenJson):
    """A new token with its secret, which is shown only here."""

    token: str


def entrance(station: Station) -> Entrance:
    """The door of the station."""
    return Entrance(station.database, station.clock, station.station_id)


def user_json(user: User) -> UserJson:
    """The caller, as they see themselves."""
    return {
        "id": user.id,
        "name": user.name,
        "full_name": user.full_name,
        "role": Role(user.role),
        "rights": sorted(user.rights),
        "must_change": user.must_change,
    }


@router.post("/login", tags=["login"], dependencies=[Depends(anyone)])
async def log_in(credentials: Credentials, request: Request, response: Response, station: StationDep) -> UserJson:
    """Open a session; its id goes into an HttpOnly cookie."""
    visitor = visitor_of(request, station)
    user, secret = await entrance(station).log_in(credentials.name, credentials.password, visitor)
    station.feeding.doubt(user.id)
    set_cookie(response, station, secret)
    return user_json(user)


@router.post("/logout", status_code=204, tags=["login"])
async def log_out(user: LoggedIn, response: Response, station: StationDep) -> None:
    """End this session."""
    await entrance(station).log_out(user)
    station.feeding.doubt(user.id)
    response.delete_cookie(cookie_name(station.settings.secure_cookies))


@router.get("/me", tags=["me"])
async def show_me(user: LoggedIn) -> UserJson:
    """Who I am and what I may do."""
    return user_json(user)


@router.post("/me/password", status_code=204, tags=["me"])
async def change_password(
    change: NewPassword, user: LoggedIn, request: Request, response: Response, station: StationDep
) -> None:
    """Change one's own password; every other session and every token ends, this session gets a new id."""
    secret = await entrance(station).change_password(user, change.old, change.new, visitor_of(request, station))
    station.feeding.doubt(user.id)
    set_cookie(response, station, secret)


@router.get("/tokens", tags=["tokens"])
async def list_tokens(user: Viewer, station: StationDep) -> ItemsJson[TokenJson]:
    """One's own tokens, without their secrets."""
    async with station.database.reading() as session:
        rows = await session.scalars(select(ApiTokenRow).where(ApiTokenRow.user_id == user.id))
        return {"items": [_token_json(row) for row in rows]}


@router.post("/tokens", status_code=201, tags=["tokens"])
async def make_token(new: NewToken, user: Viewer, station: StationDep) -> NewTokenJson:
    """A new token; `token` is shown here and never again."""
    now_us = station.clock.now_us()
    expires_us = Micros(now_us + new.days * DAY) if new.days else None
    async with station.database.transaction() as session:
        row, token = tokens.make_token(session, user.id, station.station_id, new.name, now_us, expires_us)
        record(session, station.station_id, now_us, user.name, "token.make", row.id, name=new.name)
    return {**_token_json(row), "token": token}


@router.delete("/tokens/{token_id}", status_code=204, tags=["tokens"])
async def delete_token(token_id: str, user: Viewer, station: StationDep) -> None:
    """Take a token of one's own back."""
    async with station.database.transaction() as session:
        mine = delete(ApiTokenRow).where(ApiTokenRow.id == token_id, ApiTokenRow.user_id == user.id)
        if not (await session.execute(mine.returning(ApiTokenRow.id))).first():
            raise not_found("khóa này", "token")
        record(session, station.station_id, station.clock.now_us(), user.name, "token.delete", token_id)
    station.feeding.doubt(user.id)


def _token_json(row: ApiTokenRow) -> TokenJson:
    return {"id": row.id, "name": row.name, "made_us": row.made_us, "expires_us": row.expires_us}


def visitor_of(request: Request, station: Station) -> Visitor:
    """Whoever knocks."""
    old = request.cookies.get(cookie_name(station.settings.secure_cookies))
    return Visitor(address_of(request), request.headers.get("user-agent", ""), old)


def set_cookie(response: Response, station: Station, secret: str) -> None:
    """Hand a new session over."""
    secure = station.settings.secure_cookies
    response.set_cookie(cookie_name(secure), secret, httponly=True, samesite="lax", secure=secure, path="/")
    response.headers["Cache-Control"] = "no-store"
