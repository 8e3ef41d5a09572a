"""Emergency and drill: one durable transaction from the press to the signed order, the log and the outbox."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast_server.clock import Clock
from broadcast_server.emergency_templates import DRILL, EMERGENCY
from broadcast_server.fleet.ledger import State
from broadcast_server.insisting import Insisting
from broadcast_server.news import News
from broadcast_server.outbox import note_news
from broadcast_server.people.audit import record
from broadcast_server.problem import Problem, not_found
from broadcast_server.programmes.reading import read_targets
from broadcast_server.programmes.timetable import read_sites
from broadcast_server.shelving import shelf_items
from broadcast_server.signing import DRAFT, Sealed, Signing
from broadcast_server.store.airings import AiringRow
from broadcast_server.store.base import Database
from broadcast_server.store.fleet import CommandRow
from broadcast_server.store.orders import OrderRow, TemplateRow
from speaker_client.protocol.ids import HOUR, MINUTE, ClusterId, LoudspeakerNumber, Micros, OrderId
from speaker_client.protocol.order import Drill, Emergency, Order, airing_of
from speaker_client.protocol.plan import Item
from speaker_client.protocol.statement import cluster_audience

BACKDATED = MINUTE
MAY_BEGIN_US = 2 * MINUTE
"""Later than this after the press an order is refused by every box: never played stale."""
LONGEST_US = 2 * HOUR
LEAD_US = 40_000
"""From the press to the first sample that all clusters have in step; who hears of it later joins in."""
MOST_ROUNDS = 100
FORMS: dict[str, type[Emergency] | type[Drill]] = {EMERGENCY: Emergency, DRILL: Drill}


@dataclass(frozen=True)
class Wish:
    """What is to sound: a template, where, how often; `key` makes a second press the same order."""

    kind: str
    template: str
    targets: tuple[str, ...]
    rounds: int | None
    key: str


class Ordering:
    """Gives orders, and says how they stand."""

    def __init__(self, database: Database, clock: Clock, signing: Signing, news: News, insisting: Insisting) -> None:
        self._database, self._clock, self._signing = database, clock, signing
        self._news, self._insisting = news, insisting

    async def sound(self, wish: Wish, by: str, dry: bool = False) -> OrderRow:
        """Give the order; it is on disk and on its way when this returns. `dry`: only look whether it could be given.

        Problem 404 without the template, 409 `not_ready` before its sound is made, 422 for a bad target or count.
        """
        now = self._clock.now_us()
        async with self._database.transaction() as session:
            known = await session.scalar(select(OrderRow).filter_by(station_id=self._signing.station, key=wish.key))
            if known is not None:
                return known
            template = await self._template(session, wish)
            items = await self._items(session, template)
            sites = await read_sites(session, self._signing.station)
            reach = sites.reach(read_targets(wish.targets, sites))
            order = self._row(wish, template, by, now)
            if dry:
                return order
            session.add(order)
            whole = {site.id: site.loudspeakers for site in sites.clusters}
            chosen = {one: None if all_ == whole[one] else tuple(sorted(all_)) for one, all_ in reach.items()}
            drafts = [self._draft(order, items, cluster, numbers) for cluster, numbers in chosen.items()]
            sealed = await self._signing.seal_all(session, drafts)
            given = [
                self._give(session, one, cluster, sorted(whole[cluster]))
                for cluster, one in zip(reach, sealed, strict=True)
            ]
            await note_news(session, self._signing.station, list(reach), now)
            record(
                session, self._signing.station, now, by, f"{order.kind}.order", order.id,
                template=template.name, targets=list(wish.targets), rounds=order.rounds,
            )  # fmt: skip
        self._insisting.say(given)
        self._news.stir_after_orders(reach)
        return order

    async def _template(self, session: AsyncSession, wish: Wish) -> TemplateRow:
        name = {"station_id": self._signing.station, "name": wish.template, "kind": wish.kind}
        row = await session.scalar(select(TemplateRow).filter_by(**name))
        if row is None:
            raise not_found(f"mẫu {wish.template[:40]}", f"template {wish.template[:40]}")
        if wish.rounds is not None and not 1 <= wish.rounds <= MOST_ROUNDS:
            vi, en = f"Số lần phát là từ 1 đến {MOST_ROUNDS}.", f"It may be said 1 to {MOST_ROUNDS} times."
            raise Problem(422, "bad_rounds", vi, en)
        return row

    async def _items(self, session: AsyncSession, template: TemplateRow) -> tuple[Item, ...]:
        shelf = await shelf_items(session, self._signing.station)
        names = [name for name in (template.lead, template.name) if name]
        if any(name not in shelf for name in names):
            vi = f"Mẫu “{template.title}” chưa có tiếng; hãy đợi một lát."
            en = f"The template “{template.title}” has no sound yet; wait a moment."
            raise Problem(409, "not_ready", vi, en)
        return tuple(shelf[name] for name in names)

    def _row(self, wish: Wish, template: TemplateRow, by: str, now: Micros) -> OrderRow:
        return OrderRow(
            id=secrets.token_hex(16),
            station_id=self._signing.station,
            key=wish.key,
            kind=wish.kind,
            template=template.name,
            title=template.title,
            targets=list(wish.targets),
            rounds=wish.rounds or template.rounds,
            made_by=by,
            made_us=now,
            expires_us=now + MAY_BEGIN_US,
            until_us=now + LONGEST_US,
        )

    def _draft(
        self,
        order: OrderRow,
        items: tuple[Item, ...],
        cluster: ClusterId,
        chosen: tuple[LoudspeakerNumber, ...] | None,
    ) -> Order:
        return FORMS[order.kind](
            station=self._signing.station,
            audience=cluster_audience(cluster),
            seq=DRAFT,
            not_before_us=order.made_us - BACKDATED,
            expires_us=order.expires_us,
            id=OrderId(order.id),
            title=order.title,
            by=order.made_by,
            start_us=order.made_us + LEAD_US,
            until_us=order.until_us,
            first=items,
            rounds=order.rounds,
            loudspeakers=chosen,
        )

    def _give(
        self, session: AsyncSession, sealed: Sealed[Order], cluster: ClusterId, everyone: Sequence[LoudspeakerNumber]
    ) -> CommandRow:
        """The signed order in the cluster's inbox, and its airing in the log."""
        draft = sealed.statement
        planned = airing_of(draft, cluster, everyone)
        command = CommandRow(
            id=secrets.token_hex(16),
            station_id=self._signing.station,
            audience=draft.audience,
            kind=draft.kind.value,
            order_id=draft.id,
            seq=draft.seq,
            made_by=draft.by,
            made_us=draft.not_before_us + BACKDATED,
            expires_us=draft.expires_us,
            envelope=sealed.envelope.model_dump_json(),
        )
        session.add(command)
        session.add(
            AiringRow(
                id=planned.id,
                station_id=self._signing.station,
                occurrence_id=draft.id,
                cluster_id=cluster,
                revision=0,
                order_id=draft.id,
                programme_id=planned.programme,
                title=planned.title,
                priority=planned.priority,
                scheduled_us=planned.start_us,
                start_us=planned.start_us,
                end_us=planned.end_us,
                until_us=draft.until_us,
                planned=planned.model_dump(mode="json"),
                first_plan=0,
                state=State.PENDING.value,
            )
        )
        return command
