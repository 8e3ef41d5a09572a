"""What stays of a live, whatever fails."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
from pathlib import Path

import pytest

from broadcast_server import archiving as archiving_module
from broadcast_server.live.spool import Spool
from tests.live.booth import (
    Road,
    heard,
    is_closed,
    kept,
    line_of,
    nothing_left,
    order_of,
    served,
    speaking,
    spooled,
    until,
)
from tests.speaker_client.sound_of_tests import voice

pytestmark = pytest.mark.usefixtures("patient")


async def test_a_disk_that_fails_takes_the_recording_and_not_the_voice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "full.pcm").symlink_to("/dev/full")
    monkeypatch.setattr(Spool, "path", lambda self, live: tmp_path / "full.pcm")
    async with served(tmp_path / "data") as (office, host):
        road = Road()
        office.station.casting.line = road
        async with speaking(office, host) as socket:
            live = (await heard(socket, "open"))["order"]
            await socket.send(voice(0.5).tobytes())
            assert (await heard(socket, "state"))["recorded"] is False
            await socket.send('{"type":"close"}')
            assert (await heard(socket, "closed"))["seconds"] == 0
        assert len(road.frames) > 10
        assert (await until(lambda: line_of(office, live)))["recorded"] is False


async def test_what_the_library_refuses_waits_and_takes_nothing_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archiving_module, "AGAIN_S", 0.1)
    async with served(tmp_path / "data", largest_upload=1000) as (office, host):
        async with speaking(office, host) as socket:
            live = (await heard(socket, "open"))["order"]
            await socket.send(voice(0.5).tobytes())
            await socket.send('{"type":"close"}')
            await heard(socket, "closed")
        await until(lambda: is_closed(office, live))
        await asyncio.sleep(0.3)
        assert [path.stem for path in (tmp_path / "data" / "speeches").iterdir()] == [live]
    async with served(tmp_path / "data", founded=True) as (office, _):
        await until(lambda: kept(office, live))
        await until(lambda: nothing_left(tmp_path / "data" / "speeches"))


async def test_what_was_said_before_a_kill_is_kept_at_the_next_start_with_its_hash(tmp_path: Path) -> None:
    async with served(tmp_path / "data") as (office, host), speaking(office, host) as socket:
        live = (await heard(socket, "open"))["order"]
        sound = voice(0.5).tobytes()
        await socket.send(sound)
        await until(lambda: spooled(office, live, len(sound)))
        folder = shutil.copytree(tmp_path / "data", tmp_path / "killed")
        (folder / "speeches" / f"{'9' * 32}.pcm").write_bytes(b"of no live")
    async with served(folder, founded=True) as (office, _):
        await until(lambda: kept(office, live))
        row = await order_of(office, live)
        assert row.closed_us
        assert row.sound_sha256 == hashlib.sha256(sound).hexdigest()
        assert (await line_of(office, live))["ending"] == "lost"
        await until(lambda: nothing_left(folder / "speeches"))
