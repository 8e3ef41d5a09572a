"""What any broker of the station must do, asked of each."""

from __future__ import annotations

import asyncio

import aiomqtt
import pytest

from tests.brokers.house import BOXES, House
from tests.brokers.people import (
    SOON,
    box,
    box_program,
    connect_packet,
    hear,
    hears_nothing,
    listening,
    packet,
    raw,
    station,
    text,
)

UP, DOWN, ALERT = "tienglang/tayho/b1/up", "tienglang/tayho/b1/down", "tienglang/tayho/b1/alert"
B2_DOWN = "tienglang/tayho/b2/down"
ALL_UP = "tienglang/tayho/+/up"
TOO_LARGE = 8193


async def test_a_wrong_password_is_refused(house: House) -> None:
    stranger = aiomqtt.Client(house.host, house.port, username="b1", password="guess", identifier="b1")
    with pytest.raises(aiomqtt.MqttError, match="135"):
        await stranger.__aenter__()


async def test_an_unknown_box_is_refused(house: House) -> None:
    stranger = aiomqtt.Client(house.host, house.port, username="b9", password="guess", identifier="b9")
    with pytest.raises(aiomqtt.MqttError, match="135"):
        await stranger.__aenter__()


async def test_nobody_comes_in_without_a_name(house: House) -> None:
    stranger = aiomqtt.Client(house.host, house.port, identifier="b1")
    with pytest.raises(aiomqtt.MqttError, match="135"):
        await stranger.__aenter__()


@pytest.mark.parametrize("password", ["guess", ""])
async def test_the_stations_name_needs_the_stations_password(house: House, password: str) -> None:
    stranger = aiomqtt.Client(house.host, house.port, username="station", password=password, identifier="station")
    with pytest.raises(aiomqtt.MqttError, match="135"):
        await stranger.__aenter__()


@pytest.mark.parametrize("topic", [DOWN, ALERT, "tienglang/tayho/+/down", "tienglang/#", "#", UP, ALL_UP, "$SYS/#"])
async def test_a_box_hears_nothing_that_is_not_its_own(house: House, topic: str) -> None:
    async with listening(box(house, "b2"), topic) as eavesdropper, station(house) as ours:
        await eavesdropper.subscribe(B2_DOWN, qos=1)
        for said in (DOWN, ALERT, UP):
            await ours.publish(said, b"for b1", qos=1)
        await ours.publish(B2_DOWN, b"for b2", qos=1)
        assert (await hear(eavesdropper)).payload == b"for b2"


@pytest.mark.parametrize("topic", [UP, DOWN, ALERT, B2_DOWN, "elsewhere", "tienglang/elsewhere/b2/up"])
async def test_a_box_says_nothing_in_anothers_place(house: House, topic: str) -> None:
    async with listening(station(house), "tienglang/#") as ours, listening(box(house, "b1"), DOWN) as victim:
        async with box(house, "b2") as liar:
            await liar.publish(topic, b"forged", qos=1)
            await liar.publish("tienglang/tayho/b2/up", b"mine", qos=1)
        assert (await hear(ours)).payload == b"mine"
        await ours.publish(DOWN, b"true", qos=1)
        assert (await hear(victim)).payload == b"true"


async def test_the_alert_account_only_listens(house: House) -> None:
    async with listening(station(house), "tienglang/#") as ours:
        async with box(house, "b1-alert") as quiet:
            await quiet.publish(UP, b"not by this line", qos=1)
        assert await hears_nothing(ours)


async def test_the_station_hears_a_box(house: House) -> None:
    async with listening(station(house), ALL_UP) as ours, box(house, "b1") as speaker:
        await speaker.publish(UP, b"alive", qos=0)
        message = await hear(ours)
    assert (str(message.topic), message.payload) == (UP, b"alive")


async def test_what_a_box_said_just_before_it_left_is_heard(house: House) -> None:
    async with listening(station(house), ALL_UP) as ours:
        async with box(house, "b1") as speaker:
            for number in range(20):
                await speaker.publish(UP, str(number).encode(), qos=1)
        heard = [(await hear(ours)).payload for _ in range(20)]
    assert heard == [str(number).encode() for number in range(20)]


async def test_a_box_hears_its_own(house: House) -> None:
    async with listening(box(house, "b1"), DOWN) as mine, listening(box(house, "b1-alert"), ALERT) as alarm:
        async with station(house) as ours:
            await ours.publish(DOWN, b"hint", qos=1)
            await ours.publish(ALERT, b"storm", qos=1)
        assert (await hear(mine)).payload == b"hint"
        assert (await hear(alarm)).payload == b"storm"


async def test_what_is_retained_goes_only_to_whom_it_is_for(house: House) -> None:
    async with listening(box(house, "b1"), DOWN) as first, station(house) as ours:
        await ours.publish(DOWN, b"kept", qos=1, retain=True)
        assert (await hear(first)).payload == b"kept"
        async with listening(box(house, "b2"), B2_DOWN) as newcomer:
            assert await hears_nothing(newcomer)
        assert await hears_nothing(first)  # nor once more, because somebody else came
    async with listening(box(house, "b1"), DOWN) as again, station(house) as ours:
        message = await hear(again)
        assert (message.payload, message.retain) == (b"kept", True)
        await ours.publish(DOWN, b"", qos=1, retain=True)


async def test_nobody_takes_anothers_session(house: House) -> None:
    async with listening(box(house, "b1"), DOWN) as real, station(house) as ours:
        impostors = [
            box(house, "b2", client_id="b1"),
            aiomqtt.Client(house.host, house.port, username="b1", password="guess", identifier="b1"),
            aiomqtt.Client(house.host, house.port, identifier="b1"),
            aiomqtt.Client(
                house.host, house.port, username="b1", password="guess", identifier="b1", clean_session=False
            ),
        ]
        for impostor in impostors:
            try:
                async with impostor:
                    await impostor.subscribe(DOWN, qos=1)
            except aiomqtt.MqttError:
                pass
        await ours.publish(DOWN, b"still here", qos=1)
        assert (await hear(real)).payload == b"still here"


async def test_a_box_that_comes_again_takes_its_own_place(house: House) -> None:
    will = aiomqtt.Will(UP, b"", qos=1)
    async with listening(station(house), ALL_UP) as ours:
        before = box(house, "b1", will=will)
        await before.__aenter__()
        await before.subscribe(DOWN, qos=1)
        async with listening(box(house, "b1", will=will), DOWN) as after:
            with pytest.raises(aiomqtt.MqttError):
                await hear(before)
            await ours.publish(DOWN, b"to the new one", qos=1)
            assert (await hear(after)).payload == b"to the new one"
            await after.publish(UP, b"alive", qos=1)
            while (await hear(ours)).payload != b"alive":
                pass  # a will of the old connection may come, but never after the new one's first word
            assert await hears_nothing(ours)
        await before.__aexit__(None, None, None)


async def test_a_box_that_dies_is_missed(house: House) -> None:
    async with listening(station(house), ALL_UP) as ours:
        with box_program(house.port, "b1") as program:
            assert program.stdout
            assert await asyncio.to_thread(program.stdout.readline) == "DIALLING\n"
            assert await asyncio.to_thread(program.stdout.readline) == "ONLINE\n"
            program.kill()
        message = await hear(ours)
    assert (str(message.topic), message.payload) == (UP, b"")


async def test_a_box_that_says_goodbye_is_not_missed(house: House) -> None:
    async with listening(station(house), ALL_UP) as ours:
        async with box(house, "b1", will=aiomqtt.Will(UP, b"", qos=1)):
            pass
        assert await hears_nothing(ours)


async def test_a_box_that_falls_silent_is_missed(house: House) -> None:
    async with listening(station(house), ALL_UP) as ours, raw(house) as silent:
        await silent.send(connect_packet("b1", BOXES["b1"], keepalive=1, will_topic=UP))
        assert await silent.answer(4) == b"\x20\x02\x00\x00"
        message = await hear(ours)
    assert (str(message.topic), message.payload) == (UP, b"")


@pytest.mark.parametrize("topic", [DOWN, UP, B2_DOWN, "tienglang/elsewhere/b2/up"])
async def test_a_will_says_nothing_in_anothers_place(house: House, topic: str) -> None:
    async with listening(station(house), "tienglang/#") as ours:
        async with raw(house) as liar:
            await liar.send(connect_packet("b2", BOXES["b2"], will_topic=topic))
            await liar.answer(4)
        assert await hears_nothing(ours)


async def test_a_message_said_twice_is_acknowledged_twice(house: House) -> None:
    said = text(UP) + (7).to_bytes(2, "big") + b"once or twice"
    async with listening(station(house), ALL_UP) as ours, raw(house) as anxious:
        await anxious.send(connect_packet("b1", BOXES["b1"]))
        await anxious.answer(4)
        for kind in (0x32, 0x3A):  # the second with DUP, as after a lost PUBACK
            await anxious.send(packet(kind, said))
            assert await anxious.answer(4) == b"\x40\x02\x00\x07"
        await anxious.send(b"\xc0\x00")
        assert await anxious.answer(2) == b"\xd0\x00"
        assert (await hear(ours)).payload == b"once or twice"


async def test_a_message_of_8_kib_passes_and_a_larger_one_does_not(house: House) -> None:
    async with listening(station(house), ALL_UP) as ours:
        async with box(house, "b1") as speaker:
            await speaker.publish(UP, b"x" * TOO_LARGE, qos=1)
            await speaker.publish(UP, b"x" * 8192, qos=1)
        assert len((await hear(ours)).payload) == 8192


async def test_a_huge_message_ends_the_connection(house: House) -> None:
    async with raw(house) as greedy:
        await greedy.send(connect_packet("b1", BOXES["b1"]))
        await greedy.answer(4)
        await greedy.send(b"\x30\xff\xff\xff\x7f" + text(UP) + b"x" * 65536)
        async with asyncio.timeout(SOON):
            assert await _end(greedy.reader) == b""


async def _end(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read()
    except ConnectionError:
        return b""
