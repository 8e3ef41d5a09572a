"""Boxes that have news are told through the broker; the outbox forgets only what the broker has taken, or what the box
says that it has."""

from __future__ import annotations

import asyncio
import logging
import math
from typing import NamedTuple, Protocol

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast_server.bundling import Bundling, pack
from broadcast_server.clock import Clock
from broadcast_server.doorkeeping import Doorkeeping, KnownBox
from broadcast_server.giving import CARRIED_OUT_BY
from broadcast_server.news import News
from broadcast_server.problem import Problem
from broadcast_server.signing import DRAFT, Signing
from broadcast_server.store.airings import AiringRow
from broadcast_server.store.base import Database
from broadcast_server.store.fleet import CommandRow, OutboxRow
from speaker_client.protocol.command import Hint
from speaker_client.protocol.envelope import LARGEST_COMMAND
from speaker_client.protocol.ids import MINUTE, BoxId, Micros
from speaker_client.protocol.statement import box_audience

log = logging.getLogger(__name__)

HINT_LIFE = 15 * MINUTE
LOOK_EVERY_S = 2.0
"""The outbox is looked at this often even if no bell rang: another process may have written there."""
GATHER_S = 1.0
"""So long a box has to take its news by the question that stands open before it is hinted at them, and one that was
hinted at some is not hinted at more: it asks no oftener than that."""


class Voice(Protocol):
    """The road to the boxes."""

    async def hint(self, box: BoxId, data: bytes) -> bool:
        """Say it on the box's routine topic: whether the broker took it."""

    async def alert(self, box: BoxId, data: bytes) -> bool:
        """Say it on the box's alert topic: whether the broker took it."""


class Told(NamedTuple):
    """How many boxes were told or know already, and whether one is to be told later."""

    boxes: int
    later: bool


class _Wait(NamedTuple):
    """Since when, by the loop's clock, a box's news of that number were seen in the outbox, and since when any."""

    changes: int
    noted_s: float
    since_s: float


class Telling:
    """Empties the outbox. Without a voice yet, everything stays in it."""

    def __init__(
        self, database: Database, clock: Clock, signing: Signing, doors: Doorkeeping, news: News, bundling: Bundling
    ) -> None:
        self._database, self._clock, self._signing = database, clock, signing
        self._doors, self._news, self._bundling = doors, news, bundling
        self._one_reads = asyncio.Lock()
        self._waits: dict[str, _Wait] = {}
        self._hinted_s: dict[BoxId, float] = {}
        self.routine: Voice | None = None
        self.alarm: Voice | None = None

    async def tell_forever(self) -> None:
        """Tell whenever there is something, until cancelled."""
        while True:
            bell = self._news.any_bell()
            gathered = await self.tell_all(GATHER_S)
            try:
                async with asyncio.timeout(GATHER_S if gathered.later else LOOK_EVERY_S):
                    await bell.wait()
            except TimeoutError:
                continue

    async def tell_all(self, gather_s: float = 0.0) -> Told:
        """Tell every box in the outbox. One that asks by itself has `gather_s` to take its news so; one that had a hint
        within `gather_s` is not told of hints alone. None waits for the broker to take what another is told."""
        async with self._database.reading() as session:
            waiting = list(await session.scalars(select(OutboxRow)))
        now_s = asyncio.get_running_loop().time()
        self._waits = {row.box_id: _wait(row, self._waits.get(row.box_id), now_s) for row in waiting}
        async with asyncio.TaskGroup() as all_boxes:
            telling = [(row, all_boxes.create_task(self._tell(row, now_s - gather_s))) for row in waiting]
        told = [row for row, one in telling if one.result()]
        if told:
            await self._forget(told)
        return Told(len(told), any(one.result() is None for _, one in telling))

    async def _tell(self, row: OutboxRow, soon_s: float) -> bool | None:
        """Whether it was told, or knows already; None if it is to be told later."""
        box, wait = BoxId(row.box_id), self._waits[row.box_id]
        known = await self._doors.find(box)
        if known is None or known.revoked or self._bundling.is_current(box, wait.noted_s):
            return True
        if wait.since_s > soon_s and self._bundling.asks(box):
            return None
        async with self._one_reads, self._database.reading() as session:
            commands = await _commands(session, known, row.since_us, self._clock.now_us())
            if not commands and self._hinted_s.get(box, -math.inf) > soon_s:
                return None
            try:
                etag = (await pack(session, self._signing.station, known, self._clock.now_us())).etag
            except Problem as problem:  # put out since the doorkeeper looked: there is nobody to tell
                log.info("box %s is not told: %s", box, problem)
                return True
        return await self._say_commands(box, commands) and await self._say_hint(known, etag)

    async def _say_commands(self, box: BoxId, commands: list[bytes]) -> bool:
        """By the routine line as well: an order that comes twice is obeyed once, and the other line may be down."""
        return all([self.routine is not None and await self.routine.hint(box, one) for one in commands])

    async def _say_hint(self, box: KnownBox, etag: str) -> bool:
        if self.routine is None or not await self.routine.hint(box.id, self._hint(box, etag)):
            return False
        self._hinted_s[box.id] = asyncio.get_running_loop().time()
        return True

    def _hint(self, box: KnownBox, etag: str) -> bytes:
        now = self._clock.now_us()
        draft = Hint(
            station=self._signing.station,
            audience=box_audience(box.id),
            seq=DRAFT,
            not_before_us=now,
            expires_us=now + HINT_LIFE,
            etag=etag,
        )
        return self._signing.seal_as(draft, now).envelope.encode()

    async def _forget(self, told: list[OutboxRow]) -> None:
        """But not the box that has had more news meanwhile."""
        async with self._database.transaction() as session:
            for row in told:
                del self._waits[row.box_id]
                same = (OutboxRow.box_id == row.box_id) & (OutboxRow.changes == row.changes)
                await session.execute(delete(OutboxRow).where(same))


def _wait(row: OutboxRow, before: _Wait | None, now_s: float) -> _Wait:
    if before is not None and before.changes == row.changes:
        return before
    return _Wait(row.changes, now_s, before.since_s if before else now_s)


async def _commands(session: AsyncSession, box: KnownBox, since: int, now: Micros) -> list[bytes]:
    """Commands for the box made since it has news, small enough for the broker; larger ones are pulled, and so is an
    order that was stopped: who hears of it before the stop would begin."""
    query = (
        select(CommandRow.envelope)
        .outerjoin(AiringRow, CARRIED_OUT_BY)
        .where(
            CommandRow.audience.in_(box.audiences),
            CommandRow.made_us >= since,
            CommandRow.expires_us > now,
            AiringRow.withdrawn_by.is_(None),
        )
    )
    envelopes = [text.encode() for text in await session.scalars(query.order_by(CommandRow.made_us))]
    return [data for data in envelopes if len(data) <= LARGEST_COMMAND]
