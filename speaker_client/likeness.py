"""The correlator: is what was captured what was played? Levels in, level and confidence out.

Compared are the edges of loudness, not loudness itself: neither steady noise nor another sound that is merely as loud
has its edges where ours has them. One edge alone is no proof: a hum that is switched on in that moment has it too.
It sounded only if it came at its own time: where a later copy fits better, as that of a neighbouring cluster does, or
as well, as any copy of a steady beat does, ours is not proven.
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

LATEST_ON_A_LINE = 100
"""No other cluster is heard on a line, and programs that take the sound keep it for up to a second."""

EDGE = 6
"""An edge is the change from the 60 ms before to the 60 ms after."""

ENOUGH = 600
"""Frames that give full confidence: in 3 s another sound may by chance be as like ours as 0.73."""

ENOUGH_EDGES = 30
"""Frames with edges, weighed by their height, that do: about four steps. A single one has 7, a chime 25, speech 80."""

CERTAIN = 0.65
"""Measured with 6 s of speech, music and siren: no other reached 0.51, ours in noise as loud as itself 0.84."""

RIVAL = 0.9
"""Another time that fits as well as this makes ours uncertain."""

FAINT_DB = -50.0
"""What is weaker is crosstalk, whatever it is like."""

SOFT_DB = -38.0
"""What was played more softly than that may not be heard though nothing is wrong: 22 dB below the house level."""

INAUDIBLE = 0.001
"""Where no more than this was played (-60 dB), there was nothing to be heard."""


@dataclass(frozen=True)
class Likeness:
    """`level_db`: how loud it was while it should sound, in dB below full scale; `gain_db`: and beside what was played;
    `confidence` that it is ours, 0 … 1; `lag`: how many frames after it was played, where it is most like it;
    `telling`: whether this stretch could have proven ours at all.
    """

    level_db: float
    gain_db: float
    confidence: float
    lag: int
    telling: bool

    @property
    def sounded(self) -> bool:
        """Whether this proves that it sounded."""
        return self.confidence >= CERTAIN and not self.faint

    @property
    def silent(self) -> bool:
        """Whether this is a reason to doubt that it sounded. What was played softly, as early in the morning, may drown
        or be faint though nothing is wrong: it is a reason for nothing."""
        if self.level_db - self.gain_db <= SOFT_DB:
            return False
        return self.faint or (self.telling and self.confidence < CERTAIN)

    @property
    def faint(self) -> bool:
        """Whether next to nothing was captured."""
        return self.level_db < FAINT_DB


def compare(played: Sequence[float], captured: Sequence[float], latest: int = LATEST) -> Likeness | None:
    """How far `captured` is `played`, both a level a frame, ours not more than `latest` frames late; None if nothing
    was played that could be heard and told by its edges.

    `captured` begins BEFORE frames before `played` and ends AFTER frames after it.
    """
    assert len(captured) == BEFORE + len(played) + AFTER
    ours, theirs = _edges(played), _edges(captured)
    squares = list(map(mul, ours, ours))
    energy = sum(squares)
    if not energy or max(played) < INAUDIBLE:
        return None
    likeness = _likeness(ours, theirs, energy)
    lag = max(range(EARLIEST, latest + 1), key=likeness.__getitem__)
    there = [at for at in likeness if not EARLIEST <= at <= latest]
    best = likeness[lag] if likeness[lag] >= max(likeness[at] for at in there) else 0.0
    rival = max((likeness[at] for at in there if abs(at - lag) > 2 * EDGE), default=0.0)
    certainty = math.sqrt(min(1.0, len(played) / ENOUGH))
    certainty *= math.sqrt(min(1.0, energy * energy / sum(map(mul, squares, squares)) / ENOUGH_EDGES))
    confidence = max(0.0, min(1.0, best)) * certainty
    one_of_many = best > 0 and rival > RIVAL * best
    level_db = _level_db(played, captured[BEFORE + lag :])
    return Likeness(
        level_db=level_db,
        gain_db=level_db - _level_db(played, played),
        confidence=min(confidence, 0.5) if one_of_many else confidence,
        lag=lag,
        telling=certainty >= CERTAIN and not (one_of_many and confidence >= CERTAIN),
    )


def _likeness(ours: Sequence[float], theirs: Sequence[float], energy: float) -> dict[int, float]:
    """For every lag at which the captured sound was looked at."""
    size, squares = len(ours), [0.0, *accumulate(map(mul, theirs, theirs))]
    found = {}
    for at in range(len(theirs) - size + 1):
        product = sum(map(mul, ours, theirs[at : at + size]))
        found[at - BEFORE] = product / math.sqrt(energy * max(squares[at + size] - squares[at], 1e-12))
    return found


def _edges(levels: Sequence[float]) -> list[float]:
    sums = [0.0, *accumulate(levels)]
    blocks = list(map(sub, sums[EDGE:], sums))
    return list(map(sub, blocks[EDGE:], blocks))


def _level_db(played: Sequence[float], captured: Sequence[float]) -> float:
    """The level of what was captured while what was played was not silent."""
    audible = max(played) / 10
    powers = [level * level for ours, level in zip(played, captured, strict=False) if ours > audible]
    return 10 * math.log10(max(sum(powers) / len(powers), 1e-12))
