"""An order is said again, on the line that carries nothing else, until every box has answered or it is too late."""

from __future__ import annotations

import asyncio

from sqlalchemy import select

from broadcast_server.clock import Clock
from broadcast_server.doorkeeping import Doorkeeping
from broadcast_server.fleet.ledger import State
from broadcast_server.news import News
from broadcast_server.store.airings import AiringRow
from broadcast_server.store.base import Database
from broadcast_server.store.fleet import CommandRow
from broadcast_server.store.orders import OrderRow
from broadcast_server.telling import Telling
from speaker_client.protocol.ids import ClusterId, StationId

FIRST_PAUSE_S = 0.3
LONGEST_PAUSE_S = 5.0


class Insisting:
    """Says orders until they are heard. What is unanswered is asked from the tables, so no restart forgets it."""

    def __init__(
        self, database: Database, clock: Clock, station: StationId, doors: Doorkeeping, news: News, telling: Telling
    ) -> None:
        self._database, self._clock, self._station = database, clock, station
        self._doors, self._news, self._telling = doors, news, telling

    async def insist_forever(self) -> None:
        """Say what is unanswered: at once when there is news, then at growing distances; until cancelled."""
        pause = FIRST_PAUSE_S
        while True:
            bell = self._news.any_bell()
            unanswered = await self.unanswered()
            await self._say(unanswered)
            try:
                async with asyncio.timeout(pause if unanswered else None):
                    await bell.wait()
                pause = FIRST_PAUSE_S
            except TimeoutError:
                pause = min(LONGEST_PAUSE_S, pause * 2)

    async def unanswered(self) -> list[tuple[ClusterId, bytes]]:
        """The orders that may still begin and whose box has said nothing of them."""
        same = (CommandRow.order_id == AiringRow.order_id) & (CommandRow.audience == "cluster:" + AiringRow.cluster_id)
        query = (
            select(AiringRow.cluster_id, CommandRow.envelope)
            .join(OrderRow, OrderRow.id == AiringRow.order_id)
            .join(CommandRow, same)
            .where(
                OrderRow.station_id == self._station,
                OrderRow.expires_us > self._clock.now_us(),
                AiringRow.state == State.PENDING.value,
                AiringRow.accepted_us.is_(None),
            )
        )
        async with self._database.reading() as session:
            return [(ClusterId(cluster), text.encode()) for cluster, text in await session.execute(query)]

    async def _say(self, unanswered: list[tuple[ClusterId, bytes]]) -> None:
        line = self._telling.alarm
        if line is None or not unanswered:
            return
        boxes = {known.cluster: known.id for known in self._doors.all()}
        async with asyncio.TaskGroup() as saying:
            for cluster, data in unanswered:
                if cluster in boxes:
                    saying.create_task(line.alert(boxes[cluster], data))
