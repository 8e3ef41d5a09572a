"""Softer by the hour: what is no emergency, and never by a step that can be heard. Pure but for its own gain."""

from __future__ import annotations

import math
from collections.abc import Sequence

from speaker_client.protocol.ids import HOUR

RISE = 0.04
"""How far the gain may turn in a block: half a second from whole to silence."""


def dimmed_cb(hours_cb: Sequence[int], utc_us: int | None) -> int:
    """How much softer it is to be now, in hundredths of a decibel: nothing without a table, or without a clock."""
    if not hours_cb or utc_us is None:
        return 0
    return hours_cb[utc_us // HOUR % len(hours_cb)]


class Dimmer:
    """The present gain on its way to where it was turned."""

    def __init__(self) -> None:
        self._gain = self._target = 1.0

    def turn_to(self, cb: int) -> None:
        """Go there from the next block on."""
        self._target = math.pow(10, cb / 2000)

    def settle(self) -> None:
        """Nothing sounds: be there at once."""
        self._gain = self._target

    def step(self) -> tuple[float, float]:
        """The gain at the beginning of this block and at its end."""
        before = self._gain
        self._gain = min(self._target, before + RISE) if self._target > before else max(self._target, before - RISE)
        return before, self._gain
