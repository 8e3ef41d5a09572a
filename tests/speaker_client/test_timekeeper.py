"""Time over a slow road: late answers are passed over, and opening a connection is not taken for the road."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from speaker_client import timekeeper
from speaker_client.cache import Bounds, Cache
from speaker_client.conductor import Conductor
from speaker_client.floor import Floor
from speaker_client.holdings import CacheHoldings
from speaker_client.journal import SqliteJournal
from speaker_client.listener import Listener
from speaker_client.memory import Kept
from speaker_client.orders import Orders
from speaker_client.protocol.clock import TimeRequest, TimeToken
from speaker_client.protocol.ids import SECOND
from speaker_client.protocol.signature import SigningKey
from speaker_client.protocol.statement import box_audience
from speaker_client.reporter import Reporter
from speaker_client.sync import Now, Trust
from speaker_client.timekeeper import Timekeeper
from speaker_client.uplink import Uplink
from tests.speaker_client.sound_of_tests import Bench
from tests.speaker_client.station_of_tests import BOX, NOW, STATION, MiniStation

STATION_MADE = MiniStation()
NOBODY = "http://127.0.0.1:9"


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[Listener]:
    journal = SqliteJournal(tmp_path / "journal.db")
    journal.commit([Kept("keyring", STATION_MADE.keyring().seal([STATION_MADE.root]).model_dump_json())])
    reporter = Reporter(journal.memory, BOX, "boot")
    with Bench() as bench:
        holdings = CacheHoldings(Cache(tmp_path / "content", Bounds(1 << 30, 0)))
        floor = Floor(journal, bench.deck, holdings)
        orders = Orders(journal, floor, Conductor(journal, floor, reporter), reporter)
        yield Listener(STATION_MADE.identity, journal, orders, reporter)
    journal.close()


def token(request: bytes, key: SigningKey = STATION_MADE.time) -> bytes:
    """The answer to a request."""
    said = TimeToken(
        station=STATION,
        audience=box_audience(BOX),
        seq=1,
        not_before_us=NOW - SECOND,
        expires_us=NOW + 60 * SECOND,
        echo=TimeRequest.model_validate_json(request).nonce,
        received_us=NOW,
        sent_us=NOW,
    )
    return said.seal([key]).encode()


class SlowStation(asyncio.DatagramProtocol):
    """Answers each request after its own delay (seconds); with a stranger's answer before if so told."""

    def __init__(self, delays: list[float], forging: bool) -> None:
        self._delays, self._forging, self.asked = delays, forging, 0

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str | int, ...]) -> None:
        delay = self._delays[min(self.asked, len(self._delays) - 1)]
        self.asked += 1
        if self._forging:
            self._transport.sendto(token(data, SigningKey.born()), addr)
            self._transport.sendto(b"rubbish", addr)
        if delay < 100:
            asyncio.get_running_loop().call_later(delay, self._transport.sendto, token(data), addr)


@asynccontextmanager
async def over_udp(
    listener: Listener, delays: list[float], forging: bool = False
) -> AsyncIterator[tuple[Timekeeper, SlowStation]]:
    loop, station = asyncio.get_running_loop(), SlowStation(delays, forging)
    transport, _ = await loop.create_datagram_endpoint(lambda: station, local_addr=("127.0.0.1", 0))
    uplink = Uplink(NOBODY)
    port = transport.get_extra_info("sockname")[1]
    try:
        yield Timekeeper(BOX, listener, uplink, port, clockless), station
    finally:
        transport.close()
        await uplink.close()


def refusals(listener: Listener) -> int:
    """What a burst would put into the journal as refused."""
    return sum(listener._refusals.values())


async def test_a_late_answer_costs_one_exchange_and_not_the_rest(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timekeeper, "ANSWER_S", 0.3)
    async with over_udp(listener, [0.02, 0.45, 0.02]) as (keeper, station):
        exchanges = await keeper.burst(5)
    assert (station.asked, len(exchanges)) == (5, 4)
    assert max(one.round_trip_us for one in exchanges) < 300_000
    assert refusals(listener) == 0
    assert not listener.nonces


async def test_a_round_trip_of_more_than_two_seconds_still_gives_time(listener: Listener) -> None:
    async with over_udp(listener, [2.2]) as (keeper, _):
        (exchange,) = await keeper.burst(1)
    assert 2_100_000 < exchange.round_trip_us < 3_000_000


async def test_a_strangers_answer_does_not_take_the_place_of_the_true_one(listener: Listener) -> None:
    async with over_udp(listener, [0.05], forging=True) as (keeper, _):
        assert len(await keeper.burst(3)) == 3
    assert not listener.nonces


async def test_a_closed_road_is_left_after_two_requests(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timekeeper, "ANSWER_S", 0.1)
    async with over_udp(listener, [1000]) as (keeper, station):
        assert await keeper.burst() == []
    assert station.asked == 2
    assert not listener.nonces


@asynccontextmanager
async def over_http(shaking_s: float = 0.0) -> AsyncIterator[Uplink]:
    """A station that tells the time over HTTP, and needs so long before it hears the first request of a connection."""
    gone = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(shaking_s)
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                length = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
                body = token(await reader.readexactly(length))
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
                await writer.drain()
        except asyncio.IncompleteReadError:
            writer.close()
            await writer.wait_closed()
            gone.set()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    uplink = Uplink(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    async with server:
        yield uplink
        await uplink.close()
        await gone.wait()


def clockless() -> Now:
    return Now(1, None, None, Trust.FLOOR)


async def test_what_it_takes_to_open_a_connection_is_not_taken_for_the_road(listener: Listener) -> None:
    async with over_http(shaking_s=0.6) as uplink:
        exchanges = await Timekeeper(BOX, listener, uplink, None, clockless).burst()
    assert min(one.round_trip_us for one in exchanges) < 300_000
    assert not listener.nonces


async def test_who_has_no_clock_does_not_wait_for_a_closed_road(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until it knows the time no emergency is obeyed."""
    monkeypatch.setattr(timekeeper, "ANSWER_S", 1000)
    monkeypatch.setattr(timekeeper, "HEAD_START_S", 0.1, raising=False)
    async with over_http() as uplink, asyncio.timeout(5):
        assert len(await Timekeeper(BOX, listener, uplink, 9, clockless).burst()) == 2
    assert not listener.nonces


async def test_who_has_no_clock_and_no_station_waits_for_the_slower_road(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timekeeper, "HEAD_START_S", 0.0, raising=False)
    async with over_udp(listener, [0.3]) as (keeper, _):
        assert len(await keeper.burst(1)) == 1
