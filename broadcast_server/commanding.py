"""Stop: signed, in the inbox and in the outbox before the officer hears that it was taken."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast_server.clock import Clock
from broadcast_server.fleet.halting import Order, Target, orders
from broadcast_server.fleet.ledger import ENDS
from broadcast_server.insisting import Insisting
from broadcast_server.news import News
from broadcast_server.outbox import note_news
from broadcast_server.people.audit import record
from broadcast_server.problem import not_found
from broadcast_server.signing import DRAFT, Sealed, Signing
from broadcast_server.store.airings import AiringRow
from broadcast_server.store.base import Database
from broadcast_server.store.fleet import CommandRow
from broadcast_server.store.station import ClusterRow
from speaker_client.protocol.command import Stop
from speaker_client.protocol.ids import MINUTE, AiringId, ClusterId, Micros
from speaker_client.protocol.statement import WHOLE_STATION, cluster_audience

BACKDATED = MINUTE
MOST_NAMED = 100
"""Airings in one order; a command must stay below the broker's largest message."""


class Commanding:
    """Orders to the boxes."""

    def __init__(self, database: Database, clock: Clock, signing: Signing, news: News, insisting: Insisting) -> None:
        self._database, self._clock, self._signing = database, clock, signing
        self._news, self._insisting = news, insisting

    async def stop(
        self, airings: Sequence[AiringId], clusters: Sequence[ClusterId], by: str, dry: bool = False
    ) -> list[ClusterId]:
        """Silence these airings, and whatever sounds on these clusters; everything, when none is named. `dry`: only
        look who would be told.

        The clusters that were told. Problem 404 for an airing or a cluster that is not there; airings that have
        ended already are left out. An order that has not reached its box yet is named to it: it never starts.
        """
        now = self._clock.now_us()
        async with self._database.transaction() as session:
            known = await self._clusters(session)
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
                return told
            stops = [stop for order in given for stop in await self._give(session, order, by, now)]
            await note_news(session, self._signing.station, told, now)
        self._insisting.say(stops)
        self._news.stir_after_orders(told)
        return told

    async def _clusters(self, session: AsyncSession) -> list[ClusterId]:
        query = select(ClusterRow.id).filter_by(station_id=self._signing.station).order_by(ClusterRow.position)
        return [ClusterId(one) for one in await session.scalars(query)]

    async def _targets(self, session: AsyncSession, airings: Sequence[AiringId]) -> list[Target]:
        targets = []
        for airing in airings:
            row = await session.get(AiringRow, airing)
            if row is None or row.station_id != self._signing.station:
                raise not_found("lần phát này", "airing")
            if row.state not in ENDS:
                targets.append(Target(airing, ClusterId(row.cluster_id), row.until_us))
        return targets

    async def _open_orders(self, session: AsyncSession, clusters: Sequence[ClusterId], now: Micros) -> list[Target]:
        """Emergencies and drills there: one may still be on its way, and must not begin after the silence."""
        query = select(AiringRow).where(
            AiringRow.station_id == self._signing.station,
            AiringRow.cluster_id.in_(clusters),
            AiringRow.order_id.is_not(None),
            AiringRow.state.not_in([state.value for state in ENDS]),
            AiringRow.until_us > now,
        )
        rows = await session.scalars(query.order_by(AiringRow.start_us, AiringRow.id))
        return [Target(AiringId(row.id), ClusterId(row.cluster_id), row.until_us) for row in rows]

    async def _give(self, session: AsyncSession, order: Order, by: str, now: Micros) -> list[CommandRow]:
        stops = []
        for start in range(0, max(1, len(order.airings)), MOST_NAMED):
            sealed = await self._seal(session, order, order.airings[start : start + MOST_NAMED], by, now)
            statement = sealed.statement
            stops.append(
                CommandRow(
                    id=secrets.token_hex(16),
                    station_id=self._signing.station,
                    audience=statement.audience,
                    seq=statement.seq,
                    made_by=by,
                    made_us=now,
                    expires_us=statement.expires_us,
                    envelope=sealed.envelope.model_dump_json(),
                )
            )
        session.add_all(stops)
        where = order.cluster or "station"
        record(session, self._signing.station, now, by, "stop", where, airings=list(order.airings))
        return stops

    async def _seal(
        self, session: AsyncSession, order: Order, airings: tuple[AiringId, ...], by: str, now: Micros
    ) -> Sealed[Stop]:
        draft = Stop(
            station=self._signing.station,
            audience=cluster_audience(order.cluster) if order.cluster else WHOLE_STATION,
            seq=DRAFT,
            not_before_us=now - BACKDATED,
            expires_us=order.expires_us,
            airings=airings,
            given_us=now,
            by=by,
        )
        return await self._signing.seal(session, draft)
