"""The sensor's own thread: it may hang, die or throw, and costs the box no more than its word."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from speaker_client.output import Trouble
from speaker_client.output.fault import OnTrouble
from speaker_client.output.realtime import monotonic_us
from speaker_client.protocol.report import Measured
from speaker_client.proving import TROUBLE, Proving

LOOK_EVERY_S = 0.5
STUCK_US = 10_000_000
"""A look takes milliseconds; one that takes so long waits for a driver that has died."""

GOODBYE_S = 2.0


class Measuring:
    """Looks twice a second, from its beginning until it is closed. A thread that hangs keeps nobody from ending."""

    def __init__(self, proving: Proving, utc_us: Callable[[int], int | None], on_trouble: OnTrouble) -> None:
        self._proving, self._utc_us, self._on_trouble = proving, utc_us, on_trouble
        self._found: deque[Measured] = deque()
        self._looked_us = monotonic_us()
        self._stuck = False
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sensor", daemon=True)
        self._thread.start()

    def news(self) -> list[Measured]:
        """What was found since the last time; a thread that hangs, or goes on, is said as a fault of the sensor."""
        stuck = monotonic_us() - self._looked_us > STUCK_US
        if stuck is not self._stuck:
            self._stuck = stuck
            self._on_trouble(Trouble(TROUBLE, "its driver hangs" if stuck else "", raised=stuck))
        return [self._found.popleft() for _ in range(len(self._found))]

    def close(self) -> None:
        """End the thread and give the sensor back; one that hangs is left to the end of the process."""
        self._closing.set()
        self._thread.join(GOODBYE_S)

    def _run(self) -> None:
        while not self._closing.wait(LOOK_EVERY_S):
            self._found.extend(self._proving.look(monotonic_us(), self._utc_us))
            self._looked_us = monotonic_us()
        self._proving.close()
