"""A relayed occurrence as time goes by: when its sources are looked at, when it is pulled, and who hears it. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from speaker_client.protocol.ids import MINUTE, SECOND, ClusterId, OccurrenceId, ProgrammeId
from speaker_client.protocol.plan import Part

PROBED_BEFORE_US = (10 * MINUTE, MINUTE)
"""How long before air its sources are looked at."""
PULLED_BEFORE_US = 8 * SECOND
"""How long before air its first source is connected to: it is heard 1.5 s later, and a playlist takes its time."""
PROBE_TAKES_US = 12 * SECOND
CAST_BEFORE_US = 3 * SECOND
"""How long before a cluster's part its box begins to be sent frames."""


@dataclass(frozen=True)
class Place:
    """A cluster whose plan carries the relay, and the parts in which it is heard there."""

    cluster: ClusterId
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Relayed:
    """One stream, from `start_us` to its hard end, for all places that still are to hear any of it."""

    occurrence: OccurrenceId
    programme: ProgrammeId
    title: str
    start_us: int
    end_us: int
    places: tuple[Place, ...]

    def probe_due(self, probed_us: int | None, now_us: int) -> bool:
        """Whether its sources are to be looked at now, having been looked at last at `probed_us`."""
        passed = [self.start_us - before_us for before_us in PROBED_BEFORE_US if self.start_us - before_us <= now_us]
        soon = now_us > self.start_us - PULLED_BEFORE_US - PROBE_TAKES_US
        return bool(passed) and not soon and (probed_us is None or probed_us < passed[-1])

    def pulled(self, now_us: int) -> bool:
        """Whether the station pulls it now, be there a pause somewhere or not."""
        return bool(self.places) and self.start_us - PULLED_BEFORE_US <= now_us < self.end_us

    def listeners(self, now_us: int) -> frozenset[ClusterId]:
        """The clusters to which frames are sent now."""
        return frozenset(
            place.cluster
            for place in self.places
            for part in place.parts
            if part.start_us - CAST_BEFORE_US <= now_us < part.end_us
        )

    def moments(self) -> Iterable[int]:
        """When any of this changes by itself."""
        yield from (self.start_us - before_us for before_us in (*PROBED_BEFORE_US, PULLED_BEFORE_US))
        for part in (part for place in self.places for part in place.parts):
            yield from (part.start_us - CAST_BEFORE_US, part.end_us)
        yield self.end_us
