"""Asks the station the time, in short bursts over UDP, over HTTP where UDP does not get through."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from speaker_client.listener import Listener
from speaker_client.protocol.clock import LARGEST_DATAGRAM, TimeRequest
from speaker_client.protocol.envelope import Malformed, parse
from speaker_client.protocol.ids import BoxId
from speaker_client.sync import Exchange, Now
from speaker_client.uplink import StationRefused, StationUnreachable, Uplink

BURST = 8
ANSWER_S = 1.5
GAP_S = 0.05


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
        """Up to `count` exchanges over UDP, else one over HTTP; empty when the station cannot be reached."""
        exchanges = await self._over_udp(count) if self._port else []
        return exchanges or await self._over_http()

    async def _over_udp(self, count: int) -> list[Exchange]:
        loop = asyncio.get_running_loop()
        host = urlsplit(str(self._uplink.client.base_url)).hostname or ""
        try:
            transport, ear = await loop.create_datagram_endpoint(_Ear, remote_addr=(host, self._port or 0))
        except OSError:
            return []
        try:
            exchanges = [await self._one(transport, ear) for _ in range(count)]
        finally:
            transport.close()
        return [exchange for exchange in exchanges if exchange]

    async def _one(self, transport: asyncio.DatagramTransport, ear: _Ear) -> Exchange | None:
        request = self._request()
        sent = mono_us()
        transport.sendto(request.model_dump_json().encode())
        try:
            async with asyncio.timeout(ANSWER_S):
                data, back = await ear.answers.get()
            envelope = parse(data, LARGEST_DATAGRAM)
        except (TimeoutError, Malformed):
            self._listener.nonces.discard(request.nonce)
            return None
        await asyncio.sleep(GAP_S)
        return self._listener.token(envelope, request.nonce, sent, back, self._now())

    async def _over_http(self) -> list[Exchange]:
        request = self._request()
        try:
            sent, envelope, back = await self._uplink.time(request)
        except (StationUnreachable, StationRefused):
            self._listener.nonces.discard(request.nonce)
            return []
        exchange = self._listener.token(envelope, request.nonce, sent, back, self._now())
        return [exchange] if exchange else []

    def _request(self) -> TimeRequest:
        request = TimeRequest(box=self._box, nonce=secrets.token_hex(16))
        self._listener.nonces.add(request.nonce)
        return request


class _Ear(asyncio.DatagramProtocol):
    """Stamps what comes in as it comes in; an answer that came too late is told by its nonce."""

    def __init__(self) -> None:
        self.answers: asyncio.Queue[tuple[bytes, int]] = asyncio.Queue(maxsize=32)

    def datagram_received(self, data: bytes, addr: tuple[str | int, ...]) -> None:
        if not self.answers.full():
            self.answers.put_nowait((data, mono_us()))

    def error_received(self, exc: Exception) -> None:
        """Nobody listens there: the request runs into its time limit."""
