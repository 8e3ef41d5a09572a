"""Whose turn it is at an upload: one at a time, and whoever comes last goes on.

A phone whose line died under it comes back while we still wait at the dead line, which nothing else would ever end.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


class TakenOver(Exception):
    """Somebody else has come for the same upload."""


class Stalled(Exception):
    """Nothing came for too long."""


class Turn:
    """One request's turn."""

    def __init__(self) -> None:
        self._ended = False
        self._waiting: asyncio.Timeout | None = None

    def end(self) -> None:
        """Wait for nothing more."""
        self._ended = True
        if self._waiting is not None and not self._waiting.expired():
            self._waiting.reschedule(asyncio.get_running_loop().time())

    async def next(self, chunks: AsyncIterator[bytes], patience_s: float) -> bytes:
        """What comes next, empty at the end; TakenOver or Stalled."""
        if self._ended:
            raise TakenOver
        try:
            async with asyncio.timeout(patience_s) as self._waiting:
                return await anext(chunks, b"")
        except TimeoutError:
            raise (TakenOver if self._ended else Stalled) from None
        finally:
            self._waiting = None


@dataclass
class _Queue:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    turns: list[Turn] = field(default_factory=list)


class Turns:
    """The turns at all uploads."""

    def __init__(self) -> None:
        self._queues: dict[str, _Queue] = {}

    @asynccontextmanager
    async def take(self, name: str) -> AsyncIterator[Turn]:
        """The turn at that upload; it begins when those before it have ended, and they are told to."""
        queue = self._queues.setdefault(name, _Queue())
        for earlier in queue.turns:
            earlier.end()
        turn = Turn()
        queue.turns.append(turn)
        try:
            async with queue.lock:
                yield turn
        finally:
            queue.turns.remove(turn)
            if not queue.turns:
                del self._queues[name]
