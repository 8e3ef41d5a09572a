"""An order is said again, by datagram and on the line that carries nothing else, until each box has answered.

The broker's line is TCP and may stand still behind one lost packet; a datagram may be lost, but waits for nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Set
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import Select, select
from sqlalchemy.exc import OperationalError

from broadcast_server.clock import Clock
from broadcast_server.datagrams import Datagrams
from broadcast_server.doorkeeping import Doorkeeping
from broadcast_server.enduring import Hardship
from broadcast_server.fleet.ledger import State
from broadcast_server.giving import CARRIED_OUT_BY
from broadcast_server.store.airings import AiringRow
from broadcast_server.store.base import Database
from broadcast_server.store.fleet import CommandRow
from broadcast_server.telling import Telling
from speaker_client.protocol.datagram import ORDER, datagram, fingerprint
from speaker_client.protocol.envelope import LARGEST_COMMAND, Envelope
from speaker_client.protocol.ids import MINUTE, BoxId, StationId

FIRST_PAUSE_S = 0.1
"""A little more than an answer takes on a good link."""
LONGEST_PAUSE_S = 5.0
ECHOES_S = (0.002, 0.006, 0.014)
"""A datagram goes again so soon after its first time, unless it was answered: one of four arrives, and the quickest
counts. A pause between them, because a radio link loses what travels together."""
BY_BROKER_AGAIN_S = 0.3
INSISTED_US = 2 * MINUTE
"""An order is late then, and of a stop the box learns when it pulls."""

T = TypeVar("T")
Key = tuple[BoxId, str]
"""A box, and the fingerprint of an order that it has not answered."""


@dataclass(frozen=True)
class Said:
    """A signed order as it is said by the broker and, unless it is too large, by datagram; worth it until then.

    `command` is its row, `audience` who must answer it."""

    command: str
    audience: str
    data: bytes
    packed: bytes | None
    until_us: int


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
        self._open: dict[Key, Said] = {}
        self._answered: dict[Key, int] = {}
        """When it was answered, or stopped."""
        self._said_s: dict[Key, float] = {}
        self._called_s: dict[Key, float] = {}
        """When the broker was asked to."""
        self._calls: dict[Key, asyncio.Task[bool]] = {}
        self._group: asyncio.TaskGroup | None = None
        self._looked = False
        """Whether what an earlier server left open is known."""
        self._hardship = Hardship("looking for unanswered orders")

    def say(self, orders: Iterable[CommandRow], instead_of: Iterable[CommandRow] = ()) -> None:
        """Orders that were committed just now go out at once; whoever does not answer is told again soon.

        `instead_of` are said no more: whoever has not heard of them need not begin what is stopped.
        """
        for key in self._for_each_box(instead_of):
            self._open.pop(key, None)
            self._answered[key] = self._clock.now_us()  # for a look at the tables that is under way
        fresh = self._for_each_box(orders)
        self._open |= fresh
        self._tell(fresh)
        loop = asyncio.get_running_loop()
        for later_s in ECHOES_S:
            loop.call_later(later_s, self._echo, fresh)
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
        """Whoever is known not to have answered is told first; a table that is slow to read keeps nobody waiting."""
        pause, look = FIRST_PAUSE_S, asyncio.create_task(self._look_again())
        try:
            while True:
                self._tell(self._open)
                try:
                    async with asyncio.timeout(pause if self._open or not self._looked else None):
                        await self._fresh.wait()
                    self._fresh.clear()
                    pause = FIRST_PAUSE_S
                except TimeoutError:
                    pause = min(LONGEST_PAUSE_S, pause * 2)
                    if look.done():
                        look.result()
                        look = asyncio.create_task(self._look_again())
                    await asyncio.wait([look], timeout=FIRST_PAUSE_S)
        finally:
            look.cancel()
            await asyncio.wait([look])

    async def _look_again(self) -> None:
        """A table that cannot be read keeps nobody from being told what we know to be open."""
        try:
            await (self._look() if self._looked else self._look_at_everything())
        except OperationalError as error:
            self._hardship.suffered(error)
            now = self._clock.now_us()
            self._open = {key: said for key, said in self._open.items() if said.until_us > now}
        else:
            self._hardship.well()
        now = self._clock.now_us()
        self._answered = {key: at for key, at in self._answered.items() if at > now - INSISTED_US}
        self._said_s, self._called_s = (
            {key: at for key, at in times.items() if key in self._open} for times in (self._said_s, self._called_s)
        )

    async def _look_at_everything(self) -> None:
        """What an earlier server left open."""
        await self._doors.refresh()
        standing = self._for_each_box(await self._unanswered())
        self._open |= {key: said for key, said in standing.items() if key not in self._answered}
        self._looked = True

    async def _look(self) -> None:
        """A report may have closed what no answer did. Only what is open is looked up: whoever stops and stops again is
        not to make the next alarm wait."""
        before = dict(self._open)
        open_still = await self._still_open({said.command for said in before.values()})
        here = {box.id: box.audiences for box in self._doors.all()}
        for key, said in before.items():
            if said.command not in open_still or said.audience not in here.get(key[0], ()):
                self._open.pop(key, None)

    async def _unanswered(self) -> list[CommandRow]:
        """Stops of the last minutes, and orders that may still begin, were not stopped, and whose box has reported
        nothing of them."""
        async with self._database.reading() as session:
            return list(await session.scalars(self._unanswered_of(select(CommandRow)).order_by(CommandRow.made_us)))

    async def _still_open(self, among: Set[str]) -> set[str]:
        """Those of these rows."""
        query = self._unanswered_of(select(CommandRow.id)).where(CommandRow.id.in_(among))
        async with self._database.reading() as session:
            return set(await session.scalars(query))

    def _unanswered_of(self, rows: Select[T]) -> Select[T]:
        now = self._clock.now_us()
        silent = (AiringRow.state == State.PENDING.value) & AiringRow.accepted_us.is_(None)
        return rows.outerjoin(AiringRow, CARRIED_OUT_BY).where(
            CommandRow.station_id == self._station,
            CommandRow.made_us > now - INSISTED_US,
            CommandRow.expires_us > now,
            CommandRow.order_id.is_(None) | (silent & AiringRow.withdrawn_by.is_(None)),
        )

    def _for_each_box(self, orders: Iterable[CommandRow]) -> dict[Key, Said]:
        boxes = self._doors.all()
        told: dict[Key, Said] = {}
        for order in orders:
            what = fingerprint(Envelope.model_validate_json(order.envelope))
            data = order.envelope.encode()
            said = Said(
                order.id,
                order.audience,
                data,
                datagram(ORDER, data),
                min(order.expires_us, order.made_us + INSISTED_US),
            )
            told |= {(box.id, what): said for box in boxes if order.audience in box.audiences}
        return told

    def _tell(self, orders: dict[Key, Said]) -> None:
        """All datagrams first: the broker may be slow, and nobody waits for what another box is told by it.

        Where one went off the broker is asked only if it is not answered: the same by two roads at the same moment
        costs the box the time in which it should begin to sound.
        """
        now_s = asyncio.get_running_loop().time()
        due = {key: said for key, said in orders.items() if now_s - self._said_s.get(key, 0.0) > FIRST_PAUSE_S / 2}
        on_the_way = self._send(due)
        for key, said in due.items():
            waits = key in on_the_way and key not in self._said_s
            if not waits and now_s - self._called_s.get(key, 0.0) > BY_BROKER_AGAIN_S:
                self._called_s[key] = now_s
                self._call(key, said.data)
            self._said_s[key] = now_s

    def _echo(self, orders: dict[Key, Said]) -> None:
        self._send({key: said for key, said in orders.items() if key in self._open})

    def _send(self, orders: dict[Key, Said]) -> set[Key]:
        """Those that went off."""
        return {key for key, said in orders.items() if said.packed and self._datagrams.send(key[0], said.packed)}

    def _call(self, key: Key, data: bytes) -> None:
        line = self._telling.alarm
        if line is None or self._group is None or key in self._calls or len(data) > LARGEST_COMMAND:
            return
        call = self._calls[key] = self._group.create_task(line.alert(key[0], data))
        call.add_done_callback(lambda _: self._calls.pop(key))
