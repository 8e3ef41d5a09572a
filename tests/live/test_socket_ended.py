"""Why a live ends that nobody closes, and that its speaker is told."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import update
from websockets.exceptions import ConnectionClosed

from broadcast_server import speaking as speaking_module
from broadcast_server.api import live as live_module
from broadcast_server.feed.picture import SHOWN_AFTER_US, read_parts
from broadcast_server.live import ends
from broadcast_server.live.speech import AHEAD_US
from broadcast_server.people.rights import Role
from broadcast_server.store.airings import AiringRow
from broadcast_server.store.people import UserRow
from broadcast_server.today import today
from speaker_client.protocol.ids import MINUTE, SECOND, Micros
from speaker_client.protocol.live import FRAME_US
from tests.faces.office import Office
from tests.live.booth import (
    FRAME,
    again,
    cookie,
    heard,
    is_closed,
    line_of,
    order_of,
    served,
    speaking,
    until,
)
from tests.speaker_client.sound_of_tests import voice

pytestmark = pytest.mark.usefixtures("patient")


async def test_a_device_that_vanishes_or_falls_silent_ends_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speaking_module, "SILENT_US", 300_000)
    async with served(tmp_path / "data") as (office, host):
        async with speaking(office, host) as socket:
            silent = (await heard(socket, "open"))["order"]
            await socket.send(voice(0.1).tobytes())
            closed = await heard(socket, "closed")
            assert (closed["ending"], closed["code"]) == ("gone", "speaker_gone")
            assert closed["vi"]
        async with speaking(office, host, Role.OFFICER) as socket:
            vanished = (await heard(socket, "open"))["order"]
            socket.transport.abort()
        for live in (silent, vanished):
            await until(lambda live=live: is_closed(office, live))


async def test_who_asks_for_more_time_and_says_nothing_keeps_nobody_from_speaking(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speaking_module, "SILENT_US", 300_000)
    async with served(tmp_path / "data") as (office, host), speaking(office, host) as socket:
        await heard(socket, "open")
        with suppress(ConnectionClosed):
            for _ in range(100):
                await socket.send('{"type":"extend"}')
                await socket.send(b"")
                await asyncio.sleep(0.05)
        assert socket.close_code == 1000
        async with speaking(office, host, Role.OFFICER) as other:
            await heard(other, "open")


async def test_a_stop_ends_it_here_too_and_the_speaker_hears_who_gave_it(tmp_path: Path) -> None:
    async with served(tmp_path / "data") as (office, host):
        async with speaking(office, host) as socket:
            live = (await heard(socket, "open"))["order"]
            await office.station.commanding.stop((), (), "lan")
            closed = await heard(socket, "closed")
            assert (closed["code"], closed["ending"]) == ("stopped", "closed")
            assert "lan" in closed["vi"]
        await until(lambda: is_closed(office, live))
        async with speaking(office, host, Role.OFFICER) as socket:
            await heard(socket, "open")


async def test_once_it_is_closed_everybody_sees_how_it_ended_and_how_long_it_was(tmp_path: Path) -> None:
    async with served(tmp_path / "data") as (office, host):
        async with speaking(office, host) as socket:
            live = (await heard(socket, "open"))["order"]
            await socket.send(voice(0.5).tobytes())
            await socket.send('{"type":"close"}')
            await heard(socket, "closed")
        await until(lambda: is_closed(office, live))
        over_us = Micros((await order_of(office, live)).until_us + SECOND)  # its box has not said its end yet
        assert await seen(office, live, over_us) is False
        async with office.station.database.transaction() as session:
            ended = update(AiringRow).filter_by(order_id=live)
            await session.execute(ended.values(state="PLAYED", decided_us=over_us))
        assert await seen(office, live, over_us) is True
        assert await seen(office, live, Micros(over_us + SHOWN_AFTER_US)) is None
        (told,) = (await today(office.station, over_us)).timetable
        assert told.sounding_us < MINUTE


async def seen(office: Office, order: str, now: Micros) -> bool | None:
    """Whether the picture says that it is over; None if it has left it."""
    async with office.station.database.reading() as session:
        parts = await read_parts(session, office.station.station_id, lambda _: (None, ()), now)
    part = parts.get(f"order:{order}")
    return None if part is None else bool(part["over"])


@pytest.mark.parametrize(("reason", "code"), [("PREEMPTED", "preempted"), ("AUDIO_FAULT", "nobody_hears")])
async def test_what_no_loudspeaker_plays_any_more_is_over(tmp_path: Path, reason: str, code: str) -> None:
    async with served(tmp_path / "data") as (office, host), speaking(office, host) as socket:
        live = (await heard(socket, "open"))["order"]
        async with office.station.database.transaction() as session:
            await session.execute(update(AiringRow).filter_by(order_id=live).values(state="PARTIAL", reason=reason))
        assert (await heard(socket, "closed"))["code"] == code
        await until(lambda: is_closed(office, live))
        (told,) = (await today(office.station, office.clock.now_us())).timetable
        assert told.sounding_us < MINUTE, "its boxes ended it, and not after the two hours that it might have been"


async def test_who_is_shut_out_is_cut_off_in_the_middle_of_a_word(tmp_path: Path) -> None:
    async with served(tmp_path / "data") as (office, host), speaking(office, host) as socket:
        live = (await heard(socket, "open"))["order"]
        async with office.station.database.transaction() as session:
            await session.execute(update(UserRow).filter_by(name="chairman.test").values(disabled_us=1))
        closed = await heard(socket, "closed")
        assert (closed["code"], closed["ending"]) == ("login_required", "closed")
        await until(lambda: is_closed(office, live))


async def test_a_device_that_is_signed_out_is_cut_off_in_the_middle_of_a_word(tmp_path: Path) -> None:
    async with served(tmp_path / "data") as (office, host):
        chairman = office.visitor(cookie=await cookie(office, Role.CHAIRMAN), origin="http://dai.test")
        async with again(office, host) as phone:
            live = (await heard(phone, "open"))["order"]
            assert (await chairman.delete("/api/v1/me/sessions")).json() == {"ended": 1}
            closed = await heard(phone, "closed")
        assert (closed["code"], closed["ending"]) == ("login_required", "closed")
        await until(lambda: is_closed(office, live))


async def test_a_flood_is_cut_off_and_fills_no_disk(tmp_path: Path) -> None:
    async with served(tmp_path / "data") as (office, host), speaking(office, host) as socket:
        live = (await heard(socket, "open"))["order"]
        with suppress(ConnectionClosed):
            for _ in range(60):
                await socket.send(bytes(30 * FRAME))
        assert (await heard(socket, "closed"))["code"] == "too_fast"
        said = await until(lambda: line_of(office, live))
        assert said["frames"] < (AHEAD_US + 5_000_000) // FRAME_US


async def test_a_flood_of_crumbs_is_cut_off_and_others_are_answered_meanwhile(tmp_path: Path) -> None:
    async with served(tmp_path / "data") as (office, host), speaking(office, host, codec="opus") as socket:
        await heard(socket, "open")
        with suppress(ConnectionClosed):
            for _ in range(20_000):
                await socket.send(b"\xff")
        assert (await heard(socket, "closed"))["code"] == "too_fast"


@pytest.mark.parametrize(("more", "code"), [(0, "time_up"), (60, "closed")])
async def test_its_time_is_up_in_words_and_more_is_given_when_asked_for(tmp_path: Path, more: int, code: str) -> None:
    async with served(tmp_path / "data") as (office, host), speaking(office, host) as socket:
        live = (await heard(socket, "open"))["order"]
        office.station.speaking._open[live].speech._grouping.limit = 50
        if more:
            await socket.send(json.dumps({"type": "extend", "seconds": more}))
            await heard(socket, "extended")
        with suppress(ConnectionClosed):
            for _ in range(20):
                await socket.send(bytes(10 * FRAME))
            await socket.send('{"type":"close"}')
        assert (await heard(socket, "closed"))["code"] == code
        frames = (await until(lambda: line_of(office, live)))["frames"]
        assert frames == 200 if more else frames <= 50


def test_the_reference_names_every_end_in_both_languages() -> None:
    known = [one for one in vars(ends).values() if isinstance(one, ends.End)] + [ends.stopped("lan")]
    assert [one.code for one in known if f"`{one.code}`" not in (live_module.__doc__ or "")] == []
    assert all(one.vi and one.en and one.vi != one.en for one in known)
