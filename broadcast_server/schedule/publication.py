"""What is wanted × what the log has → the cluster's next plan, and what that does to the log.

A plan is published when it says something new of the time that the plan in force covers, or to move on
with time. An airing keeps its id while it is planned; one that was withdrawn and comes back gets a new one.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from broadcast_server.schedule.airings import AiringKey, airing_id
from broadcast_server.schedule.occurrence import Occurrence
from broadcast_server.schedule.outlook import RESTS, Outlook
from broadcast_server.schedule.promise import UNDISTURBED, Disturbance, Logged, Promise, is_promised, promise
from broadcast_server.schedule.running_order import RunningOrder, Slot, running_order
from speaker_client.protocol.ids import DAY, HOUR, MINUTE, ClusterId, OccurrenceId
from speaker_client.protocol.plan import Part, PlannedAiring

RENEWAL_US = 6 * HOUR
"""A plan without news is replaced after so long, so that a box always knows most of a week."""

SHORTEST_US = DAY
"""A plan that reaches less far than this is replaced at once."""

_CLOCK_SLACK_US = MINUTE

Winners = Mapping[OccurrenceId, OccurrenceId | None]
"""Which occurrence keeps which off the air."""


@dataclass(frozen=True)
class InForce:
    """The cluster's plan in force: when it was made and the moment up to which it plans starts."""

    made_us: int
    until_us: int


@dataclass(frozen=True)
class Wanted:
    """An airing as it shall be published; `due_us` is its planned start, before any delay."""

    key: AiringKey
    due_us: int
    planned: PlannedAiring
    disturbance: Disturbance = UNDISTURBED


@dataclass(frozen=True)
class Overruled:
    """An airing that was never published and will not sound, since `by` has the floor, or the cluster rests (RESTS)."""

    key: AiringKey
    occurrence: Occurrence
    by: OccurrenceId


@dataclass(frozen=True)
class Withdrawn:
    """An airing that the new plan no longer carries: `by` has the floor; None: the timetable does not want it."""

    key: AiringKey
    by: OccurrenceId | None


@dataclass(frozen=True)
class Publication:
    """What re-planning a cluster comes to.

    `airings` is the whole new plan up to `until_us`, None if the one in force stays; `dues_us` when each of them is
    due, ascending, always before `until_us`. The rest is what changes in the log: airings `added` to the plan or
    `changed` (in it, or in who disturbs them) or `withdrawn` from it, airings that the ladder keeps off the air,
    noted (`overruled`), no longer so (`forgotten`) or past their time (`superseded`).
    """

    until_us: int
    airings: tuple[PlannedAiring, ...] | None
    dues_us: tuple[int, ...]
    added: tuple[Wanted, ...]
    changed: tuple[Wanted, ...]
    withdrawn: tuple[Withdrawn, ...]
    overruled: tuple[Overruled, ...]
    forgotten: tuple[AiringKey, ...]
    superseded: tuple[AiringKey, ...]


def publication(
    outlook: Outlook, cluster: ClusterId, logged: Iterable[Logged], in_force: InForce | None
) -> Publication:
    """Re-plan one cluster. `logged` holds all its airings that start later than a day ago, or have not ended."""
    newest = _newest(logged)
    wanted, overruled, winners = _wanted(outlook, cluster, newest)
    renewal, until = _renewal(outlook, in_force)
    if not renewal and _is_news(outlook, newest, [one for one in wanted if one.due_us < until]):
        renewal, until = True, outlook.until_us
    wanted = [one for one in wanted if one.due_us < until]
    noted = [one for one in overruled if one.occurrence.start_us < until]
    log = _Log(outlook.now_us, newest)
    return Publication(
        until_us=until,
        airings=tuple(sorted((one.planned for one in wanted), key=_time_on_air)) if renewal else None,
        dues_us=tuple(sorted(one.due_us for one in wanted)) if renewal else (),
        added=tuple(log.added(wanted)) if renewal else (),
        changed=tuple(log.changed(wanted)) if renewal else (),
        withdrawn=tuple(Withdrawn(key, winners.get(key.occurrence)) for key in log.withdrawn(wanted))
        if renewal
        else (),
        overruled=tuple(log.noted(noted)),
        forgotten=tuple(log.forgotten(wanted, noted)),
        superseded=tuple(log.superseded()),
    )


def _renewal(outlook: Outlook, in_force: InForce | None) -> tuple[bool, int]:
    """Whether a plan is due even without news, and up to when the next plan, or the one in force, goes."""
    if in_force is None:
        return True, outlook.until_us
    fresh = -_CLOCK_SLACK_US <= outlook.now_us - in_force.made_us < RENEWAL_US
    if fresh and in_force.until_us - outlook.now_us >= SHORTEST_US:
        return False, in_force.until_us
    return True, outlook.until_us


def _newest(logged: Iterable[Logged]) -> dict[OccurrenceId, Logged]:
    """Of each occurrence the airing with the highest revision."""
    ascending = sorted(logged, key=lambda one: one.key.revision)
    return {one.key.occurrence: one for one in ascending}


def _is_news(outlook: Outlook, newest: Mapping[OccurrenceId, Logged], wanted: list[Wanted]) -> bool:
    log = _Log(outlook.now_us, newest)
    return bool(log.added(wanted) or log.moved(wanted) or log.withdrawn(wanted))


@dataclass(frozen=True)
class _Log:
    """The cluster's airings by occurrence, compared with what is wanted."""

    now_us: int
    newest: Mapping[OccurrenceId, Logged]

    def added(self, wanted: list[Wanted]) -> list[Wanted]:
        return [one for one in wanted if not self._live(one.key.occurrence)]

    def moved(self, wanted: list[Wanted]) -> list[Wanted]:
        live = [one for one in wanted if self._live(one.key.occurrence)]
        return [one for one in live if not _same(self.newest[one.key.occurrence].planned, one.planned)]

    def changed(self, wanted: list[Wanted]) -> list[Wanted]:
        live = [one for one in wanted if self._live(one.key.occurrence)]
        others = [one for one in live if self.newest[one.key.occurrence].disturbance != one.disturbance]
        return list({one.key: one for one in (*self.moved(wanted), *others)}.values())

    def withdrawn(self, wanted: list[Wanted]) -> list[AiringKey]:
        kept = {one.key for one in wanted}
        return [one.key for one in self.newest.values() if one.live(self.now_us) and one.key not in kept]

    def noted(self, overruled: list[Overruled]) -> list[Overruled]:
        return [one for one in overruled if self._overruled_by(one.key.occurrence) != one.by]

    def forgotten(self, wanted: list[Wanted], overruled: list[Overruled]) -> list[AiringKey]:
        kept = {one.key for one in wanted} | {one.key for one in overruled}
        return [one.key for one in self._unpublished() if one.start_us > self.now_us and one.key not in kept]

    def superseded(self) -> list[AiringKey]:
        return [one.key for one in self._unpublished() if one.start_us <= self.now_us]

    def _unpublished(self) -> list[Logged]:
        return [one for one in self.newest.values() if one.planned is None and not one.ended]

    def _live(self, occurrence: OccurrenceId) -> bool:
        known = self.newest.get(occurrence)
        return known is not None and known.live(self.now_us)

    def _overruled_by(self, occurrence: OccurrenceId) -> OccurrenceId | None:
        known = self.newest.get(occurrence)
        return None if known is None or known.planned is not None else known.overruled_by


def _wanted(
    outlook: Outlook,
    cluster: ClusterId,
    newest: Mapping[OccurrenceId, Logged],
    released: Winners = MappingProxyType({}),
) -> tuple[list[Wanted], list[Overruled], Winners]:
    """What shall sound on the cluster from now on, what the ladder keeps from it, and which occurrence keeps which.

    A promise that cannot be kept is released: its occurrence then competes as the schedule has it now.
    """
    promised = [one for name, one in newest.items() if name not in released and is_promised(one, outlook)]
    promises = [promise(one, outlook, number) for number, one in enumerate(promised)]
    rests = [rest for one in promises for rest in one.rests]
    settled = running_order([*rests, *_fresh(outlook, cluster, newest, {one.key.occurrence for one in promised})])
    names = _Names(outlook, promises)
    slots = {id(slot.occurrence): slot for slot in settled.slots}
    winners = {**released, **{names(one.occurrence): names(one.winner) for one in settled.removals}}
    kept = [(one, one.kept(slots, names)) for one in promises]
    if broken := {one.planned.occurrence for one, planned in kept if planned is None}:
        return _wanted(outlook, cluster, newest, {one: winners.get(one) for one in (*released, *broken)})
    wanted = [
        Wanted(one.one.key, one.one.start_us, planned, one.disturbance(slots, names))
        for one, planned in kept
        if planned is not None
    ]
    wanted += [
        _as_wanted(outlook, cluster, newest.get(names(slot.occurrence)), slot, names)
        for slot in settled.slots
        if not names.promised(slot.occurrence)
    ]
    return wanted, [*_overruled(settled, cluster, newest, names), *_rested(outlook, cluster, newest)], winners


class _Names:
    """The real ids of occurrences in the running order; a promise has that of the one it stands for."""

    def __init__(self, outlook: Outlook, promises: Iterable[Promise]) -> None:
        self._outlook = outlook
        self._promised = {id(rest): one.planned.occurrence for one in promises for rest in one.rests}

    def __call__(self, occurrence: Occurrence) -> OccurrenceId:
        return self._promised.get(id(occurrence)) or self._outlook.name(occurrence)

    def promised(self, occurrence: Occurrence) -> bool:
        return id(occurrence) in self._promised


def _fresh(
    outlook: Outlook, cluster: ClusterId, newest: Mapping[OccurrenceId, Logged], kept: Container[OccurrenceId]
) -> list[Occurrence]:
    """What is still to come: not begun by now, not promised, and not ended before its time by a stop."""
    found = []
    for name, occurrence in outlook.occurrences.items():
        if occurrence.start_us <= outlook.now_us or name in kept or not outlook.loudspeakers(occurrence, cluster):
            continue
        known = newest.get(name)
        if known is None or known.withdrawn or not known.ended:
            found.append(occurrence)
    return found


def _overruled(
    settled: RunningOrder, cluster: ClusterId, newest: Mapping[OccurrenceId, Logged], names: _Names
) -> list[Overruled]:
    """Removals that a plan never carried. One that a plan did carry is withdrawn instead."""
    found = []
    for removal in settled.removals:
        name = names(removal.occurrence)
        known = newest.get(name)
        if not names.promised(removal.occurrence) and (known is None or known.planned is None):
            key = known.key if known else AiringKey(name, cluster)
            found.append(Overruled(key, removal.occurrence, names(removal.winner)))
    return found


def _rested(outlook: Outlook, cluster: ClusterId, newest: Mapping[OccurrenceId, Logged]) -> Iterator[Overruled]:
    """What a cluster that rests will not play and no plan carried. What a plan did carry is withdrawn instead."""
    for name, occurrence in outlook.rested(cluster):
        known = newest.get(name)
        if known is None or known.planned is None:
            yield Overruled(known.key if known else AiringKey(name, cluster), occurrence, RESTS)


def _as_wanted(outlook: Outlook, cluster: ClusterId, known: Logged | None, slot: Slot, names: _Names) -> Wanted:
    occurrence, programme = slot.occurrence, slot.occurrence.programme
    key = _key(names(occurrence), cluster, known)
    relay = outlook.relay(key.occurrence, occurrence)
    parts = tuple(
        Part(
            start_us=one.start_us,
            from_us=one.start_us - occurrence.start_us if relay else one.from_us,
            length_us=one.length_us,
        )
        for one in slot.parts
    )
    latest_us = occurrence.end_us + programme.grace_us
    cutter = None if slot.cutter is None else names(slot.cutter)
    disturbance = Disturbance(None if slot.delayer is None else names(slot.delayer), cutter)
    facts: dict[str, Any] = {
        "id": known.planned.id if known and known.planned and not known.withdrawn else airing_id(key),
        "occurrence": key.occurrence,
        "programme": programme.id,
        "title": programme.title,
        "priority": int(programme.priority),
        "loudspeakers": tuple(sorted(outlook.loudspeakers(occurrence, cluster))),
        "items": () if relay else outlook.items[programme.id],
        "spoken": None,
        "relay": relay,
        "parts": parts,
        "grace_us": 0
        if relay
        else max(0, latest_us - max(parts[-1].end_us, parts[0].start_us + programme.duration_us)),
        "cut_by": None if slot.taker is None else names(slot.taker),
        "gain_cb": programme.gain_cb or None,
        "resumes": programme.resumes,
    }
    if known is not None and known.planned is not None and known.planned.__dict__ == facts:
        return Wanted(key, occurrence.start_us, known.planned, disturbance)
    return Wanted(key, occurrence.start_us, PlannedAiring(**facts), disturbance)


def _same(one: PlannedAiring | None, other: PlannedAiring) -> bool:
    return one is other or one == other


def _key(occurrence: OccurrenceId, cluster: ClusterId, known: Logged | None) -> AiringKey:
    if known is None:
        return AiringKey(occurrence, cluster)
    return AiringKey(occurrence, cluster, known.key.revision + 1) if known.withdrawn else known.key


def _time_on_air(planned: PlannedAiring) -> tuple[int, str]:
    return planned.start_us, planned.id
