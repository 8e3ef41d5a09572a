"""Plans: after every change and as time goes on, what each cluster is to play is worked out, entered in the log,
signed, and its box put down to be told, all in one transaction."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import lru_cache

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast_server.airing_rows import Entry, Readings, airing_rows
from broadcast_server.clock import Clock
from broadcast_server.fleet.ledger import State
from broadcast_server.hushing import check_change
from broadcast_server.news import News
from broadcast_server.outbox import note_news
from broadcast_server.problem import Problem
from broadcast_server.programmes.timetable import Timetable, read_timetable
from broadcast_server.schedule.outlook import AHEAD_US, Outlook, outlook
from broadcast_server.schedule.promise import Logged
from broadcast_server.schedule.publication import InForce, Publication, publication
from broadcast_server.signing import DRAFT, Signing
from broadcast_server.store.airings import AiringRow, PlanRow
from broadcast_server.store.base import Database
from speaker_client.protocol.envelope import LARGEST_DOCUMENT, canonical
from speaker_client.protocol.ids import DAY, HOUR, MINUTE, SECOND, ClusterId, Micros
from speaker_client.protocol.plan import Plan, PlannedAiring
from speaker_client.protocol.statement import cluster_audience

log = logging.getLogger(__name__)

REPLAN_EVERY_US = 10 * MINUTE
BACK_US = 6 * HOUR
"""A plan speaks of the time from so long ago: what began then may still sound."""
BACKDATED_US = DAY
"""A plan is valid from a day before it was signed, for boxes whose clock is a little behind."""
LARGEST_PLAN = LARGEST_DOCUMENT - 64 * 1024
"""Bytes of a signed plan; the rest of a bundle needs room too."""
STATION = "station"
"""Whose doing it is when time alone changes a plan."""


@dataclass
class Change:
    """A change to the timetable under way. `after` and `clusters` (those with a new plan) are known at its end."""

    session: AsyncSession
    now: Micros
    by: str
    before: Timetable
    after: Timetable
    clusters: tuple[ClusterId, ...] = ()


class Planning:
    """Keeps the plans of all clusters true."""

    def __init__(self, database: Database, clock: Clock, signing: Signing, news: News) -> None:
        self._database, self._clock, self._signing, self._news = database, clock, signing, news
        self._readings = Readings()
        self._stream_key = lru_cache(maxsize=2000)(lambda occurrence: signing.stream_key(occurrence).public)

    async def replan_forever(self) -> None:
        """Re-plan at once, every ten minutes, and when something overruled has had its time; until cancelled."""
        while True:
            await self.replan("time")
            wait_us = await self._next_us() - self._clock.now_us()
            await asyncio.sleep(max(wait_us, SECOND) / SECOND)

    async def replan(self, reason: str, by: str = STATION) -> tuple[ClusterId, ...]:
        """Work every plan out anew; the clusters that got a new one."""
        now = self._clock.now_us()
        async with self._database.transaction() as session:
            timetable = await read_timetable(session, self._signing.station)
            change = Change(session, now, by, timetable, timetable)
            await self._follow(change)
        self._news.stir(change.clusters)
        if change.clusters:
            log.info("re-planned (%s): new plans for %d clusters", reason, len(change.clusters))
        return change.clusters

    @asynccontextmanager
    async def changing(self, by: str, any_hour: bool = False) -> AsyncIterator[Change]:
        """One transaction in which the timetable may be changed; at its end all plans follow it.

        Problem 409 `plan_too_large` if a week of it no longer fits into a plan, `quiet_hours` if something sounds in
        them now that did not before, unless `any_hour` is meant: then nothing was changed.
        """
        now = self._clock.now_us()
        async with self._database.transaction() as session:
            before = await read_timetable(session, self._signing.station)
            change = Change(session, now, by, before, before)
            yield change
            await session.flush()
            change.after = await read_timetable(session, self._signing.station)
            if not any_hour:
                check_change(before, change.after, now)
            await self._follow(change)
        self._news.stir(change.clusters)

    async def _follow(self, change: Change) -> None:
        session, station, now = change.session, self._signing.station, change.now
        rows: dict[str, list[AiringRow]] = defaultdict(list)
        logged: dict[str, list[Logged]] = defaultdict(list)
        found_rows = await airing_rows(session, station, now)
        for row, one in zip(found_rows, self._readings.logged(found_rows), strict=True):
            rows[row.cluster_id].append(row)
            logged[row.cluster_id].append(one)
        plans = {row.cluster_id: row for row in await session.scalars(select(PlanRow).filter_by(station_id=station))}
        ahead = outlook(change.after.station, change.after.schedule, now, relay_key=self._stream_key)
        told = []
        for site in change.after.station.clusters:
            plan = plans.get(site.id)
            await asyncio.sleep(0)  # others may be in a hurry
            found = _fitting(ahead, site.id, logged[site.id], plan)
            if found.until_us - now < AHEAD_US - DAY and change.after != change.before and not _is_short(plan):
                raise _too_large()
            seq = None if found.airings is None else await self._sign(session, site.id, found, found.airings, plan, now)
            await Entry(session, station, rows[site.id], now).enter(found, seq, change.by)
            told += [site.id] if seq is not None else []
        change.clusters = tuple(told)
        if told:
            await note_news(session, station, told, now)

    async def _sign(
        self,
        session: AsyncSession,
        cluster: ClusterId,
        found: Publication,
        airings: tuple[PlannedAiring, ...],
        plan: PlanRow | None,
        now: Micros,
    ) -> int:
        draft = Plan(
            station=self._signing.station,
            audience=cluster_audience(cluster),
            seq=DRAFT,
            not_before_us=now - BACKDATED_US,
            expires_us=found.until_us,
            from_us=now - BACK_US,
            until_us=found.until_us,
            airings=airings,
        )
        sealed = await self._signing.seal(session, draft)
        row = plan or PlanRow(cluster_id=cluster, station_id=self._signing.station)
        row.seq, row.made_us, row.until_us = sealed.statement.seq, now, found.until_us
        row.digest, row.envelope = _digest(airings), sealed.envelope.model_dump_json()
        session.add(row)
        return sealed.statement.seq

    async def _next_us(self) -> int:
        """When to look again by ourselves."""
        unpublished = AiringRow.first_plan.is_(None) & (AiringRow.state == State.PENDING.value)
        query = select(func.min(AiringRow.start_us)).where(AiringRow.station_id == self._signing.station, unpublished)
        async with self._database.reading() as session:
            first = await session.scalar(query)
        regular = self._clock.now_us() + REPLAN_EVERY_US
        return regular if first is None else min(regular, first)


def _fitting(ahead: Outlook, cluster: ClusterId, logged: list[Logged], plan: PlanRow | None) -> Publication:
    """The publication of seven days, or of as much as fits into a plan: each time around it ends at the due start of
    something it still carried, so it becomes shorter, however late in a queue that would have been heard."""
    in_force = None if plan is None else InForce(plan.made_us, plan.until_us)
    view = ahead
    while True:
        found = publication(view, cluster, logged, in_force)
        size = 0 if found.airings is None else _size(found.airings)
        if not found.airings or size <= LARGEST_PLAN:
            return found
        fits = len(found.airings) * LARGEST_PLAN * 9 // (size * 10)
        log.warning("cluster %s: only %d of %d airings fit into one plan", cluster, fits, len(found.airings))
        view = replace(view, until_us=found.dues_us[fits])


def _size(airings: tuple[PlannedAiring, ...]) -> int:
    """Bytes of an envelope that carries them."""
    return len(json.dumps(_text(airings), ensure_ascii=False).encode())


def _is_short(plan: PlanRow | None) -> bool:
    return plan is not None and plan.until_us - plan.made_us < AHEAD_US


def _text(airings: tuple[PlannedAiring, ...]) -> str:
    return canonical([airing.model_dump(mode="json") for airing in airings])


def _digest(airings: tuple[PlannedAiring, ...]) -> str:
    return hashlib.sha256(_text(airings).encode()).hexdigest()


def _too_large() -> Problem:
    return Problem(
        409,
        "plan_too_large",
        "Lịch một tuần có quá nhiều lần phát: hãy bớt giờ phát hoặc gộp chương trình.",
        "There are too many airings in one week: use fewer times or join programmes.",
    )
