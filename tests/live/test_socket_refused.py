"""Who may not speak, and what cannot be understood: told in words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect

from broadcast_server import speaking as speaking_module
from broadcast_server.api.live import LARGEST_MESSAGE
from broadcast_server.ballast import FILE, DiskFull
from broadcast_server.people.rights import Role
from broadcast_server.problem import Problem
from broadcast_server.serving import LARGEST_FRAME
from tests.live.booth import (
    again,
    cookie,
    heard,
    line,
    line_of,
    nothing_left,
    refusal,
    served,
    speaking,
    until,
)

pytestmark = pytest.mark.usefixtures("patient")


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
        await first.send('{"type":"extend","seconds":300}')
        assert (await heard(first, "extended"))["seconds"] == 1500
        await first.send('{"type":"close"}')
        await heard(first, "closed")


async def test_in_the_quiet_hours_only_an_emergency_is_spoken(tmp_path: Path) -> None:
    async with served(tmp_path / "data") as (office, host):
        await office.station.hushing.set("18:00", "05:00", "chairman.test")  # it is six minutes past six
        async with speaking(office, host) as socket:
            refused = await heard(socket, "refused")
            assert (refused["status"], refused["code"]) == (409, "quiet_hours")
            assert "Sớm nhất là 05:00" in refused["vi"]
        async with speaking(office, host, Role.OFFICER, emergency=True) as socket:
            assert await heard(socket, "open")
            await socket.send('{"type":"close"}')
            await heard(socket, "closed")


@pytest.mark.parametrize("opening", [{"type": "nonsense"}, {"targets": ["cluster:nowhere"]}, {"emergency": "?"}])
async def test_what_cannot_be_opened_is_refused_in_words(tmp_path: Path, opening: dict[str, Any]) -> None:
    async with served(tmp_path / "data") as (office, host), speaking(office, host, **opening) as socket:
        refused = await heard(socket, "refused")
        assert refused["status"] == 422
        assert refused["vi"]


async def test_a_floor_that_cannot_be_taken_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with served(tmp_path / "data") as (office, host):

        async def full(*_: object) -> None:
            raise Problem(507, "disk_full", "Hết chỗ.", "No room.")

        with monkeypatch.context() as patch:
            patch.setattr(speaking_module, "note_news", full)
            async with speaking(office, host) as socket:
                assert (await heard(socket, "refused"))["code"] == "disk_full"
        assert await nothing_left(tmp_path / "data" / "speeches")
        async with speaking(office, host, Role.OFFICER) as socket:
            await heard(socket, "open")


async def test_the_room_that_is_kept_for_alarms_is_given_up_for_an_emergency_and_for_no_other_voice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with served(tmp_path / "data") as (office, host):
        note, kept = speaking_module.note_news, tmp_path / "data" / FILE

        async def while_there_is_room(*told: Any) -> None:
            if kept.exists():
                raise DiskFull
            await note(*told)

        monkeypatch.setattr(speaking_module, "note_news", while_there_is_room)
        office.station.ballast.lay()
        async with speaking(office, host) as socket:
            assert (await heard(socket, "refused"))["code"] == "disk_full"
        assert kept.exists()
        async with again(office, host, emergency=True) as socket:
            await heard(socket, "open")
        assert not kept.exists()


@pytest.mark.parametrize("first", [b"sound before anything else", "{", '{"type":"close"}'])
async def test_an_opening_that_is_none_is_refused_in_words(tmp_path: Path, first: str | bytes) -> None:
    async with served(tmp_path / "data") as (office, host):
        headers = {"cookie": await cookie(office, Role.CHAIRMAN), "origin": f"http://{host}"}
        async with connect(f"ws://{host}/api/v1/live", additional_headers=headers, proxy=None) as socket:
            await socket.send(first)
            assert (await heard(socket, "refused"))["code"] == "bad_opening"


async def test_a_message_that_cannot_be_read_ends_it_in_words(tmp_path: Path) -> None:
    async with served(tmp_path / "data") as (office, host), speaking(office, host) as socket:
        await heard(socket, "open")
        await socket.send("hello?")
        assert (await heard(socket, "closed"))["code"] == "bad_message"


@pytest.mark.parametrize("size", [LARGEST_MESSAGE + 2, LARGEST_FRAME])
async def test_a_message_that_is_too_large_ends_it_in_words(tmp_path: Path, size: int) -> None:
    async with served(tmp_path / "data") as (office, host), speaking(office, host) as socket:
        live = (await heard(socket, "open"))["order"]
        await socket.send(bytes(LARGEST_MESSAGE))
        await socket.send(bytes(size))
        assert (await heard(socket, "closed"))["code"] == "message_too_large"
        assert (await until(lambda: line_of(office, live)))["ending"] == "message_too_large"


async def test_a_message_that_is_too_large_on_a_line_beside_ends_that_line_in_words(tmp_path: Path) -> None:
    async with served(tmp_path / "data") as (office, host):
        chairman = await cookie(office, Role.CHAIRMAN)
        async with line(host, chairman, {"type": "open", "numbered": True}) as first:
            order = (await heard(first, "open"))["order"]
            async with line(host, chairman, {"type": "join", "order": order}) as second:
                await heard(second, "joined")
                await second.send(bytes(LARGEST_MESSAGE + 1))
                refused = await heard(second, "refused")
            assert (refused["status"], refused["code"]) == (413, "message_too_large")
            assert refused["vi"] != refused["en"]
            assert await heard(first, "state"), "by it nothing else ends"
