"""The floor of one cluster: what is on the deck, what keeps what from it, and what is done to the deck.

Synchronous, and durable before the effect: an airing is PLAYING in the journal before the deck may sound it. Only an
order sounds while the disk writes it down.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Protocol

from audio_library.content import ContentId
from speaker_client.deck import Cue, Deck, Reel
from speaker_client.memory import Journal, Stood
from speaker_client.playout import Entry, Standing, State, displaces
from speaker_client.protocol.ids import AiringId
from speaker_client.protocol.plan import Item, PlannedAiring
from speaker_client.protocol.priority import Priority
from speaker_client.protocol.report import Reason

FAR_US = 1 << 62


class Holdings(Protocol):
    """The content on the box's own disk."""

    def lacking(self, contents: Iterable[ContentId]) -> Reason | None:
        """None if all of it is here and whole, else NO_MEDIA or CORRUPT."""

    def reel(self, item: Item) -> Reel:
        """The item's file, whether it is here yet or not."""


@dataclass
class OnDeck:
    """What the deck was given and has not done with. `released` once PLAYING is durable, or at once for an order."""

    planned: PlannedAiring
    serial: int
    before: Standing
    """What was known of it when it was put there."""
    entry: Entry
    end_mono_us: int
    """When the deck is done with it, unless it is cut, by the clock that nobody sets."""
    released: bool = False
    sounding: bool = False
    cut: bool = False
    yields: bool = False
    """An order takes the floor from it."""
    checkpoint_us: int = 0
    told_us: int = 0
    stood_in: tuple[int, int] = (0, 0)
    """How far it was, and what was `concealed` and `filled` by then, as the deck last said."""
    why: tuple[Reason, str | None] | None = None
    """Why it was cut, and by whom; None with `cut` when it merely has to be armed anew."""

    @property
    def end_us(self) -> int:
        """When the deck is free again, unless it is cut."""
        return self.entry.at_us + self.entry.length_us


class Floor:
    """At most one airing sounds, at most one more waits on the deck."""

    def __init__(self, journal: Journal, deck: Deck, holdings: Holdings) -> None:
        self._journal, self._deck, self._holdings = journal, deck, holdings
        self.on_deck: dict[AiringId, OnDeck] = {}
        self._armed = 0

    @property
    def on_air(self) -> AiringId | None:
        """The airing that sounds now."""
        return next((airing for airing, cue in self.on_deck.items() if cue.sounding), None)

    @property
    def _standings(self) -> dict[AiringId, Standing]:
        return self._journal.memory.standings

    # -- what is done to the deck --------------------------------------------------------------------------

    def arm(self, standing: Standing, way: Entry, offset: int) -> None:
        """Put it on the deck, to wait there. `offset`: UTC less the monotonic clock, µs."""
        planned = standing.planned
        self._armed += 1
        end_mono_us = way.at_us + way.length_us - offset
        self.on_deck[planned.id] = OnDeck(
            planned, self._armed, standing, way, end_mono_us, checkpoint_us=way.from_us, told_us=way.from_us
        )
        self._deck.arm(
            Cue(
                airing=planned.id,
                serial=self._armed,
                part=standing.part,
                title=planned.title,
                reels=tuple(self._holdings.reel(item) for item in planned.held),
                at_mono_us=way.at_us - offset,
                from_us=way.from_us,
                length_us=way.length_us,
                loudspeakers=frozenset(planned.loudspeakers),
                spoken=planned.spoken,
                relay=planned.relay,
                waits=standing.ordered,
                meanwhile=self._holdings.reel(planned.meanwhile) if planned.meanwhile else None,
                at_full=planned.priority >= Priority.LIVE_EMERGENCY,
                gain_cb=planned.gain_cb or 0,
            )
        )

    def release(self, standing: Standing) -> None:
        """An order, which may sound more than once, waits for no commit of its own."""
        cue = self.on_deck[standing.id]
        if not standing.ordered:
            self._journal.commit([Stood(begun(standing, cue))])
        cue.released = True
        self._deck.release(standing.id)

    def cut(self, airing: AiringId, why: tuple[Reason, str | None] | None) -> None:
        """Have the deck fade it out or drop it; it stays on the deck until that says that it is done."""
        cue = self.on_deck[airing]
        cue.cut, cue.why = True, cue.why or why
        self._deck.cut(airing)

    def give_up(self, airing: AiringId) -> None:
        """Silence what the deck should long be done with; its answer is not waited for."""
        self._deck.cut(airing)

    def take(self, order: Standing, holders: list[OnDeck]) -> None:
        """What sounds fades out while the order begins; what merely waits on the deck is armed anew afterwards."""
        for cue in holders:
            if not cue.cut:
                cue.yields = cue.released
                ends = cue.released or self.is_order(cue)
                self.cut(cue.planned.id, (Reason.PREEMPTED, order.id) if ends else None)

    def cut_what_changed(self) -> None:
        """Take off the deck what ended or was planned anew before its release; what sounds only learns of its rest."""
        for airing, cue in self.on_deck.items():
            standing = self._standings.get(airing)
            if standing is not None and cue.released:
                cue.planned = standing.planned
            elif not cue.cut and (standing is None or standing.planned != cue.planned):
                self.cut(airing, None)

    # -- questions -----------------------------------------------------------------------------------------

    def lacking(self, standing: Standing) -> Reason | None:
        """Why it may not begin for want of content; None if what must be here is here."""
        return self._holdings.lacking(first_needed(standing))

    def holders(self, way: Entry, but: AiringId) -> list[OnDeck]:
        """What is on the deck when this one wants to come in."""
        return [cue for one, cue in self.on_deck.items() if one != but and cue.end_us > way.at_us]

    def ends(self, cue: OnDeck, order: Standing) -> bool:
        """Whether what is on the deck is an order that ends this other one."""
        other = self._standings.get(cue.planned.id)
        return order.ordered and other is not None and other.ordered and not cue.cut and displaces(other, order)

    def is_stronger(self, cue: OnDeck, order: Standing) -> bool:
        """Whether what is on the deck keeps the order from the floor."""
        if self.is_order(cue):
            return self.ends(cue, order)
        return not cue.cut and cue.planned.priority >= order.planned.priority

    def is_order(self, cue: OnDeck) -> bool:
        """Whether what is on the deck was ordered, not planned."""
        standing = self._standings.get(cue.planned.id)
        return standing is not None and standing.ordered

    @property
    def has_order(self) -> bool:
        """Whether an order sounds, or is about to."""
        return any(self.is_order(cue) for cue in self.on_deck.values())

    def free_until(self, standing: Standing, now_us: int) -> int:
        """When the next other airing is due: a late start may not run into it. Who has the deck is not asked here.

        Nor is what should have begun and cannot, because its content is not here.
        """
        others = (
            part.start_us
            for other in self._standings.values()
            if other.id != standing.id and other.id not in self.on_deck and not other.ordered
            for part in other.planned.parts[other.part :]
            if part.start_us >= standing.stretch.start_us and (part.start_us > now_us or self.lacking(other) is None)
        )
        return min(others, default=FAR_US)


def begun(standing: Standing, cue: OnDeck) -> Standing:
    """It is on air, as the deck has it."""
    return replace(standing, state=State.PLAYING, shift_us=cue.entry.shift_us, interrupted=False)


def first_needed(standing: Standing) -> frozenset[ContentId]:
    """What must be here before it may begin: all of it; of an order the first item, since it waits for nothing else."""
    planned = standing.planned
    return frozenset(item.content for item in planned.items[:1]) if standing.ordered else planned.contents()
