"""A sealed notice is handed to a push service: to an address that passed the guard, within seconds, or it is told why
not."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass

import httpcore2

from broadcast_server.problem import Problem
from broadcast_server.relay.guard import Guard, Refused, Target
from broadcast_server.relay.reaching import distrusts
from broadcast_server.relay.wire import Pinned

LIMIT_S = 10.0
"""For all of it: name, connection, sending, answer."""
LONGEST_WAIT_S = 3600

Headers = dict[bytes | str, bytes | str]


@dataclass(frozen=True)
class Answer:
    """What came of it: an HTTP status, or 0 with why there was none. `wait_s`: how long the service wants to be left
    alone."""

    status: int
    why: str = ""
    wait_s: int = 0

    @property
    def taken(self) -> bool:
        """Whether the service will deliver it."""
        return 200 <= self.status < 300

    @property
    def gone(self) -> bool:
        """Whether there is no such phone any more."""
        return self.status in (404, 410)

    @property
    def hopeless(self) -> bool:
        """Whether the same would be refused again: the service has understood it, and will not have it. Nor is anybody
        followed to another address."""
        return self.why == "refused_address" or (300 <= self.status < 500 and self.status not in (408, 425, 429))


def checked_endpoint(guard: Guard, endpoint: str) -> Target:
    """Where a phone says that it is told things. Problem 422 unless it is a push service that this station uses, by
    HTTPS."""
    try:
        target = guard.check_url(endpoint)
    except Refused as error:
        vi = "Dịch vụ báo tin của trình duyệt này không nằm trong danh sách đài dùng. Hãy báo kỹ thuật viên."
        en = "This browser's push service is not one that the station uses. Tell the technician."
        raise Problem(422, "push_service_refused", vi, en) from error
    if target.scheme != "https":
        vi, en = "Địa chỉ báo tin phải là https.", "The address of a push service is https."
        raise Problem(422, "push_not_https", vi, en)
    return target


class Posting:
    """The connections of one round. To be used in `async with`."""

    def __init__(self, guard: Guard, authority: str) -> None:
        self._guard, self._authority = guard, authority

    async def __aenter__(self) -> Posting:
        trust = await asyncio.to_thread(_trust, self._authority)
        self._pool = httpcore2.AsyncConnectionPool(trust, network_backend=Pinned(self._guard), max_connections=None)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._pool.aclose()

    async def post(self, endpoint: str, headers: Headers, body: bytes) -> Answer:
        """Hand it over. Whatever the network does is an Answer."""
        try:
            target = checked_endpoint(self._guard, endpoint)
            async with asyncio.timeout(LIMIT_S):
                return await self._post(target, headers, body)
        except (Problem, Refused):
            return Answer(0, "refused_address")
        except TimeoutError:
            return Answer(0, "late")
        except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
            return Answer(0, "untrusted" if distrusts(error) else "unreachable")
        except (httpcore2.TimeoutException, httpcore2.NetworkError, httpcore2.ProtocolError, OSError):
            return Answer(0, "broken_off")

    async def _post(self, target: Target, headers: Headers, body: bytes) -> Answer:
        url = httpcore2.URL(
            scheme=b"https", host=target.written_host.encode(), port=target.port, target=target.path.encode()
        )
        said: Headers = {"Host": target.authority, "Content-Length": str(len(body)), **headers}
        async with self._pool.stream("POST", url, headers=said, content=body) as response:  # what it says is not read
            found = {name.lower(): value for name, value in response.headers}
        return Answer(response.status, wait_s=_seconds(found.get(b"retry-after", b"")))


def _seconds(text: bytes) -> int:
    """Of `Retry-After`; a date is taken for nothing said."""
    return min(int(text), LONGEST_WAIT_S) if text.isdigit() and len(text) < 10 else 0


def _trust(authority: str) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=authority) if authority else httpcore2.default_ssl_context()
