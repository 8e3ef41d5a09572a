"""The station's line to the boxes: the only file of the server that knows aiomqtt.

The broker is not a store. What is said here only makes a box pull sooner, and silence here proves nothing.
"""

from __future__ import annotations

import asyncio
import logging
import random
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import aiomqtt

from speaker_client.dialling import SOCKET_OPTIONS, NotAdmitted, connected, heed_cancellation, subscribe
from speaker_client.protocol import topics
from speaker_client.protocol.account import ALERT_SUFFIX, MESSAGE_LIMIT, STATION, Account
from speaker_client.protocol.ids import BoxId, StationId
from speaker_client.protocol.patience import LinkState, Patience

log = logging.getLogger(__name__)

KEEPALIVE_S = 30
ANSWER_S = 5.0
"""How long the broker may take to answer; what it did not take by then is said again by who keeps the outbox."""
MANY_CALLS = 10_000
"""Messages under way at once. Past its own 20, paho lets the next ones wait up to a second each."""


@dataclass(frozen=True)
class BrokerDoor:
    """Where the broker is and as whom the station comes in. The embedded broker takes either station account."""

    host: str
    port: int
    password: str
    account: Account = STATION
    tls: ssl.SSLContext | None = None

    def for_alerts(self) -> BrokerDoor:
        """The same door for a second line that carries alarms alone."""
        return BrokerDoor(self.host, self.port, self.password, Account(f"{STATION}{ALERT_SUFFIX}"), self.tls)


class Speakers:
    """One line of the station, dialled again for ever; `run` ends when cancelled or by a listener's own error.

    `on_heartbeat` gets what a box said on its `up`, a heartbeat or an answer to an order, unchecked; `on_will` is told
    that the broker lost a box. A line with neither only speaks.
    """

    def __init__(
        self,
        station: StationId,
        door: BrokerDoor,
        on_heartbeat: Callable[[BoxId, bytes], Awaitable[None]] | None = None,
        on_will: Callable[[BoxId], Awaitable[None]] | None = None,
        patience: Patience | None = None,
    ) -> None:
        self._station = station
        self._door = door
        self._on_heartbeat = on_heartbeat
        self._on_will = on_will
        self._patience = patience or Patience(random.random)
        self._client: aiomqtt.Client | None = None
        self.state = LinkState.OFFLINE

    async def run(self) -> None:
        """Dial, listen, and when it breaks dial again."""
        try:
            while True:
                pause = await self._call()
                heed_cancellation()
                await asyncio.sleep(pause)
        finally:
            self.state = LinkState.OFFLINE

    async def hint(self, box: BoxId, data: bytes) -> bool:
        """Say it on the box's `down`, at least once: whether the broker took it within seconds."""
        return await self._say(topics.down(self._station, box), data)

    async def alert(self, box: BoxId, data: bytes) -> bool:
        """Say it on the box's `alert`, at least once: whether the broker took it within seconds."""
        return await self._say(topics.alert(self._station, box), data)

    async def live(self, box: BoxId, data: bytes) -> bool:
        """Say it on the box's `live`, at most once: a frame that comes late is worth nothing."""
        return await self._say(topics.live(self._station, box), data, qos=0)

    async def _say(self, topic: str, data: bytes, qos: int = 1) -> bool:
        if len(data) > MESSAGE_LIMIT:
            raise ValueError(f"a message of {len(data)} bytes; at most {MESSAGE_LIMIT}")
        if self._client is None:
            return False
        try:
            await self._client.publish(topic, data, qos=qos)
        except aiomqtt.MqttError:
            return False
        finally:
            heed_cancellation()
        return True

    async def _call(self) -> float:
        """One connection from dialling to its end; the seconds to wait before the next."""
        clock = asyncio.get_running_loop().time
        began = clock()
        self.state = LinkState.DIALLING
        try:
            await self._converse()
        except NotAdmitted as error:
            self._trouble(LinkState.REFUSED, error)
            return self._patience.after_refusal()
        except aiomqtt.MqttError as error:
            self._trouble(LinkState.OFFLINE, error)
        return self._patience.after_loss(clock() - began)

    async def _converse(self) -> None:
        async with connected(_client(self._door)) as client:
            if self._on_heartbeat or self._on_will:
                await subscribe(client, topics.all_up(self._station))
            self._client = client
            try:
                self._well()
                async for message in client.messages:
                    await self._hear(message)
            finally:
                self._client = None

    async def _hear(self, message: aiomqtt.Message) -> None:
        """A retained message is old news, whoever left it there: nobody of ours does."""
        box = topics.speaker_of(str(message.topic))
        if box is None or message.retain:
            return
        if message.payload and self._on_heartbeat:
            await self._on_heartbeat(box, bytes(message.payload))
        elif not message.payload and self._on_will:
            await self._on_will(box)

    def _trouble(self, state: LinkState, error: Exception) -> None:
        if self._patience.is_news(state):
            what = "refused by the broker" if state is LinkState.REFUSED else "no line to the broker"
            log.warning("%s: %s (%s); will try again", self._door.account, what, error)
        self.state = state

    def _well(self) -> None:
        if self._patience.is_news(None):
            log.info("%s: the line to the broker is back", self._door.account)
        self.state = LinkState.ONLINE


def _client(door: BrokerDoor) -> aiomqtt.Client:
    client = aiomqtt.Client(
        door.host,
        door.port,
        username=door.account,
        password=door.password,
        identifier=door.account,
        clean_session=True,
        max_inflight_messages=MANY_CALLS,
        timeout=ANSWER_S,
        keepalive=KEEPALIVE_S,
        tls_context=door.tls,
        socket_options=SOCKET_OPTIONS,
    )
    client.pending_calls_threshold = MANY_CALLS
    return client
