"""What is played: items in order, where to, how strong, and what happens when something stronger comes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

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


@dataclass(frozen=True)
class Programme:
    """Items back to back. Nothing of it sounds later than `grace_us` after where it was planned."""

    id: ProgrammeId
    title: str
    priority: int
    """A number of the ladder; one between two steps ranks between them."""
    items: tuple[Item, ...]
    targets: tuple[Target, ...]
    grace_us: int = 5 * MINUTE
    if_busy: IfBusy = IfBusy.DELAY
    if_interrupted: IfInterrupted = IfInterrupted.RESUME

    def __post_init__(self) -> None:
        if not self.items or any(item.duration_us <= 0 for item in self.items) or self.grace_us < 0:
            raise ValueError(f"programme {self.id}: needs items that last, and a grace that is not negative")

    @cached_property
    def duration_us(self) -> int:
        """How long it lasts whole, in microseconds."""
        return sum(item.duration_us for item in self.items)

    @cached_property
    def reach_us(self) -> int:
        """From its planned start to the moment after which nothing of it can sound, in microseconds."""
        may_be_late = self.if_busy is IfBusy.DELAY or self.if_interrupted is IfInterrupted.RESUME
        return self.duration_us + (self.grace_us if may_be_late else 0)

    # The following are asked for at every step of the floor; enums are slow to compare.

    @cached_property
    def rung(self) -> int:
        """Its place on the priority ladder."""
        return int(self.priority)

    @cached_property
    def latest_wins(self) -> bool:
        """Whether, among equals, the later start takes the floor."""
        return self.priority in LATEST_WINS

    @cached_property
    def waits(self) -> bool:
        """Whether it waits for a floor that is taken."""
        return self.if_busy is IfBusy.DELAY

    @cached_property
    def resumes(self) -> bool:
        """Whether it goes on after an interruption."""
        return self.if_interrupted is IfInterrupted.RESUME
