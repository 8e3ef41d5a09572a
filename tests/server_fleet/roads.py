"""An order on its way to a box over either road, and what the box says of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import select

from broadcast_server.app import Job
from broadcast_server.station import Station
from broadcast_server.store.airings import AiringRow
from speaker_client.protocol.clock import LARGEST_DATAGRAM
from speaker_client.protocol.datagram import HAILED, HEARD, ORDER, Heard, datagram, fingerprint, hail
from speaker_client.protocol.envelope import Envelope, parse, payload_of
from speaker_client.protocol.ids import OrderId
from speaker_client.protocol.packing import unpack
from speaker_client.protocol.signature import SigningKey
from speaker_client.protocol.statement import WHOLE_STATION
from tests.server_fleet.ground import Box, Ground, quiet_background


def with_port(station: Station) -> tuple[Job, ...]:
    settings = station.settings
    return (
        *quiet_background(station),
        station.insisting.insist_forever,
        station.answering.note_forever,
        lambda: station.datagrams.serve("127.0.0.1", settings.udp_port),
    )


class Ear(asyncio.DatagramProtocol):
    """A box's socket; that its hail was heard is no news here."""

    def __init__(self) -> None:
        self.heard: asyncio.Queue[bytes] = asyncio.Queue()

    def datagram_received(self, data: bytes, addr: tuple[str | int, ...]) -> None:
        if data[:1] != HAILED:
            self.heard.put_nowait(data)

    async def order(self) -> Envelope:
        async with asyncio.timeout(5):
            data = await self.heard.get()
        assert len(data) <= LARGEST_DATAGRAM
        assert data[:1] == ORDER
        return parse(unpack(data[1:]))

    async def quiet(self, seconds: float) -> None:
        """Nothing more comes, but what was on its way already."""
        await asyncio.sleep(0.05)
        while not self.heard.empty():
            self.heard.get_nowait()
        await asyncio.sleep(seconds)
        assert self.heard.empty()


@asynccontextmanager
async def socket_of(ground: Ground, box: Box) -> AsyncIterator[tuple[asyncio.DatagramTransport, Ear]]:
    """The box has hailed from here."""
    where = ("127.0.0.1", ground.station.settings.udp_port)
    transport, ear = await asyncio.get_running_loop().create_datagram_endpoint(Ear, remote_addr=where)
    transport.sendto(hail(box.id, box.papers.access, ground.station.clock.now_us()))
    await asyncio.sleep(0.05)
    yield transport, ear
    transport.close()


def answer(box: Box, order: Envelope, key: SigningKey | None = None, **changed: object) -> bytes:
    heard = Heard(
        station=box.papers.station,
        audience=WHOLE_STATION,
        seq=1,
        not_before_us=7,
        expires_us=1 << 52,
        box=box.id,
        what=fingerprint(order),
        order=payload_of(order).get("id"),
    )
    said = datagram(HEARD, heard.model_copy(update=changed).seal([key or box.key]).encode())
    assert said
    return said


async def acknowledged(ground: Ground, order: OrderId) -> list[int | None]:
    async with ground.station.database.reading() as session:
        return list(await session.scalars(select(AiringRow.accepted_us).filter_by(order_id=order)))
