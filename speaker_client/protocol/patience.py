"""How long to wait before dialling the broker again, and what of it is news; the same on both sides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

LONGEST_S = 60.0
REFUSED_S = 300.0
"""A refusal is not healed by haste: somebody must admit the account again."""
STEADY_S = 30.0
"""A connection that held so long does not count as one more failure when it breaks."""


class LinkState(StrEnum):
    """Where a line to the broker stands."""

    OFFLINE = "OFFLINE"
    DIALLING = "DIALLING"
    ONLINE = "ONLINE"
    REFUSED = "REFUSED"


def pause_s(failures: int, draw: float) -> float:
    """Seconds before the next try after so many failures in a row (from 1): a random part of 1, 2, 4 … 60.

    `draw` is uniform in [0, 1). The whole span is random, so that a thousand boxes do not come back at once.
    """
    return draw * min(LONGEST_S, float(2 ** min(failures - 1, 16)))


def refused_pause_s(draw: float) -> float:
    """Seconds before a refused account asks again: between half and all of five minutes."""
    return REFUSED_S * (0.5 + draw / 2)


@dataclass
class Patience:
    """Counts the failures of one line. `draw` gives a number in [0, 1)."""

    draw: Callable[[], float]
    failures: int = 0
    trouble: LinkState | None = None

    def after_loss(self, held_s: float) -> float:
        """Seconds to wait after a connection, or a try at one, that lasted `held_s`."""
        self.failures = 1 if held_s >= STEADY_S else self.failures + 1
        return pause_s(self.failures, self.draw())

    def after_refusal(self) -> float:
        """Seconds to wait after a refusal."""
        return refused_pause_s(self.draw())

    def is_news(self, trouble: LinkState | None) -> bool:
        """Whether this trouble (None: all is well) differs from what was told last; it counts as told now."""
        told, self.trouble = self.trouble, trouble
        return told != trouble
