"""What the conductor may ask of the cache."""

from __future__ import annotations

from collections.abc import Iterable

from audio_library.content import ContentId
from speaker_client.cache import Cache, Need
from speaker_client.deck import Reel
from speaker_client.protocol.plan import Item, PlannedAiring
from speaker_client.protocol.report import Reason


class CacheHoldings:
    """The conductor's Holdings over the box's cache."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache

    def lacking(self, contents: Iterable[ContentId]) -> Reason | None:
        missing = [content for content in contents if not self._cache.holds(content)]
        if not missing:
            return None
        return Reason.CORRUPT if self._cache.broken().intersection(missing) else Reason.NO_MEDIA

    def reel(self, content: ContentId, duration_us: int) -> Reel:
        return Reel(self._cache.path(content), duration_us)


def needs(airings: Iterable[PlannedAiring], shelf: Iterable[Item] = ()) -> list[Need]:
    """Every content of the airings, with when it is first needed; what is on the shelf may be needed at any moment."""
    planned = [Need(item.content, item.size, airing.start_us) for airing in airings for item in airing.items]
    return [*(Need(item.content, item.size, 0) for item in shelf), *planned]
