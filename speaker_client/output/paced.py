"""Real time without a sound card: blocks handed to a sink at their moment of the monotonic clock."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol

from speaker_client.frames import BLOCK_US
from speaker_client.output.realtime import hurry, monotonic_us, sleep_until
from speaker_client.output.stream import Block, Source

RENDER_US = 1_500
"""How long before its moment a block is rendered while something sounds."""
FIRST_RENDER_US = 500
"""The same while nothing does: an order that comes meanwhile is still in time, and a first block that takes longer to
make is late by as much."""
SHORT_SILENCE_US = 5_000
"""What is handed over at once while nothing sounds, where an order should not wait for the end of a whole block."""


class Broken(Exception):
    """The sink cannot take sound now; it has told why and will mend itself."""


class Sink(Protocol):
    """Where blocks go. Never blocks for longer than an instant."""

    def take(self, block: Block, now_us: int) -> bool:
        """Hand the block on now; False if there was no room for it. Broken if what it feeds is gone."""

    def close(self) -> None:
        """Finish what was handed over."""


class PacedOutput:
    """An Output that writes each block when its first frame is due.

    None is handed over more than a block too late: what is later is left out and counted.
    """

    def __init__(self, sink: Sink, silence_us: int = BLOCK_US, clock: Callable[[], int] = monotonic_us) -> None:
        """Sound is handed over in whole blocks, silence in pieces of `silence_us`."""
        self._sink, self._silence_us, self._clock = sink, silence_us, clock
        self._closing = False
        self._beat_us = clock()
        self.missed = 0
        self.dropped = 0
        self.latest_us = 0
        self._thread: threading.Thread | None = None

    def start(self, source: Source) -> None:
        self._thread = threading.Thread(target=self._run, args=(source,), name="audio", daemon=True)
        self._thread.start()

    def beat_us(self) -> int:
        return self._beat_us

    def close(self) -> None:
        self._closing = True
        if self._thread:
            self._thread.join()
        self._sink.close()

    def _run(self, source: Source) -> None:
        hurry()
        at_us = self._clock() + BLOCK_US
        ahead_us = FIRST_RENDER_US
        while not self._closing:
            sleep_until(at_us - ahead_us)
            block = source.render(at_us)
            ahead_us = RENDER_US if block.cue else FIRST_RENDER_US
            sleep_until(at_us)
            at_us = self._hand_over(source, block, at_us)

    def _hand_over(self, source: Source, block: Block, at_us: int) -> int:
        """When the next block is due."""
        now_us = self._beat_us = self._clock()
        late_us = now_us - at_us
        self.latest_us = max(self.latest_us, late_us)
        if late_us < BLOCK_US:
            lasts_us = BLOCK_US if block.cue else self._silence_us
            self._feed(source, _beginning(block, lasts_us), now_us)
            return at_us + lasts_us
        source.dropped()
        skipped = late_us // BLOCK_US
        self.missed += skipped
        return at_us + skipped * BLOCK_US

    def _feed(self, source: Source, block: Block, now_us: int) -> None:
        try:
            taken = self._sink.take(block, now_us)
        except Broken:
            source.broken()
            return
        if taken:
            source.left(self._clock())
        else:
            self.dropped += 1
            source.dropped()


def _beginning(block: Block, lasts_us: int) -> Block:
    return block if lasts_us == BLOCK_US else Block(block.pcm[: len(block.pcm) * lasts_us // BLOCK_US])
