"""The station's UDP port: what comes is told apart by its first byte; a box is reached where it last hailed from."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from broadcast_server.clock import Clock
from broadcast_server.doorkeeping import Doorkeeping
from speaker_client.protocol.clock import LARGEST_DATAGRAM
from speaker_client.protocol.datagram import HAIL, HAIL_FRESH_US, read_hail
from speaker_client.protocol.ids import MINUTE, BoxId, Micros

log = logging.getLogger(__name__)

FORGOTTEN_US = 2 * MINUTE
"""A box that has not hailed for so long is no longer where it was."""

Address = tuple[str | int, ...]
Answer = Callable[[bytes, Micros], bytes | None]
"""Takes a whole datagram, its kind included, and when it came; what it returns goes back. It must not block."""
OnHail = Callable[[BoxId, Micros], object]


@dataclass(frozen=True)
class Whereabouts:
    """Where a box is reached, by its hail of that moment (µs UTC)."""

    address: Address
    at_us: int


class Datagrams:
    """`on` plugs in whoever answers a kind, `send` reaches a box. Nothing here knows what the datagrams mean.

    `on_hail` is told that a box hailed, and when: nobody else can hail for it, and who keeps a hail back gains nothing.
    """

    def __init__(self, clock: Clock, doors: Doorkeeping, on_hail: OnHail = lambda *_: None) -> None:
        self._clock, self._doors, self._on_hail = clock, doors, on_hail
        self._answers: dict[bytes, Answer] = {}
        self._whereabouts: dict[BoxId, Whereabouts] = {}
        self._transport: asyncio.DatagramTransport | None = None

    def on(self, kind: bytes, answer: Answer) -> None:
        """From now on datagrams of this kind (their first byte) are answered so."""
        self._answers[kind] = answer

    def send(self, box: BoxId, data: bytes) -> bool:
        """Say it once, without knowing whether it arrives; False when nobody knows where the box is."""
        where = self._whereabouts.get(box)
        if self._transport is None or where is None or self._doors.present(box) is None:
            return False
        if self._clock.now_us() - where.at_us > FORGOTTEN_US:
            return False
        self._transport.sendto(data, where.address)
        return True

    async def serve(self, host: str, port: int) -> None:
        """Hear and answer on this UDP port until cancelled; OSError when it is taken."""
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: _Counter(self), local_addr=(host, port))
        self._transport = transport
        try:
            await asyncio.Event().wait()
        finally:
            self._transport = None
            transport.close()

    def take(self, data: bytes, address: Address) -> bytes | None:
        """What is said back to a datagram; what is too large or of no kind is dropped unread."""
        came_us = self._clock.now_us()
        if len(data) > LARGEST_DATAGRAM:
            return None
        if data[:1] == HAIL:
            return self._hailed(data, address, came_us)
        answer = self._answers.get(data[:1])
        return answer(data, came_us) if answer else None

    def _hailed(self, data: bytes, address: Address, now: Micros) -> bytes | None:
        """Believed if it is the box's own, fresh, and newer than the last: nobody else can send its orders astray.

        Only then is it answered, so that a box whose hails are not believed shows in another way that it lives.
        Every one is looked at, at the cost of one hash: who counted them would let a stranger's keep the box's own out.
        """
        hail = read_hail(data)
        box = hail and self._doors.present(hail.box)
        if hail is None or not box or abs(hail.at_us - now) > HAIL_FRESH_US:
            return None
        last = self._whereabouts.get(box.id)
        # The stamp of one that lies ahead was made before our clock was set back.
        if last is not None and hail.at_us <= last.at_us <= now + HAIL_FRESH_US:
            return None
        if not hail.rings_true(box.access_hash):
            return None
        self._whereabouts[box.id] = Whereabouts(address, hail.at_us)
        self._on_hail(box.id, min(now, Micros(hail.at_us)))
        return hail.answer(box.access_hash)


class _Counter(asyncio.DatagramProtocol):
    """The socket."""

    def __init__(self, datagrams: Datagrams) -> None:
        self._datagrams = datagrams
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: Address) -> None:
        answer = self._datagrams.take(data, addr)
        if answer is not None and self._transport is not None:
            self._transport.sendto(answer, addr)

    def error_received(self, exc: Exception) -> None:
        """A box went away before what we sent arrived: nothing to do."""
        log.debug("datagrams: %s", exc)
