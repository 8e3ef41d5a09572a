"""The broker and the station's two lines to it: one for whatever is said, one for orders alone."""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING

from sqlalchemy.exc import OperationalError

from broadcast_server.answering import Answering
from broadcast_server.doorkeeping import Doorkeeping
from broadcast_server.enduring import Hardship
from broadcast_server.live.casting import Casting
from broadcast_server.monitoring import Monitoring
from broadcast_server.settings import Settings, from_here
from broadcast_server.telling import Telling
from speaker_client.protocol.ids import BoxId, StationId
from speaker_client.protocol.patience import LinkState

if TYPE_CHECKING:
    from broadcast_server.broker import EmbeddedBroker
    from broadcast_server.speakers_mqtt import BrokerDoor, Speakers


class Carrying:
    """Keeps the lines up. The MQTT libraries are imported when it runs, not when the server is loaded."""

    def __init__(
        self,
        settings: Settings,
        station: StationId,
        doors: Doorkeeping,
        monitoring: Monitoring,
        telling: Telling,
        answering: Answering,
        casting: Casting,
    ) -> None:
        self._settings, self._station, self._doors = settings, station, doors
        self._monitoring, self._telling = monitoring, telling
        self._answering, self._casting = answering, casting
        self._broker: EmbeddedBroker | None = None
        self._line: Speakers | None = None
        self._hardship = Hardship("hearing heartbeats")

    async def run(self) -> None:
        """Carry until cancelled; OSError if the embedded broker's port is taken, or the authority cannot be read."""
        from broadcast_server.speakers_mqtt import BrokerDoor

        if self._settings.broker != "embedded":
            host, _, port = self._settings.broker.rpartition(":")
            await self._speak(BrokerDoor(host, int(port), self._settings.station_password, tls=_tls(self._settings)))
            return
        from broadcast_server.broker import EmbeddedBroker

        host = self._settings.broker_host
        async with EmbeddedBroker(self._station, self._doors, host, self._settings.mqtt_port) as broker:
            self._broker = broker
            await self._speak(BrokerDoor(from_here(host), broker.port, broker.password))

    async def expel(self, box: BoxId) -> None:
        """End the connections of a box that was put out. An outside broker learns it from its own account file."""
        if self._broker is not None:
            await self._broker.expel(box)

    @property
    def up(self) -> bool:
        """Whether the line to the broker holds now."""
        return self._line is not None and self._line.state is LinkState.ONLINE

    async def _speak(self, door: BrokerDoor) -> None:
        from broadcast_server.speakers_mqtt import Speakers

        routine = Speakers(self._station, door, self._heard, self._monitoring.broke)
        alarm = Speakers(self._station, door.for_alerts())
        self._telling.routine, self._telling.alarm, self._line = routine, alarm, routine
        self._casting.line, self._casting.alarm = routine, alarm
        async with asyncio.TaskGroup() as lines:
            lines.create_task(routine.run())
            lines.create_task(alarm.run())

    async def _heard(self, box: BoxId, data: bytes) -> None:
        """An answer to an order, or a heartbeat; one of these that the database could not compare is let go.

        The line stays up: the next one follows soon.
        """
        if self._answering.take(data):
            return
        try:
            await self._monitoring.heard(box, data)
        except OperationalError as error:
            self._hardship.suffered(error)
        else:
            self._hardship.well()


def _tls(settings: Settings) -> ssl.SSLContext | None:
    return ssl.create_default_context(cafile=settings.broker_ca or None) if settings.broker_tls else None
