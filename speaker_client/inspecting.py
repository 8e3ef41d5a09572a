"""Looks after what lies on the disk: a bit turns without a word, and whoever only asks whether a file is there never
finds out."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Iterable
from pathlib import Path

from audio_library.content import ContentId
from speaker_client.cache import Cache
from speaker_client.conductor import needed
from speaker_client.listener import Listener
from speaker_client.memory import Memory
from speaker_client.protocol.ids import MINUTE
from speaker_client.sync import Now
from speaker_client.waiting import until

log = logging.getLogger(__name__)

ROUND_S = 30.0
LAP_S = 6 * 3600.0
"""In so long everything on the shelf is read once: a card forgets over months, and the next flood may be years off."""


class Lap:
    """Whose turn it is on the shelf, round and round.

    The first lap takes a call a sound, since nothing damages a disk like the power cut before a start; every later one
    is spread over LAP_S.
    """

    def __init__(self) -> None:
        self._left: deque[ContentId] = deque()
        self._pause_s: float | None = None
        self._next_s = 0.0

    def next(self, shelf: Iterable[ContentId], now_s: float) -> ContentId | None:
        """The sound that is to be read now, if any; asked again and again, at `now_s`."""
        if now_s < self._next_s:
            return None
        if not self._left:
            self._left.extend(dict.fromkeys(shelf))
            self._pause_s = 0.0 if self._pause_s is None else LAP_S / max(1, len(self._left))
        if not self._left:
            self._pause_s = None
            return None
        self._next_s = now_s + (self._pause_s or 0.0)
        return self._left.popleft()


class Inspecting:
    """Reads again what the cache holds. `on_damaged` is told when a content proved damaged and is held no longer."""

    def __init__(
        self,
        cache: Cache,
        listener: Listener,
        memory: Memory,
        now: Callable[[], Now],
        on_damaged: Callable[[], object],
    ) -> None:
        self._cache, self._listener, self._memory, self._now = cache, listener, memory, now
        self._on_damaged = on_damaged
        self._lap, self._round_s = Lap(), 0.0
        self._suspects: set[ContentId] = set()
        self._suspected = asyncio.Event()

    def suspect(self, path: Path) -> None:
        """This file of the cache could not be played: it is read again at once."""
        self._suspects.add(ContentId(path.name))
        self._suspected.set()

    async def inspect(self) -> None:
        """Until cancelled: what could not be played at once, what is due in the next minutes ahead of time, and one
        after the other what lies on the shelf, whose hour nobody knows."""
        while True:
            due = self._due(time.monotonic())
            while self._suspects or due:
                content = (self._suspects or due).pop()
                if not await self._is_whole(content):
                    log.error("content %s was damaged on disk and is fetched again", content[:12])
                    self._on_damaged()
            await until(self._suspected, ROUND_S)

    async def _is_whole(self, content: ContentId) -> bool:
        """Or is not here at all, which whoever fetches knows."""
        return not self._cache.holds(content) or await asyncio.to_thread(self._cache.check, content)

    def _due(self, now_s: float) -> set[ContentId]:
        if now_s < self._round_s:
            return set()
        self._round_s = now_s + ROUND_S
        shelf = self._listener.shelf.items if self._listener.shelf else ()
        turn = self._lap.next((item.content for item in shelf), now_s)
        return self._due_soon() | ({turn} if turn else set())

    def _due_soon(self) -> set[ContentId]:
        now = self._now().utc_us
        if now is None:
            return set()
        due = [one for one in needed(self._memory.standings.values()) if now < one.start_us < now + 2 * MINUTE]
        return {item.content for airing in due for item in airing.held}
