"""The box's line to the broker. What arrives on it only makes things happen sooner: the truth is pulled over HTTP."""

from __future__ import annotations

import asyncio
import logging
import random
import ssl
from collections.abc import Callable
from dataclasses import dataclass

import aiomqtt

from speaker_client.dialling import SOCKET_OPTIONS, NotAdmitted, connected, heed_cancellation, subscribe
from speaker_client.protocol import topics
from speaker_client.protocol.account import MESSAGE_LIMIT, Account, alert_account, routine_account
from speaker_client.protocol.ids import BoxId, StationId
from speaker_client.protocol.patience import LinkState, Patience
from speaker_client.waiting import until

log = logging.getLogger(__name__)

KEEPALIVE_S = 60
ANSWER_S = 10.0
"""How long the broker may take to answer."""


@dataclass(frozen=True)
class Line:
    """Whom to call and as whom. `hears` are the topics listened to; `speaks` the one spoken and died on, if any."""

    host: str
    port: int
    account: Account
    password: str
    hears: tuple[str, ...]
    speaks: str | None = None
    tls: ssl.SSLContext | None = None
    keepalive_s: int = KEEPALIVE_S


def routine_line(
    host: str, port: int, station: StationId, box: BoxId, password: str, tls: ssl.SSLContext | None = None
) -> Line:
    """Hints, routine commands and live voice down, heartbeats up; the broker says when this box is gone."""
    hears = topics.down(station, box), topics.live(station, box)
    return Line(host, port, routine_account(box), password, hears, topics.up(station, box), tls)


def alert_line(
    host: str, port: int, station: StationId, box: BoxId, password: str, tls: ssl.SSLContext | None = None
) -> Line:
    """Emergency commands, on a session that carries nothing else."""
    return Line(host, port, alert_account(box), password, (topics.alert(station, box),), None, tls)


class Link:
    """One line, dialled again for ever. `run` ends only when cancelled, or by an error of `on_message`'s own."""

    def __init__(
        self,
        line: Line,
        on_message: Callable[[bytes], None],
        on_state: Callable[[LinkState], None] = lambda _: None,
        patience: Patience | None = None,
    ) -> None:
        self._line = line
        self._on_message = on_message
        self._on_state = on_state
        self._patience = patience or Patience(random.random)
        self._client: aiomqtt.Client | None = None
        self._hurried = asyncio.Event()
        self.state = LinkState.OFFLINE

    async def run(self) -> None:
        """Dial, listen, and when it breaks dial again."""
        try:
            while True:
                self._hurried.clear()
                pause = await self._call()
                heed_cancellation()
                await until(self._hurried, pause)
        finally:
            self._go(LinkState.OFFLINE)

    def hurry(self) -> None:
        """The station was reached by another road: dial at once. A refusal is not healed by that."""
        if self.state in (LinkState.OFFLINE, LinkState.DIALLING):
            self._hurried.set()

    async def publish(self, payload: bytes) -> bool:
        """Say it if the line is up: whether the broker has it. Not repeated, since what matters has another road too.

        The broker's answer also shows that the road carries both ways, so that no ping is needed.

        ValueError for a message that no broker carries.
        """
        if len(payload) > MESSAGE_LIMIT:
            raise ValueError(f"a message of {len(payload)} bytes; at most {MESSAGE_LIMIT}")
        if self._client is None or self._line.speaks is None:
            return False
        try:
            await self._client.publish(self._line.speaks, payload, qos=1)
        except aiomqtt.MqttError:
            return False
        finally:
            heed_cancellation()
        return True

    async def _call(self) -> float:
        """One connection from dialling to its end; the seconds to wait before the next."""
        clock = asyncio.get_running_loop().time
        began = clock()
        self._go(LinkState.DIALLING)
        try:
            await self._converse()
        except NotAdmitted as error:
            self._trouble(LinkState.REFUSED, error)
            return self._patience.after_refusal()
        except aiomqtt.MqttError as error:
            self._trouble(LinkState.OFFLINE, error)
        return self._patience.after_loss(clock() - began)

    async def _converse(self) -> None:
        async with connected(_client(self._line)) as client:
            for topic in self._line.hears:
                await subscribe(client, topic)
            self._client = client
            try:
                self._well()
                async for message in client.messages:
                    self._on_message(bytes(message.payload))
            finally:
                self._client = None

    def _go(self, state: LinkState) -> None:
        if state != self.state:
            self.state = state
            self._on_state(state)

    def _trouble(self, state: LinkState, error: Exception) -> None:
        if self._patience.is_news(state):
            what = "refused by the broker" if state is LinkState.REFUSED else "no line to the broker"
            log.warning("%s: %s (%s); will try again", self._line.account, what, error)
        self._go(state)

    def _well(self) -> None:
        if self._patience.is_news(None):
            log.info("%s: the line to the broker is back", self._line.account)
        self._go(LinkState.ONLINE)


def _client(line: Line) -> aiomqtt.Client:
    return aiomqtt.Client(
        line.host,
        line.port,
        username=line.account,
        password=line.password,
        identifier=line.account,
        will=aiomqtt.Will(line.speaks, b"", qos=1) if line.speaks else None,
        clean_session=True,
        timeout=ANSWER_S,
        keepalive=line.keepalive_s,
        tls_context=line.tls,
        socket_options=SOCKET_OPTIONS,
    )
