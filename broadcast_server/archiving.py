"""What was said live: its end in the log with its hash, its sound in the library, whenever that can be done."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast_server.clock import Clock
from broadcast_server.library.reception import Reception
from broadcast_server.live.spool import Spool
from broadcast_server.people.audit import record
from broadcast_server.problem import Problem
from broadcast_server.store.airings import AiringRow
from broadcast_server.store.base import Database
from broadcast_server.store.fleet import CommandRow
from broadcast_server.store.library import IntakeRow
from broadcast_server.store.orders import OrderRow
from speaker_client.protocol.ids import Micros, OrderId, StationId
from speaker_client.protocol.statement import Kind

log = logging.getLogger(__name__)

AGAIN_S = 30.0
"""How soon what could not be kept is tried again."""
LIVES = (Kind.LIVE.value, Kind.LIVE_EMERGENCY.value)


@dataclass(frozen=True)
class Closing:
    """How a live ended: why (a code), when its last frame was over, and what was said in it."""

    why: str
    end_us: int
    frames: int
    sound_sha256: str | None
    recorded: bool


class Archiving:
    """Closes lives in the log and hands their sound to the library. What cannot be done now is tried again."""

    def __init__(
        self, database: Database, clock: Clock, station: StationId, reception: Reception, spool: Spool, largest: int
    ) -> None:
        self._database, self._clock, self._station = database, clock, station
        self._reception, self._spool, self._largest = reception, spool, largest
        self._closings: dict[OrderId, Closing] = {}
        self._begun: set[OrderId] = set()
        self._left: set[OrderId] = set()
        self._complained: set[OrderId] = set()
        self._bell = asyncio.Event()

    def begins(self, live: OrderId) -> None:
        """This live is ours to end: nobody takes it for one that a killed server left."""
        self._begun.add(live)

    async def close(self, live: OrderId, closing: Closing) -> None:
        """Enter its end; its sound is kept in the background. If the database fails, both are."""
        self._closings[live] = closing
        self._left.add(live)
        try:
            await self._enter(live)
        except OperationalError as error:
            self._complain(live, error)
        self._bell.set()

    async def keep_forever(self) -> None:
        """Find what a killed server left, and keep whatever is to be kept; until cancelled."""
        await self._find_left()
        while True:
            self._bell.clear()
            for live in sorted(self._left):
                await self._settle(live)
            with suppress(TimeoutError):
                async with asyncio.timeout(AGAIN_S):
                    await self._bell.wait()

    async def _find_left(self) -> None:
        """Sound without an end, and lives that nobody closed."""
        async with self._database.reading() as session:
            query = select(OrderRow.id).where(
                OrderRow.station_id == self._station, OrderRow.kind.in_(LIVES), OrderRow.closed_us.is_(None)
            )
            unclosed = {OrderId(one) for one in await session.scalars(query)}
        self._left |= (unclosed | set(self._spool.left())) - self._begun

    async def _settle(self, live: OrderId) -> None:
        try:
            await self._enter(live)
            await self._keep(live)
        except (OperationalError, Problem, OSError) as error:
            self._complain(live, error)
            return
        for memory in (self._left, self._begun, self._complained):
            memory.discard(live)
        self._closings.pop(live, None)

    def _complain(self, live: OrderId, error: Exception) -> None:
        if live not in self._complained:
            log.error("STATION: what was said in live %s is not in the library yet: %s", live, error)
        self._complained.add(live)

    async def _enter(self, live: OrderId) -> None:
        digest = None if live in self._closings else await asyncio.to_thread(self._spool.digest, live)
        async with self._database.transaction() as session:
            row = await session.get(OrderRow, live)
            if row is None or row.closed_us is not None:
                return
            now = self._clock.now_us()
            closing = self._closings.get(live) or self._lost(live, digest, now)
            row.closed_us, row.sound_sha256 = now, closing.sound_sha256
            await _no_more(session, row, now, closing.end_us)
            record(
                session, self._station, now, row.made_by, f"{row.kind}.close", row.id,
                ending=closing.why, frames=closing.frames, sound_sha256=row.sound_sha256, recorded=closing.recorded,
            )  # fmt: skip

    def _lost(self, live: OrderId, digest: str | None, now: Micros) -> Closing:
        """The server ended in the middle of it."""
        return Closing("lost", now, self._spool.frames(live), digest, recorded=digest is not None)

    async def _keep(self, live: OrderId) -> None:
        """Into the library by the ordinary way in; the raw sound is let go once that has it."""
        name = f"live-{live}.wav"
        async with self._database.reading() as session:
            row = await session.get(OrderRow, live)
            taken = await session.scalar(
                select(IntakeRow.id).filter_by(station_id=self._station, original_name=name).limit(1)
            )
        rate = self._spool.rate_within(live, self._largest)
        size = self._spool.size(live, rate)
        if row is not None and size and row.intake_id is None:
            if taken is None:
                wav = self._spool.wav(live, rate)
                taken = (await self._reception.take_upload(name, row.title, "speech", size, wav, row.made_by)).id
            async with self._database.transaction() as session:
                (await session.get_one(OrderRow, live)).intake_id = taken
        self._spool.forget(live)


async def _no_more(session: AsyncSession, row: OrderRow, now: Micros, end_us: int) -> None:
    """No box joins any more, and what the log expects ends when the voice did."""
    row.expires_us = min(row.expires_us, now)
    row.until_us = end_us
    await session.execute(update(CommandRow).where(CommandRow.order_id == row.id).values(expires_us=now))
    for airing in await session.scalars(select(AiringRow).where(AiringRow.order_id == row.id)):
        airing.end_us = airing.until_us = max(airing.start_us, end_us)
