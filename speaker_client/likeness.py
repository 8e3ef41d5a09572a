"""The correlator: is what was captured what was played? Levels in, level and confidence out.

Compared are the edges of loudness, not loudness itself: neither steady noise nor another sound that is merely as loud
has its edges where ours has them. It sounded only if it came at its own time: where a later copy fits better, as that
of a neighbouring cluster does, ours is not proven.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from operator import mul, sub

BEFORE, AFTER = 50, 150
"""How many frames beside its place the captured sound is looked at: half a second early, one and a half late."""

EARLIEST, LATEST = -3, 30
"""Ours comes within these: the output's latency and 100 m of air, not the next cluster."""

EDGE = 6
"""An edge is the change from the 60 ms before to the 60 ms after."""

ENOUGH = 600
"""Frames that give full confidence: in 3 s another sound may by chance be as like ours as 0.73."""

CERTAIN = 0.65
"""Measured with 6 s of speech, music and siren: no other reached 0.51, ours in noise as loud as itself 0.84."""

FAINT_DB = -50.0
"""What is weaker is crosstalk, whatever it is like."""


@dataclass(frozen=True)
class Likeness:
    """`level_db`: how loud it was while it should sound, in dB below full scale; `confidence` that it is ours, 0 … 1.

    `lag`: how many frames after it was played, where it is most like it.
    """

    level_db: float
    confidence: float
    lag: int

    @property
    def sounded(self) -> bool:
        """Whether this proves that it sounded."""
        return self.confidence >= CERTAIN and self.level_db >= FAINT_DB


def compare(played: Sequence[float], captured: Sequence[float]) -> Likeness | None:
    """How far `captured` is `played`, both a level a frame; None if nothing was played that can be told by its edges.

    `captured` begins BEFORE frames before `played` and ends AFTER frames after it.
    """
    assert len(captured) == BEFORE + len(played) + AFTER
    ours, theirs = _edges(played), _edges(captured)
    energy = sum(map(mul, ours, ours))
    if not energy:
        return None
    size, squares = len(ours), [0.0, *accumulate(map(mul, theirs, theirs))]
    likeness = {}
    for at in range(len(theirs) - size + 1):
        product = sum(map(mul, ours, theirs[at : at + size]))
        likeness[at - BEFORE] = product / math.sqrt(energy * max(squares[at + size] - squares[at], 1e-12))
    lag = max(range(EARLIEST, LATEST + 1), key=likeness.__getitem__)
    best = likeness[lag] if likeness[lag] >= max(likeness.values()) else 0.0
    confidence = max(0.0, min(1.0, best)) * min(1.0, math.sqrt(len(played) / ENOUGH))
    return Likeness(_level_db(played, captured[BEFORE + lag :]), confidence, lag)


def _edges(levels: Sequence[float]) -> list[float]:
    sums = [0.0, *accumulate(levels)]
    blocks = list(map(sub, sums[EDGE:], sums))
    return list(map(sub, blocks[EDGE:], blocks))


def _level_db(played: Sequence[float], captured: Sequence[float]) -> float:
    """The level of what was captured while what was played was not silent."""
    audible = max(played) / 10
    powers = [level * level for ours, level in zip(played, captured, strict=False) if ours > audible]
    return 10 * math.log10(max(sum(powers) / len(powers), 1e-12))
