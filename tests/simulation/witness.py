"""What really happened, written down by the world and not by the cores: sound, power, clock, content, orders."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from speaker_client.deck import Cue
from speaker_client.protocol.ids import AiringId, BoxId, ClusterId
from speaker_client.protocol.plan import PlannedAiring

Span = tuple[int, int]
FOREVER = 1 << 62


@dataclass(frozen=True)
class Sound:
    """Samples [from, to) of an airing, really emitted between two true moments."""

    box: BoxId
    cue: Cue
    from_us: int
    to_us: int
    began_us: int
    ended_us: int
    clock_error_us: int
    """The bound that the box itself set on its clock when it armed the cue."""


class Spans:
    """When something was so."""

    def __init__(self) -> None:
        self._closed: list[Span] = []
        self._since: int | None = None

    def turn(self, on: bool, now_us: int) -> None:
        """From now on it is so, or not."""
        if on and self._since is None:
            self._since = now_us
        elif not on and self._since is not None:
            self._closed.append((self._since, now_us))
            self._since = None

    def all(self) -> list[Span]:
        """Every span, the open one to the end of time."""
        return [*self._closed, *([(self._since, FOREVER)] if self._since is not None else [])]

    def throughout(self, low_us: int, high_us: int) -> bool:
        """Whether it was so all the time."""
        return any(since <= low_us and high_us <= until for since, until in self.all())


@dataclass(frozen=True)
class Order:
    """A stop that a person gave: `by` names this one alone."""

    by: str
    airings: tuple[AiringId, ...]
    cluster: ClusterId
    made_us: int
    expires_us: int
    seq: int


@dataclass(frozen=True)
class Given:
    """An emergency or a drill that a person gave: its airing on a cluster, and how long a round is.

    It may begin until `expires_us`.
    """

    planned: PlannedAiring
    cluster: ClusterId
    made_us: int
    expires_us: int
    round_us: int

    @property
    def until_us(self) -> int:
        """The last moment at which any of it may sound."""
        return self.planned.end_us + self.planned.grace_us

    def ends(self, other: Given) -> bool:
        """Whether it ends the other, by the ladder and, of equals, by time."""
        mine, its = self.planned, other.planned
        return (mine.priority, mine.start_us, mine.id) > (its.priority, its.start_us, its.id)


@dataclass
class BoxRecord:
    """One box seen from outside."""

    up: Spans = field(default_factory=Spans)
    clock: Spans = field(default_factory=Spans)
    held: dict[str, Spans] = field(default_factory=lambda: defaultdict(Spans))
    knew: dict[AiringId, list[tuple[int, PlannedAiring]]] = field(default_factory=lambda: defaultdict(list))
    ended: dict[AiringId, list[int]] = field(default_factory=lambda: defaultdict(list))
    plans: list[tuple[int, int]] = field(default_factory=list)
    """When which plan was accepted."""
    faults: dict[AiringId, list[int]] = field(default_factory=lambda: defaultdict(list))
    gone: list[Span] = field(default_factory=list)
    """When there was no output."""
    begun: dict[AiringId, int] = field(default_factory=dict)
    """When PLAYING was first durable: from then on a newer plan may only say how the rest of it goes."""
    released: dict[AiringId, list[int]] = field(default_factory=lambda: defaultdict(list))
    crashes: list[int] = field(default_factory=list)
    jumps: list[tuple[int, int]] = field(default_factory=list)
    """When the box's idea of the time moved, and by how much."""
    obeyed: dict[int, int] = field(default_factory=dict)
    """When a stop (by its number) was obeyed."""
    told: dict[str, int] = field(default_factory=dict)
    """When a stop (by its `by`) first lay before a box that could obey it."""
    heard: dict[AiringId, list[int]] = field(default_factory=dict)
    """When an emergency or a drill lay before the box while it could obey it; only what was heard is a key."""
    clock_lies: list[tuple[int, int, int]] = field(default_factory=list)
    """When the box's time was further from the truth than the bound it gave."""

    def had_output(self, low_us: int, high_us: int) -> bool:
        """Whether there was one all the time."""
        return not any(since < high_us and low_us < until for since, until in self.gone)

    def jumps_in(self, low_us: int, high_us: int) -> bool:
        """Whether the box's idea of the time moved by more than a little in between."""
        return any(low_us <= when <= high_us and by > 100_000 for when, by in self.jumps)


@dataclass
class Witness:
    """Everything that the oracle may ask."""

    sounds: list[Sound] = field(default_factory=list)
    boxes: dict[BoxId, BoxRecord] = field(default_factory=lambda: defaultdict(BoxRecord))
    orders: dict[str, Order] = field(default_factory=dict)
    genuine: dict[str, Order] = field(default_factory=dict)
    """Orders by the station's signature on them."""
    given: dict[bytes, Given] = field(default_factory=dict)
    """Emergencies and drills by the very message that carries them."""
    published: dict[ClusterId, dict[int, dict[AiringId, PlannedAiring]]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    """What the station signed: cluster → seq → airings."""
