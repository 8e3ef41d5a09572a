"""What the floor may ask of the cache."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from audio_library.content import ContentId
from speaker_client.cache import Cache, Need
from speaker_client.deck import Reel
from speaker_client.protocol.ids import AiringId
from speaker_client.protocol.plan import Item, PlannedAiring
from speaker_client.protocol.report import Reason

NOW, NEXT, AT_ANY_MOMENT = -2, -1, 0
"""Sooner than every moment that a plan names."""


class CacheHoldings:
    """The floor's Holdings over the box's cache."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache

    def lacking(self, contents: Iterable[ContentId]) -> Reason | None:
        missing = [content for content in contents if not self._cache.holds(content)]
        if not missing:
            return None
        return Reason.CORRUPT if self._cache.broken().intersection(missing) else Reason.NO_MEDIA

    def reel(self, item: Item) -> Reel:
        return Reel(self._cache.path(item.content), item.duration_us, item.from_us)


def needs(
    airings: Iterable[PlannedAiring],
    shelf: Iterable[Item] = (),
    ordered: Collection[AiringId] = (),
    coming: Collection[ContentId] = (),
) -> list[Need]:
    """Every content of the airings, with when it is first needed; what is on the shelf may be needed at any moment.

    What is `ordered` should sound by now: it goes first, but for what is `coming` by itself.
    """

    def due_us(airing: PlannedAiring, item: Item) -> int:
        if airing.id not in ordered:
            return airing.start_us
        return NEXT if item.content in coming else NOW

    planned = [Need(item.content, item.size, due_us(airing, item)) for airing in airings for item in airing.held]
    return [*(Need(item.content, item.size, AT_ANY_MOMENT) for item in shelf), *planned]
