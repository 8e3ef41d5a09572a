"""Asks the station the time, in short bursts over UDP, over HTTP where UDP does not get through."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from speaker_client.listener import Listener
from speaker_client.protocol.clock import LARGEST_DATAGRAM, TimeRequest
from speaker_client.protocol.envelope import Envelope, Malformed, parse, payload_of
from speaker_client.protocol.ids import BoxId
from speaker_client.sync import Exchange, Now
from speaker_client.uplink import StationRefused, StationUnreachable, Uplink

BURST = 8
ANSWER_S = 4.0
"""As long as an exchange may take to be of use."""
GAP_S = 0.05
HEAD_START_S = 2.0
"""Longer than a burst takes on a usual road: a worse clock is taken only instead of none."""


def mono_us() -> int:
    """The box's monotonic clock in microseconds."""
    return time.monotonic_ns() // 1000


class Timekeeper:
    """Collects exchanges; what to make of them is decided by sync.py."""

    def __init__(
        self, box: BoxId, listener: Listener, uplink: Uplink, time_port: int | None, now: Callable[[], Now]
    ) -> None:
        self._box, self._listener, self._uplink, self._port, self._now = box, listener, uplink, time_port, now

    async def burst(self, count: int = BURST) -> list[Exchange]:
        """Up to `count` exchanges over UDP, else over HTTP; empty when the station cannot be reached.

        Who has no clock obeys no order: then HTTP is asked too where UDP is slow, and whichever tells first counts.
        """
        roads = [asyncio.create_task(self._over_udp(count))]
        try:
            await asyncio.wait(roads, timeout=HEAD_START_S if self._now().utc_us is None else None)
            if not (roads[0].done() and roads[0].result()):
                roads.append(asyncio.create_task(self._over_http()))
            for road in asyncio.as_completed(roads):
                if exchanges := await road:
                    return exchanges
            return []
        finally:
            for one in roads:
                one.cancel()
            await asyncio.wait(roads)

    async def _over_udp(self, count: int) -> list[Exchange]:
        if self._port is None:
            return []
        loop = asyncio.get_running_loop()
        host = urlsplit(str(self._uplink.client.base_url)).hostname or ""
        try:
            transport, ear = await loop.create_datagram_endpoint(_Ear, remote_addr=(host, self._port))
        except OSError:
            return []
        exchanges: list[Exchange] = []
        try:
            for asked in range(count):
                exchange = await self._one(transport, ear)
                if exchange:
                    exchanges.append(exchange)
                elif asked and not exchanges:
                    break  # a road that is closed is not worth half a minute
                await asyncio.sleep(GAP_S)
        finally:
            transport.close()
        return exchanges

    async def _one(self, transport: asyncio.DatagramTransport, ear: _Ear) -> Exchange | None:
        request = self._request()
        sent = mono_us()
        transport.sendto(request.model_dump_json().encode())
        try:
            async with asyncio.timeout(ANSWER_S):
                return await self._answer(ear, request.nonce, sent)
        except TimeoutError:
            return None
        finally:
            self._listener.nonces.discard(request.nonce)

    async def _answer(self, ear: _Ear, nonce: str, sent: int) -> Exchange:
        """The first true answer to this very request; late ones to its predecessors are passed over."""
        while True:
            data, back = await ear.answers.get()
            envelope = _echo_of(data, nonce)
            exchange = self._listener.token(envelope, nonce, sent, back, self._now()) if envelope else None
            if exchange:
                return exchange

    async def _over_http(self) -> list[Exchange]:
        """Twice: what the first takes to open the connection looks like time on the road."""
        exchanges = []
        try:
            for _ in range(2):
                exchanges.append(await self._one_over_http())
        except (StationUnreachable, StationRefused):
            pass
        return [exchange for exchange in exchanges if exchange]

    async def _one_over_http(self) -> Exchange | None:
        request = self._request()
        try:
            sent, envelope, back = await self._uplink.time(request)
            return self._listener.token(envelope, request.nonce, sent, back, self._now())
        finally:
            self._listener.nonces.discard(request.nonce)

    def _request(self) -> TimeRequest:
        request = TimeRequest(box=self._box, nonce=secrets.token_hex(16))
        self._listener.nonces.add(request.nonce)
        return request


def _echo_of(data: bytes, nonce: str) -> Envelope | None:
    """The envelope in a datagram, if it says that it answers this nonce; not yet examined."""
    try:
        envelope = parse(data, LARGEST_DATAGRAM)
        return envelope if payload_of(envelope).get("echo") == nonce else None
    except Malformed:
        return None


class _Ear(asyncio.DatagramProtocol):
    """Stamps what comes in as it comes in."""

    def __init__(self) -> None:
        self.answers: asyncio.Queue[tuple[bytes, int]] = asyncio.Queue(maxsize=32)

    def datagram_received(self, data: bytes, addr: tuple[str | int, ...]) -> None:
        if not self.answers.full():
            self.answers.put_nowait((data, mono_us()))

    def error_received(self, exc: Exception) -> None:
        """Nobody listens there: the request runs into its time limit."""
