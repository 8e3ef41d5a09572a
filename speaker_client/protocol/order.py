"""Emergency and drill: sound at once over everything weaker, in rounds, until the last one, a stop or the expiry."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Literal

from pydantic import Field

from speaker_client.protocol.ids import AiringId, ClusterId, LoudspeakerNumber, OrderId, ProgrammeId
from speaker_client.protocol.plan import Item, Part, PlannedAiring
from speaker_client.protocol.priority import Priority
from speaker_client.protocol.statement import Kind, Role, Statement

MOST_ROUNDS = 500


class FloorOrder(Statement):
    """What takes the floor at once, a sound or a voice. It may begin until `expires_us`, and is over at `until_us`
    whatever has sounded by then.

    `start_us` is the moment of its first sample, so that all clusters are in step. `loudspeakers` None means all of a
    cluster. `by` is the person's user name, for the log.
    """

    id: OrderId
    title: str
    by: str
    start_us: int
    until_us: int
    loudspeakers: tuple[LoudspeakerNumber, ...] | None = None


class Order(FloorOrder):
    """Sounds: `first` is the first round, `again` every later one (none: the first once more).

    A box begins as soon as it has the first item of all; what it has not fetched when its turn comes is joined once it
    is there, and `meanwhile` sounds in its place (none: silence).
    """

    first: tuple[Item, ...] = Field(min_length=1)
    again: tuple[Item, ...] = ()
    meanwhile: Item | None = None
    rounds: int = Field(default=1, ge=1, le=MOST_ROUNDS)


class Emergency(Order):
    """The real thing. The latest wins."""

    kind: Literal[Kind.EMERGENCY] = Kind.EMERGENCY
    role: Literal[Role.ALERT] = Role.ALERT


class Drill(Order):
    """A rehearsal, by another key: weaker than every emergency, and never mistaken for one."""

    kind: Literal[Kind.DRILL] = Kind.DRILL
    role: Literal[Role.DRILL] = Role.DRILL


PRIORITY = {Kind.EMERGENCY: Priority.EMERGENCY, Kind.DRILL: Priority.PRIORITY_COMMUNE}


def order_airing_id(order: OrderId, cluster: ClusterId) -> AiringId:
    """The airing of an order on a cluster: both sides know its name without a word."""
    return AiringId(hashlib.sha256(f"order\0{order}\0{cluster}".encode()).hexdigest()[:32])


def airing_of(order: Order, cluster: ClusterId, loudspeakers: Sequence[LoudspeakerNumber]) -> PlannedAiring:
    """The order as one airing of a cluster that has these loudspeakers: as many whole rounds as fit, at least one."""
    length_us, items = _duration(order.first), list(order.first)
    again = order.again or order.first
    for _ in range(order.rounds - 1):
        if order.start_us + length_us + _duration(again) > order.until_us:
            break
        length_us += _duration(again)
        items += again
    return PlannedAiring(
        id=order_airing_id(order.id, cluster),
        occurrence=order.id,
        programme=ProgrammeId(order.kind),
        title=order.title,
        priority=PRIORITY[order.kind],
        loudspeakers=tuple(order.loudspeakers or loudspeakers),
        items=tuple(items),
        meanwhile=order.meanwhile,
        parts=(Part(start_us=order.start_us, length_us=length_us),),
        grace_us=max(0, order.until_us - order.start_us - length_us),
    )


def _duration(items: Sequence[Item]) -> int:
    return sum(item.duration_us for item in items)
