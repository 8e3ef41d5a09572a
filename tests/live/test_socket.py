"""The WebSocket as it really is: who may speak, what is said back, what stays of it."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from sqlalchemy import select
from websockets.asyncio.client import ClientConnection, connect

from broadcast_server.api import live as live_api
from broadcast_server.live.opus import OpusEncoder
from broadcast_server.people.rights import Role
from broadcast_server.store.fleet import BoxRow, CommandRow
from broadcast_server.store.orders import OrderRow
from broadcast_server.store.people import AuditRow
from broadcast_server.store.station import ClusterRow, LoudspeakerRow, VillageRow
from speaker_client.protocol.ids import BoxId
from speaker_client.protocol.live import Ending, read_group
from tests.faces.office import Office, open_office
from tests.speaker_client.sound_of_tests import voice

FRAME = 1920


class Road:
    """A line to the boxes that remembers what it carried."""

    def __init__(self) -> None:
        self.frames: list[bytes] = []
        self.alerts: list[bytes] = []

    async def live(self, box: BoxId, data: bytes) -> bool:
        self.frames.append(data)
        return True

    async def alert(self, box: BoxId, data: bytes) -> bool:
        self.alerts.append(data)
        return True


@asynccontextmanager
async def served(folder: Path) -> AsyncIterator[tuple[Office, str]]:
    """An office with one cluster, behind a real HTTP port."""
    async with open_office(folder, working=True) as office:
        station = office.station
        async with station.database.transaction() as session:
            session.add(VillageRow(id="v", station_id=station.station_id, name="Thôn Một"))
            await session.flush()
            session.add(ClusterRow(id="c", station_id=station.station_id, village_id="v", name="Đầu làng"))
            await session.flush()
            session.add(LoudspeakerRow(cluster_id="c", number=1, station_id=station.station_id))
            box = {"public": "0" * 64, "access_hash": "", "enrolled_us": 0}
            session.add(BoxRow(id="b", station_id=station.station_id, cluster_id="c", **box))
        await station.doors.refresh()
        config = uvicorn.Config(
            office.app, port=0, lifespan="off", ws="websockets-sansio", log_config=None, timeout_graceful_shutdown=1
        )
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve())
        while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        try:
            yield office, f"127.0.0.1:{port}"
        finally:
            server.should_exit = True
            await serving


async def cookie(office: Office, role: Role) -> str:
    browser = await office.as_(role)
    return "; ".join(f"{name}={value}" for name, value in browser.cookies.items())


async def heard(socket: ClientConnection, kind: str) -> dict[str, Any]:
    """The next message of that kind."""
    async with asyncio.timeout(10):
        while True:
            message: dict[str, Any] = json.loads(await socket.recv())
            if message["type"] == kind:
                return message


@asynccontextmanager
async def speaking(
    office: Office, host: str, role: Role = Role.CHAIRMAN, **opening: Any
) -> AsyncIterator[ClientConnection]:
    headers = {"cookie": await cookie(office, role), "origin": f"http://{host}"}
    async with connect(f"ws://{host}/api/v1/live", additional_headers=headers, proxy=None) as socket:
        await socket.send(json.dumps({"type": "open", **opening}))
        yield socket


async def key_of(office: Office, live: str) -> str:
    async with office.station.database.reading() as session:
        (row,) = await session.scalars(select(CommandRow).filter_by(order_id=live))
    return str(json.loads(json.loads(row.envelope)["payload"])["key"])


async def order_of(office: Office, live: str) -> OrderRow:
    async with office.station.database.reading() as session:
        return await session.get_one(OrderRow, live)


async def test_what_is_said_leaves_signed_and_stays_with_its_hash(tmp_path: Path) -> None:
    async with served(tmp_path / "data") as (office, host):
        road = Road()
        office.station.casting.line = office.station.casting.alarm = road
        sound = voice(1.0).tobytes()
        async with speaking(office, host, title="Chủ tịch nói") as socket:
            opened = await heard(socket, "open")
            row = await order_of(office, opened["order"])
            assert (row.kind, row.title, row.made_by) == ("live", "Chủ tịch nói", "chairman.test")
            for at in range(0, len(sound), FRAME):
                await socket.send(sound[at : at + FRAME])
                office.clock.at_us += 20_000
                await asyncio.sleep(0.002)
            await socket.send('{"type":"close"}')
            closed = await heard(socket, "closed")
        assert closed["ending"] == "closed"
        groups = [read_group(data, await key_of(office, opened["order"])) for data in road.frames]
        carried = [number for group in groups for number, packet in enumerate(group.packets, group.first) if packet]
        assert sorted(set(carried)) == list(range(min(carried), min(carried) + 50))
        assert all(carried.count(number) == 2 for number in set(carried))
        assert groups[-1].ending is Ending.CLOSED
        assert road.alerts == [road.frames[-1]], "the end is said on the line for alarms, too"
        row = await order_of(office, opened["order"])
        assert row.closed_us
        assert row.sound_sha256 == hashlib.sha256(sound).hexdigest()
        async with office.station.database.reading() as session:
            (line,) = await session.scalars(select(AuditRow).filter_by(action="live.close"))
            assert (line.who, line.detail["sound_sha256"]) == ("chairman.test", row.sound_sha256)
        assert row.intake_id
        assert not list((tmp_path / "data" / "speeches").iterdir())


async def test_a_device_that_makes_opus_is_understood_and_no_packet_of_its_own_goes_out(tmp_path: Path) -> None:
    async with served(tmp_path / "data") as (office, host):
        road = Road()
        office.station.casting.line = office.station.casting.alarm = road
        sound, encoder = voice(1.0).tobytes(), OpusEncoder()
        sent = [encoder.encode(sound[at : at + FRAME]) for at in range(0, len(sound), FRAME)]
        async with speaking(office, host, codec="opus") as socket:
            opened = await heard(socket, "open")
            for packet in [*sent[:25], b"\xff no packet", *sent[25:]]:
                await socket.send(packet)
                office.clock.at_us += 20_000
                await asyncio.sleep(0.002)
            await socket.send('{"type":"close"}')
            assert (await heard(socket, "closed"))["seconds"] == 1
        key = await key_of(office, opened["order"])
        carried = {packet for data in road.frames for packet in read_group(data, key).packets}
        assert len(carried) >= 49
        assert carried.isdisjoint(sent)


async def refusal(host: str, **headers: str) -> tuple[str, int]:
    """The code in which a caller with these headers is refused, and the one it is hung up with."""
    async with connect(f"ws://{host}/api/v1/live", additional_headers=headers, proxy=None) as socket:
        said = json.loads(await socket.recv())
        assert said["kind"] == "refusal"
        await socket.wait_closed()
        return said["code"], socket.close_code or 0


@pytest.mark.parametrize("role", [Role.VIEWER, Role.TECHNICIAN])
async def test_who_has_not_the_right_does_not_get_in(tmp_path: Path, role: Role) -> None:
    async with served(tmp_path / "data") as (office, host):
        assert await refusal(host, cookie=await cookie(office, role), origin=f"http://{host}") == ("not_allowed", 4403)


async def test_a_stranger_and_a_foreign_page_do_not_get_in(tmp_path: Path) -> None:
    async with served(tmp_path / "data") as (office, host):
        assert await refusal(host) == ("login_required", 4401)
        chairman = await cookie(office, Role.CHAIRMAN)
        assert await refusal(host, cookie=chairman, origin="http://evil.example") == ("foreign_origin", 4403)


async def test_where_one_speaks_another_is_told_who(tmp_path: Path) -> None:
    async with served(tmp_path / "data") as (office, host), speaking(office, host) as first:
        await heard(first, "open")
        async with speaking(office, host, Role.OFFICER) as second:
            refused = await heard(second, "refused")
            assert (refused["code"], refused["by"]) == ("live_busy", "chairman.test")
        async with speaking(office, host, Role.ADMIN, emergency=True) as louder:
            assert await heard(louder, "open")
            await louder.send('{"type":"close"}')
            await heard(louder, "closed")
        await first.send('{"type":"extend"}')
        assert (await heard(first, "extended"))["seconds"] == 1200
        await first.send('{"type":"close"}')
        await heard(first, "closed")


@pytest.mark.parametrize("opening", [{"type": "nonsense"}, {"targets": ["cluster:nowhere"]}, {"emergency": "?"}])
async def test_what_cannot_be_opened_is_refused_in_words(tmp_path: Path, opening: dict[str, Any]) -> None:
    async with served(tmp_path / "data") as (office, host), speaking(office, host, **opening) as socket:
        refused = await heard(socket, "refused")
        assert refused["status"] == 422
        assert refused["vi"]


async def test_a_device_that_vanishes_or_falls_silent_ends_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_api, "SILENT_S", 0.3)
    async with served(tmp_path / "data") as (office, host):
        async with speaking(office, host) as socket:
            silent = (await heard(socket, "open"))["order"]
            await socket.send(voice(0.1).tobytes())
            assert (await heard(socket, "closed"))["ending"] == "gone"
        async with speaking(office, host, Role.OFFICER) as socket:
            vanished = (await heard(socket, "open"))["order"]
            socket.transport.abort()
        async with asyncio.timeout(5):
            while (await order_of(office, vanished)).closed_us is None:  # noqa: ASYNC110 - it is asked from the table
                await asyncio.sleep(0.02)
        assert (await order_of(office, silent)).closed_us


async def test_what_was_said_before_a_kill_is_kept_at_the_next_start(tmp_path: Path) -> None:
    async with served(tmp_path / "data") as (office, host):
        async with speaking(office, host) as socket:
            live = (await heard(socket, "open"))["order"]
            await socket.send('{"type":"close"}')
            await heard(socket, "closed")
        async with office.station.database.transaction() as session:
            row = await session.get_one(OrderRow, live)
            row.closed_us = row.intake_id = None
        (tmp_path / "data" / "speeches" / f"{live}.pcm").write_bytes(voice(0.5).tobytes())
        (tmp_path / "data" / "speeches" / f"{'9' * 32}.pcm").write_bytes(b"of no live")
        await office.station.speaking.recover()
        row = await order_of(office, live)
        assert row.closed_us
        assert row.intake_id
        assert not list((tmp_path / "data" / "speeches").iterdir())
