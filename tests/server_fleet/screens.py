"""A screen that watches the feed, and what it is shown of an order."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import update
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from broadcast_server.emergency_templates import EMERGENCY
from broadcast_server.ordering import Wish
from broadcast_server.people import accounts, passwords
from broadcast_server.people.rights import Role
from broadcast_server.store.library import RecordingRow
from broadcast_server.store.orders import TemplateRow
from speaker_client.protocol.ids import SECOND
from tests.contract import check_message
from tests.server_fleet.ground import Ground

PASSWORD = "loa phường sáu giờ"


class Screen:
    """Somebody's screen: the picture as the messages make it."""

    def __init__(self, line: ClientConnection) -> None:
        self._line = line
        self.run, self.seq = "", 0
        self.parts: dict[str, Any] = {}
        self.kinds: list[str] = []

    async def hear(self) -> dict[str, Any]:
        """The next message, put into the picture."""
        async with asyncio.timeout(10):
            message: dict[str, Any] = json.loads(await self._line.recv())
        check_message("/api/v1/feed", message)
        self.kinds.append(message["kind"])
        if message["kind"] == "snapshot":
            self.run, self.seq, self.parts = message["run"], message["seq"], message["parts"]
        elif message["kind"] == "change":
            assert message["seq"] == self.seq + 1
            self.seq = message["seq"]
            whole = {**self.parts, **message["parts"]}
            self.parts = {name: part for name, part in whole.items() if part is not None}
        return message

    async def until(self, shows: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The picture once it shows that."""
        while not shows(self.parts):
            await self.hear()
        return self.parts

    async def say(self, text: str | bytes) -> None:
        await self._line.send(text)

    async def refused(self) -> tuple[str, int]:
        """What the server says before it hangs up, and the close code."""
        message = await self.hear()
        while message["kind"] != "refusal":
            message = await self.hear()
        assert message["vi"] != message["en"]
        with pytest.raises(ConnectionClosed):
            await self.hear()
        assert self._line.close_reason == message["code"]
        return message["code"], self._line.close_code or 0


@asynccontextmanager
async def screen(ground: Ground, query: str = "", headers: dict[str, str] | None = None) -> AsyncIterator[Screen]:
    """A screen of the operator's, or with other headers."""
    url = ground.url.replace("http", "ws") + f"/api/v1/feed{query}"
    shown = {"Authorization": f"Bearer {ground.token}"} if headers is None else headers
    async with connect(url, additional_headers=shown, proxy=None, ping_interval=None) as line:
        yield Screen(line)


async def cookie_of(ground: Ground, role: Role) -> str:
    """The cookie of somebody who logged in."""
    station = ground.station
    password_hash = await passwords.hashed(PASSWORD)
    async with station.database.transaction() as session:
        row = await accounts.make_user(
            session, station.station_id, f"{role}.test", "Hoa", role, password_hash, station.clock.now_us()
        )
        row.must_change = False
    form = {"name": f"{role}.test", "password": PASSWORD}
    answer = await ground.client(headers={"origin": ground.url}).post("/api/v1/login", json=form)
    assert answer.status_code == 200, answer.text
    return f"tienglang={answer.cookies['tienglang']}"


async def order(ground: Ground) -> str:
    """A flood emergency whose sound lies ready; its id."""
    station = ground.station
    async with station.database.transaction() as session:
        names = {"id": "rec", "station_id": station.station_id, "title": "Lũ", "content": "c" * 64, "size": 9}
        more = {"original": "d" * 64, "original_size": 9, "original_name": "", "kind": "speech", "peaks": []}
        levels = {"loudness_before_lufs": -20.0, "loudness_lufs": -16.0, "true_peak_dbtp": -1.0}
        made = {"made_by": "hoa", "made_us": 0, "duration_us": 5 * SECOND}
        session.add(RecordingRow(**names, **more, **levels, **made))
        await session.execute(update(TemplateRow).values(recording_id="rec"))
    wish = Wish(EMERGENCY, "flood", ("all",), 1, "emergency:12345678")
    return (await station.ordering.sound(wish, "hoa")).id
