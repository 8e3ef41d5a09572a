"""`tienglang live` on a real WebSocket: whatever ends it is told in words."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from broadcast_server.commands.remote import Remote
from broadcast_server.people.rights import Role
from broadcast_server.people.tokens import make_token
from broadcast_server.problem import Problem
from broadcast_server.store.people import UserRow
from tests.faces.office import Office
from tests.live.booth import FRAME, served

OPENING = {"type": "open", "title": "Đọc"}


def pieces(count: int) -> Iterator[bytes]:
    for _ in range(count):
        yield bytes(FRAME)


async def speak(host: str, token: str, count: int, more_time: Any = lambda state: False) -> dict[str, Any]:
    remote = Remote(f"http://{host}", token)
    try:
        return await asyncio.to_thread(remote.speak, OPENING, pieces(count), more_time)
    finally:
        remote.close()


async def operator(office: Office) -> str:
    """The token of somebody who may speak."""
    await office.hire("operator", Role.OFFICER)
    async with office.station.database.transaction() as session:
        user = await session.scalar(select(UserRow.id).filter_by(name="operator"))
        assert user
        return make_token(session, user, office.station.station_id, "", office.clock.now_us())[1]


async def test_who_is_not_let_in_hears_it_in_words(tmp_path: Path) -> None:
    async with served(tmp_path / "data") as (_, host):
        with pytest.raises(Problem) as refused:
            await speak(host, "tl-nobody", 1)
        assert refused.value.code == "login_required"


async def test_what_ends_it_before_its_end_is_told_and_not_called_a_lost_connection(tmp_path: Path) -> None:
    async with served(tmp_path / "data") as (office, host):
        closed = await speak(host, await operator(office), 100_000)
        assert closed["code"] == "too_fast"


async def test_a_file_to_its_end_is_closed_and_more_time_is_asked_for_when_wanted(tmp_path: Path) -> None:
    async with served(tmp_path / "data") as (office, host):
        asked: list[int] = []

        def slowly() -> Iterator[bytes]:
            for piece in pieces(80):
                time.sleep(0.02)
                yield piece

        def more(state: dict[str, Any]) -> bool:
            asked.append(state["left_s"])
            return True

        remote = Remote(f"http://{host}", await operator(office))
        closed = await asyncio.to_thread(remote.speak, OPENING, slowly(), more)
        remote.close()
        assert closed["code"] == "closed"
        assert asked
        assert closed["left_s"] > 600
