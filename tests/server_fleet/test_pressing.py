"""An answer that is lost on its way back: the command line presses again, and it is the same order."""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from fastapi.dependencies import utils
from sqlalchemy import func, select

from broadcast_server.commands.remote import Remote
from broadcast_server.store.orders import OrderRow
from tests.server_fleet.ground import Ground, press


async def message(line: asyncio.StreamReader) -> bytes:
    """A whole one: on a busy machine its head comes before its body."""
    head = await line.readuntil(b"\r\n\r\n")
    size = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)
    return head + await line.readexactly(int(size[1]) if size else 0)


@asynccontextmanager
async def bad_line(port: int) -> AsyncIterator[str]:
    """A line to that port that breaks as the first answer comes."""
    answers: list[bytes] = []

    async def carry(person: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        station, forth = await asyncio.open_connection("127.0.0.1", port)
        forth.write(await message(person))
        answers.append(await message(station))
        if len(answers) > 1:
            back.write(answers[-1])
            await back.drain()
        for line in (back, forth):
            line.close()

    line = await asyncio.start_server(carry, "127.0.0.1", 0)
    async with line:
        yield f"http://127.0.0.1:{line.sockets[0].getsockname()[1]}"


async def test_it_is_given_once(ground: Ground) -> None:
    await ground.cluster()
    first, told = await press(ground), []
    async with bad_line(ground.station.settings.port) as url:
        remote = Remote(url, ground.token)
        form = {"template": "flood", "key": uuid.uuid4().hex}
        order = await asyncio.to_thread(remote.insist, "/emergencies", form, lambda: told.append(True))
        remote.close()
    assert told == [True]
    async with ground.station.database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(OrderRow)) == 2
        assert order["id"] == await session.scalar(select(OrderRow.id).where(OrderRow.id != first))


async def test_no_request_waits_for_a_thread_to_learn_who_is_asked(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FastAPI calls a plain function among the dependencies in a thread, and threads wait for each other."""
    box, threads = await ground.box(await ground.cluster()), []

    async def threaded(call: Callable[..., Any], **_values: Any) -> Any:
        threads.append(call.__name__)
        return call(**_values)

    monkeypatch.setattr(utils, "run_in_threadpool", threaded)
    await press(ground)
    form = {"template": "flood", "key": uuid.uuid4().hex}
    assert (await ground.technician().post("/api/v1/emergencies", json=form)).status_code == 202
    assert (await box.http.get("/box/v1/bundle")).status_code == 200
    assert threads == []
