"""The emergency that whoever opens the page must read first: its own words, as long as they may still matter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast_server.emergency_templates import RECANTING
from broadcast_server.fleet.ledger import State
from broadcast_server.store.airings import AiringRow
from broadcast_server.store.orders import OrderRow, TemplateRow
from speaker_client.protocol.ids import HOUR, Micros, StationId

MATTERS = 3 * HOUR
"""So long after it was given an emergency is shown, unless it was stopped or another was given."""
MOST = 20
_SPOKEN = ("emergency", "live_emergency")


@dataclass(frozen=True)
class Alarm:
    """`title`: empty where the text is all there is. `text`: what the loudspeakers say; empty for a siren or a live
    voice. `sounds`: whether it is on air now."""

    title: str
    text: str
    given_us: int
    sounds: bool


@dataclass(frozen=True)
class Given:
    """An emergency that was given to these clusters. `recants`: it says that what was given before it is over, or was
    never true. `stopped`: somebody silenced it."""

    clusters: frozenset[str]
    recants: bool
    stopped: bool


def standing(given: Sequence[Given]) -> int | None:
    """Which of them, the newest first, whoever opens the page must read.

    A false alarm must not go on being read after it was silenced, and takes nothing from a true one before it. What was
    recanted everywhere never stands again, though whoever recants is silenced in the middle of the sentence.
    """
    recanted: frozenset[str] = frozenset()
    for number, one in enumerate(given):
        if not one.stopped and (one.clusters - recanted or not one.clusters):
            return number
        if one.recants:
            recanted |= one.clusters
    return None


async def newest_alarm(session: AsyncSession, station: StationId, now: Micros) -> Alarm | None:
    """The one of the last hours that stands."""
    recent = (OrderRow.station_id == station) & OrderRow.kind.in_(_SPOKEN) & (OrderRow.made_us > now - MATTERS)
    orders = list(await session.scalars(select(OrderRow).where(recent).order_by(OrderRow.made_us.desc()).limit(MOST)))
    carried: dict[str, list[AiringRow]] = {order.id: [] for order in orders}
    for row in await session.scalars(select(AiringRow).where(AiringRow.order_id.in_(list(carried)))):
        carried[row.order_id or ""].append(row)
    found = standing([_given(order, carried[order.id]) for order in orders])
    if found is None:
        return None
    order = orders[found]
    sounds = any(one.state == State.PLAYING.value for one in carried[order.id])
    return Alarm("" if order.text else order.title, await _text(session, station, order), order.made_us, sounds)


def _given(order: OrderRow, carried: Sequence[AiringRow]) -> Given:
    clusters = frozenset(one.cluster_id for one in carried)
    return Given(clusters, order.template in RECANTING, _is_stopped(carried))


def _is_stopped(carried: Sequence[AiringRow]) -> bool:
    """Where it sounded, or before it could. A cluster that never answered may be silenced with something else."""
    withdrawn = [one for one in carried if one.withdrawn_by]
    return bool(withdrawn) and (len(withdrawn) == len(carried) or any(one.started_us for one in withdrawn))


async def _text(session: AsyncSession, station: StationId, order: OrderRow) -> str:
    named = select(TemplateRow.text).filter_by(station_id=station, name=order.template)
    return order.text or (await session.scalar(named) if order.template else None) or ""
