"""What is played: items in order, where to, how strong, and what happens when something stronger comes."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from audio_library.content import ContentId
from speaker_client.protocol.ids import MINUTE, ClusterId, LoudspeakerNumber, ProgrammeId, VillageId
from speaker_client.protocol.priority import Priority


@dataclass(frozen=True)
class Item:
    """One content of the programme; `duration_us` in microseconds, `size` in bytes."""

    content: ContentId
    duration_us: int
    size: int


@dataclass(frozen=True)
class Relay:
    """A stream for `length_us` instead of items: the ids of its sources, the first that sounds is taken."""

    sources: tuple[str, ...]
    length_us: int


@dataclass(frozen=True)
class Everywhere:
    """Every loudspeaker of the station."""


@dataclass(frozen=True)
class Village:
    """Every loudspeaker of every cluster that stands in the village."""

    village: VillageId


@dataclass(frozen=True)
class Cluster:
    """Every loudspeaker of one cluster."""

    cluster: ClusterId


@dataclass(frozen=True)
class Loudspeaker:
    """One horn of one cluster."""

    cluster: ClusterId
    number: LoudspeakerNumber


Target = Everywhere | Village | Cluster | Loudspeaker


LATEST_WINS = frozenset({Priority.EMERGENCY, Priority.LIVE_EMERGENCY})
"""Among equals of these the later start takes the floor, so that a forgotten microphone cannot block."""


class IfBusy(StrEnum):
    """What a programme does when its start finds the floor taken by an equal or a stronger one."""

    DROP = "drop"
    DELAY = "delay"


class IfInterrupted(StrEnum):
    """What a programme on air does after something stronger has taken the floor."""

    RESUME = "resume"
    END = "end"


def _derived() -> Any:
    return field(init=False, repr=False, compare=False)


@dataclass(frozen=True)
class Programme:
    """Items back to back. Nothing of it sounds later than `grace_us` after where it was planned.

    Or a relay, that is never late: what of it is not heard at its moment is gone, and `items` are what a box plays in
    its place while no source sounds.
    """

    id: ProgrammeId
    title: str
    priority: int
    """A number of the ladder; one between two steps ranks between them."""
    items: tuple[Item, ...]
    targets: tuple[Target, ...]
    grace_us: int = 5 * MINUTE
    if_busy: IfBusy = IfBusy.DELAY
    if_interrupted: IfInterrupted = IfInterrupted.RESUME
    made_us: int = 0
    """When it was first saved: of equals that begin at one moment the elder comes first."""
    relay: Relay | None = None
    gain_cb: int = 0
    """How much softer it is than others, in hundredths of a decibel."""
    duration_us: int = _derived()
    """How long it lasts whole, in microseconds."""
    reach_us: int = _derived()
    """From its planned start to the moment after which nothing of it can sound, in microseconds."""
    rung: int = _derived()
    """Its place on the priority ladder."""
    latest_wins: bool = _derived()
    """Whether, among equals, the later start takes the floor."""
    waits: bool = _derived()
    """Whether it waits for a floor that is taken."""
    resumes: bool = _derived()
    """Whether it goes on after an interruption."""

    def __post_init__(self) -> None:
        lengths_us = [self.relay.length_us] if self.relay else [item.duration_us for item in self.items]
        if not lengths_us or min(lengths_us) <= 0 or self.grace_us < 0:
            raise ValueError(f"programme {self.id}: needs items that last, and a grace that is not negative")
        if self.relay and self.grace_us:
            raise ValueError(f"programme {self.id}: a relay is never late")
        duration_us = sum(lengths_us)
        waits, resumes = self.if_busy is IfBusy.DELAY, self.if_interrupted is IfInterrupted.RESUME
        # Computed once: the floor asks at every step, and enums are slow to compare.
        vars(self).update(
            duration_us=duration_us,
            reach_us=duration_us + (self.grace_us if waits or resumes else 0),
            rung=int(self.priority),
            latest_wins=self.priority in LATEST_WINS,
            waits=waits,
            resumes=resumes,
        )
