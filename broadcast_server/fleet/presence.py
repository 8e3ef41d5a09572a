"""Signs of life and the time → who is there. A dead box is called lost within 100 seconds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from speaker_client.protocol.ids import SECOND, Micros

LATE_AFTER = Micros(65 * SECOND)
"""A hail comes every 25 s, a heartbeat every 55 s where no hail gets through; this one is overdue."""
LOST_AFTER = Micros(95 * SECOND)
"""With the monitor looking every 2 s, silence is shown in less than 100."""
HAILS_SUFFICE = Micros(630 * SECOND)
"""Who is heard by hails has a heartbeat for us every 300 s, and one may be lost; of whom nothing else comes, all other
roads are closed."""


class Presence(StrEnum):
    """Whether a box is there."""

    NEVER = "never"
    ONLINE = "online"
    LATE = "late"
    LOST = "lost"


@dataclass(frozen=True)
class Sighting:
    """When a box last spoke, by a road that carries all that it has to say; when it last hailed, which says only that
    it lives; `will_us`: when the broker last said that its connection broke."""

    spoke_us: int | None = None
    hailed_us: int | None = None
    will_us: int | None = None

    @property
    def seen_us(self) -> int | None:
        """When it was last known to live; hails count for some time only from when it last spoke."""
        if self.spoke_us is None or self.hailed_us is None:
            return self.spoke_us
        return max(self.spoke_us, min(self.hailed_us, self.spoke_us + HAILS_SUFFICE))

    def seen(self, at_us: int) -> Sighting:
        """The box spoke."""
        return replace(self, spoke_us=max(at_us, self.spoke_us or at_us))

    def hailed(self, at_us: int) -> Sighting:
        """The box said that it is there."""
        return replace(self, hailed_us=max(at_us, self.hailed_us or at_us))

    def broke(self, at_us: int) -> Sighting:
        """Its last will came: the link is gone, the box may not be."""
        return replace(self, will_us=at_us)


def presence(sighting: Sighting, now_us: int, watching_since_us: int = 0) -> Presence:
    """Online, late or lost at `now_us`; nobody is called lost for what happened before the station was watching.

    A last will alone makes a box late, never lost: wills can err. Hails do not put that right: the link is still gone.
    """
    if sighting.spoke_us is None or (seen_us := sighting.seen_us) is None:
        return Presence.NEVER
    if now_us - max(seen_us, watching_since_us) >= LOST_AFTER:
        return Presence.LOST
    broken = sighting.will_us is not None and sighting.will_us > sighting.spoke_us
    return Presence.LATE if broken or now_us - seen_us >= LATE_AFTER else Presence.ONLINE


def age_us(sighting: Sighting, now_us: int) -> int | None:
    """How long ago the box was known to live; None if it never did, 0 if the clock was set back since."""
    seen_us = sighting.seen_us
    return None if seen_us is None else max(0, now_us - seen_us)
