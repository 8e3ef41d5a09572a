"""The connection itself: to an address that was looked up and checked here, and whatever an old server says first."""

# ruff: noqa: ASYNC109 — the names of the parameters are httpcore2's
from __future__ import annotations

import asyncio
import functools
import socket
import ssl
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from ipaddress import ip_address
from typing import Any

import httpcore2

from broadcast_server.relay.guard import Guard

CONNECT_S = 3.0
MOST_ASKED = 16
"""Names at once; one that nobody answers may hang for half a minute."""
_ASKING = ThreadPoolExecutor(MOST_ASKED, "relay-names")


class Pinned(httpcore2.AsyncNetworkBackend):
    """Looks a name up itself, and connects to what it found and checked: it cannot mean another host a moment later."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._wire = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        resolve = self._guard.resolver or by_system
        try:
            found = await asyncio.wait_for(resolve(host.strip("[]")), timeout)
        except TimeoutError as error:
            raise httpcore2.ConnectTimeout(f"{host}: no answer to its name") from error
        except OSError as error:
            raise httpcore2.ConnectError(f"{host}: {error}") from error
        *others, last = self._guard.choose(host, found)
        for address in others:
            try:
                return await self._connected(address, port, CONNECT_S / 3, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                continue
        return await self._connected(last, port, timeout, socket_options)

    async def _connected(
        self, address: str, port: int, timeout: float | None, options: Iterable[Any] | None
    ) -> httpcore2.AsyncNetworkStream:
        stream = await self._wire.connect_tcp(address, port, timeout=timeout, socket_options=options)
        return _Shoutcast(stream)


class _Shoutcast(httpcore2.AsyncNetworkStream):
    """A connection whose answer may begin with `ICY 200 OK`, as the oldest stream servers say instead of HTTP/1.0."""

    def __init__(self, stream: httpcore2.AsyncNetworkStream) -> None:
        self._stream = stream
        self._begun = False

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = await self._stream.read(max_bytes, timeout)
        if not self._begun:
            self._begun = True
            while data and len(data) < 4 and b"ICY ".startswith(data):
                more = await self._stream.read(max_bytes, timeout)
                data += more
                if not more:
                    break
            if data.startswith(b"ICY "):
                return b"HTTP/1.0 " + data[4:]
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.AsyncNetworkStream:
        return await self._stream.start_tls(ssl_context, server_hostname, timeout)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


async def by_system(host: str) -> Sequence[str]:
    """What the system's resolver says. It may hang: not on threads that others need, and not for an address."""
    with suppress(ValueError):
        return [str(ip_address(host))]
    ask = functools.partial(socket.getaddrinfo, host, None, type=socket.SOCK_STREAM)
    found = await asyncio.get_running_loop().run_in_executor(_ASKING, ask)
    return [str(address[0]) for *_, address in found]
