"""The box's one socket: it hails, it hands out what comes, and it comes back."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from speaker_client import datagrams
from speaker_client.datagrams import Datagrams
from speaker_client.protocol.clock import LARGEST_DATAGRAM
from speaker_client.protocol.datagram import HEARD, ORDER, datagram, hail, read_hail
from speaker_client.protocol.ids import BoxId

BOX, ACCESS = BoxId("0123456789abcdef"), "s3cret"
HASH = "1ec1c26b50d5d3c58d9583181af8076655fe00756bf7285940ba3670f99fcba0"


class Post(asyncio.DatagramProtocol):
    """The station's port."""

    def __init__(self) -> None:
        self.came: asyncio.Queue[tuple[bytes, Any]] = asyncio.Queue()

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self.came.put_nowait((data, addr))

    async def next(self) -> tuple[bytes, Any]:
        async with asyncio.timeout(5):
            return await self.came.get()


@asynccontextmanager
async def station(port: int = 0) -> AsyncIterator[tuple[Post, int]]:
    made = await asyncio.get_running_loop().create_datagram_endpoint(Post, local_addr=("127.0.0.1", port))
    try:
        yield made[1], made[0].get_extra_info("sockname")[1]
    finally:
        made[0].close()


@asynccontextmanager
async def running(box: Datagrams) -> AsyncIterator[None]:
    task = asyncio.create_task(box.run())
    yield
    assert not task.done()
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def test_a_hail_is_short_and_says_who_and_when() -> None:
    data = hail(BOX, ACCESS, 1_790_000_000_000_000)
    assert len(data) <= 60
    said = read_hail(data)
    assert said is not None
    assert (said.box, said.at_us) == (BOX, 1_790_000_000_000_000)
    assert said.rings_true(HASH)
    assert not said.rings_true("00" * 32)
    for n in range(len(data)):
        other = read_hail(data[:n] + bytes([data[n] ^ 1]) + data[n + 1 :])
        assert other is None or not other.rings_true(HASH)
        assert read_hail(data[:n]) is None or not read_hail(data[:n]).rings_true(HASH)


def test_what_does_not_fit_into_one_datagram_is_not_sent_as_one() -> None:
    packed = datagram(ORDER, b"x" * 8000)
    assert packed is not None
    assert packed[:1] == ORDER
    assert datagram(ORDER, random.Random(1).randbytes(1300)) is None


async def test_it_hails_hears_and_says() -> None:
    async with station() as (post, port):
        box = Datagrams("127.0.0.1", port, lambda: b"Hello")
        heard: asyncio.Queue[bytes] = asyncio.Queue()
        box.on(ORDER, heard.put_nowait)
        assert not box.send(HEARD)
        async with running(box):
            said, where = await post.next()
            assert said == b"Hello"
            for data in (b"Zzz", ORDER + b"x" * LARGEST_DATAGRAM, b"", ORDER + b"1"):
                post.transport.sendto(data, where)
            assert box.send(HEARD + b"2")
            assert await post.next() == (HEARD + b"2", where)
            async with asyncio.timeout(5):
                assert await heard.get() == ORDER + b"1"


async def test_without_a_clock_it_waits_and_with_one_it_hails_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datagrams, "NO_HAIL_S", 0.05)
    monkeypatch.setattr(datagrams, "HAIL_EVERY_S", 0.05)
    clock: list[bytes] = []
    async with station() as (post, port), running(Datagrams("127.0.0.1", port, lambda: clock[-1] if clock else None)):
        await asyncio.sleep(0.2)
        assert post.came.empty()
        clock.append(b"H1")
        (_, where), (_, again) = await post.next(), await post.next()
        assert where == again, "the same socket, so that the gateway keeps the way in open"


async def test_while_something_is_missed_the_station_is_told_sooner_where_to_send_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(datagrams, "MISSED_S", 0.05)
    missed: list[bool] = []
    async with station() as (post, port), running(Datagrams("127.0.0.1", port, lambda: b"H", lambda: bool(missed))):
        await post.next()
        await asyncio.sleep(0.3)
        assert post.came.empty()
        missed.append(True)
        await post.next()
        await post.next()


async def test_a_new_road_is_told_at_once() -> None:
    async with station() as (post, port):
        box = Datagrams("127.0.0.1", port, lambda: b"H")
        async with running(box):
            _, before = await post.next()
            box.renew()
            _, after = await post.next()
            assert before != after


async def test_a_station_that_is_away_or_has_no_name_is_borne(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datagrams, "HAIL_EVERY_S", 0.05)
    monkeypatch.setattr(datagrams, "RETRY_S", 0.05)
    async with station() as (_, port):
        pass
    async with running(Datagrams("127.0.0.1", port, lambda: b"H")), running(Datagrams("no.invalid", 9, lambda: b"H")):
        await asyncio.sleep(0.3)
        async with station(port) as (post, _):
            assert (await post.next())[0] == b"H"
