"""The station's clock: the timeline that everything on the wire and in the database refers to."""

from __future__ import annotations

import time
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
