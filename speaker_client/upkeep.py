"""The upkeep of the box: disk, journal and faults looked after, the supervisor told that all is well."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from speaker_client.cache import Cache, NoRoom
from speaker_client.health import Health, notify_supervisor
from speaker_client.journal import SqliteJournal
from speaker_client.listener import Listener
from speaker_client.memory import Forgot
from speaker_client.output import Output, Trouble
from speaker_client.protocol.ids import DAY, SECOND
from speaker_client.reporter import Reporter
from speaker_client.sync import Now
from speaker_client.timekeeper import mono_us
from speaker_client.turntable import Turntable

STALLED_US = 10 * SECOND
REPORTS_KEPT = 10_000
"""Acknowledged reports that stay on the box besides."""


class Upkeep:
    """What is found is reported: `told` is set when there is something to hand in."""

    def __init__(
        self,
        journal: SqliteJournal,
        cache: Cache,
        listener: Listener,
        reporter: Reporter,
        health: Health,
        now: Callable[[], Now],
        told: asyncio.Event,
    ) -> None:
        self._journal, self._cache, self._listener = journal, cache, listener
        self._reporter, self._health, self._now, self._told = reporter, health, now, told

    async def tidy(self) -> None:
        """Every minute, until cancelled."""
        while True:
            now = self._now()
            self._journal.retry()
            self._listener.flush_refusals(now)
            self.look_at_the_cache()
            if now.utc_us is not None:
                memory, before_us = self._journal.memory, now.utc_us - DAY
                reports_to = min(memory.acknowledged, memory.n - REPORTS_KEPT)
                if memory.outdated(before_us, reports_to):
                    self._journal.commit([Forgot(before_us, reports_to)])
            self._told.set()
            await asyncio.sleep(60)

    def look_at_the_cache(self) -> None:
        """Keep the disk's floor free, and say so when that or a content is beyond us."""
        try:
            self._cache.make_room(0)
            full = ""
        except (NoRoom, OSError) as error:
            full = str(error)
        self._health.trouble(Trouble("disk_full", full, bool(full)))
        broken = ", ".join(sorted(content[:12] for content in self._cache.broken()))
        self._health.trouble(Trouble("content_damaged", broken, bool(broken)))

    async def tell_faults(self, ailing: asyncio.Event) -> None:
        """Each into the journal once, until cancelled; `ailing` is set when there are new ones."""
        while True:
            await ailing.wait()
            ailing.clear()
            faults = self._health.unreported()
            self._journal.commit(self._reporter.lines(faults, self._now()))
            self._health.reported(len(faults))
            self._told.set()


async def watch(turntable: Turntable, output: Output) -> None:
    """Feed the supervisor's watchdog only while the audio loop itself moves; end with the decoder's thread."""
    while True:
        if not turntable.alive:
            raise RuntimeError("the decoder's thread has ended: nothing more would sound")
        if mono_us() - output.beat_us() < STALLED_US:
            notify_supervisor("WATCHDOG=1")
        await asyncio.sleep(5)
