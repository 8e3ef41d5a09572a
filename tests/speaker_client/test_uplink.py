"""The box looks at what the station speaks, and says which side to upgrade."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from broadcast_server.serving import KEPT_OPEN_S as STATION_KEEPS_OPEN_S
from speaker_client import uplink as uplink_module
from speaker_client.output import Trouble
from speaker_client.protocol.enrolment import EnrolAnswer, EnrolmentCode, root_fingerprint
from speaker_client.protocol.envelope import Envelope
from speaker_client.protocol.ids import BoxId, ClusterId
from speaker_client.protocol.version import HEADER
from speaker_client.uplink import StationRefused, StationUnreachable, Uplink
from tests.speaker_client.station_of_tests import MiniStation


class Porter:
    """Answers every call with the head and the body it was given."""

    def __init__(self) -> None:
        self.status, self.spoken, self.body = "304 Not Modified", "1-1", b""
        self.head = b""

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = self.head = await reader.readuntil(b"\r\n\r\n")
        lines = head.lower().split(b"\r\n")
        length = next((int(line[15:]) for line in lines if line.startswith(b"content-length:")), 0)
        await reader.readexactly(length)
        version = f"{HEADER}: {self.spoken}\r\n" if self.spoken else ""
        lines = f"HTTP/1.1 {self.status}\r\n{version}Connection: close\r\nContent-Length: {len(self.body)}\r\n\r\n"
        writer.write(lines.encode() + self.body)
        await writer.drain()
        writer.close()


@asynccontextmanager
async def called(porter: Porter, troubles: list[Trouble]) -> AsyncIterator[Uplink]:
    server = await asyncio.start_server(porter.answer, "127.0.0.1", 0)
    uplink = Uplink(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", on_trouble=troubles.append)
    try:
        yield uplink
    finally:
        await uplink.close()
        server.close()


async def test_a_question_says_nothing_that_means_nothing() -> None:
    porter = Porter()
    async with called(porter, []) as uplink:
        await uplink.bundle("tag")
    said = {line.partition(b":")[0].lower().decode() for line in porter.head.split(b"\r\n")[1:] if line}
    assert said == {"host", "user-agent", "accept-encoding", HEADER.lower(), "if-none-match"}


@pytest.mark.parametrize(("spoken", "side"), [("2-3", "box"), ("0-0", "station")])
async def test_a_station_of_another_time_is_a_fault_that_says_whom_to_upgrade(spoken: str, side: str) -> None:
    porter, troubles = Porter(), list[Trouble]()
    async with called(porter, troubles) as uplink:
        porter.spoken = spoken
        with pytest.raises(StationRefused, match=f"upgrade the {side}: the station speaks {spoken}, the box 1-1"):
            await uplink.bundle("tag")
        porter.spoken = "1-3"
        assert await uplink.bundle("tag") is None
    assert [(one.code, one.raised) for one in troubles] == [("protocol", True), ("protocol", False)]
    assert f"upgrade the {side}" in troubles[0].detail


async def test_what_the_station_itself_refuses_for_is_the_same_fault() -> None:
    porter, troubles = Porter(), list[Trouble]()
    porter.status, porter.spoken = "426 Upgrade Required", ""
    porter.body = b'{"code": "protocol_mismatch", "en": "upgrade the box: the station speaks 2-3, the box 1-1."}'
    async with called(porter, troubles) as uplink:
        with pytest.raises(StationRefused):
            await uplink.bundle("tag")
    assert [(one.code, one.raised) for one in troubles] == [("protocol", True)]


async def test_a_box_does_not_join_in_a_version_it_does_not_speak() -> None:
    porter, station = Porter(), MiniStation()
    root = station.root.public
    answer = EnrolAnswer(
        protocol=2,
        station=station.keyring().station,
        box=BoxId("b1"),
        cluster=ClusterId("c1"),
        access="secret",
        root=root,
        keyring=station.keyring().seal([station.root]),
        config=station.config().seal([station.schedule]),
    )
    porter.status, porter.body = "200 OK", answer.model_dump_json().encode()
    async with called(porter, []) as uplink:
        with pytest.raises(StationRefused, match="upgrade the box"):
            await uplink.enrol(EnrolmentCode("s" * 20, root_fingerprint(root)), "0" * 64, "test")


class Patient:
    """A station that keeps connections open, and answers each head with what it was given: perhaps nothing."""

    def __init__(self, said: bytes) -> None:
        self._said, self.connections = said, 0
        self._left = asyncio.Event()

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._left.clear()
        try:
            while True:
                await reader.readuntil(b"\r\n\r\n")
                writer.write(self._said)
        except asyncio.IncompleteReadError:
            writer.close()
            await writer.wait_closed()
            self._left.set()

    @asynccontextmanager
    async def called(self) -> AsyncIterator[Uplink]:
        async with await asyncio.start_server(self.answer, "127.0.0.1", 0) as server:
            uplink = Uplink(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
            yield uplink
            await uplink.close()
            await self._left.wait()


async def test_a_connection_is_kept_longer_than_a_few_seconds_and_less_long_than_the_station_keeps_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The client's own clock is put forward, since nobody waits half a minute here."""
    true_s, ahead_s = time.monotonic, 0.0
    monkeypatch.setattr(time, "monotonic", lambda: true_s() + ahead_s)
    station = Patient(b"HTTP/1.1 304 Not Modified\r\n\r\n")
    async with station.called() as uplink:
        await uplink.bundle("tag")
        ahead_s += 55
        await uplink.bundle("tag")
        assert station.connections == 1
        ahead_s += STATION_KEEPS_OPEN_S
        await uplink.bundle("tag")
        assert station.connections == 2


async def test_reports_do_not_wait_long_for_an_answer_on_a_road_that_died(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uplink_module, "REPORTS_S", 0.2)
    async with Patient(b"").called() as uplink:
        with pytest.raises(StationUnreachable, match="ReadTimeout"):
            async with asyncio.timeout(10):
                await uplink.hand_in(Envelope(payload="{}", signatures=()))
