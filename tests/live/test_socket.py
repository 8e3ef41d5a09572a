"""The WebSocket as it really is: what is said on it, by one line or several."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

import pytest
from sqlalchemy import select

from broadcast_server.live.opus import OpusEncoder
from broadcast_server.people.rights import Role
from broadcast_server.store.people import AuditRow
from speaker_client.protocol.ids import OrderId
from speaker_client.protocol.live import Ending, read_group
from tests.live.booth import (
    FRAME,
    Road,
    again,
    cookie,
    heard,
    kept,
    key_of,
    line,
    nothing_left,
    order_of,
    served,
    speaking,
    until,
)
from tests.speaker_client.sound_of_tests import voice

pytestmark = pytest.mark.usefixtures("patient")


@pytest.mark.usefixtures("by_hand")
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
                office.clock.at_us += 10_000
                await asyncio.sleep(0.002)
            await socket.send('{"type":"close"}')
            closed = await heard(socket, "closed")
        assert closed["ending"] == "closed"
        groups = [read_group(data, await key_of(office, opened["order"])) for data in road.frames]
        carried = [number for group in groups for number, packet in enumerate(group.packets, group.first) if packet]
        assert sorted(set(carried)) == list(range(min(carried), min(carried) + 100))
        assert len(road.frames) < 60, "by the broker, which loses nothing, each frame goes once"
        assert groups[-1].ending is Ending.CLOSED
        assert set(road.alerts) == {road.frames[-1]}, "the end is said on the line for alarms, too"
        await until(lambda: kept(office, opened["order"]))
        row = await order_of(office, opened["order"])
        assert row.closed_us
        assert row.sound_sha256 == hashlib.sha256(sound).hexdigest()
        async with office.station.database.reading() as session:
            (line,) = await session.scalars(select(AuditRow).filter_by(action="live.close"))
            assert (line.who, line.detail["sound_sha256"]) == ("chairman.test", row.sound_sha256)
        await until(lambda: nothing_left(tmp_path / "data" / "speeches"))


@pytest.mark.usefixtures("by_hand")
async def test_a_device_that_makes_opus_is_understood_and_no_packet_of_its_own_goes_out(tmp_path: Path) -> None:
    async with served(tmp_path / "data") as (office, host):
        road = Road()
        office.station.casting.line = office.station.casting.alarm = road
        sound, encoder = voice(1.0).tobytes(), OpusEncoder()
        sent = [encoder.encode(sound[at : at + FRAME]) for at in range(0, len(sound), FRAME)]
        async with speaking(office, host, codec="opus") as socket:
            opened = await heard(socket, "open")
            for packet in [*sent[:50], b"\xff no packet", *sent[50:]]:
                await socket.send(packet)
                office.clock.at_us += 10_000
                await asyncio.sleep(0.002)
            await socket.send('{"type":"close"}')
            assert (await heard(socket, "closed"))["seconds"] == 1
        key = await key_of(office, opened["order"])
        carried = {packet for data in road.frames for packet in read_group(data, key).packets}
        assert len(carried) >= 99
        assert carried.isdisjoint(sent)


async def test_what_comes_by_several_lines_is_heard_once_by_whichever_is_first(tmp_path: Path) -> None:
    async with served(tmp_path / "data") as (office, host):
        sound = voice(1.0).tobytes()
        pieces = [n.to_bytes(4) + sound[at : at + FRAME] for n, at in enumerate(range(0, len(sound), FRAME))]
        chairman = await cookie(office, Role.CHAIRMAN)
        async with line(host, chairman, {"type": "open", "numbered": True}) as first:
            order = (await heard(first, "open"))["order"]
            async with line(host, chairman, {"type": "join", "order": order}) as second:
                await heard(second, "joined")
                for number, piece in enumerate(pieces):  # each line is held up for a while, never both
                    if number == 70:
                        for held in pieces[40:70]:
                            await first.send(held)
                    if not 40 <= number < 70:
                        await first.send(piece)
                    if number >= 20:
                        if number == 20:
                            for held in pieces[:20]:
                                await second.send(held)
                        await second.send(piece)
                    office.clock.at_us += 10_000
                    await asyncio.sleep(0.002)
                await first.send('{"type":"close"}')
                closed = await heard(first, "closed")
                await second.wait_closed()
        assert (closed["seconds"], closed["gaps"], closed["dropped"]) == (1, 0, 0)
        assert (await order_of(office, order)).sound_sha256 == hashlib.sha256(sound).hexdigest()


async def test_a_line_joins_only_a_live_of_the_same_speaker_that_goes_on(tmp_path: Path) -> None:
    async with served(tmp_path / "data") as (office, host):
        chairman = await cookie(office, Role.CHAIRMAN)
        async with line(host, chairman, {"type": "open", "numbered": True}) as first:
            order = (await heard(first, "open"))["order"]
            async with speaking(office, host, Role.OFFICER, type="join", order=order) as stranger:
                assert (await heard(stranger, "refused"))["code"] == "live_busy"
            await first.send('{"type":"close"}')
            await heard(first, "closed")
        async with line(host, chairman, {"type": "join", "order": order}) as late:
            assert (await heard(late, "refused"))["code"] == "live_over"


async def test_the_time_is_up_on_every_line(tmp_path: Path) -> None:
    async with served(tmp_path / "data") as (office, host):
        chairman = await cookie(office, Role.CHAIRMAN)
        async with (
            line(host, chairman, {"type": "open", "numbered": True}) as first,
            line(host, chairman, {"type": "join", "order": (order := (await heard(first, "open"))["order"])}) as second,
        ):
            await heard(second, "joined")
            office.station.speaking.resume(OrderId(order), "chairman.test")[0]._grouping.limit = 20
            office.clock.at_us += 1_000_000
            for number in range(5):
                await second.send(number.to_bytes(4) + bytes(FRAME))
            await second.wait_closed()
            await first.send((5).to_bytes(4) + bytes(FRAME))
            assert (await heard(first, "closed"))["ending"] == "closed"


async def test_a_device_that_lost_its_line_goes_on_in_the_same_live(tmp_path: Path) -> None:
    async with served(tmp_path / "data") as (office, host):
        sound = voice(0.2).tobytes()
        async with speaking(office, host) as socket:
            live = (await heard(socket, "open"))["order"]
            await socket.send(sound)
            socket.transport.abort()
        async with again(office, host, resume=live) as socket:
            assert (await heard(socket, "open"))["order"] == live
            await socket.send(sound)
            async with again(office, host, resume=live, codec="opus") as third:
                assert (await heard(third, "open"))["order"] == live
                assert (await heard(socket, "refused"))["code"] == "taken_over"
                await third.send('{"type":"close"}')
                await heard(third, "closed")
        assert (await order_of(office, live)).sound_sha256 == hashlib.sha256(2 * sound).hexdigest()
        async with again(office, host, resume=live) as socket:
            refused = await heard(socket, "refused")
            assert (refused["status"], refused["code"]) == (410, "live_over")


async def test_nobody_goes_on_in_another_s_live(tmp_path: Path) -> None:
    async with served(tmp_path / "data") as (office, host), speaking(office, host) as socket:
        live = (await heard(socket, "open"))["order"]
        async with speaking(office, host, Role.OFFICER, resume=live) as other:
            assert (await heard(other, "refused"))["code"] == "live_busy"
        await socket.send('{"type":"close"}')
        assert (await heard(socket, "closed"))["code"] == "closed"
