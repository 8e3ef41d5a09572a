"""Heartbeats and the time → who is there. A dead box is called lost within 100 seconds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from speaker_client.protocol.ids import SECOND, Micros

LATE_AFTER = Micros(65 * SECOND)
"""A heartbeat comes every 55 s; this one is overdue."""
LOST_AFTER = Micros(95 * SECOND)
"""With the monitor looking every 2 s, silence is shown in less than 100."""


class Presence(StrEnum):
    """Whether a box is there."""

    NEVER = "never"
    ONLINE = "online"
    LATE = "late"
    LOST = "lost"


@dataclass(frozen=True)
class Sighting:
    """When a box last spoke, by any road; `will_us`: when the broker last said that its connection broke."""

    seen_us: int | None = None
    will_us: int | None = None

    def seen(self, at_us: int) -> Sighting:
        """The box spoke."""
        return Sighting(max(at_us, self.seen_us or at_us), self.will_us)

    def broke(self, at_us: int) -> Sighting:
        """Its last will came: the link is gone, the box may not be."""
        return Sighting(self.seen_us, at_us)


def presence(sighting: Sighting, now_us: int, watching_since_us: int = 0) -> Presence:
    """Online, late or lost at `now_us`; nobody is called lost for what happened before the station was watching.

    A last will alone makes a box late, never lost: wills can err.
    """
    if sighting.seen_us is None:
        return Presence.NEVER
    if now_us - max(sighting.seen_us, watching_since_us) >= LOST_AFTER:
        return Presence.LOST
    broken = sighting.will_us is not None and sighting.will_us > sighting.seen_us
    return Presence.LATE if broken or now_us - sighting.seen_us >= LATE_AFTER else Presence.ONLINE


def age_us(sighting: Sighting, now_us: int) -> int | None:
    """How long ago the box spoke; None if it never did, 0 if the clock was set back since."""
    return None if sighting.seen_us is None else max(0, now_us - sighting.seen_us)
