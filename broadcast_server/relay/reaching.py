"""HTTP to relay sources: every connection goes to an address that passed the guard, redirects are looked at again."""

from __future__ import annotations

import asyncio
import functools
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

import httpcore2

from broadcast_server.relay.guard import Guard, Refused, Target, joined
from broadcast_server.relay.reason import Failure, Reason
from broadcast_server.relay.wire import CONNECT_S, Pinned

READ_S = 5.0
ANSWER_S = 5.0
"""From asking to the head of the last answer, redirects and all."""
MOST_REDIRECTS = 5
LONGEST_TEXT = 1_000_000
TEXT_S = 3.0
_REDIRECTS = (301, 302, 303, 307, 308)
_TIMEOUTS = {"connect": CONNECT_S, "read": READ_S, "write": READ_S, "pool": CONNECT_S}
_HEADERS: dict[bytes | str, bytes | str] = {
    "User-Agent": "TiengLang/1 (relay)",
    "Accept": "*/*",
    "Accept-Encoding": "identity",
}


@dataclass
class Answer:
    """What a source says: where it came from in the end, how it calls it, and the bytes."""

    url: str
    content_type: str
    """Lower case, without parameters; empty if it does not say."""
    bounded: bool
    """Whether it said beforehand how long it is."""
    _response: httpcore2.Response

    async def chunks(self) -> AsyncGenerator[bytes]:
        """The body as it comes. Failure `stalled` when nothing does, `dead` when the connection breaks."""
        with _told():
            async with aclosing(self._response.aiter_stream()) as stream:
                async for chunk in stream:
                    yield chunk


class Reach:
    """The connections of one pull. To be used in `async with`."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    async def __aenter__(self) -> Reach:
        trust = await asyncio.to_thread(_trust)
        self._pool = httpcore2.AsyncConnectionPool(trust, network_backend=Pinned(self._guard), max_connections=4)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._pool.aclose()

    @asynccontextmanager
    async def open(self, url: str, extent: tuple[int, int] | None = None) -> AsyncIterator[Answer]:
        """The answer to GET, of `extent` bytes (first, last) alone; Failure if it is none of sound."""
        with _told():
            async with asyncio.timeout(ANSWER_S) as deadline:
                async with self._followed(url, extent) as answer:
                    deadline.reschedule(None)
                    yield answer

    async def text(self, url: str) -> tuple[str, str]:
        """A short text and where it came from in the end; Failure otherwise."""
        said = bytearray()
        with _told():
            async with self.open(url) as answer, asyncio.timeout(TEXT_S), aclosing(answer.chunks()) as chunks:
                async for chunk in chunks:
                    said += chunk
                    if len(said) > LONGEST_TEXT:
                        raise Failure(Reason.NOT_AUDIO, "a playlist without end")
        return said.decode("utf-8", "replace"), answer.url

    @asynccontextmanager
    async def _followed(self, url: str, extent: tuple[int, int] | None) -> AsyncIterator[Answer]:
        for _ in range(MOST_REDIRECTS + 1):
            target = self._guard.check_url(url)
            async with self._asked(target, extent) as response:
                headers = {name.lower(): value.decode("latin-1") for name, value in response.headers}
                if response.status not in _REDIRECTS:
                    if response.status != (206 if extent else 200):
                        raise Failure(Reason.HTTP_ERROR, f"HTTP {response.status}")
                    kind = _media_type(headers.get(b"content-type", ""))
                    yield Answer(target.url, kind, b"content-length" in headers, response)
                    return
                url = joined(target.url, headers.get(b"location", ""))
        raise Failure(Reason.HTTP_ERROR, f"more than {MOST_REDIRECTS} redirects")

    def _asked(self, target: Target, extent: tuple[int, int] | None) -> Any:
        headers = {**_HEADERS, "Host": target.authority}
        if extent:
            headers["Range"] = f"bytes={extent[0]}-{extent[1]}"
        host = target.written_host
        url = httpcore2.URL(
            scheme=target.scheme.encode(), host=host.encode(), port=target.port, target=target.path.encode()
        )
        return self._pool.stream("GET", url, headers=headers, extensions={"timeout": _TIMEOUTS})


@contextmanager
def _told() -> Iterator[None]:
    """Whatever goes wrong inside comes out as a Failure in the words of a relay."""
    try:
        yield
    except Exception as error:
        if failure := _failure(error):
            raise failure from error
        raise


def _failure(error: Exception) -> Failure | None:
    reason = next((reason for kinds, reason in _FAILURES if isinstance(error, kinds)), None)
    if reason is None:
        return None
    if reason is Reason.UNREACHABLE and distrusts(error):
        return Failure(Reason.UNTRUSTED)
    return Failure(reason, error.detail if isinstance(error, Refused) else "")


def distrusts(error: BaseException | None) -> bool:
    """Whether it comes of a certificate that does not vouch for its host."""
    while error is not None and not isinstance(error, ssl.SSLCertVerificationError):
        error = error.__cause__ or error.__context__
    return error is not None


_FAILURES: tuple[tuple[tuple[type[Exception], ...], Reason], ...] = (
    ((Refused,), Reason.REFUSED_ADDRESS),
    ((httpcore2.ConnectError, httpcore2.ConnectTimeout), Reason.UNREACHABLE),
    ((httpcore2.TimeoutException, TimeoutError), Reason.STALLED),
    ((httpcore2.NetworkError, httpcore2.ProtocolError, OSError), Reason.DEAD),
)


@functools.cache
def _trust() -> ssl.SSLContext:
    """Whom the system trusts. Reading it takes a tenth of a second."""
    return httpcore2.default_ssl_context()


def _media_type(text: str) -> str:
    return text.partition(";")[0].strip().lower()
