"""The stock of content: what the plan, the shelf and orders need is known to all who bring it and hold it ready."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Callable

import httpx2

from audio_library.content import ContentId
from speaker_client.arrivals import Arrivals
from speaker_client.cache import Cache, Need
from speaker_client.conductor import needed
from speaker_client.fetch import Fetcher
from speaker_client.holdings import CacheHoldings, needs
from speaker_client.listener import Listener
from speaker_client.memory import Memory
from speaker_client.sync import Now
from speaker_client.transfer import FetchFailed
from speaker_client.turntable import Turntable

log = logging.getLogger(__name__)

ASIDE_S = 0.15
"""An order sounds, its file is opened and its next second is decoded first. Less than COMMIT_LEAD_US: the conductor is
woken by it too, for an order that is not due yet."""
ALONG_S = 0.1
"""So long what comes along with an order is left to come: it is said once before the order and once right after."""


class Stock:
    """Keeps the cache to what stands in the journal; `stir` is set when content came that may be due.

    `hears` tells whether the station's datagrams reach us.
    """

    def __init__(
        self,
        cache: Cache,
        holdings: CacheHoldings,
        turntable: Turntable,
        listener: Listener,
        memory: Memory,
        client: httpx2.AsyncClient,
        now: Callable[[], Now],
        stir: asyncio.Event,
        hears: Callable[[], bool] = lambda: False,
    ) -> None:
        self._cache, self._holdings, self._turntable = cache, holdings, turntable
        self._listener, self._memory, self._now, self._stir = listener, memory, now, stir
        self._hears = hears
        self._came = asyncio.Event()
        self._named_s: dict[ContentId, float] = {}
        """Since when orders name what the station sends along."""
        self.fetcher = Fetcher(client, cache, random.random, lambda: now().utc_us, self._fetched, self._not_fetched)
        self.arrivals = Arrivals(cache, self._arrived)

    def take(self) -> None:
        """Tell the cache and the fetcher what the plan in force needs."""
        shelf = self._listener.shelf.items if self._listener.shelf else ()
        standings = self._memory.standings
        ordered = {one.id for one in standings.values() if one.ordered}
        pinned = {item.content for item in shelf}
        self._cache.need(needs(needed(standings.values()), shelf, ordered, self._coming()), pinned)
        self.fetcher.wake()
        self._hold_ready()

    def restock(self) -> None:
        """The same after what stands has changed, and have the conductor look at it."""
        self.take()
        self._stir.set()

    def fetch_at_once(self) -> None:
        """What an order needs and is not here."""
        lacking = self.arrivals.lacking(self._memory.standings.values())
        if lacking:
            self.take()
            self.fetcher.hurry()
        self.arrivals.gather(lacking)

    def fetch_anew(self) -> None:
        """Something that was here is gone; perhaps an order sounds it."""
        self.fetcher.wake()
        self.fetch_at_once()

    async def after_messages(self, messaged: asyncio.Event) -> None:
        """What is still to do waits until the sound of an order has been decoded, which needs the same interpreter."""
        while True:
            await messaged.wait()
            await asyncio.sleep(ASIDE_S)
            messaged.clear()
            self.restock()

    async def make_durable(self) -> None:
        """What came along with an order, after it began to sound; until cancelled. Where the disk fails it stays
        marked, and is read again at the next start."""
        while True:
            await self._came.wait()
            await asyncio.sleep(ASIDE_S)
            self._came.clear()
            try:
                await asyncio.to_thread(self._cache.make_durable)
            except OSError as error:
                log.warning("what came along with an order is not durable: %s", error)

    def _coming(self) -> set[ContentId]:
        """What may still come by itself: the first words of a text that nothing goes before.

        To ask for that first would only hold up what nobody sends, and an answer that is broken off because the words
        came the other way costs its connection.
        """
        orders = (one.planned for one in self._memory.standings.values() if one.ordered)
        first = {order.items[0].content for order in orders if order.items and order.meanwhile is None}
        now_s = time.monotonic()
        self._named_s = {content: self._named_s.get(content, now_s) for content in first}
        if not self._hears():
            return set()
        coming = {content for content, since_s in self._named_s.items() if now_s < since_s + ALONG_S}
        if not all(self._cache.holds(content) for content in coming):
            asyncio.get_running_loop().call_later(ALONG_S + 0.01, self.fetch_at_once)
        return coming

    def _hold_ready(self) -> None:
        shelf = self._listener.shelf.items if self._listener.shelf else ()
        held = [item for item in shelf if self._cache.holds(item.content)]
        self._turntable.hold_ready([self._holdings.reel(item) for item in held])

    def _fetched(self, _content: ContentId) -> None:
        self._stir.set()
        self._hold_ready()

    def _not_fetched(self, need: Need, failure: FetchFailed) -> None:
        log.warning("content %s not fetched: %s", need.content[:12], failure)

    def _arrived(self) -> None:
        self._came.set()
        self.fetcher.wake()
        self._stir.set()
