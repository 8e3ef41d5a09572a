"""Who may call what: every route declares it, and a route that does not keeps the server from starting."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from fastapi import Depends, FastAPI
from fastapi.routing import iter_route_contexts
from sqlalchemy.exc import OperationalError
from starlette.requests import HTTPConnection

from broadcast_server.api.dependencies import StationDep, address_of
from broadcast_server.people import sessions, tokens
from broadcast_server.people.rights import RIGHTS, Right, Role
from broadcast_server.people.user import User
from broadcast_server.problem import Problem, not_allowed
from broadcast_server.station import Station

log = logging.getLogger(__name__)

__all__ = [
    "RIGHTS",
    "Caller",
    "Right",
    "Role",
    "User",
    "admits",
    "allow",
    "anyone",
    "check_allowed",
    "check_routes",
    "cookie_name",
]

_F = TypeVar("_F", bound=Callable[..., Any])


def admits(who: str) -> Callable[[_F], _F]:
    """Mark a dependency as one that decides who may call; `who` says it in words."""

    def mark(dependency: _F) -> _F:
        vars(dependency)["admits"] = who
        return dependency

    return mark


@admits("anyone")
async def anyone() -> None:
    """For what the public may see or do."""


def cookie_name(secure: bool) -> str:
    """`__Host-` binds the cookie to this host and to HTTPS."""
    return "__Host-tienglang" if secure else "tienglang"


async def caller(connection: HTTPConnection, station: StationDep) -> User | None:
    """Who is calling, by bearer token or session cookie; None for somebody unknown."""
    user, stale = await _recognised(connection, station)
    if stale and user is not None and user.session_hash:
        try:
            async with station.database.transaction() as session:
                await sessions.touch(session, user.session_hash, address_of(connection), station.clock.now_us())
        except OperationalError as error:  # a full disk must not come between a person and the stop
            log.error("STATION: the use of a session cannot be written down: %s", error.orig)
    return user


async def _recognised(connection: HTTPConnection, station: Station) -> tuple[User | None, bool]:
    """Who is calling, and whether the use of their session ought to be written down."""
    now_us = station.clock.now_us()
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        async with station.database.reading() as session:
            return await tokens.token_user(session, token.strip(), station.station_id, now_us), False
    cookie = connection.cookies.get(cookie_name(station.settings.secure_cookies))
    if cookie is None:
        return None, False
    async with station.database.reading() as session:
        return await sessions.session_user(session, cookie, station.station_id, now_us) or (None, False)


Caller = Annotated[User | None, Depends(caller)]
"""Who is calling, if known. Says nothing about what they may do."""


def _known(user: User | None) -> User:
    if user is None:
        vi, en = "Hãy đăng nhập để làm việc này.", "Log in to do this."
        raise Problem(401, "login_required", vi, en)
    return user


@admits("whoever is logged in")
async def logged_in(user: Caller) -> User:
    """Anybody with an account, even one who must change the password first."""
    return _known(user)


def allow(right: Right, or_else: Right | None = None) -> Callable[..., Any]:
    """The dependency that lets in whoever has the right, or the other, and hands over the User."""

    @admits(f"whoever has the right {right}" + (f" or {or_else}" if or_else else ""))
    async def gate(user: Caller) -> User:
        return _allowed(user, or_else if or_else and user and user.may(or_else) else right)

    return gate


async def check_allowed(connection: HTTPConnection, station: Station, right: Right) -> None:
    """Whether whoever opened this long connection may still have it; looking on is no use of a session. Problem."""
    user, _ = await _recognised(connection, station)
    _allowed(user, right)


def _allowed(user: User | None, right: Right) -> User:
    known = _known(user)
    if known.must_change:
        vi, en = "Hãy đổi mật khẩu dùng một lần trước đã.", "Change the one-time password first."
        raise Problem(403, "password_change_required", vi, en)
    if not known.may(right):
        raise not_allowed(str(right))
    return known


def undeclared(app: FastAPI) -> list[str]:
    """The routes, WebSockets among them, for which nobody has said who may call them."""
    routes = iter_route_contexts(app.routes)  # one that is not FastAPI's own has nothing to say it with
    return [route.path or "?" for route in routes if not admitted(getattr(route, "dependant", None))]


def check_routes(app: FastAPI) -> None:
    """Default deny: a server with an undeclared route does not start."""
    if missing := undeclared(app):
        raise RuntimeError(f"nobody has said who may call {', '.join(missing)}")


def admitted(dependant: Any) -> list[str]:
    """Who may call a route, in words; empty when nobody has said."""
    if dependant is None:
        return []
    own = [inner.call.admits for inner in dependant.dependencies if hasattr(inner.call, "admits")]
    return own + [who for inner in dependant.dependencies for who in admitted(inner)]
