"""Content that came along with an order goes into the cache as soon as it is whole and an order needs it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

from audio_library.content import ContentCorrupt, ContentId
from speaker_client.cache import Cache
from speaker_client.pieces import Pieces
from speaker_client.playout import Standing
from speaker_client.protocol.plan import Item

log = logging.getLogger(__name__)


class Arrivals:
    """Between the datagrams and the cache. `on_whole` is told when a content is here."""

    def __init__(self, cache: Cache, on_whole: Callable[[], object]) -> None:
        self._cache, self._on_whole = cache, on_whole
        self._pieces = Pieces()
        self._ordered: frozenset[ContentId] = frozenset()

    def hear(self, datagram: bytes) -> None:
        """One piece, perhaps before the order that needs it."""
        content = self._pieces.take(datagram, self._ordered)
        if content:
            self._piece_together(content)

    def lacking(self, standings: Iterable[Standing]) -> list[ContentId]:
        """What orders need and is not here."""
        wanted = {content for one in standings if one.ordered for content in one.planned.contents()}
        return [content for content in wanted if not self._cache.holds(content)]

    def gather(self, contents: Iterable[ContentId]) -> None:
        """Orders need these and no others; their pieces may have come already."""
        self._ordered = frozenset(contents)
        for content in self._ordered:
            self._piece_together(content)

    def expect(self, item: Item) -> None:
        """An order that is about to be obeyed begins with this: what came before its order is here at once."""
        if not self._cache.holds(item.content):
            self._keep(item.content, item.size)

    def _piece_together(self, content: ContentId) -> None:
        if self._cache.holds(content):
            self._pieces.forget(content)
        elif need := self._cache.lacking(content):
            self._keep(content, need.size)

    def _keep(self, content: ContentId, size: int) -> None:
        data = self._pieces.whole(content, size)
        if data is None:
            return
        self._pieces.forget(content)
        try:
            if self._cache.keep(content, data):
                self._on_whole()
            else:
                log.debug("content %s came along with a false piece: it is heard anew, or fetched", content[:12])
        except (ContentCorrupt, OSError) as error:  # it is fetched, and that says what ails the disk
            log.warning("content %s came but could not be kept: %s", content[:12], error)
