"""The conductor: carries the pure playout out, in the one order that survives a power cut at any point.

Every method is synchronous. What permits an effect is durable before the effect: PLAYING before a programme's first
sample, an end together with its report. What makes an airing stand is in orders.py, who has the
floor in floor.py, the deck itself in turntable.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from speaker_client.deck import DeckEvent, Done, Emitted, Sounded
from speaker_client.endings import ending, endings
from speaker_client.floor import Floor, OnDeck, begun
from speaker_client.memory import Born, Change, Journal, Stood
from speaker_client.playout import (
    ARM_LEAD_US,
    COMMIT_LEAD_US,
    START_LEAD_US,
    Entry,
    Segment,
    Standing,
    as_spoken,
    counted,
    entry,
    goes_on,
    hopeless_at,
    is_joined,
    is_stale,
    next_part,
    verdict,
)
from speaker_client.protocol.ids import SECOND, AiringId
from speaker_client.protocol.plan import PlannedAiring
from speaker_client.protocol.report import AiringStarted, Measured, Reason, Result
from speaker_client.reporter import Reporter
from speaker_client.sync import Now

CHECKPOINT_US = 7 * SECOND // 2
"""With a second between two words of the deck, and what its output still holds, a crash takes the memory of five."""
MOST_TRIES = 10
"""So often an order begins anew because its output was away again when it should have begun."""
GRANTED_US = 10 * SECOND
"""So long an order that has to begin again may take for it, though it expires meanwhile."""
STUCK_US = 5 * SECOND
"""A cue whose end is longer past than this will never be said to be done."""


class Conductor:
    """Keeps one cluster's timetable on its floor, and writes down what became of it."""

    def __init__(self, journal: Journal, floor: Floor, reporter: Reporter) -> None:
        self._journal, self._floor, self._reporter = journal, floor, reporter
        self._clock_since_us: int | None = None
        self._awake_since_us: int | None = None
        self._blocked: dict[AiringId, tuple[Reason, str | None]] = {}
        self._taken_again: dict[AiringId, int] = {}
        """How often an order began again since its output was whole."""

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
            if self._journal.memory.born_us is None:
                self._journal.commit([Born(self._awake_since_us)])

    # -- time --------------------------------------------------------------------------------------------

    def tick(self, now: Now) -> int:
        """Do what is due and return the monotonic time (µs) at which to be called again."""
        if now.utc_us is None:
            return now.mono_us + SECOND
        offset = now.utc_us - now.mono_us
        self._give_up_stuck(now)
        self._drop_what_expired(now.utc_us)
        while self._end_first_hopeless(now.utc_us, now):
            pass
        while self._arm_next(now.utc_us, offset):
            pass
        for airing in [airing for airing, cue in self._floor.on_deck.items() if not cue.released and not cue.cut]:
            if self._floor.on_deck[airing].entry.at_us - COMMIT_LEAD_US <= now.utc_us:
                self._floor.release(self._standings[airing])
        return min(self._next_moment(now.utc_us, offset) - offset, now.mono_us + 60 * SECOND)

    def _give_up_stuck(self, now: Now) -> None:
        """A cue that the deck should long be done with: its output is gone. A clock that is set ends nothing."""
        for airing, cue in list(self._floor.on_deck.items()):
            if now.mono_us > cue.end_mono_us + STUCK_US:
                self._floor.give_up(airing)
                concealed, filled = cue.stood_in
                gone = Done(airing, cue.serial, cue.told_us, 0, Reason.AUDIO_FAULT, concealed=concealed, filled=filled)
                self._done(cue, gone, now)

    def _drop_what_expired(self, utc: int) -> None:
        """An order for which there was no output until it expired does not begin any more."""
        for airing, cue in self._floor.on_deck.items():
            standing = self._standings.get(airing)
            waits = not cue.sounding and not cue.cut and cue.entry.at_us + SECOND <= utc
            if waits and standing and is_stale(standing, utc):
                self._floor.cut(airing, (Reason.AUDIO_FAULT, None))

    def _end_first_hopeless(self, utc: int, now: Now) -> bool:
        """Move on, or end, the first airing that was stopped or whose part can no longer be entered.

        What goes on is looked at last: what is over by then is not in its way.
        """
        for standing in sorted(self._standings.values(), key=goes_on):
            if standing.id in self._floor.on_deck:
                continue
            stone = self._journal.memory.tombstones.get(standing.id)
            if stone:
                self._close(standing, (Reason.STOPPED, stone[0]), now)
                return True
            by = next((one for one, cue in self._floor.on_deck.items() if self._floor.ends(cue, standing)), None)
            if by:
                self._close(standing, (Reason.PREEMPTED, by), now)
                return True
            if utc < standing.stretch.start_us:
                continue
            if goes_on(standing) and utc < standing.until_us and self._an_order_is_in_the_way(utc):
                continue  # what else would be in its way cannot begin now either
            self._blocked[standing.id] = self._obstacle(standing)
            if self._way(standing, utc) is None:
                self._part_over(standing, now)
                return True
        return False

    def _an_order_is_in_the_way(self, utc: int) -> bool:
        """One is on the deck, or goes there in this tick: its output had failed, or the box begins anew."""
        return self._floor.has_order or any(one.ordered and self._way(one, utc) for one in self._due(utc))

    def _arm_next(self, utc: int, offset: int) -> bool:
        """Arm the strongest airing that is due and finds the floor free, pre-empting what is weaker."""
        for standing in self._due(utc):
            way = self._way(standing, utc)
            if way is None:
                continue
            holders = self._floor.holders(way, standing.id)
            if standing.ordered:
                if any(self._floor.is_stronger(cue, standing) for cue in holders):
                    continue
                self._floor.take(standing, holders)
                self._floor.arm(standing, way, offset)
                return True
            if not holders and not any(cue.cut for cue in self._floor.on_deck.values()):
                self._floor.arm(standing, way, offset)
                return True
            if way.at_us - COMMIT_LEAD_US <= utc + START_LEAD_US:
                for cue in holders:
                    if cue.planned.priority < standing.planned.priority and not cue.cut:
                        self._floor.cut(cue.planned.id, (Reason.PREEMPTED, standing.id))
        return False

    def _way(self, standing: Standing, utc: int) -> Entry | None:
        """How it can be heard if it begins now."""
        born = self._journal.memory.born_us
        return entry(standing, utc, self._floor.free_until(standing, utc), utc if born is None else born)

    def _due(self, utc: int) -> list[Standing]:
        """What may be armed now and is held whole, strongest first; of orders the latest."""
        ready = [
            standing
            for standing in self._standings.values()
            if standing.id not in self._floor.on_deck
            and standing.stretch.start_us - ARM_LEAD_US <= utc
            and self._floor.lacking(standing) is None
        ]
        return sorted(ready, key=_turn)

    def _obstacle(self, standing: Standing) -> tuple[Reason, str | None]:
        """Why an airing that is due is not on the deck."""
        start = standing.stretch.start_us
        if self._awake_since_us is not None and start < self._awake_since_us:
            return Reason.POWER_OFF, None
        if self._clock_since_us is not None and start < self._clock_since_us:
            return Reason.CLOCK, None
        lacking = self._floor.lacking(standing)
        if lacking:
            return lacking, None
        holders = {airing: cue for airing, cue in self._floor.on_deck.items() if not cue.cut}
        if standing.ordered:
            holders = {airing: cue for airing, cue in holders.items() if self._floor.is_stronger(cue, standing)}
        holder = next(iter(holders), None)
        return (Reason.PREEMPTED, holder) if holder else self._blocked.get(standing.id, (Reason.LATE, None))

    def _next_moment(self, utc: int, offset: int) -> int:
        """The next time (UTC) at which anything can change without an event."""
        moments = [cue.entry.at_us - COMMIT_LEAD_US for cue in self._floor.on_deck.values() if not cue.released]
        moments += [cue.end_mono_us + offset + STUCK_US + 1 for cue in self._floor.on_deck.values()]
        moments += [cue.entry.at_us + SECOND for cue in self._floor.on_deck.values() if not cue.sounding]
        for standing in self._standings.values():
            start = standing.stretch.start_us
            moments += [start - ARM_LEAD_US, start, hopeless_at(standing)]
        return min((moment for moment in moments if moment > utc), default=utc + 60 * SECOND)

    # -- what the deck says --------------------------------------------------------------------------------

    def heard(self, event: DeckEvent, now: Now) -> None:
        """Take one event of the deck; what it still says of a cue that was given up is of no later one."""
        cue = self._floor.on_deck.get(event.airing)
        if cue is None or cue.serial != event.serial:
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
        if self._lost_its_beginning(standing, cue, event):
            self._taken_again[event.airing] = self._taken_again.get(event.airing, 0) + 1
            self._journal.commit([Stood(_granted(standing, now))])
            self._floor.cut(event.airing, None)
            return
        cue.sounding = True
        cue.entry = replace(cue.entry, from_us=event.from_us)
        cue.checkpoint_us = cue.told_us = event.from_us
        if standing.started_us is not None or now.utc_us is None:
            return
        started = event.at_mono_us + now.utc_us - now.mono_us
        due = standing.planned.start_us
        body = AiringStarted(airing=event.airing, due_us=due, started_us=started, error_us=event.error_us)
        stood = Stood(replace(begun(standing, cue), started_us=started, error_us=event.error_us))
        self._journal.commit([stood, *self._reporter.lines([body], now)])

    def _lost_its_beginning(self, standing: Standing, cue: OnDeck, event: Sounded) -> bool:
        """Whether an order waited on the deck for its output so long that it has to begin again, now that it sounds.

        Once, for a box that is too slow to begin on time says what it can; again where its output was away once more.
        """
        late_us, away_us = event.from_us - cue.entry.from_us, event.asked_us - cue.entry.from_us
        is_whole = standing.planned.spoken or late_us < START_LEAD_US or is_joined(standing.planned, event.from_us)
        if not standing.ordered or cue.cut or is_whole:
            return False
        tries = self._taken_again.get(event.airing, 0)
        return not tries or (away_us >= START_LEAD_US and tries < MOST_TRIES)

    def _emitted(self, cue: OnDeck, event: Emitted) -> None:
        if not cue.sounding:
            return
        cue.told_us, cue.stood_in = event.to_us, (event.concealed, event.filled)
        if event.to_us - cue.checkpoint_us >= CHECKPOINT_US:
            sound = cue.entry.from_us, event.to_us
            so_far = counted(self._standings[event.airing], cue.before, sound, 0, *cue.stood_in)
            self._journal.commit([Stood(so_far)])
            cue.checkpoint_us = event.to_us

    def _done(self, cue: OnDeck, event: Done, now: Now) -> None:
        del self._floor.on_deck[event.airing]
        standing = self._standings.get(event.airing)
        if standing is None or (cue.cut and cue.why is None and not cue.sounding):
            return
        sound = cue.entry.from_us, event.to_us if cue.sounding else cue.entry.from_us
        standing = counted(standing, cue.before, sound, event.underruns, event.concealed, event.filled)
        failed = event.reason in (Reason.AUDIO_FAULT, Reason.LATE) and standing.ordered and not cue.cut
        if failed and verdict(standing, Reason.AUDIO_FAULT)[0] is not Result.PLAYED:
            self._begin_again(standing)
            return
        if event.spoken:
            spoken = _since_the_first(standing.segments, event.spoken)
            standing = replace(standing, planned=as_spoken(standing.planned, *spoken))
        if event.reason is Reason.NO_RELAY:
            self._blocked[standing.id] = event.reason, None
            self._part_over(standing, now)
        elif event.reason is Reason.NO_VOICE and standing.segments and not cue.why:
            self._close(_ended_meanwhile(standing, event), self._blocked.get(standing.id, (event.reason, None)), now)
        elif event.reason is not None and not cue.why:
            self._close(standing, (event.reason, None), now)
        elif cue.why and cue.why[0] is Reason.STOPPED:
            self._close(standing, cue.why, now)
        elif cue.why and standing.planned.resumes and cue.yields:
            self._blocked[standing.id] = cue.why
            self._journal.commit([Stood(replace(standing, interrupted=True))])
        elif standing.planned.spoken and not cue.why:
            self._close(standing, self._blocked.get(standing.id, (Reason.NO_VOICE, None)), now)
        else:
            if cue.why or (event.concealed and not standing.planned.relay):
                self._blocked[standing.id] = cue.why or (Reason.NO_MEDIA, None)
            self._part_over(standing, now)

    def _begin_again(self, order: Standing) -> None:
        """An output that fails ends no order that was not heard whole, as no crash does: it waits on the deck until it
        can sound again."""
        self._blocked[order.id] = Reason.AUDIO_FAULT, None
        self._taken_again.pop(order.id, None)
        self._journal.commit([Stood(order)])

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
        end = ending(standing, *why)
        self._journal.commit([*endings([end]), *self._reporter.lines([end], now)])
        self._blocked.pop(standing.id, None)
        self._taken_again.pop(standing.id, None)


def _granted(order: Standing, now: Now) -> Standing:
    """It could sound in time, and is given the time to begin again."""
    if order.begins_by_us is None or now.utc_us is None:
        return order
    return replace(order, begins_by_us=max(order.begins_by_us, now.utc_us + GRANTED_US))


def _since_the_first(segments: tuple[Segment, ...], spoken: Segment) -> Segment:
    """From the first word heard of a voice, which a broken output may have interrupted, to its last."""
    return min([spoken[0], *(start for start, _ in segments[:1])]), spoken[1]


def _ended_meanwhile(live: Standing, end: Done) -> Standing:
    """A voice of which nothing came any more once the output was back: if it was closed it is known how long it was."""
    if end.closed_us is None:
        return live
    first, last = live.segments[0][0], live.segments[-1][1]
    return replace(live, planned=as_spoken(live.planned, first, max(last, end.closed_us)))


def _turn(standing: Standing) -> tuple[int, int, str]:
    start = -standing.plan_seq if standing.ordered else standing.stretch.start_us
    return -standing.planned.priority, start, standing.id


def needed(standings: Iterable[Standing]) -> list[PlannedAiring]:
    """What still has to play, soonest first: the order in which content is fetched."""
    return sorted((standing.planned for standing in standings), key=lambda planned: planned.start_us)
