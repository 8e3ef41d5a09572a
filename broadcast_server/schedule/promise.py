"""What is on air, or was promised for the next minute, is kept as it was published.

Only something stronger takes the floor from it; then its parts change, never its content. For the running
order each part that is left of it is an occurrence of its own, a step above its equals.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from broadcast_server.schedule.airings import AiringKey
from broadcast_server.schedule.occurrence import Occurrence, Spot
from broadcast_server.schedule.outlook import Outlook
from broadcast_server.schedule.programme import LATEST_WINS, IfBusy, IfInterrupted, Item, Programme, Relay
from broadcast_server.schedule.running_order import Slot
from speaker_client.protocol.ids import MINUTE, OccurrenceId, RuleId
from speaker_client.protocol.plan import Part, PlannedAiring

PROMISED_US = MINUTE
"""Whatever is due so soon is no longer changed, only withdrawn or overruled."""


@dataclass(frozen=True)
class Disturbance:
    """Who moves an airing: `delayed_by` has the floor last before it begins, `interrupted_by` takes it from it last."""

    delayed_by: OccurrenceId | None = None
    interrupted_by: OccurrenceId | None = None


UNDISTURBED = Disturbance()


@dataclass(frozen=True)
class Logged:
    """An airing of one cluster as the log has it; `start_us` is where the timetable set it, before any delay.

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
    disturbance: Disturbance = UNDISTURBED

    def live(self, now_us: int) -> bool:
        """Whether the plan in force carries it and it can still sound."""
        return self.until_us > now_us and self.planned is not None and not self.withdrawn and not self.ended


def is_promised(one: Logged, outlook: Outlook) -> bool:
    """Whether it is kept as published: it plays, or it was planned to begin by the next minute and still is wanted."""
    if not one.live(outlook.now_us):
        return False
    wanted = outlook.wants(one.key.occurrence, one.key.cluster)
    return one.playing or (wanted is not None and wanted.start_us <= outlook.now_us + PROMISED_US)


@dataclass(frozen=True)
class Promise:
    """A promised airing: the parts that are over, and each of the others as an occurrence for the running order."""

    one: Logged
    planned: PlannedAiring
    over: tuple[Part, ...]
    rests: tuple[Occurrence, ...]

    def kept(self, slots: Mapping[int, Slot], name: Callable[[Occurrence], OccurrenceId]) -> PlannedAiring | None:
        """How it is published now that its rests have slots (`slots` by Python's `id` of the occurrence; `name` tells
        the id of an occurrence). None if something stronger leaves nothing of it."""
        found = [slots.get(id(rest)) for rest in self.rests]
        pairs = zip(self.planned.parts[len(self.over) :], found, strict=True)
        parts = (*self.over, *(part for old, slot in pairs if slot is not None for part in self._moved(old, slot)))
        if not parts:
            return None
        cutters = [slot.cutter for slot in found if slot is not None and slot.cutter is not None]
        return self._with(parts, name(cutters[-1]) if cutters else self.planned.cut_by)

    def disturbance(self, slots: Mapping[int, Slot], name: Callable[[Occurrence], OccurrenceId]) -> Disturbance:
        """Who moves it, now that its rests have slots: as the log has it, but for what is new."""
        found = [slots[id(rest)] for rest in self.rests if id(rest) in slots]
        known = self.one.disturbance
        if found and not self.over and (delayer := found[0].delayer) is not None:
            known = replace(known, delayed_by=name(delayer))
        later = [slot.delayer for slot in (found if self.over else found[1:])]
        takers = [name(one) for one in (*later, *(slot.cutter for slot in found)) if one is not None]
        takers = [one for one in takers if one != self.planned.occurrence]
        return replace(known, interrupted_by=takers[-1]) if takers else known

    def _moved(self, old: Part, slot: Slot) -> list[Part]:
        relay = self.planned.relay
        return [
            Part(
                start_us=part.start_us,
                from_us=part.start_us - relay.start_us if relay else part.from_us + old.from_us,
                length_us=part.length_us,
            )
            for part in slot.parts
        ]

    def _with(self, parts: tuple[Part, ...], cut_by: str | None) -> PlannedAiring:
        if parts == self.planned.parts:
            return self.planned
        whole = sum(part.length_us for part in parts) >= self.planned.duration_us
        update = {"parts": parts, "cut_by": None if whole else cut_by, "grace_us": 0}
        moved = self.planned.model_copy(update=update)
        return moved.model_copy(update={"grace_us": max(0, self.one.until_us - moved.until_us)})


def promise(one: Logged, outlook: Outlook, number: int) -> Promise:
    """The promise of a promised airing; `number` tells it from the cluster's others."""
    planned = one.planned
    assert planned is not None
    over = tuple(part for part in planned.parts if part.end_us <= outlook.now_us)
    left = planned.parts[len(over) :]
    latest = [*(part.start_us for part in left[1:]), one.until_us]
    wanted = outlook.wants(one.key.occurrence, one.key.cluster)
    manners = (IfBusy.DELAY, IfInterrupted.RESUME)
    if wanted is not None:
        busy = IfBusy.DELAY if over else wanted.programme.if_busy
        manners = busy, wanted.programme.if_interrupted
    rests = (_rest(planned, part, latest_us, manners, number) for part, latest_us in zip(left, latest, strict=False))
    return Promise(one, planned, over, tuple(rests))


def _rest(
    planned: PlannedAiring, part: Part, latest_us: int, manners: tuple[IfBusy, IfInterrupted], number: int
) -> Occurrence:
    """One part, which may move but not beyond `latest_us`; that of a relay only loses its beginning."""
    relay = Relay((), part.length_us) if planned.relay else None
    programme = Programme(
        id=planned.programme,
        title=planned.title,
        priority=_step_above(planned.priority),
        items=() if relay else (Item(planned.items[0].content, part.length_us, planned.items[0].size),),
        targets=(),
        grace_us=0 if relay else max(0, latest_us - part.end_us),
        relay=relay,
        if_busy=manners[0],
        if_interrupted=manners[1],
    )
    return Occurrence(part.start_us, part.end_us, Spot(programme, RuleId(""), number, "UTC"), 1)


def _step_above(priority: int) -> int:
    return priority if priority in LATEST_WINS else priority + 1
