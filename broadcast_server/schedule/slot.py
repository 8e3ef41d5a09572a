"""What becomes of an occurrence on one cluster: it has a slot, or it is removed."""

from __future__ import annotations

from enum import StrEnum
from operator import itemgetter
from typing import NamedTuple

from broadcast_server.schedule.occurrence import Occurrence, Part
from speaker_client.protocol.ids import OccurrenceId


class Disturbed(NamedTuple):
    """When an occurrence sounds that begins late, is interrupted or is cut."""

    start_us: int
    """When it is first heard, microseconds UTC."""
    parts: tuple[Part, ...]
    """One or more; they follow the programme without a gap and cover less of it only when it is cut."""
    occurrence: Occurrence
    delayer: Occurrence | None = None
    """Who held the floor last before it began, if it had to wait."""
    cutter: Occurrence | None = None
    """Who last took the floor from it, whether or not it went on later."""

    @property
    def lost_us(self) -> int:
        """How much of the programme's end is not heard, in microseconds."""
        if self.occurrence.programme.relay:
            return self.occurrence.end_us - self.parts[-1].end_us
        return self.occurrence.programme.duration_us - sum(part.length_us for part in self.parts)

    @property
    def taker(self) -> Occurrence | None:
        """Who took of it what is not heard; None if it sounds whole, even in parts."""
        whole = sum(part.length_us for part in self.parts) == self.occurrence.programme.duration_us
        return None if whole else self.cutter or self.delayer


Slot = Occurrence | Disturbed
"""When an occurrence sounds: as planned, or disturbed."""


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


time_on_air = itemgetter(0)
"""When the first part of a slot is heard, microseconds UTC."""
