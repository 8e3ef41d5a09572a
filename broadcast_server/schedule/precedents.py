"""What became of the same programmes at the same distances before: most mornings are like the morning before.

And what becomes of the very same occurrences on another cluster: most are for a whole village or for everybody.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from broadcast_server.schedule.slot import Part, Removal, Slot

LONGEST_PRECEDENT = 8
"""Longer stretches hardly ever come twice."""

Key = tuple[tuple[int, ...], tuple[int, ...]]
_SlotNote = tuple[int, tuple[Part, ...] | None, int | None, int | None]
_RemovalNote = tuple[int, Removal, int]


Outcome = tuple[list[Slot], list[Removal]]
"""The slots of a stretch by time on air, and its removals. It is shared, and never changed."""


class Precedents:
    """Outcomes of stretches, by their spots and distances. Only for occurrences that live as long as it does."""

    def __init__(self) -> None:
        self._known: dict[Key, tuple[list[_SlotNote], list[_RemovalNote]]] = {}
        self._elsewhere: dict[tuple[int, ...], tuple[Sequence[Slot], Outcome]] = {}
        """With the slots, so that none is taken for another that lived before it."""

    def outcome(self, stretch: Sequence[Slot], play: Callable[[Sequence[Slot]], Outcome]) -> Outcome:
        """What becomes of the stretch: as on another cluster, else by precedent, else played through."""
        these = tuple(map(id, stretch))
        known = self._elsewhere.get(these)
        if known is None:
            known = self._elsewhere[these] = stretch, self._by_precedent(stretch, play)
        return known[1]

    def _by_precedent(self, stretch: Sequence[Slot], play: Callable[[Sequence[Slot]], Outcome]) -> Outcome:
        if len(stretch) > LONGEST_PRECEDENT:
            return play(stretch)
        key = self.key(stretch)
        found = self.apply(key, stretch)
        if found is None:
            found = play(stretch)
            self.note(key, stretch, *found)
        return found

    def key(self, stretch: Sequence[Slot]) -> Key:
        """What outcomes depend on: who, and how far after the first."""
        first_us = stretch[0][0][0]
        return tuple([id(slot[0][2]) for slot in stretch]), tuple([slot[0][0] - first_us for slot in stretch])

    def note(self, key: Key, stretch: Sequence[Slot], slots: Sequence[Slot], removals: Sequence[Removal]) -> None:
        """Remember what became of the stretch."""
        place = {id(slot[0]): index for index, slot in enumerate(stretch)}
        first_us = stretch[0][0][0]
        slot_notes: list[_SlotNote] = [
            (
                place[id(slot[0])],
                None if slot[1] is None else _moved(slot[1], -first_us),
                None if slot[2] is None else place[id(slot[2])],
                None if slot[3] is None else place[id(slot[3])],
            )
            for slot in slots
        ]
        removal_notes = [(place[id(one[0])], one, place[id(one[2])]) for one in removals]
        self._known[key] = slot_notes, removal_notes

    def apply(self, key: Key, stretch: Sequence[Slot]) -> Outcome | None:
        """What becomes of the stretch by precedent; None if there is none."""
        known = self._known.get(key)
        if known is None:
            return None
        slots = [stretch[note[0]] if note[1] is None else _slot(note, stretch) for note in known[0]]
        removals = [
            Removal(stretch[loser][0], removal[1], stretch[winner][0], removal[3])
            for loser, removal, winner in known[1]
        ]
        return slots, removals


def _slot(note: _SlotNote, stretch: Sequence[Slot]) -> Slot:
    place, parts, delayer, cutter = note
    return Slot(
        stretch[place][0],
        None if parts is None else _moved(parts, stretch[0][0][0]),
        None if delayer is None else stretch[delayer][0],
        None if cutter is None else stretch[cutter][0],
    )


def _moved(parts: tuple[Part, ...], by_us: int) -> tuple[Part, ...]:
    return tuple([Part(start_us + by_us, from_us, length_us) for start_us, from_us, length_us in parts])
