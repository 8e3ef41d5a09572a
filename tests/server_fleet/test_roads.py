"""Orders straight to the box by datagram: who is believed to be where, and what is said until it is answered."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import select

from broadcast_server.app import Job
from broadcast_server.datagrams import BURST, FORGOTTEN_US, Datagrams
from broadcast_server.ordering import Wish
from broadcast_server.station import Station
from broadcast_server.store.airings import AiringRow
from broadcast_server.store.library import RecordingRow
from broadcast_server.store.orders import TemplateRow
from speaker_client.protocol.clock import LARGEST_DATAGRAM
from speaker_client.protocol.datagram import HEARD, ORDER, Heard, datagram, fingerprint, hail
from speaker_client.protocol.envelope import Envelope, parse, payload_of
from speaker_client.protocol.ids import MINUTE, SECOND, OrderId
from speaker_client.protocol.packing import unpack
from speaker_client.protocol.report import OrderAccepted
from speaker_client.protocol.signature import SigningKey, signed_by
from speaker_client.protocol.statement import WHOLE_STATION
from tests.server_fleet.ground import Box, Ground, MovableClock, ground_in, quiet_background

HERE, ELSEWHERE = ("198.18.0.2", 40_000), ("203.0.113.9", 9)


def with_port(station: Station) -> tuple[Job, ...]:
    settings = station.settings
    return (
        *quiet_background(station),
        station.insisting.insist_forever,
        station.answering.note_forever,
        lambda: station.datagrams.serve("127.0.0.1", settings.udp_port),
    )


class Ear(asyncio.DatagramProtocol):
    """A box's socket."""

    def __init__(self) -> None:
        self.heard: asyncio.Queue[bytes] = asyncio.Queue()

    def datagram_received(self, data: bytes, addr: tuple[str | int, ...]) -> None:
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


async def press(ground: Ground) -> OrderId:
    """An emergency whose sound is there, as far as the station knows."""
    station = ground.station
    async with station.database.transaction() as session:
        for template in await session.scalars(select(TemplateRow)):
            recording = RecordingRow(
                id=template.name, station_id=station.station_id, title="", content="a" * 64, size=1,
                duration_us=SECOND, original="", original_size=1, original_name="", kind="announcement",
                loudness_before_lufs=0.0, loudness_lufs=0.0, true_peak_dbtp=0.0, peaks=[], made_by="hoa", made_us=1,
            )  # fmt: skip
            if template.recording_id is None:
                session.add(recording)
                await session.flush()
                template.recording_id = recording.id
    wish = Wish("emergency", "flood", ("all",), 1, uuid.uuid4().hex)
    return OrderId((await station.ordering.sound(wish, "hoa")).id)


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


async def test_an_order_is_said_again_until_the_box_itself_has_answered(tmp_path: Path) -> None:
    async with ground_in(tmp_path, background=with_port) as ground:
        box = await ground.box(await ground.cluster())
        async with socket_of(ground, box) as (transport, ear):
            given = await press(ground)
            order = await ear.order()
            assert signed_by(order, ground.station.keys.alert.public)
            for not_an_answer in (
                answer(box, order, SigningKey.born()),
                answer(box, order, what="0" * 32),
                answer(Box(ground, box.key, box.papers.model_copy(update={"box": "stranger"})), order),
                answer(box, order)[:-9],
                b"A" * 900,
            ):
                transport.sendto(not_an_answer)
            assert await ear.order() == order
            assert await ear.order() == order
            assert await acknowledged(ground, given) == [None]
            transport.sendto(answer(box, order))
            await ear.quiet(1.0)
            assert await acknowledged(ground, given) == [7]


async def test_a_report_ends_it_as_well_and_knows_better_when(tmp_path: Path) -> None:
    async with ground_in(tmp_path, background=with_port) as ground:
        box = await ground.box(await ground.cluster())
        async with socket_of(ground, box) as (_, ear):
            given = await press(ground)
            await ear.order()
            async with ground.station.database.reading() as session:
                (airing,) = await session.scalars(select(AiringRow.id).filter_by(order_id=given))
            await box.report(OrderAccepted(order=given, airing=airing))
            await asyncio.sleep(0.4)
            await ear.quiet(1.0)


async def test_a_stop_goes_the_same_road(tmp_path: Path) -> None:
    async with ground_in(tmp_path, background=with_port) as ground:
        box = await ground.box(await ground.cluster())
        async with socket_of(ground, box) as (transport, ear):
            await ground.technician().post("/api/v1/stop", json={})
            stop = await ear.order()
            assert payload_of(stop)["kind"] == "stop"
            assert await ear.order() == stop
            transport.sendto(answer(box, stop))
            await ear.quiet(1.0)


async def test_nobody_but_the_box_itself_says_where_it_is(ground: Ground, clock: MovableClock) -> None:
    box = await ground.box(await ground.cluster())
    datagrams, now = Datagrams(clock, ground.station.doors), clock.now_us()

    def where() -> object:
        found = datagrams._whereabouts.get(box.id)
        return found and found.address

    true = hail(box.id, box.papers.access, now)
    for forged in (
        hail(box.id, "another secret", now),
        true[:-1],
        true.replace(box.id.encode(), b"stranger"),
        hail(box.id, box.papers.access, now - MINUTE),
        hail(box.id, box.papers.access, now + MINUTE),
        b"H",
    ):
        assert datagrams.take(forged, ELSEWHERE) is None
        assert where() is None
    datagrams.take(true, HERE)
    datagrams.take(true, ELSEWHERE)
    datagrams.take(hail(box.id, box.papers.access, now - 1), ELSEWHERE)
    assert where() == HERE, "what was said before is not believed again"
    datagrams.take(hail(box.id, box.papers.access, now + 1), ELSEWHERE)
    assert where() == ELSEWHERE, "a box may move"


async def test_a_flood_of_hails_is_not_looked_at(ground: Ground, clock: MovableClock) -> None:
    box = await ground.box(await ground.cluster())
    datagrams, now = Datagrams(clock, ground.station.doors), clock.now_us()
    for n in range(3 * BURST):
        datagrams.take(hail(box.id, "another secret", now + n), ELSEWHERE)
    datagrams.take(hail(box.id, box.papers.access, clock.now_us()), HERE)
    assert box.id not in datagrams._whereabouts
    clock.shift_us += 10 * SECOND
    datagrams.take(hail(box.id, box.papers.access, clock.now_us()), HERE)
    assert datagrams._whereabouts[box.id].address == HERE


async def test_a_box_that_went_silent_or_was_put_out_is_sent_nothing(tmp_path: Path, clock: MovableClock) -> None:
    async with ground_in(tmp_path, clock, with_port) as ground:
        box = await ground.box(await ground.cluster())
        datagrams = ground.station.datagrams
        async with socket_of(ground, box) as (transport, ear):
            assert datagrams.send(box.id, b"Vx")
            assert await ear.heard.get() == b"Vx"
            clock.shift_us += FORGOTTEN_US + SECOND
            assert not datagrams.send(box.id, b"Vx")
            transport.sendto(hail(box.id, box.papers.access, clock.now_us()))
            await asyncio.sleep(0.05)
            assert datagrams.send(box.id, b"Vx")
            await ground.station.enrolling.revoke(box.id, "hoa")
            assert not datagrams.send(box.id, b"Vx")
