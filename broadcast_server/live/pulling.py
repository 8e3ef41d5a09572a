"""One pull of a relay: the sound of its sources into its stream, and every change of source told."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from broadcast_server.clock import Clock
from broadcast_server.live.stream import Stream
from broadcast_server.relay.guard import Guard
from broadcast_server.relay.source import Source

if TYPE_CHECKING:
    from broadcast_server.relay.feed import RelayFeed
    from broadcast_server.relay.reason import Switch

log = logging.getLogger(__name__)

LAST_WORD_S = 3.0
"""So long the log may take the last changes."""


class Pull:
    """Pulls until cancelled. The feed's libraries are imported when something is relayed, not with the server."""

    def __init__(
        self, title: str, sources: Sequence[Source], guard: Guard, clock: Clock, stream: Stream,
        tell: Callable[[Switch], Awaitable[None]],
    ) -> None:  # fmt: skip
        self.title, self.stream = title, stream
        self._sources, self._guard, self._clock, self._tell = sources, guard, clock, tell
        self._feed: RelayFeed | None = None

    @property
    def on(self) -> Source | None:
        """Whose sound is heard now."""
        return self._feed.on if self._feed else None

    async def run(self) -> None:
        """Frames of what sounds; nothing at all of a silence, so that the boxes play what they have instead."""
        from broadcast_server.relay.feed import RelayFeed

        feed = self._feed = RelayFeed(self._sources, self._guard, self._clock)
        telling = asyncio.create_task(self._tell_changes(feed))
        try:
            async with asyncio.TaskGroup() as sending:
                async for pcm in feed.frames():
                    if telling.done():
                        telling.result()
                    for data in self.stream.pause() if feed.on is None else self.stream.hear(pcm):
                        sending.create_task(self.stream.send(data))
        finally:
            await feed.close()
            await self._told(telling)
            stream = self.stream
            log.info("relay “%s” ends: %d frames sent, %d had no time", self.title, stream.frames, stream.dropped)

    @staticmethod
    async def _told(telling: asyncio.Task[None]) -> None:
        """The last changes are in the log, unless it does not take them now."""
        try:
            await asyncio.wait([telling], timeout=LAST_WORD_S)
        finally:
            telling.cancel()
            await asyncio.gather(telling, return_exceptions=True)

    async def _tell_changes(self, feed: RelayFeed) -> None:
        async for switch in feed.changes():
            log.info("relay “%s”: %s", self.title, switch.en)
            await self._tell(switch)
