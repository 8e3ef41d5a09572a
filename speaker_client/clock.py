"""The box's clock, and the loop that sets it by the station's again and again."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Sequence

from speaker_client.listener import Listener
from speaker_client.sync import Exchange, Now, Timeline
from speaker_client.timekeeper import BURST, Timekeeper, mono_us
from speaker_client.trust import SLACK_US
from speaker_client.waiting import until

RESYNC_S = 1800
STEADY_S = 200.0
"""Once it was asked at such a distance, the drift is known, and a few exchanges tell what is left to know."""
LIVE_RESYNC_S = 20.0
"""While a live voice sounds: in that time even a bad quartz goes 2 ms wrong, and the boxes are to stay within 4."""
FIRST_PAUSE_S = 1.0
LEAST_BETWEEN_BURSTS_S = 10.0
"""Whoever says old orders again makes the box ask the time no oftener."""
LIVE_BURST = 24
"""Exchanges a time while a live voice sounds: of so many, one is quick each way even on a road that varies by 20 ms."""
SETTLED_BURST = 2
"""Exchanges a time once the clock is known: each costs 800 bytes."""


class Clock:
    """The station's time on this machine's monotonic clock."""

    def __init__(self, timeline: Timeline, machine_boot: str) -> None:
        self.timeline, self._machine_boot = timeline, machine_boot

    def now(self) -> Now:
        """This moment, and how far to trust it."""
        return self.timeline.now(mono_us())

    def utc_us(self, at_mono_us: int) -> int | None:
        """The station's time at a moment of the monotonic clock; None while it is unknown."""
        now = self.timeline.now(at_mono_us)
        return now.utc_us

    def after(self, burst: Sequence[Exchange]) -> Timeline:
        """Be set by these; the timeline until then."""
        before, self.timeline = self.timeline, self.timeline.after(burst, self._machine_boot)
        return before


class ClockKeeping:
    """Asks the time sooner when `doubted`, and again and again while `hears_voice`.

    `on_set`: quite another time is shown; `on_known`: it is known again; `on_moved`: by how much (µs) it is shown later
    now than before.
    """

    def __init__(
        self,
        clock: Clock,
        timekeeper: Timekeeper,
        listener: Listener,
        doubted: asyncio.Event,
        stir: asyncio.Event,
        on_set: Callable[[], None],
        on_known: Callable[[], None],
        on_moved: Callable[[int], None],
        hears_voice: Callable[[], bool],
    ) -> None:
        self._clock, self._timekeeper, self._listener = clock, timekeeper, listener
        self._doubted, self._stir, self._on_set, self._on_known = doubted, stir, on_set, on_known
        self._on_moved, self._hears_voice = on_moved, hears_voice

    async def keep_time(self) -> None:
        """Until cancelled."""
        pause, settled = FIRST_PAUSE_S, False
        while True:
            self._doubted.clear()
            burst = await self._timekeeper.burst(self._count(settled and pause >= STEADY_S))
            before = self._clock.after(burst)
            usable = self._clock.timeline is not before
            self._listener.anchored(self._clock.timeline)
            self._on_moved(moved := self._moved(before))
            if abs(moved) > SLACK_US:
                self._on_set()
            if usable and not settled:
                self._on_known()
            self._stir.set()
            settled = usable
            pause = min(RESYNC_S if usable else 60.0, pause * 3)
            rest = (LIVE_RESYNC_S if usable and self._hears_voice() else pause) * (0.75 + secrets.randbelow(500) / 1000)
            await asyncio.sleep(min(rest, LEAST_BETWEEN_BURSTS_S))
            await until(self._doubted, rest - LEAST_BETWEEN_BURSTS_S)

    def _count(self, settled: bool) -> int:
        """How many exchanges are worth it now."""
        if self._hears_voice():
            return LIVE_BURST
        return SETTLED_BURST if settled else BURST

    def _moved(self, before: Timeline) -> int:
        """By how much later a time the clock shows than it did; 0 where it showed or shows none."""
        at = mono_us()
        then, now = before.now(at).utc_us, self._clock.utc_us(at)
        return 0 if then is None or now is None else now - then
