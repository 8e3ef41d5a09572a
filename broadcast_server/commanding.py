"""Stop: signed, in the inbox and in the outbox before the officer hears that it was taken."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast_server.clock import Clock
from broadcast_server.fleet.halting import StopDraft, Target, orders
from broadcast_server.fleet.ledger import ENDS, State
from broadcast_server.giving import BACKDATED, CARRIED_OUT_BY
from broadcast_server.insisting import Insisting
from broadcast_server.logbook import find_airing
from broadcast_server.news import News
from broadcast_server.outbox import note_news
from broadcast_server.people.audit import record_each
from broadcast_server.problem import not_found
from broadcast_server.signing import DRAFT, Signing
from broadcast_server.store.airings import OPEN, UNDECIDED, AiringRow
from broadcast_server.store.base import Database
from broadcast_server.store.fleet import CommandRow, StopNameRow
from broadcast_server.store.station import ClusterRow
from speaker_client.protocol.command import Stop
from speaker_client.protocol.ids import AiringId, ClusterId, Micros
from speaker_client.protocol.statement import WHOLE_STATION, cluster_audience

MOST_NAMED = 100
"""Airings in one order; a command must stay below the broker's largest message."""


@dataclass(frozen=True)
class Halt:
    """Stops that were signed, the clusters that are told, and the orders that are told no more."""

    stops: tuple[CommandRow, ...]
    told: list[ClusterId]
    instead_of: tuple[CommandRow, ...] = ()
    named: tuple[AiringId, ...] = ()
    """The airings that are stopped by name."""
    by: str = ""


_CLUSTERS = (
    select(ClusterRow.id)
    .where(ClusterRow.station_id == bindparam("station"), ClusterRow.deleted_us.is_(None))
    .order_by(ClusterRow.position)
)
_THERE = AiringRow.cluster_id.in_(bindparam("clusters", expanding=True))
_OPEN_ORDERS = (
    select(AiringRow.id, AiringRow.cluster_id, AiringRow.until_us)
    .where(OPEN, _THERE, AiringRow.order_id.is_not(None), AiringRow.until_us > bindparam("now"))
    .order_by(AiringRow.start_us, AiringRow.id)
)
_LAST_BEGUN = select(func.max(AiringRow.start_us)).where(
    AiringRow.station_id == bindparam("station"), UNDECIDED, AiringRow.state == State.PLAYING.value, _THERE
)


class Commanding:
    """Tells the boxes to stop."""

    def __init__(self, database: Database, clock: Clock, signing: Signing, news: News, insisting: Insisting) -> None:
        self._database, self._clock, self._signing = database, clock, signing
        self._news, self._insisting = news, insisting
        self.on_stop: Callable[[Iterable[AiringId], str], None] = lambda airings, by: None
        """Told of every airing that was stopped by name, and by whom."""

    async def stop(
        self, airings: Sequence[AiringId], clusters: Sequence[ClusterId], by: str, dry: bool = False
    ) -> list[ClusterId]:
        """Silence these airings, and whatever sounds on these clusters; everything, when none is named. `dry`: only
        look who would be told.

        The clusters that were told. Problem 404 for an airing or a cluster that is not there; airings that have
        ended already are left out. An order that has not reached its box yet is named to it: it never starts.
        """
        async with self._database.transaction() as session:
            halt = await self.halt(session, airings, clusters, by, dry)
        if not dry:
            self.send(halt)
        return halt.told

    async def halt(
        self,
        session: AsyncSession,
        airings: Sequence[AiringId],
        clusters: Sequence[ClusterId],
        by: str,
        dry: bool = False,
    ) -> Halt:
        """The same inside a transaction of the caller's, who sends it once that is committed."""
        known = await self._clusters(session)
        now = self._clock.now_us()  # not before the lock is ours: an order that had it was given before this stop
        if unknown := set(clusters) - set(known):
            raise not_found(f"cụm loa {min(unknown)}", f"cluster {min(unknown)}")
        targets = await self._targets(session, airings)
        given = orders(targets, clusters, now) if targets or clusters or not airings else ()
        if loud := clusters or ([] if airings else known):
            open_orders = await self._open_orders(session, loud, now)
            given = (*(orders(open_orders, (), now) if open_orders else ()), *given)
        told = known if any(order.cluster is None for order in given) else [o.cluster for o in given if o.cluster]
        told = list(dict.fromkeys(told))
        if dry:
            return Halt((), told)
        stops = await self._give(session, given, by, now, max(now, await self._began(session, told)))
        named = tuple(one for order in given for one in order.airings)
        withdrawn = await self._withdraw(session, named, by)
        await note_news(session, self._signing.station, told, now)
        return Halt(tuple(stops), told, withdrawn, named, by)

    def send(self, halt: Halt) -> None:
        """It was committed: it goes out at once."""
        self._insisting.say(halt.stops, halt.instead_of)
        self.on_stop(halt.named, halt.by)
        self._news.stir_after_orders(halt.told)

    async def _clusters(self, session: AsyncSession) -> list[ClusterId]:
        return [ClusterId(one) for one in await session.scalars(_CLUSTERS, {"station": self._signing.station})]

    async def _targets(self, session: AsyncSession, airings: Sequence[AiringId]) -> list[Target]:
        targets = []
        for airing in airings:
            row = await find_airing(session, self._signing.station, airing)
            if row.state not in ENDS:
                targets.append(Target(airing, ClusterId(row.cluster_id), row.until_us))
        return targets

    async def _open_orders(self, session: AsyncSession, clusters: Sequence[ClusterId], now: Micros) -> list[Target]:
        """Emergencies and drills there: one may still be on its way, and must not begin after the silence."""
        rows = await session.execute(_OPEN_ORDERS, {"clusters": clusters, "now": now})
        return [Target(AiringId(airing), ClusterId(cluster), until_us) for airing, cluster, until_us in rows]

    async def _began(self, session: AsyncSession, clusters: Sequence[ClusterId]) -> int:
        """When the last of what sounds there began. It is meant by a stop, though our clock was set back since."""
        there = {"station": self._signing.station, "clusters": clusters}
        return await session.scalar(_LAST_BEGUN, there) or 0

    async def _withdraw(self, session: AsyncSession, airings: Sequence[AiringId], by: str) -> tuple[CommandRow, ...]:
        """Those of them that orders carry are marked: no box is told of these any more, but beside the stop."""
        if not airings:
            return ()
        here = AiringRow.id.in_(airings) & AiringRow.order_id.is_not(None)
        await session.execute(update(AiringRow).where(here).values(withdrawn_by=by))
        query = select(CommandRow).join(AiringRow, CARRIED_OUT_BY).where(here)
        return tuple(await session.scalars(query))

    async def _give(
        self, session: AsyncSession, given: Sequence[StopDraft], by: str, now: Micros, given_us: int
    ) -> list[CommandRow]:
        drafts = [draft for order in given for draft in self._drafts(order, by, now, given_us)]
        sealed = await self._signing.seal_all(session, drafts)
        stops = [
            {
                "id": secrets.token_hex(16),
                "station_id": self._signing.station,
                "audience": one.statement.audience,
                "kind": one.statement.kind.value,
                "seq": one.statement.seq,
                "made_by": by,
                "made_us": now,
                "expires_us": one.statement.expires_us,
                "envelope": one.envelope.model_dump_json(),
            }
            for one in sealed
        ]
        if stops:
            await session.execute(insert(CommandRow), stops)
        if names := [
            {"command_id": row["id"], "airing_id": airing}
            for row, one in zip(stops, sealed, strict=True)
            for airing in one.statement.airings
        ]:
            await session.execute(insert(StopNameRow), names)
        told = [(order.cluster or "station", {"airings": list(order.airings)}) for order in given]
        await record_each(session, self._signing.station, now, by, "stop", told)
        return [CommandRow(**row) for row in stops]

    def _drafts(self, order: StopDraft, by: str, now: Micros, given_us: int) -> Iterator[Stop]:
        for start in range(0, max(1, len(order.airings)), MOST_NAMED):
            yield Stop(
                station=self._signing.station,
                audience=cluster_audience(order.cluster) if order.cluster else WHOLE_STATION,
                seq=DRAFT,
                not_before_us=now - BACKDATED,
                expires_us=order.expires_us,
                airings=order.airings[start : start + MOST_NAMED],
                given_us=given_us,
                by=by,
            )
