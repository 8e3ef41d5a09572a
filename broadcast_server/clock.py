"""The station's clock: the timeline that everything on the wire and in the database refers to."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from speaker_client.protocol.ids import Micros


class Clock(Protocol):
    """What time it is at the station."""

    def now_us(self) -> Micros:
        """Microseconds UTC since 1970."""


class SystemClock:
    """The machine's clock."""

    def now_us(self) -> Micros:
        return Micros(time.time_ns() // 1000)


class SteadyClock:
    """Runs on evenly from the moment at which it was made, whatever becomes of the other clock's hands.

    A voice is placed on its timeline by it: boxes hold on to the timeline that they began with, and follow no step of
    the station's clock.
    """

    def __init__(self, clock: Clock, mono_us: Callable[[], int] = lambda: time.monotonic_ns() // 1000) -> None:
        self._mono_us = mono_us
        self._ahead_us = clock.now_us() - mono_us()

    def now_us(self) -> Micros:
        return Micros(self._mono_us() + self._ahead_us)
