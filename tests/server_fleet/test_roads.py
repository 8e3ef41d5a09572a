"""Orders straight to the box by datagram: who is believed to be where, and what is said until it is answered."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Set
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from broadcast_server.datagrams import FORGOTTEN_US, Datagrams
from broadcast_server.insisting import ECHOES_S, FIRST_PAUSE_S, Insisting
from broadcast_server.ordering import Wish
from broadcast_server.store.airings import AiringRow
from broadcast_server.telling import _commands
from speaker_client.pieces import Pieces
from speaker_client.protocol.datagram import ORDER, fingerprint, hail, hailed
from speaker_client.protocol.envelope import parse, payload_of
from speaker_client.protocol.ids import MINUTE, SECOND
from speaker_client.protocol.order import Emergency
from speaker_client.protocol.packing import unpack
from speaker_client.protocol.report import OrderAccepted
from speaker_client.protocol.signature import SigningKey, signed_by
from tests.server_fleet.ground import Box, Ground, MovableClock, ground_in, press
from tests.server_fleet.roads import acknowledged, answer, socket_of, with_port
from tests.waiting import until

HERE, ELSEWHERE = ("198.18.0.2", 40_000), ("203.0.113.9", 9)


WORDS = Wish("emergency", "", ("all",), 1, "k1", f"Nước lũ đang về. {'Bà con lên đê ngay. ' * 6}", "none")


async def test_new_words_come_before_their_order_and_again_with_it(tmp_path: Path) -> None:
    async with ground_in(tmp_path, background=with_port) as ground:
        box = await ground.box(await ground.cluster())
        async with socket_of(ground, box) as (_, ear):
            await ground.station.ordering.sound(WORDS, "hoa")
            before, after = Pieces(), Pieces()
            async with asyncio.timeout(5):
                while (data := await ear.heard.get())[:1] != ORDER:
                    before.take(data)
                head, rest = Emergency.read(payload_of(parse(unpack(data[1:])))).first
                while after.whole(head.content, head.size) is None:
                    after.take(await ear.heard.get())
            words = before.whole(head.content, head.size)
            assert words is not None
            assert hashlib.sha256(words).hexdigest() == head.content
            fetched = await box.http.get(f"/box/v1/content/{head.content}")
            assert fetched.content == words
            assert after.whole(rest.content, rest.size) is None, "that is asked for"


async def test_what_is_only_tried_out_is_sent_to_nobody(tmp_path: Path) -> None:
    async with ground_in(tmp_path, background=with_port) as ground:
        box = await ground.box(await ground.cluster())
        async with socket_of(ground, box) as (_, ear):
            await ground.station.ordering.sound(WORDS, "hoa", dry=True)
            await asyncio.sleep(0.1)
            assert ear.heard.empty()


async def test_an_order_is_said_again_until_the_box_itself_has_answered(tmp_path: Path) -> None:
    async with ground_in(tmp_path, background=with_port) as ground:
        box = await ground.box(await ground.cluster())
        async with socket_of(ground, box) as (transport, ear):
            given = await press(ground)
            order = await ear.order()
            assert signed_by(order, ground.station.keys.alert.public)
            for not_an_answer in (
                answer(box, order, SigningKey.born()),
                answer(box, order, what="0" * 32),
                answer(Box(ground, box.key, box.papers.model_copy(update={"box": "stranger"})), order),
                answer(box, order)[:-9],
                b"A" * 900,
            ):
                transport.sendto(not_an_answer)
            assert await ear.order() == order
            assert await ear.order() == order
            assert await acknowledged(ground, given) == [None]
            transport.sendto(answer(box, order))
            await ear.quiet(1.0)
            assert await acknowledged(ground, given) == [7]


async def test_an_order_goes_again_at_once_for_a_link_that_loses_some_and_not_after_it_was_answered(
    tmp_path: Path,
) -> None:
    async with ground_in(tmp_path, background=with_port) as ground:
        box = await ground.box(await ground.cluster())
        async with socket_of(ground, box) as (transport, ear):
            await press(ground)
            order = await ear.order()
            async with asyncio.timeout(FIRST_PAUSE_S * 0.7):
                assert [await ear.order() for _ in ECHOES_S] == [order] * len(ECHOES_S)
            transport.sendto(answer(box, order))
            await ear.quiet(0.5)
            await press(ground)
            await ear.order()
            transport.sendto(answer(box, await ear.order()))
            await ear.quiet(0.5)


async def test_a_report_ends_it_as_well_and_knows_better_when(tmp_path: Path) -> None:
    async with ground_in(tmp_path, background=with_port) as ground:
        box = await ground.box(await ground.cluster())
        async with socket_of(ground, box) as (_, ear):
            given = await press(ground)
            await ear.order()
            async with ground.station.database.reading() as session:
                (airing,) = await session.scalars(select(AiringRow.id).filter_by(order_id=given))
            await box.report(OrderAccepted(order=given, airing=airing))
            await asyncio.sleep(0.4)
            await ear.quiet(1.0)


async def test_a_stop_goes_the_same_road(tmp_path: Path) -> None:
    async with ground_in(tmp_path, background=with_port) as ground:
        box = await ground.box(await ground.cluster())
        async with socket_of(ground, box) as (transport, ear):
            await ground.technician().post("/api/v1/stop", json={})
            stop = await ear.order()
            assert payload_of(stop)["kind"] == "stop"
            assert await ear.order() == stop
            transport.sendto(answer(box, stop))
            await ear.quiet(1.0)


async def test_what_was_answered_is_not_read_again_while_something_else_is_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stops stay good for a quarter of an hour: read again and again, hundreds of them make an alarm wait."""
    async with ground_in(tmp_path, background=with_port) as ground:
        box = await ground.box(await ground.cluster())
        async with socket_of(ground, box) as (transport, ear):
            for _ in range(3):
                await ground.technician().post("/api/v1/stop", json={})
                stop = await ear.order()
                transport.sendto(answer(box, stop))
                await ear.quiet(0.2)
            read: list[int] = []
            look = Insisting._still_open

            async def counted(insisting: Insisting, among: Set[str]) -> set[str]:
                read.append(len(among))
                return await look(insisting, among)

            monkeypatch.setattr(Insisting, "_still_open", counted)
            monkeypatch.delattr(Insisting, "_unanswered")
            given = await press(ground)
            for _ in range(8):
                assert payload_of(await ear.order())["id"] == given
            assert max(read) == 1


async def test_an_order_that_was_stopped_is_told_no_more_by_any_message(tmp_path: Path) -> None:
    """It would begin on a box that hears of it first, until the stop comes a moment later."""
    async with ground_in(tmp_path, background=with_port) as ground:
        box = await ground.box(await ground.cluster())
        async with socket_of(ground, box) as (_, ear):
            given = await press(ground)
            assert payload_of(await ear.order())["id"] == given
            await ground.technician().post("/api/v1/stop", json={})
            while payload_of(await ear.order())["kind"] != "stop":
                pass
            assert [payload_of(await ear.order())["kind"] for _ in range(4)] == ["stop"] * 4
            station, now = ground.station, ground.station.clock.now_us()
            assert {row.kind for row in await station.insisting._unanswered()} == {"stop"}, "nor after a restart"
            async with station.database.reading() as session:
                known = station.doors.present(box.id)
                assert known
                told = [payload_of(parse(one))["kind"] for one in await _commands(session, known, 0, now)]
            assert set(told) == {"stop"}
            shown = (await ground.technician().get(f"/api/v1/orders/{given}")).json()["clusters"][0]
            assert "Đã dừng trước khi phát" in shown["vi"]


async def test_a_table_that_cannot_be_read_keeps_nobody_from_being_told_again(
    tmp_path: Path, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(_among: object) -> set[str]:
        raise OperationalError("SELECT", None, Exception("disk I/O error"))

    async with ground_in(tmp_path, clock, with_port) as ground:
        box = await ground.box(await ground.cluster())
        async with socket_of(ground, box) as (_, ear):
            monkeypatch.setattr(ground.station.insisting, "_still_open", fail)
            await press(ground)
            order = await ear.order()
            for _ in range(3):
                assert await ear.order() == order
            clock.shift_us += 2 * MINUTE
            await until(lambda: not ground.station.insisting.awaits(box.id, fingerprint(order)))


async def test_nobody_but_the_box_itself_says_where_it_is(ground: Ground, clock: MovableClock) -> None:
    box = await ground.box(await ground.cluster())
    datagrams, now = Datagrams(clock, ground.station.doors), clock.now_us()

    def where() -> object:
        found = datagrams._whereabouts.get(box.id)
        return found and found.address

    true = hail(box.id, box.papers.access, now)
    for forged in (
        hail(box.id, "another secret", now),
        true[:-1],
        true.replace(box.id.encode(), b"stranger"),
        hail(box.id, box.papers.access, now - MINUTE),
        hail(box.id, box.papers.access, now + MINUTE),
        b"H",
    ):
        assert datagrams.take(forged, ELSEWHERE) is None
        assert where() is None
    assert datagrams.take(true, HERE) == hailed(box.id, box.papers.access, now)
    assert datagrams.take(true, ELSEWHERE) is None
    assert datagrams.take(hail(box.id, box.papers.access, now - 1), ELSEWHERE) is None
    assert where() == HERE, "what was said before is not believed again"
    datagrams.take(hail(box.id, box.papers.access, now + 1), ELSEWHERE)
    assert where() == ELSEWHERE, "a box may move"


async def test_a_flood_of_false_hails_does_not_keep_the_true_one_out(ground: Ground, clock: MovableClock) -> None:
    box = await ground.box(await ground.cluster())
    datagrams, now = Datagrams(clock, ground.station.doors), clock.now_us()
    for n in range(1000):
        datagrams.take(hail(box.id, "another secret", now + n), ELSEWHERE)
    datagrams.take(hail(box.id, box.papers.access, clock.now_us()), HERE)
    assert datagrams._whereabouts[box.id].address == HERE


async def test_a_box_that_went_silent_or_was_put_out_is_sent_nothing(tmp_path: Path, clock: MovableClock) -> None:
    async with ground_in(tmp_path, clock, with_port) as ground:
        box = await ground.box(await ground.cluster())
        datagrams = ground.station.datagrams
        async with socket_of(ground, box) as (transport, ear):
            assert datagrams.send(box.id, b"Vx")
            assert await ear.heard.get() == b"Vx"
            clock.shift_us += FORGOTTEN_US + SECOND
            assert not datagrams.send(box.id, b"Vx")
            transport.sendto(hail(box.id, box.papers.access, clock.now_us()))
            await asyncio.sleep(0.05)
            assert datagrams.send(box.id, b"Vx")
            await ground.station.enrolling.revoke(box.id, "hoa")
            assert not datagrams.send(box.id, b"Vx")
