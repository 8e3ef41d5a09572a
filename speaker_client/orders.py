"""What the station says is to sound, or to stop, made to stand: the plan, an order for the floor, a stop.

Synchronous. Each is durable, with its sequence number and what it ends, before it is answered. A plan takes effect
after that; an order sounds and a stop silences while the disk writes: whoever crashes in between is told again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from speaker_client.conductor import Conductor
from speaker_client.endings import REMEMBERED_US, ending, endings
from speaker_client.floor import Floor
from speaker_client.memory import Change, Journal, Ratcheted, Stood, Tombstone
from speaker_client.playout import COMMIT_LEAD_US, Standing, State, continued, displaces, entry
from speaker_client.protocol.command import Stop
from speaker_client.protocol.ids import AiringId
from speaker_client.protocol.order import FloorOrder
from speaker_client.protocol.plan import Item, Plan, PlannedAiring
from speaker_client.protocol.report import OrderAccepted, PlanAccepted, Reason
from speaker_client.reporter import Reporter
from speaker_client.sync import Now


class Orders:
    """Takes what was examined and found to be the station's; the conductor does what is due of it."""

    def __init__(
        self,
        journal: Journal,
        floor: Floor,
        conductor: Conductor,
        reporter: Reporter,
        on_first: Callable[[Item], object] = lambda item: None,
    ) -> None:
        """`on_first` is told what an order begins with, before it is looked whether that is here."""
        self._journal, self._floor, self._conductor, self._reporter = journal, floor, conductor, reporter
        self._on_first = on_first

    @property
    def _standings(self) -> dict[AiringId, Standing]:
        return self._journal.memory.standings

    def accept_plan(self, plan: Plan, ratchet: Ratcheted, keep: Change, now: Now) -> None:
        """Make a newer plan the one in force, durably; what it drops is cancelled with a report."""
        self._conductor.tick(now)
        wanted = {airing.id: airing for airing in plan.airings}
        replaced = [one for one in self._standings.values() if one.id not in wanted and not one.ordered]
        dropped = [one for one in replaced if one.state is State.PLANNED]
        ends = [ending(standing, Reason.WITHDRAWN, None) for standing in dropped]
        stood: list[Change] = []
        for airing in wanted.values():
            stone = self._journal.memory.tombstones.get(airing.id)
            if stone and self._is_news(airing):
                ends.append(ending(Standing(airing, plan.seq), Reason.STOPPED, stone[0]))
            elif self._is_news(airing):
                stood.append(Stood(Standing(airing, plan.seq)))
            elif rest := self._rest(airing):
                stood.append(Stood(replace(rest, plan_seq=plan.seq)))
        accepted = PlanAccepted(seq=plan.seq, airings=len(wanted))
        lines = self._reporter.lines([*ends, accepted], now)
        self._journal.commit([ratchet, keep, *stood, *endings(ends), *lines])
        self._floor.cut_what_changed()

    def _is_news(self, airing: PlannedAiring) -> bool:
        """Whether a plan says something new of an airing that has neither begun nor ended."""
        if airing.id in self._journal.memory.ended:
            return False
        known = self._standings.get(airing.id)
        return known is None or (known.state is State.PLANNED and known.planned != airing)

    def _rest(self, airing: PlannedAiring) -> Standing | None:
        """What has begun, if a plan says something new of how it goes on."""
        known = self._standings.get(airing.id)
        if known is None or known.state is not State.PLAYING or known.planned == airing:
            return None
        cue = self._floor.on_deck.get(airing.id)
        return continued(known, airing, sounds=cue is not None and cue.released)

    def accept_order(self, order: FloorOrder, airing: PlannedAiring, ratchet: Ratcheted, now: Now) -> None:
        """Sound at once, over everything weaker and every earlier order; what a stop names never starts."""
        memory = self._journal.memory
        if airing.id in memory.ended or airing.id in memory.standings:
            self._journal.commit([ratchet])
            return
        standing = Standing(airing, plan_seq=order.seq, ordered=True, begins_by_us=order.expires_us)
        earlier = [one for one in memory.standings.values() if one.ordered and displaces(standing, one)]
        ends = [ending(one, Reason.PREEMPTED, standing.id) for one in earlier if one.id not in self._floor.on_deck]
        accepted, stood = OrderAccepted(order=order.id, airing=airing.id), Stood(standing)
        bar = self._bar(standing)
        if bar:
            ends.append(ending(standing, *bar))
        else:
            self._begin(standing, now)
        lines = self._reporter.lines([accepted, *ends], now)
        self._journal.commit([ratchet, *([] if bar else [stood]), *endings(ends), *lines])
        self._conductor.tick(now)

    def _begin(self, order: Standing, now: Now) -> None:
        """Sound it, if it is due and can be heard, whether or not the disk has it yet: cards take long to write."""
        for item in order.planned.items[:1]:
            self._on_first(item)
        if now.utc_us is None or self._floor.lacking(order):
            return
        way = entry(order, now.utc_us, self._floor.free_until(order, now.utc_us))
        if way is None:
            return
        holders = self._floor.holders(way, order.id)
        if not any(self._floor.is_stronger(cue, order) for cue in holders):
            self._floor.take(order, holders)
            self._floor.arm(order, way, now.utc_us - now.mono_us)
            if way.at_us - COMMIT_LEAD_US <= now.utc_us:
                self._floor.release(order)

    def _bar(self, order: Standing) -> tuple[Reason, str | None] | None:
        """Why an order that is new may not sound: it was stopped before it came, or a stronger or later one stands."""
        stone = self._journal.memory.tombstones.get(order.id)
        if stone:
            return Reason.STOPPED, stone[0]
        stronger = (one.id for one in self._standings.values() if one.ordered and displaces(one, order))
        by = next(stronger, None)
        return (Reason.PREEMPTED, by) if by else None

    def accept_stop(self, stop: Stop, ratchet: Ratcheted, now: Now) -> None:
        """Silence the named airings, or whatever sounds or is about to go on; those never start afterwards."""
        sounding = {airing for airing, cue in self._floor.on_deck.items() if cue.released}
        named = sorted(stop.airings or self._meant(stop, sounding, now))
        ends = [
            ending(standing, Reason.STOPPED, stop.by)
            for airing in named
            if airing not in sounding and (standing := self._standings.get(airing))
        ]
        for airing in sounding.intersection(named):
            self._floor.cut(airing, (Reason.STOPPED, stop.by))
        until = stop.expires_us + REMEMBERED_US
        stones = [Tombstone(one, stop.by, until) for one in named if one not in self._journal.memory.ended]
        self._journal.commit([ratchet, *stones, *endings(ends), *self._reporter.lines(ends, now)])
        self._floor.cut_what_changed()

    def _meant(self, stop: Stop, sounding: set[AiringId], now: Now) -> set[AiringId]:
        """What a stop that names nothing ends: it may come late, and means nothing that was due only after it.

        What came due while an order had the floor waits for its end, and would be heard at once after the stop.
        """
        standings = self._standings.values()
        later = {one.id for one in standings if stop.given_us is not None and one.planned.start_us > stop.given_us}
        waiting = {one.id for one in standings if one.ordered or one.interrupted}
        if self._floor.has_order and now.utc_us is not None:
            waiting |= {one.id for one in standings if one.stretch.start_us <= now.utc_us}
        return (sounding | waiting) - later
