"""Pure pacing: which number on the live's timeline a captured frame gets, so that it comes to the boxes in time.

`slack` is what is left between a frame's coming here and its being due: the delay that a listener hears, less the
speaker's own road. A frame that comes late is sent late, and only it is missed. But what the boxes say of every second
is kept for a minute, and the lead follows: where frames are late again and again, numbers are left out, and everything
from there on is heard later; where all boxes have time to spare, frames in which nobody speaks are dropped, and the
delay shrinks again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from speaker_client.protocol.ids import SECOND, BoxId
from speaker_client.protocol.live import FRAME_US

ROAD_US = 130_000
"""What the road from here to the loudspeakers is given before anything is measured."""
NO_ROAD_US = 20_000
"""A frame with less slack than this is late on any road."""
SUDDEN_FRAMES = 25
"""When even the best of so many has no slack, it is not waited for what the boxes say."""
LONGEST_ROAD_US = SECOND
"""A box that would need more is not waited for."""
RESERVE_US = 8_000
"""What every box is to have to spare."""
KEPT = 60
"""Reports of a box that count: a minute's."""
MANY = 4
"""From so many on the worst of them is taken for an accident."""
FEWEST = 4
"""Reports of each box before the lead is shortened."""
SETTLED_US = 2_300_000
"""From a change until a report speaks of what came after it alone: the second that it tells of, its way here, and how
long it lies here unread."""
GONE_US = 10 * SECOND
"""A box that says nothing for so long gives no lead any more."""
MOST_US = 2 * SECOND
"""What lies further behind than this is not worth hearing any more."""


class Pacing:
    """The timeline of one live, from the moment at which its frame 0 is due."""

    def __init__(self, start_us: int) -> None:
        self._start_us = start_us
        self._next = 0
        self._recent: deque[int] = deque(maxlen=SUDDEN_FRAMES)
        self._needs: dict[BoxId, deque[int]] = {}
        self._heard_us: dict[BoxId, int] = {}
        self._changed_us = start_us - 2 * SETTLED_US
        self._owed = 0
        self.slack_us = ROAD_US
        """Of the last frame that was placed."""
        self.spare_us: int | None = None
        """What the tightest box had left over in the last second that was told."""
        self.skipped = 0
        self.dropped = 0

    def place(self, now_us: int, quiet: bool) -> int | None:
        """The number of the frame that comes at `now_us`; None if it is to be dropped."""
        if not self._recent:
            self._next = max(0, -((self._start_us - now_us - ROAD_US) // FRAME_US))
        slack = self._due(self._next) - now_us
        if slack > MOST_US or (quiet and self._owed < 0):
            self._shift(-1, now_us)
            self.dropped += 1
            return None
        self._recent.append(slack)
        if len(self._recent) == SUDDEN_FRAMES and max(self._recent) < NO_ROAD_US:
            self._owed = max(self._owed, -((max(self._recent) - ROAD_US) // FRAME_US))
        if self._owed > 0:
            self.skipped += self._owed
            self._next += self._owed
            self._shift(self._owed, now_us)
        self.slack_us = self._due(self._next) - now_us
        self._next += 1
        return self._next - 1

    def hear(self, box: BoxId, now_us: int, spare_us: int) -> None:
        """What the tightest frame of a second had to spare there, as is just told; below zero it came too late."""
        self._heard_us[box] = now_us
        if now_us < self._changed_us + SETTLED_US + max(self.slack_us, 0):
            return
        self._needs.setdefault(box, deque(maxlen=KEPT)).append(self._lead_us - spare_us)
        newest = max(self._heard_us.values())
        needs = [kept for one, kept in self._needs.items() if newest - self._heard_us[one] < GONE_US]
        self.spare_us = self._lead_us - max(kept[-1] for kept in needs)
        over_us = self._lead_us - RESERVE_US - max(_worst(kept) for kept in needs)
        over_us = max(over_us, self.slack_us - LONGEST_ROAD_US)
        if over_us < 0 or all(len(kept) >= FEWEST for kept in needs):
            self._owed = -(over_us // FRAME_US)

    @property
    def end(self) -> int:
        """The number after the last frame placed."""
        return self._next

    @property
    def _lead_us(self) -> int:
        return (self.skipped - self.dropped) * FRAME_US

    def _due(self, number: int) -> int:
        return self._start_us + number * FRAME_US

    def _shift(self, frames: int, now_us: int) -> None:
        self._owed -= frames
        self._changed_us = now_us
        self._recent = deque((slack + frames * FRAME_US for slack in self._recent), SUDDEN_FRAMES)


def _worst(needs: Sequence[int]) -> int:
    return sorted(needs)[-1 if len(needs) < MANY else -2]
