"""The conductor: carries the pure playout out, in the one order that survives a power cut at any point.

Every method is synchronous. What permits an effect is durable before the effect: PLAYING before the first
sample, an end together with its report, a sequence number before the command is acted on.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Protocol

from audio_library.content import ContentId
from speaker_client.deck import Cue, Deck, DeckEvent, Done, Emitted, Reel, Sounded
from speaker_client.memory import Change, Ended, Memory, Ratcheted, Stood, Tombstone
from speaker_client.playout import (
    ARM_LEAD_US,
    COMMIT_LEAD_US,
    START_LEAD_US,
    Entry,
    Standing,
    State,
    as_spoken,
    displaces,
    entry,
    heard,
    hopeless_at,
    next_part,
    verdict,
)
from speaker_client.protocol.command import Stop
from speaker_client.protocol.ids import DAY, SECOND, AiringId
from speaker_client.protocol.live import Live
from speaker_client.protocol.order import Order
from speaker_client.protocol.plan import Plan, PlannedAiring
from speaker_client.protocol.report import (
    AiringEnded,
    AiringStarted,
    Evidence,
    Measured,
    OrderAccepted,
    PlanAccepted,
    Reason,
)
from speaker_client.reporter import Reporter
from speaker_client.sync import Now

CHECKPOINT_US = 5 * SECOND
STUCK_US = 5 * SECOND
"""A cue whose end is longer past than this will never be said to be done."""

REMEMBERED_US = 9 * DAY
"""How long the id of an ended airing is kept: longer than any plan may still name it."""

FAR_US = 1 << 62


class Journal(Protocol):
    """The box's durable memory."""

    memory: Memory

    def commit(self, changes: Iterable[Change]) -> None:
        """All of the changes, durably, or none. On a disk that fails in memory alone: what is held is played on."""


class Holdings(Protocol):
    """The content on the box's own disk."""

    def lacking(self, contents: Iterable[ContentId]) -> Reason | None:
        """None if all of it is here and whole, else NO_MEDIA or CORRUPT."""

    def reel(self, content: ContentId, duration_us: int) -> Reel:
        """The file of a content that is here."""


@dataclass
class OnDeck:
    """What the deck was given and has not done with. `released` once PLAYING is durable."""

    planned: PlannedAiring
    entry: Entry
    released: bool = False
    sounding: bool = False
    cut: bool = False
    yields: bool = False
    """An order takes the floor from it."""
    checkpoint_us: int = 0
    why: tuple[Reason, str | None] | None = None
    """Why it was cut, and by whom; None with `cut` when it merely has to be armed anew."""

    @property
    def end_us(self) -> int:
        """When the deck is free again, unless it is cut."""
        return self.entry.at_us + self.entry.length_us


class Conductor:
    """One cluster's floor: at most one airing sounds, at most one more waits on the deck."""

    def __init__(self, journal: Journal, deck: Deck, holdings: Holdings, reporter: Reporter) -> None:
        self._journal, self._deck, self._holdings, self._reporter = journal, deck, holdings, reporter
        self._on_deck: dict[AiringId, OnDeck] = {}
        self._clock_since_us: int | None = None
        self._awake_since_us: int | None = None
        self._blocked: dict[AiringId, tuple[Reason, str | None]] = {}

    @property
    def on_air(self) -> AiringId | None:
        """The airing that sounds now."""
        return next((airing for airing, cue in self._on_deck.items() if cue.sounding), None)

    @property
    def _standings(self) -> dict[AiringId, Standing]:
        return self._journal.memory.standings

    def awake(self, now: Now, since_mono_us: int) -> None:
        """Tell when this process began and since when the clock is trusted; said again and again."""
        if now.utc_us is None:
            self._clock_since_us = None
        elif self._clock_since_us is None:
            self._clock_since_us = now.utc_us
            self._awake_since_us = now.utc_us - (now.mono_us - since_mono_us)

    # -- orders ------------------------------------------------------------------------------------------

    def accept_plan(self, plan: Plan, ratchet: Ratcheted, keep: Change, now: Now) -> None:
        """Make a newer plan the one in force, durably; what it drops is cancelled with a report."""
        self.tick(now)
        wanted = {airing.id: airing for airing in plan.airings}
        replaced = [one for one in self._standings.values() if one.id not in wanted and not one.ordered]
        dropped = [one for one in replaced if one.state is State.PLANNED]
        ends = [self._end(standing, Reason.WITHDRAWN, None) for standing in dropped]
        stood: list[Change] = []
        for airing in wanted.values():
            stone = self._journal.memory.tombstones.get(airing.id)
            if stone and self._is_news(airing):
                ends.append(self._end(Standing(airing, plan.seq), Reason.STOPPED, stone[0]))
            elif self._is_news(airing):
                stood.append(Stood(Standing(airing, plan.seq)))
        accepted = PlanAccepted(seq=plan.seq, airings=len(wanted))
        lines = self._reporter.lines([*ends, accepted], now)
        self._journal.commit([ratchet, keep, *stood, *_endings(ends), *lines])
        self._cut_what_changed()

    def accept_order(self, order: Order | Live, airing: PlannedAiring, ratchet: Ratcheted, now: Now) -> None:
        """Sound at once, over everything weaker and every earlier order; what a stop names never starts."""
        memory = self._journal.memory
        if airing.id in memory.ended or airing.id in memory.standings:
            self._journal.commit([ratchet])
            return
        standing = Standing(airing, plan_seq=0, ordered=True, begins_by_us=order.expires_us)
        earlier = [one for one in memory.standings.values() if one.ordered and displaces(standing, one)]
        ends = [self._end(one, Reason.PREEMPTED, standing.id) for one in earlier if one.id not in self._on_deck]
        accepted, stood = OrderAccepted(order=order.id, airing=airing.id), Stood(standing)
        bar = self._bar(standing)
        if bar:
            ends.append(self._end(standing, *bar))
        else:
            self._arm_order(standing, now)
        lines = self._reporter.lines([accepted, *ends], now)
        self._journal.commit([ratchet, *([] if bar else [stood]), *_endings(ends), *lines])
        if armed := self._on_deck.get(standing.id):
            self._take_floor(standing, self._holders(armed.entry, standing.id))
        self.tick(now)

    def _arm_order(self, order: Standing, now: Now) -> None:
        """It is opened and decoded while the disk writes; nothing sounds nor is cut before it is durable."""
        if now.utc_us is None or self._holdings.lacking(order.planned.contents()):
            return
        way = entry(order, now.utc_us, self._free_until(order))
        if way and not any(self._is_stronger(cue, order) for cue in self._holders(way, order.id)):
            self._arm(order, way, now.utc_us - now.mono_us)

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
        sounding = {airing for airing, cue in self._on_deck.items() if cue.released}
        named = sorted(stop.airings or self._meant(stop, sounding))
        ends = [
            self._end(standing, Reason.STOPPED, stop.by)
            for airing in named
            if airing not in sounding and (standing := self._standings.get(airing))
        ]
        until = stop.expires_us + REMEMBERED_US
        stones = [Tombstone(one, stop.by, until) for one in named if one not in self._journal.memory.ended]
        self._journal.commit([ratchet, *stones, *_endings(ends), *self._reporter.lines(ends, now)])
        for airing in sounding.intersection(named):
            self._cut(airing, (Reason.STOPPED, stop.by))
        self._cut_what_changed()

    def _meant(self, stop: Stop, sounding: set[AiringId]) -> set[AiringId]:
        """What a stop that names nothing ends: it may come late, and ends no order that was given after it."""
        orders = [one for one in self._standings.values() if one.ordered]
        later = {one.id for one in orders if stop.given_us is not None and one.planned.start_us > stop.given_us}
        waiting = {one.id for one in self._standings.values() if one.ordered or one.interrupted}
        return (sounding | waiting) - later

    # -- time --------------------------------------------------------------------------------------------

    def tick(self, now: Now) -> int:
        """Do what is due and return the monotonic time (µs) at which to be called again."""
        if now.utc_us is None:
            return now.mono_us + SECOND
        offset = now.utc_us - now.mono_us
        self._give_up_stuck(now.utc_us, now)
        while self._end_first_hopeless(now.utc_us, now):
            pass
        while self._arm_next(now.utc_us, offset):
            pass
        for airing in [airing for airing, cue in self._on_deck.items() if not cue.released and not cue.cut]:
            if self._on_deck[airing].entry.at_us - COMMIT_LEAD_US <= now.utc_us:
                self._release(airing)
        return min(self._next_moment(now.utc_us) - offset, now.mono_us + 60 * SECOND)

    def _give_up_stuck(self, utc: int, now: Now) -> None:
        """A cue that the deck should long be done with: its output is gone."""
        for airing, cue in list(self._on_deck.items()):
            if utc > cue.end_us + STUCK_US:
                self._deck.cut(airing)
                part = self._standings[airing].part if airing in self._standings else 0
                self._done(cue, Done(airing, part, cue.checkpoint_us, 0, Reason.AUDIO_FAULT), now)

    def _end_first_hopeless(self, utc: int, now: Now) -> bool:
        """Move on, or end, the first airing that was stopped or whose part can no longer be entered."""
        for standing in self._standings.values():
            if standing.id in self._on_deck:
                continue
            stone = self._journal.memory.tombstones.get(standing.id)
            if stone:
                self._close(standing, (Reason.STOPPED, stone[0]), now)
                return True
            by = next((one for one, cue in self._on_deck.items() if self._ends(cue, standing)), None)
            if by:
                self._close(standing, (Reason.PREEMPTED, by), now)
                return True
            if utc < standing.stretch.start_us:
                continue
            self._blocked[standing.id] = self._obstacle(standing)
            if entry(standing, utc, self._free_until(standing)) is None:
                self._part_over(standing, now)
                return True
        return False

    def _arm_next(self, utc: int, offset: int) -> bool:
        """Arm the strongest airing that is due and finds the floor free, pre-empting what is weaker."""
        for standing in self._due(utc):
            way = entry(standing, utc, self._free_until(standing))
            if way is None:
                continue
            holders = self._holders(way, standing.id)
            if standing.ordered:
                if any(self._is_stronger(cue, standing) for cue in holders):
                    continue
                self._take_floor(standing, holders)
                self._arm(standing, way, offset)
                return True
            if not holders and not any(cue.cut for cue in self._on_deck.values()):
                self._arm(standing, way, offset)
                return True
            if way.at_us - COMMIT_LEAD_US <= utc + START_LEAD_US:
                for cue in holders:
                    if cue.planned.priority < standing.planned.priority and not cue.cut:
                        self._cut(cue.planned.id, (Reason.PREEMPTED, standing.id))
        return False

    def _holders(self, way: Entry, but: AiringId) -> list[OnDeck]:
        """What is on the deck when this one wants to come in."""
        return [cue for one, cue in self._on_deck.items() if one != but and cue.end_us > way.at_us]

    def _take_floor(self, order: Standing, holders: list[OnDeck]) -> None:
        """What sounds fades out while the order begins; what merely waits on the deck is armed anew afterwards."""
        for cue in holders:
            if not cue.cut:
                cue.yields = cue.released
                ends = cue.released or self._is_order(cue)
                self._cut(cue.planned.id, (Reason.PREEMPTED, order.id) if ends else None)

    def _ends(self, cue: OnDeck, order: Standing) -> bool:
        """Whether what is on the deck is an order that ends this other one."""
        other = self._standings.get(cue.planned.id)
        return order.ordered and other is not None and other.ordered and not cue.cut and displaces(other, order)

    def _is_stronger(self, cue: OnDeck, order: Standing) -> bool:
        """Whether what is on the deck keeps the order from the floor."""
        if self._is_order(cue):
            return self._ends(cue, order)
        return not cue.cut and cue.planned.priority >= order.planned.priority

    def _due(self, utc: int) -> list[Standing]:
        """What may be armed now and is held whole, strongest first; of orders the latest."""
        ready = [
            standing
            for standing in self._standings.values()
            if standing.id not in self._on_deck
            and standing.stretch.start_us - ARM_LEAD_US <= utc
            and self._holdings.lacking(standing.planned.contents()) is None
        ]
        return sorted(ready, key=_turn)

    def _arm(self, standing: Standing, way: Entry, offset: int) -> None:
        planned = standing.planned
        self._on_deck[planned.id] = OnDeck(planned, way, checkpoint_us=way.from_us)
        self._deck.arm(
            Cue(
                airing=planned.id,
                part=standing.part,
                title=planned.title,
                reels=tuple(self._holdings.reel(item.content, item.duration_us) for item in planned.items),
                at_mono_us=way.at_us - offset,
                from_us=way.from_us,
                length_us=way.length_us,
                loudspeakers=frozenset(planned.loudspeakers),
                spoken=planned.spoken,
            )
        )

    def _release(self, airing: AiringId) -> None:
        """An order, which may sound more than once, is durable already, and waits for no second commit."""
        cue, standing = self._on_deck[airing], self._standings[airing]
        if not standing.ordered:
            self._journal.commit([Stood(_begun(standing, cue))])
        cue.released = True
        self._deck.release(airing)

    def _cut(self, airing: AiringId, why: tuple[Reason, str | None] | None) -> None:
        cue = self._on_deck[airing]
        cue.cut, cue.why = True, cue.why or why
        self._deck.cut(airing)

    # -- what the deck says --------------------------------------------------------------------------------

    def heard(self, event: DeckEvent, now: Now) -> None:
        """Take one event of the deck."""
        cue = self._on_deck.get(event.airing)
        if cue is None:
            return
        match event:
            case Sounded():
                self._sounded(cue, event, now)
            case Emitted():
                self._emitted(cue, event)
            case Done():
                self._done(cue, event, now)

    def _sounded(self, cue: OnDeck, event: Sounded, now: Now) -> None:
        standing = self._standings[event.airing]
        cue.sounding = True
        cue.entry = replace(cue.entry, from_us=event.from_us)
        cue.checkpoint_us = event.from_us
        if standing.started_us is not None or now.utc_us is None:
            return
        started = event.at_mono_us + now.utc_us - now.mono_us
        due = standing.planned.start_us
        body = AiringStarted(airing=event.airing, due_us=due, started_us=started, error_us=event.error_us)
        stood = Stood(replace(_begun(standing, cue), started_us=started, error_us=event.error_us))
        self._journal.commit([stood, *self._reporter.lines([body], now)])

    def _emitted(self, cue: OnDeck, event: Emitted) -> None:
        if event.to_us - cue.checkpoint_us < CHECKPOINT_US:
            return
        standing = self._standings[event.airing]
        segments = heard(standing.segments, cue.entry.from_us, event.to_us)
        self._journal.commit([Stood(replace(standing, segments=segments))])
        cue.checkpoint_us = event.to_us

    def _done(self, cue: OnDeck, event: Done, now: Now) -> None:
        del self._on_deck[event.airing]
        standing = self._standings.get(event.airing)
        if standing is None or (cue.cut and cue.why is None and not cue.sounding):
            return
        segments = standing.segments
        if cue.sounding:
            segments = heard(segments, cue.entry.from_us, event.to_us)
        standing = replace(
            standing,
            segments=segments,
            underruns=standing.underruns + event.underruns,
            concealed=standing.concealed + event.concealed,
        )
        if event.spoken:
            standing = replace(standing, planned=as_spoken(standing.planned, *event.spoken))
        if event.reason is not None:
            self._close(standing, (event.reason, None), now)
        elif cue.why and cue.why[0] is Reason.STOPPED:
            self._close(standing, cue.why, now)
        elif cue.why and standing.planned.resumes and cue.yields:
            self._blocked[standing.id] = cue.why
            self._journal.commit([Stood(replace(standing, interrupted=True))])
        elif standing.planned.spoken and not cue.why:
            self._close(standing, (Reason.NO_VOICE, None), now)
        else:
            if cue.why:
                self._blocked[standing.id] = cue.why
            self._part_over(standing, now)

    # -- what a sensor says --------------------------------------------------------------------------------

    def measured(self, said: Measured, now: Now) -> None:
        """Write down what a sensor found; what it proved counts for the airing's end, if that is still to come."""
        standing, proof = self._standings.get(said.airing), said.proof()
        stood: list[Change] = []
        if standing and proof and proof > (standing.proof or 0):
            stood.append(Stood(replace(standing, proof=proof)))
        self._journal.commit([*stood, *self._reporter.lines([said], now)])

    # -- ends ----------------------------------------------------------------------------------------------

    def _part_over(self, standing: Standing, now: Now) -> None:
        following = next_part(standing)
        if following:
            self._journal.commit([Stood(following)])
        else:
            self._close(standing, self._blocked.get(standing.id, (Reason.LATE, None)), now)

    def _close(self, standing: Standing, why: tuple[Reason, str | None], now: Now) -> None:
        end = self._end(standing, *why)
        self._journal.commit([*_endings([end]), *self._reporter.lines([end], now)])
        self._blocked.pop(standing.id, None)

    def _end(self, standing: Standing, reason: Reason, by: str | None) -> AiringEnded:
        result, why, who = verdict(standing, reason, by)
        planned = standing.planned
        return AiringEnded(
            airing=standing.id,
            result=result,
            reason=why,
            by=who,
            due_us=planned.start_us,
            started_us=standing.started_us,
            error_us=standing.error_us,
            duration_us=planned.duration_us,
            segments=standing.segments,
            plan_seq=standing.plan_seq,
            contents=tuple(item.content for item in planned.items),
            evidence=standing.proof or (Evidence.CONSUMED if standing.segments else Evidence.ACKNOWLEDGED),
            underruns=standing.underruns,
            concealed=standing.concealed,
        )

    def _cut_what_changed(self) -> None:
        """Take off the deck what ended or was planned anew before it was released."""
        for airing, cue in self._on_deck.items():
            standing = self._standings.get(airing)
            if not cue.cut and (standing is None or standing.planned != cue.planned):
                self._cut(airing, None)

    # -- questions -----------------------------------------------------------------------------------------

    def _is_order(self, cue: OnDeck) -> bool:
        standing = self._standings.get(cue.planned.id)
        return standing is not None and standing.ordered

    def _is_news(self, airing: PlannedAiring) -> bool:
        """Whether a plan says something new of an airing that has neither begun nor ended."""
        if airing.id in self._journal.memory.ended:
            return False
        known = self._standings.get(airing.id)
        return known is None or (known.state is State.PLANNED and known.planned != airing)

    def _free_until(self, standing: Standing) -> int:
        """When the next other airing is due: a late start may not run into it. Who has the deck is not asked here."""
        others = (
            part.start_us
            for other in self._standings.values()
            if other.id != standing.id and other.id not in self._on_deck and not other.ordered
            for part in other.planned.parts[other.part :]
            if part.start_us >= standing.stretch.start_us
        )
        return min(others, default=FAR_US)

    def _obstacle(self, standing: Standing) -> tuple[Reason, str | None]:
        """Why an airing that is due is not on the deck."""
        start = standing.stretch.start_us
        if self._awake_since_us is not None and start < self._awake_since_us:
            return Reason.POWER_OFF, None
        if self._clock_since_us is not None and start < self._clock_since_us:
            return Reason.CLOCK, None
        lacking = self._holdings.lacking(standing.planned.contents())
        if lacking:
            return lacking, None
        holders = {airing: cue for airing, cue in self._on_deck.items() if not cue.cut}
        if standing.ordered:
            holders = {airing: cue for airing, cue in holders.items() if self._is_stronger(cue, standing)}
        holder = next(iter(holders), None)
        return (Reason.PREEMPTED, holder) if holder else self._blocked.get(standing.id, (Reason.LATE, None))

    def _next_moment(self, utc: int) -> int:
        """The next time (UTC) at which anything can change without an event."""
        moments = [cue.entry.at_us - COMMIT_LEAD_US for cue in self._on_deck.values() if not cue.released]
        moments += [cue.end_us + STUCK_US + 1 for cue in self._on_deck.values()]
        for standing in self._standings.values():
            start = standing.stretch.start_us
            moments += [start - ARM_LEAD_US, start, hopeless_at(standing)]
        return min((moment for moment in moments if moment > utc), default=utc + 60 * SECOND)


def _begun(standing: Standing, cue: OnDeck) -> Standing:
    return replace(standing, state=State.PLAYING, shift_us=cue.entry.shift_us, interrupted=False)


def _turn(standing: Standing) -> tuple[int, int, str]:
    start = -standing.planned.start_us if standing.ordered else standing.stretch.start_us
    return -standing.planned.priority, start, standing.id


def _endings(ends: Iterable[AiringEnded]) -> list[Change]:
    return [Ended(end.airing, end.due_us + REMEMBERED_US) for end in ends]


def needed(standings: Iterable[Standing]) -> list[PlannedAiring]:
    """What still has to play, soonest first: the order in which content is fetched."""
    return sorted((standing.planned for standing in standings), key=lambda planned: planned.start_us)
