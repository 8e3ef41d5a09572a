"""What holds for every answer and every request: security headers, and no writing or watching on behalf of a foreign
page."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from broadcast_server.api.access import cookie_name
from broadcast_server.api.problems import PROBLEM, hang_up, problem_response, too_large
from broadcast_server.api.security_headers import SECURITY_HEADERS
from broadcast_server.problem import Problem
from speaker_client.protocol.version import HEADER as PROTOCOL

_SAFE = {"GET", "HEAD", "OPTIONS"}
_SOCKET = "WEBSOCKET"
"""In place of a method. A page may open one to any site, cookies and all, and read what comes."""


def foreign(method: str, headers: Headers, session_cookie: str) -> bool:
    """Whether a request that changes something, or a WebSocket, may be the doing of another site's page."""
    if method in _SAFE:
        return False
    origin = headers.get("origin")
    if origin is not None:
        return _host(origin) != headers.get("host", "").lower()
    has_cookie = f"{session_cookie}=" in headers.get("cookie", "")
    return has_cookie and headers.get("sec-fetch-site") != "same-origin"


def _host(origin: str) -> str | None:
    """Host and port; None for what is no address."""
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return None


def _foreign_origin() -> Problem:
    vi, en = "Yêu cầu đến từ một trang khác nên bị từ chối.", "This request came from another site."
    return Problem(403, "foreign_origin", vi, en)


class Guard:
    """ASGI middleware around the whole application, and around what the framework answers by itself."""

    def __init__(self, app: ASGIApp, secure_cookies: bool = False) -> None:
        self.app, self.secure = app, secure_cookies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            return await self._websocket(scope, receive, send)
        if scope["type"] != "http":
            return await self.app(scope, receive, send)

        asked = Headers(scope=scope)
        said, by_box = False, PROTOCOL in asked

        async def send_guarded(message: Message) -> None:
            nonlocal said
            if said:
                return
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if message["status"] == 413 and headers.get("content-type") != PROBLEM:  # in Starlette's own words
                    await problem_response(too_large())(scope, receive, send_guarded)
                    said = True
                    return
                if not by_box:
                    self._add_headers(headers)
            await send(message)

        if foreign(scope["method"], asked, cookie_name(self.secure)):
            return await problem_response(_foreign_origin())(scope, receive, send_guarded)
        return await self.app(scope, receive, send_guarded)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Whoever opens one can change something: a browser asks no leave of us to open it from a foreign page."""
        if foreign(_SOCKET, Headers(scope=scope), cookie_name(self.secure)):
            return await hang_up(WebSocket(scope, receive, send), _foreign_origin())
        return await self.app(scope, receive, send)

    def _add_headers(self, headers: MutableHeaders) -> None:
        """For browsers alone: a box pays for each byte. It says its protocol, which no browser does for a page without
        asking us."""
        for name, value in SECURITY_HEADERS.items():
            headers.setdefault(name, value)
        if self.secure:
            headers.setdefault("strict-transport-security", "max-age=31536000")
