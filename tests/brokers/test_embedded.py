"""What only the embedded broker promises: it lives in the server's process and must never be a burden to it."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys

import aiomqtt
import pytest

from broadcast_server.broker import EmbeddedBroker
from speaker_client.protocol.ids import BoxId
from tests.brokers.embedded import KnownBoxes
from tests.brokers.house import BOXES, STATION, Embedded
from tests.brokers.people import box, connect_packet, hear, hears_nothing, listening, packet, raw, station, text

UP, DOWN = "tienglang/tayho/b1/up", "tienglang/tayho/b1/down"
START_S = 0.5


async def _an_ordinary_day(house: Embedded) -> None:
    async with listening(station(house), UP) as ours:
        await ours.subscribe("tienglang/tayho/b2/up", qos=1)
        async with listening(box(house, "b1", will=aiomqtt.Will(UP, b"")), DOWN) as speaker:
            for _ in range(20):
                await ours.publish(DOWN, b"news", qos=1)
                await hear(speaker)
                await speaker.publish(UP, b"alive")
                await hear(ours)
        async with raw(house) as dying:
            await dying.send(connect_packet("b2", BOXES["b2"], will_topic="tienglang/tayho/b2/up"))
            await dying.answer(4)
        assert (await hear(ours)).payload == b""


async def test_an_ordinary_day_leaves_nothing_in_the_log_and_it_ends_cleanly(embedded: Embedded) -> None:
    await _an_ordinary_day(embedded)
    async with listening(box(embedded, "b1", will=aiomqtt.Will(UP, b"")), DOWN) as speaker, raw(embedded) as mute:
        assert await asyncio.to_thread(embedded.stop) == 0  # with one client connected and one that said nothing
        with pytest.raises(aiomqtt.MqttError):
            await hear(speaker)
        assert await mute.reader.read() == b""
    assert _is_calm(embedded.said()), embedded.said()


async def test_it_starts_quickly(embedded: Embedded) -> None:
    assert embedded.start_s < START_S


def test_it_carries_nothing_heavy() -> None:
    """Memory: amqtt's plugins and their libraries stay out."""
    program = "import sys, broadcast_server.broker; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    unwanted = {"psutil", "sqlalchemy", "aiohttp", "jwt", "typer", "numpy", "amqtt.contrib", "amqtt.plugins.sys"}
    assert not unwanted.intersection(loaded)


async def test_rubbish_does_it_no_harm(embedded: Embedded) -> None:
    chance = random.Random(7)
    up = "tienglang/tayho/b3/up"
    good = connect_packet("b3", BOXES["b3"], will_topic=up) + packet(0x82, b"\0\1" + text(DOWN) + b"\1")
    good += packet(0x32, text(up) + b"\0\2alive") + b"\xc0\0"
    for _ in range(150):
        rubbish = bytearray(good)
        for _ in range(chance.randint(1, 4)):
            rubbish[chance.randrange(len(rubbish))] = chance.randrange(256)
        async with raw(embedded) as vandal:
            await vandal.send(bytes(rubbish[: chance.randint(1, len(rubbish))]))
    await _an_ordinary_day(embedded)
    said = embedded.said()
    assert "Traceback" not in said, said
    assert "ERROR" not in said, said


async def test_who_says_nothing_is_hung_up_on(embedded: Embedded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("broadcast_server.broker.CONNECT_S", 0.1)
    async with EmbeddedBroker(STATION, KnownBoxes(BOXES), "127.0.0.1", 0) as broker:
        reader, writer = await asyncio.open_connection("127.0.0.1", broker.port)
        async with asyncio.timeout(2):
            assert await reader.read() == b""
        writer.close()


async def test_there_is_room_for_so_many_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("broadcast_server.broker.MOST_CONNECTIONS", 2)
    async with EmbeddedBroker(STATION, KnownBoxes(BOXES), "127.0.0.1", 0) as broker:
        calls = [await asyncio.open_connection("127.0.0.1", broker.port) for _ in range(3)]
        async with asyncio.timeout(2):
            assert await calls[2][0].read() == b""
        for _, writer in calls:
            writer.close()


async def test_a_box_that_may_no_longer_come_in_is_put_out() -> None:
    boxes = KnownBoxes(dict(BOXES))
    async with EmbeddedBroker(STATION, boxes, "127.0.0.1", 0) as broker:
        client = aiomqtt.Client("127.0.0.1", broker.port, username="b1", password=BOXES["b1"], identifier="b1")
        async with client:
            del boxes.secrets["b1"]
            await broker.expel(BoxId("b1"))
            with pytest.raises(aiomqtt.MqttError):
                await hear(client)
            with pytest.raises(aiomqtt.MqttError, match="135"):
                await aiomqtt.Client(
                    "127.0.0.1", broker.port, username="b1", password=BOXES["b1"], identifier="b1"
                ).__aenter__()


async def test_a_port_in_use_is_said_at_start(embedded: Embedded) -> None:
    with pytest.raises(Exception, match="address already in use"):
        async with EmbeddedBroker(STATION, KnownBoxes({}), "127.0.0.1", embedded.port):
            pass


async def test_a_box_that_stops_reading_does_not_hold_up_the_others(embedded: Embedded) -> None:
    async with raw(embedded) as stuck, listening(box(embedded, "b2"), "tienglang/tayho/b2/down") as well:
        await stuck.send(connect_packet("b1", BOXES["b1"]) + packet(0x82, b"\0\1" + text(DOWN) + b"\1"))
        await stuck.answer(4 + 5)
        async with station(embedded) as ours:
            stuck.writer.transport.pause_reading()
            for _ in range(150):
                await ours.publish(DOWN, b"x" * 8000, qos=1)
            await ours.publish("tienglang/tayho/b2/down", b"for the other", qos=1)
            assert (await hear(well)).payload == b"for the other"


async def test_nothing_of_a_box_stays_behind_when_it_left() -> None:
    """It would fill the server's memory, and nobody asks for it."""
    async with EmbeddedBroker(STATION, KnownBoxes(BOXES), "127.0.0.1", 0, "pass") as broker:

        def client(name: str, password: str, will: aiomqtt.Will | None = None) -> aiomqtt.Client:
            return aiomqtt.Client(
                "127.0.0.1", broker.port, username=name, password=password, identifier=name, will=will
            )

        will = aiomqtt.Will(UP, b"gone", qos=1, retain=True)
        async with listening(client("station", "pass"), "tienglang/#") as ours:
            async with client("b1", BOXES["b1"]) as speaker:
                for topic in ("tienglang/elsewhere/b1/up", UP):
                    await speaker.publish(topic, b"alive", qos=1, retain=True)
            assert (await hear(ours)).payload == b"alive"
            async with client("b1", BOXES["b1"], will) as put_out:
                await broker.expel(BoxId("b1"))
                assert (await hear(ours)).payload == b"gone"
                with pytest.raises(aiomqtt.MqttError):
                    await hear(put_out)
        async with listening(client("station", "pass"), "tienglang/#") as ours:
            assert await hears_nothing(ours)


async def test_it_ends_cleanly_in_the_middle_of_much_talk(embedded: Embedded) -> None:
    async with listening(station(embedded), UP), raw(embedded) as chatty:
        await chatty.send(connect_packet("b1", BOXES["b1"], will_topic=UP))
        await chatty.answer(4)
        await chatty.send(packet(0x30, text(UP) + b"x" * 500) * 2000)
        assert await asyncio.to_thread(embedded.stop) == 0
    assert _is_calm(embedded.said()), embedded.said()


def _is_calm(log: str) -> bool:
    return all(line.startswith("INFO") for line in log.splitlines())
