"""An order is said again, by datagram and on the line that carries nothing else, until each box has answered.

The broker's line is TCP and may stand still behind one lost packet; a datagram may be lost, but waits for nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from sqlalchemy import select

from broadcast_server.clock import Clock
from broadcast_server.datagrams import Datagrams
from broadcast_server.doorkeeping import Doorkeeping, KnownBox
from broadcast_server.fleet.ledger import State
from broadcast_server.store.airings import AiringRow
from broadcast_server.store.base import Database
from broadcast_server.store.fleet import CommandRow
from broadcast_server.telling import Telling
from speaker_client.protocol.datagram import ORDER, datagram, fingerprint
from speaker_client.protocol.envelope import LARGEST_COMMAND, Envelope
from speaker_client.protocol.ids import MINUTE, BoxId, StationId
from speaker_client.protocol.statement import WHOLE_STATION, box_audience, cluster_audience, village_audience

FIRST_PAUSE_S = 0.1
"""A little more than an answer takes on a good link."""
LONGEST_PAUSE_S = 5.0
BY_BROKER_AGAIN_S = 0.3
INSISTED_US = 2 * MINUTE
"""An order is late then, and of a stop the box learns when it pulls."""

Key = tuple[BoxId, str]
"""A box, and the fingerprint of an order that it has not answered."""


class Insisting:
    """Says orders until they are heard. What is unanswered is asked from the tables, so no restart forgets it."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        station: StationId,
        doors: Doorkeeping,
        telling: Telling,
        datagrams: Datagrams,
    ) -> None:
        self._database, self._clock, self._station = database, clock, station
        self._doors, self._telling, self._datagrams = doors, telling, datagrams
        self._fresh = asyncio.Event()
        self._open: dict[Key, bytes] = {}
        self._answered: dict[Key, int] = {}
        self._said_s: dict[Key, float] = {}
        self._calls: dict[Key, asyncio.Task[bool]] = {}
        self._group: asyncio.TaskGroup | None = None

    def say(self, orders: Iterable[CommandRow]) -> None:
        """Orders that were committed just now go out at once; whoever does not answer is told again soon."""
        fresh = self._for_each_box(orders)
        self._open |= fresh
        self._tell(fresh)
        self._fresh.set()

    def awaits(self, box: BoxId, what: str) -> bool:
        """Whether this box was told this order and has not answered."""
        return (box, what) in self._open

    def answered(self, box: BoxId, what: str) -> None:
        """It has: it is told no more."""
        del self._open[box, what]
        self._answered[box, what] = self._clock.now_us()

    async def insist_forever(self) -> None:
        """Say again what is unanswered, first soon, then at growing distances; until cancelled."""
        async with asyncio.TaskGroup() as self._group:
            try:
                await self._insist()
            finally:
                self._group = None

    async def _insist(self) -> None:
        pause = FIRST_PAUSE_S
        await self._look()
        while True:
            self._tell(self._open)
            try:
                async with asyncio.timeout(pause if self._open else None):
                    await self._fresh.wait()
                self._fresh.clear()
                pause = FIRST_PAUSE_S
            except TimeoutError:
                pause = min(LONGEST_PAUSE_S, pause * 2)
                await self._look()

    async def _look(self) -> None:
        """What the tables say is still open; a report may have closed what no answer did."""
        before, now = set(self._open), self._clock.now_us()
        self._answered = {key: at for key, at in self._answered.items() if at > now - INSISTED_US}
        standing = self._for_each_box(await self._unanswered())
        for key in before - standing.keys():
            self._open.pop(key, None)
        self._open |= {key: data for key, data in standing.items() if key not in self._answered}
        self._said_s = {key: at for key, at in self._said_s.items() if key in self._open}

    async def _unanswered(self) -> list[CommandRow]:
        """Stops of the last minutes, and orders that may still begin and whose box has reported nothing of them."""
        now = self._clock.now_us()
        same = (CommandRow.order_id == AiringRow.order_id) & (CommandRow.audience == "cluster:" + AiringRow.cluster_id)
        silent = (AiringRow.state == State.PENDING.value) & AiringRow.accepted_us.is_(None)
        query = (
            select(CommandRow)
            .outerjoin(AiringRow, same)
            .where(
                CommandRow.station_id == self._station,
                CommandRow.made_us > now - INSISTED_US,
                CommandRow.expires_us > now,
                CommandRow.order_id.is_(None) | silent,
            )
            .order_by(CommandRow.made_us)
        )
        async with self._database.reading() as session:
            return list(await session.scalars(query))

    def _for_each_box(self, orders: Iterable[CommandRow]) -> dict[Key, bytes]:
        boxes = self._doors.all()
        told: dict[Key, bytes] = {}
        for order in orders:
            what = fingerprint(Envelope.model_validate_json(order.envelope))
            data = order.envelope.encode()
            told |= {(box.id, what): data for box in boxes if order.audience in _audiences(box)}
        return told

    def _tell(self, orders: dict[Key, bytes]) -> None:
        """All datagrams first: the broker may be slow, and nobody waits for what another box is told by it."""
        now_s = asyncio.get_running_loop().time()
        due = {key: data for key, data in orders.items() if now_s - self._said_s.get(key, 0.0) > FIRST_PAUSE_S / 2}
        for (box, _), data in due.items():
            said = datagram(ORDER, data)
            if said:
                self._datagrams.send(box, said)
        for key, data in due.items():
            if now_s - self._said_s.get(key, 0.0) > BY_BROKER_AGAIN_S:
                self._call(key, data)
            self._said_s[key] = now_s

    def _call(self, key: Key, data: bytes) -> None:
        line = self._telling.alarm
        if line is None or self._group is None or key in self._calls or len(data) > LARGEST_COMMAND:
            return
        call = self._calls[key] = self._group.create_task(line.alert(key[0], data))
        call.add_done_callback(lambda _: self._calls.pop(key))


def _audiences(box: KnownBox) -> set[str]:
    return {WHOLE_STATION, village_audience(box.village), cluster_audience(box.cluster), box_audience(box.id)}
