"""The embedded broker: amqtt in the server's process, for a station that needs no Mosquitto.

MQTT 3.1.1 over TCP, no anonymous, no persistence: a session lives as long as its connection, so a broker that
died took nothing with it that the database does not hold. `MendedBroker` sets right what amqtt 0.12.1 does wrong;
the contract tests, which Mosquitto passes too, hold each of these.
"""

from __future__ import annotations

import asyncio
import logging
import math
import secrets
import struct
from typing import Any, Self

from amqtt.broker import Broker
from amqtt.contexts import Action, BrokerConfig, ListenerConfig
from amqtt.errors import AMQTTError, CodecError, MQTTError, NoDataError, ProtocolHandlerError
from amqtt.mqtt.connack import CONNECTION_ACCEPTED, IDENTIFIER_REJECTED, NOT_AUTHORIZED, ConnackPacket
from amqtt.session import Session

from broadcast_server.broker_auth import Door, Doorkeeper, Gate
from broadcast_server.broker_wire import ConnectionHandler, PacketReader, PacketWriter
from speaker_client.protocol.account import (
    MESSAGE_LIMIT,
    STATION,
    Account,
    alert_account,
    is_station,
    routine_account,
)
from speaker_client.protocol.ids import BoxId, StationId

log = logging.getLogger(__name__)

MOST_CONNECTIONS = 512
CONNECT_S = 10.0
"""Who has not said CONNECT by then is hung up on."""
GOODBYE_S = 5.0
LONGEST_SILENCE_S = 90
"""For a client that asks for no keepalive at all."""
BROKEN = (AMQTTError, MQTTError, NoDataError, CodecError, ProtocolHandlerError, OSError)
MALFORMED = (*BROKEN, ValueError, TypeError, IndexError, struct.error)


class EmbeddedBroker:
    """`async with EmbeddedBroker(...) as broker`: listening on `host` (IPv4 or a name) until the block ends.

    Port 0 takes a free one. `account` and `password` are the station's own; a random one if none is given.
    """

    account: Account = STATION

    def __init__(self, station: StationId, doorkeeper: Doorkeeper, host: str, port: int, password: str = "") -> None:
        self.password = password or secrets.token_urlsafe(32)
        self._gate = Gate(station, doorkeeper, self.password)
        self._bind = f"{host}:{port}"
        self._broker: MendedBroker | None = None

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._running().port

    async def __aenter__(self) -> Self:
        self._broker = MendedBroker(self._gate, self._bind)
        await self._broker.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._running().shutdown()

    async def expel(self, box: BoxId) -> None:
        """Close the connections of a box that may no longer come in."""
        for account in (routine_account(box), alert_account(box)):
            await self._running().hang_up(account)

    def _running(self) -> MendedBroker:
        if self._broker is None:
            raise RuntimeError("the broker was not started")
        return self._broker


class MendedBroker(Broker):  # type: ignore[misc] # amqtt has no types
    """amqtt with its own connection flow: first who is it, then everything else."""

    def __init__(self, gate: Gate, bind: str) -> None:
        logging.getLogger("amqtt").setLevel(logging.ERROR)  # what matters of it is said here, in our words
        door = f"{Door.__module__}.{Door.__qualname__}"
        super().__init__(BrokerConfig(listeners={"default": ListenerConfig(bind=bind)}, plugins={door: {"gate": gate}}))
        self._visits: set[asyncio.Task[Any]] = set()

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._servers["default"].instance.sockets[0].getsockname()[1])

    async def hang_up(self, account: Account) -> None:
        """End the account's connection, if there is one; its will is published."""
        _, handler = self._sessions.get(account, (None, None))
        if handler is not None:
            await handler.handle_connection_closed()

    async def shutdown(self) -> None:
        """Stop listening, end every connection without its will, then stop."""
        for server in self._servers.values():
            server.instance.close()
        for session, _ in self._sessions.values():
            session.will_flag = False
        for visit in (visits := set(self._visits)):
            visit.cancel()
        if visits:
            await asyncio.wait(visits, timeout=GOODBYE_S)
        await super().shutdown()

    async def stream_connected(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, listener_name: str
    ) -> None:
        """One connection, from its first byte to its last."""
        visit = asyncio.current_task()
        if visit is None or len(self._visits) >= MOST_CONNECTIONS:
            log.warning("no room for another connection to the broker (%d)", len(self._visits))
            writer.close()
            return
        self._visits.add(visit)
        out = PacketWriter(writer)
        try:
            await self._visit(PacketReader(reader), out)
        except asyncio.CancelledError:
            log.debug("a connection was closed by shutdown")  # asyncio's streams do not bear a cancelled task
        finally:
            self._visits.discard(visit)
            await out.close()

    async def _visit(self, reader: PacketReader, writer: PacketWriter) -> None:
        arrival = await self._arrival(reader, writer)
        if arrival is None:
            return
        handler, session = arrival
        if (verdict := await self._verdict(session)) != CONNECTION_ACCEPTED:
            log.warning("%s was refused at the broker (code %d)", session.username or "an anonymous client", verdict)
            await ConnackPacket.build(0, verdict).to_stream(writer)
            return
        await self._supersede(session.client_id)
        await self._serve(session, handler, reader, writer)

    async def _arrival(self, reader: PacketReader, writer: PacketWriter) -> tuple[ConnectionHandler, Session] | None:
        if writer.get_peer_info() is None:
            return None
        try:
            async with asyncio.timeout(CONNECT_S):
                handler, session = await ConnectionHandler.init_from_connect(reader, writer, self.plugins_manager)
        except MALFORMED as error:
            log.info("a connection that is not MQTT 3.1.1 was closed: %r", error)
            return None
        session.clean_session, session.parent = True, 0
        session.keep_alive = math.ceil(session.keep_alive * 1.5) or LONGEST_SILENCE_S
        return handler, session

    async def _verdict(self, session: Session) -> int:
        """The CONNACK code. Nothing of a living session is touched before this is zero."""
        if session.username and session.client_id != session.username:
            return int(IDENTIFIER_REJECTED)
        if not await self._authenticate(session, None):
            return int(NOT_AUTHORIZED)
        if session.will_flag and not await self._topic_filtering(session, session.will_topic, Action.PUBLISH):
            return int(NOT_AUTHORIZED)
        return int(CONNECTION_ACCEPTED)

    async def _supersede(self, account: str) -> None:
        """End the account's older connection without its will: the same box is here again."""
        while (known := self._sessions.pop(account, None)) is not None:
            session, handler = known
            session.will_flag = False
            self._forget(session)
            await handler.handle_connection_closed()
            await self._stop_handler(handler)

    async def _serve(
        self, session: Session, handler: ConnectionHandler, reader: PacketReader, writer: PacketWriter
    ) -> None:
        session.transitions.connect()
        handler.attach(session, reader, writer)
        self._sessions[session.client_id] = (session, handler)
        try:
            await handler.mqtt_connack_authorize(True)
            await handler.start()
            await self._client_message_loop(session, handler)
        except* BROKEN as broken:
            log.info("the connection of %s broke: %r", session.client_id, broken.exceptions)
        finally:
            await self._leave(session, handler)

    async def _leave(self, session: Session, handler: ConnectionHandler) -> None:
        if self._sessions.get(session.client_id, (None, None))[1] is handler:
            del self._sessions[session.client_id]
        self._forget(session)
        await self._stop_handler(handler)
        session.clear_queues()

    def _forget(self, session: Session) -> None:
        """Drop this very session's subscriptions: amqtt goes by client id and would take its successor's too."""
        for topic, subscribers in list(self._subscriptions.items()):
            subscribers[:] = [(who, qos) for who, qos in subscribers if who is not session]
            if not subscribers:
                del self._subscriptions[topic]

    async def _session_monitor(self) -> None:
        """No session outlives its connection, so there is nothing to expire."""

    async def _client_message_loop(self, session: Session, handler: ConnectionHandler) -> None:
        """Until the client is gone; what it said before, and was told has arrived, still goes out, then its will."""
        async with asyncio.TaskGroup() as group:
            deliveries = group.create_task(self._pass_on_all(session))
            asking = [
                group.create_task(self._answer_subscriptions(session, handler)),
                group.create_task(self._answer_unsubscriptions(session, handler)),
            ]
            goodbye = await handler.wait_disconnect()
            session.delivered_message_queue.put_nowait(None)
            await deliveries
            for task in asking:
                task.cancel()
        await self._handle_disconnect(session, handler, _settled(goodbye))

    async def _answer_subscriptions(self, session: Session, handler: ConnectionHandler) -> None:
        while True:
            request = await handler.get_next_pending_subscription()
            await self._handle_subscription(session, handler, _settled(request))

    async def _answer_unsubscriptions(self, session: Session, handler: ConnectionHandler) -> None:
        while True:
            request = await handler.get_next_pending_unsubscription()
            await self._handle_unsubscription(session, handler, _settled(request))

    async def _pass_on_all(self, session: Session) -> None:
        while (message := await session.delivered_message_queue.get()) is not None:
            await self._pass_on(session, message)

    async def _pass_on(self, session: Session, message: Any) -> None:
        if len(message.data) > MESSAGE_LIMIT:
            log.warning("a message of %d bytes from %s was dropped", len(message.data), session.client_id)
        elif not await self._topic_filtering(session, message.topic, Action.PUBLISH):
            log.warning("%s may not speak on %s", session.client_id, message.topic)
        else:
            await self._broadcast_message(session, message.topic, message.data, message.qos)
            if message.retain:
                await self.retain_message(session, message.topic, message.data, message.qos)

    async def retain_message(
        self, source_session: Session | None, topic_name: str | None, data: Any, qos: int | None = None
    ) -> None:
        """Only the station may leave something behind: it would stay in memory after a box that is long gone."""
        if source_session is not None and is_station(Account(source_session.username or "")):
            await super().retain_message(source_session, topic_name, data, qos)

    async def _run_broadcast(self, running_tasks: Any) -> None:
        """Send the next message to whom it is for. Subscriptions may change meanwhile, so it walks over copies."""
        message = await self._broadcast_queue.get()
        for topic_filter, subscribers in list(self._subscriptions.items()):
            if self._matches(message["topic"], topic_filter):
                for session, qos in list(subscribers):
                    agreed = min(qos, message.get("qos", qos))
                    running_tasks.append(asyncio.create_task(self._deliver(message, session, agreed)))

    async def _deliver(self, message: dict[str, Any], session: Session, qos: int, retain: bool = False) -> None:
        handler = self._get_handler(session)
        if handler is None or not await self._topic_filtering(session, message["topic"], Action.RECEIVE):
            return
        try:
            await handler.mqtt_publish(message["topic"], message["data"], qos, retain)
        except BROKEN as error:  # among them TimeoutError: no acknowledgement
            log.info("%s did not take a message on %s: %r", session.client_id, message["topic"], error)

    async def _publish_retained_messages_for_subscription(
        self, subscription: tuple[str, int], session: Session
    ) -> None:
        """To the client whose subscription it is. amqtt goes through everybody's for every newcomer."""
        topic_filter, qos = subscription
        if all(who is not session for who, _ in self._subscriptions.get(topic_filter, [])):
            return
        for topic, kept in list(self._retained_messages.items()):
            if self._matches(topic, topic_filter):
                message = {"topic": topic, "data": kept.data}
                self._tasks_queue.append(
                    asyncio.create_task(self._deliver(message, session, min(qos, kept.qos or 0), retain=True))
                )


def _settled(value: Any) -> asyncio.Future[Any]:
    """A future that already holds the value, as amqtt's handlers take theirs."""
    future = asyncio.get_running_loop().create_future()
    future.set_result(value)
    return future
