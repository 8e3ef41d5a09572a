"""What is on air, or was promised for the next minute, is kept as it was published.

Only something stronger takes the floor from it; then its parts change, never its content. For the running
order it is an occurrence of its own that covers what is left of it, a step above its equals: none of them
can have been planned before it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from broadcast_server.schedule.airings import AiringKey
from broadcast_server.schedule.occurrence import Occurrence, Spot
from broadcast_server.schedule.outlook import Outlook
from broadcast_server.schedule.programme import LATEST_WINS, IfBusy, IfInterrupted, Item, Programme
from broadcast_server.schedule.running_order import Slot
from speaker_client.protocol.ids import MINUTE, OccurrenceId, RuleId
from speaker_client.protocol.plan import Part, PlannedAiring

PROMISED_US = MINUTE
"""Whatever is due so soon is no longer changed, only withdrawn or overruled."""


@dataclass(frozen=True)
class Logged:
    """An airing of one cluster as the log has it.

    `planned` is how it was last published, None if no plan ever carried it; then `overruled_by` names the
    occurrence that keeps it off the air. After `until_us` nothing of it may sound.
    """

    key: AiringKey
    start_us: int
    until_us: int
    planned: PlannedAiring | None = None
    overruled_by: OccurrenceId | None = None
    withdrawn: bool = False
    playing: bool = False
    ended: bool = False

    def live(self, now_us: int) -> bool:
        """Whether the plan in force carries it and it can still sound."""
        return self.until_us > now_us and self.planned is not None and not self.withdrawn and not self.ended


def until_us(planned: PlannedAiring) -> int:
    """The last moment at which any of it may sound."""
    return max(planned.end_us, planned.start_us + planned.duration_us) + planned.grace_us


def is_promised(one: Logged, outlook: Outlook) -> bool:
    """Whether it is kept as published: it plays, or it was planned to begin by the next minute and still is wanted."""
    if not one.live(outlook.now_us):
        return False
    wanted = outlook.wants(one.key.occurrence, one.key.cluster)
    return one.playing or (wanted is not None and wanted.start_us <= outlook.now_us + PROMISED_US)


@dataclass(frozen=True)
class Promise:
    """A promised airing: the parts that are over, and the rest as an occurrence for the running order."""

    planned: PlannedAiring
    over: tuple[Part, ...]
    rest: Occurrence | None
    """None when every part is over and only its grace is left."""

    def kept(self, slot: Slot | None, name: Callable[[Occurrence], OccurrenceId]) -> PlannedAiring:
        """How it is published now that its rest has this slot; `name` tells the real id of an occurrence."""
        if slot is None:
            return self.planned
        from_us = self.planned.parts[len(self.over)].from_us
        rest = (Part(start_us=p.start_us, from_us=p.from_us + from_us, length_us=p.length_us) for p in slot.parts)
        parts = (*self.over, *rest)
        if parts == self.planned.parts:
            return self.planned
        whole = sum(part.length_us for part in parts) >= self.planned.duration_us
        cutter = self.planned.cut_by if slot.cutter is None else name(slot.cutter)
        update = {"parts": parts, "cut_by": None if whole else cutter, "grace_us": 0}
        moved = self.planned.model_copy(update=update)
        return moved.model_copy(update={"grace_us": max(0, until_us(self.planned) - until_us(moved))})


def promise(one: Logged, outlook: Outlook, number: int) -> Promise:
    """The promise of a promised airing; `number` tells it from the cluster's others."""
    planned = one.planned
    assert planned is not None
    over = tuple(part for part in planned.parts if part.end_us <= outlook.now_us)
    if len(over) == len(planned.parts):
        return Promise(planned, over, None)
    part = planned.parts[len(over)]
    latest_us = one.until_us
    length_us = min(planned.duration_us - part.from_us, latest_us - part.start_us)
    wanted = outlook.wants(one.key.occurrence, one.key.cluster)
    programme = Programme(
        id=planned.programme,
        title=planned.title,
        priority=_step_above(planned.priority),
        items=(Item(planned.items[0].content, length_us, planned.items[0].size),),
        targets=(),
        grace_us=max(0, latest_us - part.start_us - length_us),
        if_busy=IfBusy.DELAY,
        if_interrupted=wanted.programme.if_interrupted if wanted else IfInterrupted.RESUME,
    )
    if wanted and not over:
        programme = replace(programme, if_busy=wanted.programme.if_busy)
    spot = Spot(programme, RuleId(""), number, "UTC")
    return Promise(planned, over, Occurrence(part.start_us, part.start_us + length_us, spot, 1))


def _step_above(priority: int) -> int:
    return priority if priority in LATEST_WINS else priority + 1
