"""The emergencies that whoever opens the page must read first: their own words, as long as they may still matter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast_server.emergency_templates import RECANTING
from broadcast_server.fleet.ledger import ENDS, State
from broadcast_server.store.airings import AiringRow
from broadcast_server.store.orders import OrderRow, TemplateRow
from speaker_client.protocol.ids import HOUR, Micros, StationId

MATTERS = 3 * HOUR
"""So long after it was given an emergency is shown, unless it was stopped or recanted."""
MOST = 20
_SPOKEN = ("emergency", "live_emergency")
_NOWHERE: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Alarm:
    """`title`: empty where the text is all there is. `text`: what the loudspeakers say; empty for a siren or a live
    voice. `sounds`: whether it is on air now. `clusters`: where it stands."""

    title: str
    text: str
    given_us: int
    sounds: bool
    clusters: frozenset[str]


@dataclass(frozen=True)
class Given:
    """An emergency that was given to these clusters, in the words `says`. `recants`: it says that what was given before
    it is over, or was never true. `stopped`: where somebody silenced it."""

    clusters: frozenset[str]
    recants: bool
    stopped: frozenset[str] = _NOWHERE
    says: str = ""


@dataclass(frozen=True)
class Stands:
    """Which of those that were given, and where it holds still."""

    number: int
    clusters: frozenset[str]


def standing(given: Sequence[Given]) -> list[Stands]:
    """Which of them, the newest first, whoever opens the page must read: every alarm before all that recants.

    Each holds where nobody silenced it and nothing newer recants it; what recants itself, where nothing newer was given
    at all; what was given again in the same words, where it was not. A false alarm must not go on being read after it
    was silenced, and takes nothing from a true one before it. What was recanted never stands again, though whoever
    recants is silenced in the middle of the sentence.
    """
    alarms, recants, recanted, spoken = list[Stands](), list[Stands](), _NOWHERE, _NOWHERE
    again: dict[str, frozenset[str]] = {}
    for number, one in enumerate(given):
        said = one.clusters - one.stopped
        left = said - recanted - (spoken if one.recants else again.get(one.says, _NOWHERE))
        if left or not one.clusters:
            (recants if one.recants else alarms).append(Stands(number, left))
        spoken |= said
        again[one.says] = again.get(one.says, _NOWHERE) | said
        if one.recants:
            recanted |= one.clusters
    return alarms + recants


async def standing_alarms(session: AsyncSession, station: StationId, now: Micros) -> list[Alarm]:
    """Those of the last hours that stand, in the order in which they are read."""
    recent = (OrderRow.station_id == station) & OrderRow.kind.in_(_SPOKEN) & (OrderRow.made_us > now - MATTERS)
    orders = list(await session.scalars(select(OrderRow).where(recent).order_by(OrderRow.made_us.desc()).limit(MOST)))
    carried: dict[str, list[AiringRow]] = {order.id: [] for order in orders}
    for row in await session.scalars(select(AiringRow).where(AiringRow.order_id.in_(list(carried)))):
        carried[row.order_id or ""].append(row)
    found = []
    for stands in standing([_given(order, carried[order.id]) for order in orders]):
        order = orders[stands.number]
        here = [one for one in carried[order.id] if one.cluster_id in stands.clusters]
        sounds = any(one.state == State.PLAYING.value for one in here)
        title, text = "" if order.text else order.title, await _text(session, station, order)
        found.append(Alarm(title, text, order.made_us, sounds, stands.clusters))
    return found


def _given(order: OrderRow, carried: Sequence[AiringRow]) -> Given:
    clusters = frozenset(one.cluster_id for one in carried)
    says = f"{order.template}\0{order.text or ''}"
    return Given(clusters, order.template in RECANTING, _where_stopped(carried), says)


def _where_stopped(carried: Sequence[AiringRow]) -> frozenset[str]:
    """Where it sounded, or before it could. A cluster that never answered may be silenced with something else; and what
    was silenced wherever it still sounded is not to be read for one cluster's sake that had failed before."""
    withdrawn = [one for one in carried if one.withdrawn_by]
    if len(withdrawn) < len(carried) and not any(one.started_us for one in withdrawn):
        return _NOWHERE
    goes_on = any(one.state == State.PLAYED or one.state not in ENDS for one in carried if not one.withdrawn_by)
    return frozenset(one.cluster_id for one in (withdrawn if goes_on else carried))


async def _text(session: AsyncSession, station: StationId, order: OrderRow) -> str:
    named = select(TemplateRow.text).filter_by(station_id=station, name=order.template)
    return order.text or (await session.scalar(named) if order.template else None) or ""
