"""What is worth telling somebody whose phone is put away, found in the tables after it happened.

It reads what is on disk already, a moment after the bell: no order, no relay and no box waits for it, and a server that
was killed finds what it had not told yet.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from contextlib import suppress

from sqlalchemy import delete, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast_server.clock import Clock
from broadcast_server.doorkeeping import Doorkeeping
from broadcast_server.emergency_templates import EMERGENCY
from broadcast_server.feed.picture import RelayPartJson, read_relay_parts
from broadcast_server.fleet.presence import Presence
from broadcast_server.local_time import local
from broadcast_server.monitoring import Monitoring
from broadcast_server.news import News
from broadcast_server.push import notices
from broadcast_server.push.notices import Look, Notice, Turn
from broadcast_server.pushing import Pushing, tell
from broadcast_server.relay.reason import Reason
from broadcast_server.relay.view import sources_of
from broadcast_server.store.airings import AiringRow
from broadcast_server.store.base import Database
from broadcast_server.store.notices import NoticeRow, ReminderRow
from broadcast_server.store.orders import OrderRow
from broadcast_server.store.station import ClusterRow
from speaker_client.protocol.ids import MINUTE, SECOND, ClusterId, Micros, StationId
from speaker_client.protocol.statement import Kind

PAUSE_S = 1.0
"""After the bell: whoever is to be heard goes first."""
LOOK_EVERY_S = 10.0
LATE_US = 10 * MINUTE
"""An emergency that is so old when it is found is no news: the server was down."""
ALARMS = (EMERGENCY, Kind.LIVE_EMERGENCY.value)
STEADY_US = 30 * SECOND
"""A source that was tried again has failed by then, or sounds."""
_QUIET = frozenset({Reason.STARTED, Reason.AGAIN, Reason.RETURNED})


class Noticing:
    """Notices what is to be told, and hands it to `pushing`."""

    def __init__(
        self, database: Database, clock: Clock, station: StationId, zone: str, news: News, doors: Doorkeeping,
        monitoring: Monitoring, pushing: Pushing,
    ) -> None:  # fmt: skip
        self._database, self._clock, self._station, self._zone = database, clock, station, zone
        self._news, self._doors, self._monitoring, self._pushing = news, doors, monitoring, pushing

    async def notice_forever(self) -> None:
        """Look after every bell, and every ten seconds; until cancelled."""
        while True:
            bell = self._news.screen_bell()
            await self.look()
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY_S):
                    await bell.wait()
            await asyncio.sleep(PAUSE_S)

    async def look(self) -> None:
        """Tell what is new."""
        now = self._clock.now_us()
        async with self._database.reading() as session:
            back = await self._back(session, now)
            found = [*await self._alarms(session, now), *await self._relays(session, now), *(one for _, one in back)]
            known = await _told(session, self._station, [one.key for one in found])
        fresh = [one for one in found if one.key not in known]
        if not fresh and not back:
            return
        async with self._database.transaction() as session:
            for one in fresh:
                await tell(session, self._station, one)
            for (user, cluster), _ in back:
                mine = (ReminderRow.user_id == user) & (ReminderRow.cluster_id == cluster)
                await session.execute(delete(ReminderRow).where(mine))
        self._pushing.ring()

    async def _alarms(self, session: AsyncSession, now: Micros) -> list[Notice]:
        counted = select(func.count()).where(AiringRow.order_id == OrderRow.id).scalar_subquery()
        told = exists().where(NoticeRow.station_id == self._station, NoticeRow.key == notices.ORDER + OrderRow.id)
        query = select(OrderRow, counted).where(
            OrderRow.station_id == self._station, OrderRow.kind.in_(ALARMS), OrderRow.made_us > now - LATE_US,
            OrderRow.expires_us > now - LATE_US, ~told,
        )  # fmt: skip
        return [
            notices.emergency(
                row.id, row.title, row.kind != EMERGENCY, clusters, row.made_by, self._shown(row.made_us), row.made_us
            )
            for row, clusters in await session.execute(query)
        ]

    async def _relays(self, session: AsyncSession, now: Micros) -> list[Notice]:
        """What became other than it was last told: a relay may fail, recover and fail again."""
        found: list[Notice | None] = []
        for name, part in (await read_relay_parts(session, self._station, now)).items():
            relay = name.partition(":")[2]
            last = await _last_told(session, self._station, relay, now)
            if now < part["start_us"] and await _is_first_looked_at(session, part):
                found.append(self._before_air(relay, part, last, now))
            elif part["start_us"] <= now < part["end_us"]:
                found.append(self._on_air(relay, part, last, now))
        return [one for one in found if one]

    def _before_air(self, relay: str, part: RelayPartJson, last: Turn | None, now: Micros) -> Notice | None:
        first, starts = part["sources"][0], self._shown(part["start_us"])
        if not first["ok"] and last is not Turn.DEAD:
            looks = [
                Look(one["name"], one["ok"], one["vi"], one["en"], self._shown(one["at_us"])) for one in part["sources"]
            ]
            return notices.relay_dead(relay, part["title"], starts, looks, part["meanwhile"], part["end_us"], now)
        if first["ok"] and last is Turn.DEAD:
            looked = self._shown(first["at_us"])
            return notices.relay_well(relay, part["title"], starts, looked, part["end_us"], now)
        return None

    def _on_air(self, relay: str, part: RelayPartJson, last: Turn | None, now: Micros) -> Notice | None:
        switch = part["switch"]
        if switch is None:
            return None
        at = self._shown(switch["at_us"])
        if switch["new"] is None and switch["reason"] not in _QUIET and last is not Turn.LOST:
            said = switch["vi"], switch["en"]
            return notices.relay_lost(relay, part["title"], at, said, part["meanwhile"], part["end_us"], now)
        if switch["new"] is not None and last is Turn.LOST and now - switch["at_us"] > STEADY_US:
            return notices.relay_back(relay, part["title"], at, switch["new"], part["end_us"], now)
        return None

    async def _back(self, session: AsyncSession, now: Micros) -> list[tuple[tuple[str, str], Notice]]:
        """Of those who wait for a cluster that is there: who waited for which, and what they are told."""
        query = select(ReminderRow, ClusterRow.name).join(ClusterRow, ClusterRow.id == ReminderRow.cluster_id)
        waiting = (await session.execute(query.where(ReminderRow.station_id == self._station))).all()
        boxes = self._doors.all() if waiting else ()
        there = {box.cluster for box in boxes if self._monitoring.presence_of(box.id)[0] is Presence.ONLINE}
        return [
            (
                (row.user_id, row.cluster_id),
                notices.cluster_back(row.cluster_id, name, row.user_id, row.made_us, self._shown(now), now),
            )
            for row, name in waiting
            if ClusterId(row.cluster_id) in there
        ]

    def _shown(self, moment_us: int) -> str:
        return f"{local(self._zone, moment_us):%H:%M}"


async def _told(session: AsyncSession, station: StationId, keys: Collection[str]) -> set[str]:
    query = select(NoticeRow.key).where(NoticeRow.station_id == station, NoticeRow.key.in_(keys))
    return set(await session.scalars(query)) if keys else set()


async def _last_told(session: AsyncSession, station: StationId, relay: str, now: Micros) -> Turn | None:
    """What was told by a clock that has been set back since is not the last word."""
    query = select(NoticeRow.key).filter_by(station_id=station, tag=notices.relay_tag(relay))
    key = await session.scalar(query.where(NoticeRow.at_us <= now).order_by(NoticeRow.at_us.desc()).limit(1))
    return None if key is None else notices.turn_of(relay, key)


async def _is_first_looked_at(session: AsyncSession, part: RelayPartJson) -> bool:
    """Whether the first look that is known is one at the source with which the relay begins."""
    listed = (await sources_of(session, {part["programme_id"]})).get(part["programme_id"], [])
    return bool(part["sources"]) and (not listed or listed[0].id == part["sources"][0]["source"])
