"""A station behind a real WebSocket, and those who speak there."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import uvicorn
from sqlalchemy import select
from websockets.asyncio.client import ClientConnection, connect

from broadcast_server.people.rights import Role
from broadcast_server.serving import LARGEST_FRAME
from broadcast_server.store.fleet import BoxRow, CommandRow
from broadcast_server.store.orders import OrderRow
from broadcast_server.store.people import AuditRow
from broadcast_server.store.station import ClusterRow, LoudspeakerRow, VillageRow
from broadcast_server.web_socket import StationSocket
from speaker_client.protocol.ids import BoxId
from tests.contract import check_message
from tests.faces.office import PASSWORD, Office, open_office
from tests.waiting import until

FRAME = 960


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
async def served(folder: Path, founded: bool = False, **settings: Any) -> AsyncIterator[tuple[Office, str]]:
    """An office with one cluster, unless it was founded before, behind a real HTTP port."""
    async with open_office(folder, working=True, **settings) as office:
        if not founded:
            await settle(office)
        config = uvicorn.Config(
            office.app,
            port=0,
            lifespan="off",
            ws=StationSocket,
            ws_max_size=LARGEST_FRAME,
            log_config=None,
            timeout_graceful_shutdown=1,
        )
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve())
        await until(lambda: server.started)
        port = server.servers[0].sockets[0].getsockname()[1]
        try:
            yield office, f"127.0.0.1:{port}"
        finally:
            server.should_exit = True
            await serving


async def settle(office: Office) -> None:
    """One village, one cluster, one box."""
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


async def cookie(office: Office, role: Role) -> str:
    browser = await office.as_(role)
    return "; ".join(f"{name}={value}" for name, value in browser.cookies.items())


async def heard(socket: ClientConnection, kind: str) -> dict[str, Any]:
    """The next message of that kind."""
    async with asyncio.timeout(20):
        while True:
            message: dict[str, Any] = json.loads(await socket.recv())
            check_message("/api/v1/live", message)
            if message["type"] == kind:
                return message


@asynccontextmanager
async def speaking(
    office: Office, host: str, role: Role = Role.CHAIRMAN, **opening: Any
) -> AsyncIterator[ClientConnection]:
    async with line(host, await cookie(office, role), {"type": "open", **opening}) as socket:
        yield socket


@asynccontextmanager
async def line(host: str, cookie: str, first: dict[str, Any]) -> AsyncIterator[ClientConnection]:
    headers = {"cookie": cookie, "origin": f"http://{host}"}
    async with connect(f"ws://{host}/api/v1/live", additional_headers=headers, proxy=None) as socket:
        await socket.send(json.dumps(first))
        yield socket


@asynccontextmanager
async def again(office: Office, host: str, **opening: Any) -> AsyncIterator[ClientConnection]:
    """The chairman once more."""
    browser = office.visitor(origin="http://dai.test")
    await browser.post("/api/v1/login", json={"name": "chairman.test", "password": PASSWORD})
    headers = {"cookie": "; ".join(f"{k}={v}" for k, v in browser.cookies.items()), "origin": f"http://{host}"}
    async with connect(f"ws://{host}/api/v1/live", additional_headers=headers, proxy=None) as socket:
        await socket.send(json.dumps({"type": "open", **opening}))
        yield socket


async def is_closed(office: Office, live: str) -> bool:
    return (await order_of(office, live)).closed_us is not None


async def kept(office: Office, live: str) -> str | None:
    return (await order_of(office, live)).intake_id


async def line_of(office: Office, live: str) -> dict[str, Any] | None:
    """What the audit says of its end."""
    async with office.station.database.reading() as session:
        row = await session.scalar(select(AuditRow).filter_by(action="live.close", subject=live))
    return row and dict(row.detail)


async def spooled(office: Office, live: str, size: int) -> bool:
    return (office.station.settings.data / "speeches" / f"{live}.pcm").stat().st_size == size


async def nothing_left(folder: Path) -> bool:
    return not await asyncio.to_thread(lambda: list(folder.iterdir()))


async def key_of(office: Office, live: str) -> str:
    async with office.station.database.reading() as session:
        (row,) = await session.scalars(select(CommandRow).filter_by(order_id=live))
    return str(json.loads(json.loads(row.envelope)["payload"])["key"])


async def order_of(office: Office, live: str) -> OrderRow:
    async with office.station.database.reading() as session:
        return await session.get_one(OrderRow, live)


async def refusal(host: str, **headers: str) -> tuple[str, int]:
    """The code in which a caller with these headers is refused, and the one it is hung up with."""
    async with connect(f"ws://{host}/api/v1/live", additional_headers=headers, proxy=None) as socket:
        said = json.loads(await socket.recv())
        check_message("/api/v1/live", said)
        assert said["kind"] == "refusal"
        await socket.wait_closed()
        return said["code"], socket.close_code or 0
