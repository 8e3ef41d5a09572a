"""What becomes of an occurrence on one cluster: it has a slot, or it is removed."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from broadcast_server.schedule.occurrence import Occurrence
from speaker_client.protocol.ids import OccurrenceId


class Part(NamedTuple):
    """A stretch on air: from `from_us` inside the programme for `length_us`, heard from `start_us`."""

    start_us: int
    from_us: int
    length_us: int

    @property
    def end_us(self) -> int:
        return self.start_us + self.length_us


class Slot(NamedTuple):
    """When an occurrence sounds: as planned, or in `disturbed` parts."""

    occurrence: Occurrence
    disturbed: tuple[Part, ...] | None = None
    delayer: Occurrence | None = None
    cutter: Occurrence | None = None

    @property
    def parts(self) -> tuple[Part, ...]:
        """One or more; they follow the programme without a gap and cover less of it only when it is cut."""
        if self.disturbed is not None:
            return self.disturbed
        start_us, end_us, _, _ = self.occurrence
        return (Part(start_us, 0, end_us - start_us),)

    @property
    def start_us(self) -> int:
        """When it is first heard, microseconds UTC."""
        return self.occurrence[0] if self.disturbed is None else self.disturbed[0][0]

    @property
    def lost_us(self) -> int:
        """How much of the programme's end is not heard, in microseconds."""
        if self.occurrence.programme.relay:
            return self.occurrence.end_us - self.parts[-1].end_us
        return self.occurrence.programme.duration_us - sum(part.length_us for part in self.parts)

    @property
    def whole(self) -> bool:
        """Whether all of it is heard, be it late or in parts."""
        return sum(part.length_us for part in self.parts) == self.occurrence.programme.duration_us

    @property
    def taker(self) -> Occurrence | None:
        """Who took of it what is not heard; None if it sounds whole."""
        return None if self.whole else self.cutter or self.delayer

    @property
    def delayed_by(self) -> OccurrenceId | None:
        """Who held the floor last before it began, if it had to wait."""
        return None if self.delayer is None else self.delayer.id

    @property
    def interrupted_by(self) -> OccurrenceId | None:
        """Who last took the floor from it, whether or not it went on later."""
        return None if self.cutter is None else self.cutter.id

    @property
    def cut_by(self) -> OccurrenceId | None:
        """Who took of it what is not heard; None if it sounds whole, even in parts."""
        return None if self.taker is None else self.taker.id


class RemovalReason(StrEnum):
    """Why an occurrence does not sound at all."""

    SUPERSEDED = "superseded"
    RESTS = "rests"
    """The cluster is switched off for now; no running order has it."""


class Removal(NamedTuple):
    """An occurrence that does not sound here, and the one that kept it off the air last: to the end of its grace."""

    occurrence: Occurrence
    reason: RemovalReason
    winner: Occurrence
    waited: bool
    """Whether it waited for the floor until its grace had run out."""

    @property
    def by(self) -> OccurrenceId:
        return self.winner.id


def time_on_air(slot: Slot) -> int:
    """When its first part is heard, microseconds UTC."""
    disturbed = slot[1]
    return slot[0][0] if disturbed is None else disturbed[0][0]
