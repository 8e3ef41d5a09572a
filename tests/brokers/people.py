"""Who talks to a broker in the tests: honest and dishonest clients, and the real box as a program."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiomqtt

from broadcast_server.speakers_mqtt import Speakers
from speaker_client.link import Link
from tests.brokers.house import BOXES, House

SOON = 15.0
"""What is to come comes within this."""
A_WHILE = 0.4
"""What does not come within this is taken not to come."""


def box(house: House, name: str, *, client_id: str | None = None, will: aiomqtt.Will | None = None) -> aiomqtt.Client:
    """A box's client with its right password."""
    secret = BOXES[name.removesuffix("-alert")]
    identifier = name if client_id is None else client_id
    return aiomqtt.Client(
        house.host, house.port, username=name, password=secret, identifier=identifier, will=will, timeout=SOON
    )


def station(house: House) -> aiomqtt.Client:
    """The station's client."""
    return aiomqtt.Client(
        house.host, house.port, username="station", password=house.password, identifier="station", timeout=SOON
    )


async def hear(client: aiomqtt.Client) -> aiomqtt.Message:
    """The next message; TimeoutError if none comes soon."""
    async with asyncio.timeout(SOON):
        return await anext(aiter(client.messages))


async def hears_nothing(client: aiomqtt.Client) -> bool:
    """Whether the connection stays up and silent for a while."""
    try:
        async with asyncio.timeout(A_WHILE):
            await anext(aiter(client.messages))
    except TimeoutError:
        return True
    return False


@asynccontextmanager
async def listening(client: aiomqtt.Client, topic: str) -> AsyncIterator[aiomqtt.Client]:
    """The client, connected, having asked for the topic at QoS 1."""
    async with client:
        await client.subscribe(topic, qos=1)
        yield client


def box_program(port: int, name: str, *arguments: str) -> subprocess.Popen[str]:
    """A real box's link as a process; says ONLINE on standard output when it is."""
    command = [sys.executable, "-m", "tests.brokers.box", str(port), name, BOXES[name], *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


class RawClient:
    """Speaks MQTT 3.1.1 byte by byte, to say what no library would."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def send(self, packet: bytes) -> None:
        self.writer.write(packet)
        await self.writer.drain()

    async def answer(self, length: int) -> bytes:
        async with asyncio.timeout(SOON):
            return await self.reader.readexactly(length)


@asynccontextmanager
async def raw(house: House) -> AsyncIterator[RawClient]:
    reader, writer = await asyncio.open_connection(house.host, house.port)
    try:
        yield RawClient(reader, writer)
    finally:
        writer.close()


def text(value: str | bytes) -> bytes:
    data = value.encode() if isinstance(value, str) else value
    return len(data).to_bytes(2, "big") + data


def packet(kind: int, body: bytes) -> bytes:
    length, digits = len(body), bytearray()
    while True:
        length, digit = divmod(length, 128)
        digits.append(digit | (128 if length else 0))
        if not length:
            return bytes([kind]) + bytes(digits) + body


def connect_packet(name: str, secret: str, keepalive: int = 60, will_topic: str | None = None) -> bytes:
    flags = 0xC2 | (0x04 if will_topic else 0)
    will = text(will_topic) + text("") if will_topic else b""
    body = text("MQTT") + bytes([4, flags]) + keepalive.to_bytes(2, "big") + text(name) + will
    return packet(0x10, body + text(name) + text(secret))


@asynccontextmanager
async def running(*lines: Link | Speakers) -> AsyncIterator[list[asyncio.Task[None]]]:
    """The lines as the program runs them; cancelled in the end, which must be quick."""
    tasks = [asyncio.create_task(line.run()) for line in lines]
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        async with asyncio.timeout(SOON):
            await asyncio.gather(*tasks, return_exceptions=True)
