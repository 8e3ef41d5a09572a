"""Is a source still worth being on air? Pure: levels and times in, a verdict out."""

from __future__ import annotations

from broadcast_server.relay.reason import Reason
from speaker_client.protocol.ids import SECOND

RELAY_FRAME_US = 20_000
"""Of the sound as it is pulled; what goes to the boxes is in frames of 10 ms."""
SOUND_DB, QUIET_DB = -50.0, -56.0
"""A frame at or above the first counts as sound, below the second as silence; between them as the one before."""
SOUND_FRAMES = 5
"""So many in a row, 100 ms, end a silence: a click does not."""
SILENT_US = 7 * SECOND
"""Of the source's own time. Longer than a newsreader's pause; leaves three seconds to begin with the next source."""
STALLED_US = 5 * SECOND
STARVED_US, RECOVERED = 6 * SECOND, 4
"""So long there was nothing to play, in all: a source slower than time. A time well played wipes out a quarter."""
OPENING_US = 8 * SECOND
"""From asking for a source to its first sound being ready."""


class Watch:
    """One source from the moment at which it was asked for. Times are of one monotonic clock."""

    def __init__(self, now_us: int, silent_us: int = SILENT_US) -> None:
        self._opened_us = self._arrived_us = self._judged_us = now_us
        self._begun = False
        self._starved_us = 0
        self._silent_us = silent_us
        self._loud_frames = self._quiet_us = 0
        self._loud = False
        self.sounded = False
        """Whether there was sound at all."""

    def hear(self, level_db: float, now_us: int) -> None:
        """One frame of 20 ms came from the source, so loud (dBFS, root mean square)."""
        self._arrived_us = now_us
        self._quiet_us += RELAY_FRAME_US
        self._loud = level_db >= SOUND_DB or (self._loud and level_db >= QUIET_DB)
        self._loud_frames = self._loud_frames + 1 if self._loud else 0
        if self._loud_frames >= SOUND_FRAMES:
            self._quiet_us, self.sounded = 0, True

    def verdict(self, now_us: int, ready: bool, in_hand_us: int) -> Reason | None:
        """Why to leave it now, if so. `ready`: it is or could be on air; `in_hand_us`: not played yet.

        A source that comes in pieces of many seconds, as HLS does, is not stalled while a piece is being played.
        """
        passed_us, self._judged_us = now_us - self._judged_us, now_us
        if self._begun:
            self._starved_us = max(0, self._starved_us + (-passed_us // RECOVERED if ready else passed_us))
        self._begun = self._begun or ready
        if self._quiet_us >= self._silent_us:
            return Reason.SILENT
        if not self._begun:
            return Reason.STALLED if now_us - self._opened_us >= OPENING_US else None
        stopped = in_hand_us <= 0 and now_us - self._arrived_us >= STALLED_US
        return Reason.STALLED if stopped or self._starved_us >= STARVED_US else None
