"""Which road a group takes."""

from __future__ import annotations

import asyncio
import socket
import time

from broadcast_server.live.casting import MOST_UNDER_WAY, TOO_LATE_S, Casting
from speaker_client.protocol.ids import BoxId

NEAR, FAR = BoxId("near"), BoxId("far")


class Broker:
    """Takes what it is given, after a while."""

    def __init__(self, pause_s: float = 0.0) -> None:
        self._pause_s = pause_s
        self.asked = self.given_up = 0
        self.live_: list[BoxId] = []
        self.alerts: list[BoxId] = []

    async def live(self, box: BoxId, data: bytes) -> bool:
        self.asked += 1
        try:
            await asyncio.sleep(self._pause_s)
        except asyncio.CancelledError:
            self.given_up += 1
            raise
        self.live_.append(box)
        return True

    async def alert(self, box: BoxId, data: bytes) -> bool:
        self.alerts.append(box)
        return True


class Udp:
    """A real socket that knows where one box is."""

    def __init__(self, box: BoxId, address: tuple[str, int]) -> None:
        self._socket, self._box, self._address = socket.socket(type=socket.SOCK_DGRAM), box, address

    def send(self, box: BoxId, data: bytes) -> bool:
        return box == self._box and self._socket.sendto(data, self._address) == len(data)

    def close(self) -> None:
        self._socket.close()


async def test_a_box_with_an_address_gets_a_datagram_and_the_others_the_broker() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as box:
        box.bind(("127.0.0.1", 0))
        box.settimeout(2)
        casting, broker = Casting(), Broker()
        casting.line, casting.alarm, casting.datagrams = broker, broker, Udp(NEAR, box.getsockname())
        await casting.cast([NEAR, FAR], b"frames")
        assert box.recv(100) == b"frames"
        assert broker.live_ == [FAR]
        await casting.insist([NEAR, FAR], b"the end")
        assert broker.alerts == [NEAR, FAR]
        casting.datagrams.close()


async def test_a_broker_that_is_slow_holds_no_word_up_and_fills_no_memory() -> None:
    casting, began, count = Casting(), time.monotonic(), 40
    casting.line = stuck = Broker(pause_s=60)
    for _ in range(count):
        await casting.cast([NEAR], b"frames")
        assert stuck.asked - stuck.given_up <= MOST_UNDER_WAY
    assert time.monotonic() - began < count * TOO_LATE_S / 2, "two frames are 40 ms: the voice must not fall behind"


async def test_without_a_road_nothing_leaves_and_nothing_breaks() -> None:
    casting, broker = Casting(), Broker()
    await casting.insist([NEAR], b"the end")
    casting.line = casting.alarm = broker
    await casting.cast([NEAR], b"frames")
    assert (broker.live_, broker.alerts) == ([NEAR], []), "nothing was kept for later either"
