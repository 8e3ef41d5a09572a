"""Calling a broker, for the box and for the station: what aiomqtt leaves to be done around its client."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import aiomqtt
from paho.mqtt.reasoncodes import ReasonCode

GOODBYE_S = 1.0
UNACKED_MS = 30_000
"""How long sent bytes may go unacknowledged by the other machine: a dead road is noticed by then."""
REFUSALS = frozenset({132, 133, 134, 135})
"""CONNACK: protocol version, client id, user name or password, not authorised."""
REFUSED_TOPIC = 0x80
"""SUBACK: this and above."""
_DEAD_ROAD = getattr(socket, "TCP_USER_TIMEOUT", None)
SOCKET_OPTIONS = [(socket.IPPROTO_TCP, _DEAD_ROAD, UNACKED_MS)] if _DEAD_ROAD else None


class NotAdmitted(Exception):
    """The broker is there and does not let this account in, or not hear its topic."""


@asynccontextmanager
async def connected(client: aiomqtt.Client) -> AsyncIterator[aiomqtt.Client]:
    """The client at work; MqttError, or NotAdmitted."""
    await _dial(client)
    try:
        yield client
    finally:
        await _hang_up(client)


async def subscribe(client: aiomqtt.Client, topic: str) -> None:
    """Listen at QoS 1; NotAdmitted if the broker says no."""
    answers = await client.subscribe(topic, qos=1)
    heed_cancellation()
    if any(_code(answer) >= REFUSED_TOPIC for answer in answers):
        raise NotAdmitted(f"may not listen on {topic}")


def heed_cancellation() -> None:
    """Python 3.11's wait_for, which aiomqtt leans on, may swallow a cancellation; it is still counted."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


async def _dial(client: aiomqtt.Client) -> None:
    """Connect; MqttError, or NotAdmitted. aiomqtt dials in a thread, so a cancelled call is awaited and hung up."""
    dialling = asyncio.ensure_future(client.__aenter__())
    try:
        await asyncio.shield(dialling)
    except aiomqtt.exceptions.MqttConnectError as error:
        if error.rc is not None and _code(error.rc) in REFUSALS:
            raise NotAdmitted(str(error)) from error
        raise
    except asyncio.CancelledError:
        await asyncio.wait({dialling}, timeout=GOODBYE_S)
        if dialling.cancel() or dialling.exception():
            raise
        await _hang_up(client)
        raise


async def _hang_up(client: aiomqtt.Client) -> None:
    """Say goodbye, but not for long."""
    client.timeout = GOODBYE_S
    with suppress(aiomqtt.MqttError):
        await client.__aexit__(None, None, None)
    gone = client._disconnected
    if gone.done() and not gone.cancelled():
        gone.exception()  # aiomqtt leaves it unlooked-at when the line broke while nobody listened


def _code(answer: int | ReasonCode) -> int:
    return answer.value if isinstance(answer, ReasonCode) else answer
