"""The box's one UDP socket to its station, kept open so that datagrams find the way in through a carrier's gateway.

`on(kind, take)` plugs in whoever listens to a kind, `send` says something. Nothing here is trusted: whoever takes a
datagram checks what is in it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from speaker_client.protocol.clock import LARGEST_DATAGRAM
from speaker_client.protocol.datagram import HAIL_EVERY_S

log = logging.getLogger(__name__)

NO_HAIL_S = 1.0
"""Without a clock there is nothing to stamp a hail with; it is asked for again so soon."""
MISSED_S = 3.0
"""A station that began anew knows nobody's address: so soon it is told ours while something is missed, be it only its
answer."""
RETRY_S = 5.0
MOST_WAITING = 256
"""A second and more of live voice; what comes beyond it is lost, as on any road."""

Taker = Callable[[bytes], object]
"""Takes one whole datagram, its kind included. It must not block."""


class Datagrams:
    """Hails the station again and again, sooner while something is `missed`, and hands out what comes. `hail` None
    means: not yet."""

    def __init__(
        self, host: str, port: int, hail: Callable[[], bytes | None], missed: Callable[[], bool] = lambda: False
    ) -> None:
        self._host, self._port, self._hail, self._missed = host, port, hail, missed
        self._takers: dict[bytes, Taker] = {}
        self._transport: asyncio.DatagramTransport | None = None
        self._came: asyncio.Queue[bytes] = asyncio.Queue(MOST_WAITING)
        self._renewed = asyncio.Event()

    def on(self, kind: bytes, take: Taker) -> None:
        """From now on datagrams of this kind (their first byte) go there."""
        self._takers[kind] = take

    def send(self, data: bytes) -> bool:
        """Say it once, without knowing whether it arrives; False while there is no socket."""
        if self._transport is None:
            return False
        self._transport.sendto(data)
        return True

    def renew(self) -> None:
        """The road may be another one by now: a new socket, and the station is hailed at once."""
        self._renewed.set()

    async def run(self) -> None:
        """Keep the socket open and hand out what comes, until cancelled or until a taker fails."""
        async with asyncio.TaskGroup() as both:
            both.create_task(self._keep_open())
            both.create_task(self._hand_out())

    async def _keep_open(self) -> None:
        while True:
            self._renewed.clear()
            try:
                await self._stay_open()
            except OSError as error:
                log.debug("no socket to the station: %s", error)
                await asyncio.sleep(RETRY_S)

    async def _stay_open(self) -> None:
        """Until it is renewed; OSError when the station's name or the network is not there."""
        loop = asyncio.get_running_loop()
        where = (self._host, self._port)
        transport, _ = await loop.create_datagram_endpoint(lambda: _Ear(self._came), remote_addr=where)
        self._transport = transport
        try:
            while not self._renewed.is_set():
                said = self._hail()
                if said is None:
                    await self._rest(NO_HAIL_S)
                else:
                    transport.sendto(said)
                    await self._rest_long()
        finally:
            self._transport = None
            transport.close()

    async def _rest_long(self) -> None:
        """Until the next hail is due."""
        clock = asyncio.get_running_loop().time
        until_s = clock() + HAIL_EVERY_S
        while (left_s := until_s - clock()) > 0 and not self._renewed.is_set():
            await self._rest(min(left_s, MISSED_S))
            if self._missed():
                return

    async def _rest(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._renewed.wait()
        except TimeoutError:
            pass

    async def _hand_out(self) -> None:
        """In a task, since what fails in the loop's own callbacks is only logged."""
        while True:
            data = await self._came.get()
            taker = self._takers.get(data[:1])
            if taker is not None and len(data) <= LARGEST_DATAGRAM:
                taker(data)


class _Ear(asyncio.DatagramProtocol):
    """Hears the station's address alone: the socket is connected to it."""

    def __init__(self, came: asyncio.Queue[bytes]) -> None:
        self._came = came

    def datagram_received(self, data: bytes, addr: tuple[str | int, ...]) -> None:
        if not self._came.full():
            self._came.put_nowait(data)

    def error_received(self, exc: Exception) -> None:
        """Nobody listens there now; the next hail says that we are here when somebody does."""
        log.debug("datagrams: %s", exc)
