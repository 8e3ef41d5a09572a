"""Pure pacing: which number on the live's timeline a captured frame gets, so that it comes to the boxes in time.

`slack` is what is left between a frame's coming here and its being due: the delay that a listener hears, less the
speaker's own road. Too little of it, and numbers are left out: everything from here on is heard later. More than is
needed for a while, and frames in which nobody speaks are dropped: the delay shrinks again.
"""

from __future__ import annotations

from speaker_client.protocol.live import FRAME_US

ROAD_US = 120_000
"""What the road from here to the loudspeakers is given before anything is measured."""
TIGHT_US = 30_000
"""So much less than the road takes may be left, before numbers are left out for it."""
LONGEST_ROAD_US = 1_000_000
SPARE_FRAMES = 2
"""What a box should have to spare when the tightest frame comes."""
EASY_FRAMES, EASY_TIMES = 5, 10
"""With so much to spare so many times in a row, the road is given a frame less."""
MOST_US = 2_000_000
"""What lies further behind than this is not worth hearing any more."""
WINDOW = 250
"""Five seconds of frames: how long the slack must have been too large before it is shortened."""


class Pacing:
    """The timeline of one live, from the moment at which its frame 0 is due."""

    def __init__(self, start_us: int) -> None:
        self._start_us = start_us
        self._next = 0
        self._lowest = self._highest = 0
        self._seen = 0
        self.road_us = self.target_us = ROAD_US
        self._easy = 0
        self.slack_us = ROAD_US
        """Of the last frame that was placed."""
        self.skipped = 0
        self.dropped = 0

    def place(self, now_us: int, quiet: bool) -> int | None:
        """The number of the frame that comes at `now_us`; None if it is to be dropped."""
        if self._seen == 0:
            self._next = max(0, -((self._start_us - now_us - ROAD_US) // FRAME_US))
        slack = self._due(self._next) - now_us
        self._measure(slack)
        if slack < self.road_us - TIGHT_US:
            self._skip(slack)
            slack = self._due(self._next) - now_us
        elif slack > MOST_US or (quiet and self._too_long()):
            self.dropped += 1
            self._lowest -= FRAME_US
            return None
        self.slack_us = slack
        self._next += 1
        return self._next - 1

    def hear(self, spare: int) -> None:
        """How many frames the tightest of the boxes had to spare in the last second; below zero it came too late."""
        self._easy = self._easy + 1 if spare > EASY_FRAMES else 0
        if spare < SPARE_FRAMES:
            self.road_us = min(LONGEST_ROAD_US, self.road_us + (SPARE_FRAMES - spare) * FRAME_US)
        elif self._easy >= EASY_TIMES:
            self.road_us, self._easy = max(ROAD_US // 2, self.road_us - FRAME_US), 0

    @property
    def end(self) -> int:
        """The number after the last frame placed."""
        return self._next

    def _due(self, number: int) -> int:
        return self._start_us + number * FRAME_US

    def _measure(self, slack: int) -> None:
        """The spread of the slack within a window is the jitter of the speaker's road."""
        if self._seen % WINDOW == 0:
            if self._seen:
                self.target_us = self.road_us + min(self._highest - self._lowest, MOST_US // 2)
            self._lowest = self._highest = slack
        self._lowest, self._highest = min(self._lowest, slack), max(self._highest, slack)
        self._seen += 1

    def _skip(self, slack: int) -> None:
        jitter = self._highest - self._lowest if self._seen > 1 else 0
        self.target_us = max(self.target_us, self.road_us + min(jitter, MOST_US // 2))
        left_out = -((slack - self.target_us) // FRAME_US)
        self._next += left_out
        self.skipped += left_out
        self._lowest = self._highest = slack + left_out * FRAME_US
        self._seen = 1

    def _too_long(self) -> bool:
        return self._seen % WINDOW > WINDOW // 2 and self._lowest > self.target_us + 2 * FRAME_US
