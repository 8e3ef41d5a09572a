"""Pure: a relay's frames onto its timeline, with one generous and constant delay, and into few large datagrams.

What comes at `now` is heard `LEAD_US` later, by every box. That is enough to send everything once more half a second
after the first time, so that a road may be gone for as long without anybody hearing it.
"""

from __future__ import annotations

from speaker_client.protocol.ids import OrderId
from speaker_client.protocol.live import FRAME_US, LARGEST_GROUP, Group

LEAD_US = 1_500_000
"""From a frame's coming here to its being due."""
LEAST_US, MOST_US = 900_000, 2_500_000
"""Between these the lead may drift, by a source whose clock is not ours, before numbers or frames are left out."""
AGAIN_US = 500_000
"""After so long every datagram is sent once more."""
MOST_FRAMES = 24
"""Frames in a group: the first of them waits a quarter of a second for the last."""
_ROOM = LARGEST_GROUP - 34 - 64
"""Bytes of a group beside its head and its signature."""


class Timeline:
    """Which number a frame gets. Frame 0 is due at `start_us`."""

    def __init__(self, start_us: int) -> None:
        self._start_us = start_us
        self._next: int | None = None
        self.left_out = 0
        """Numbers for which nothing came."""
        self.dropped = 0
        """Frames for which there was no time."""

    def place(self, now_us: int) -> int | None:
        """The number of a frame that comes now; None for one that is not to be heard."""
        fresh = -(-(now_us + LEAD_US - self._start_us) // FRAME_US)
        if fresh < 0:
            return None
        if self._next is None:
            self._next = fresh
        slack_us = self._start_us + self._next * FRAME_US - now_us
        if slack_us > MOST_US:
            self.dropped += 1
            return None
        if slack_us < LEAST_US:
            self.left_out += fresh - self._next
            self._next = fresh
        self._next += 1
        return self._next - 1


class Packing:
    """Frames of one stream into groups as large as a datagram may be; `end` is the number at which it ends."""

    def __init__(self, stream: OrderId, end: int) -> None:
        self._stream, self._end = stream, end
        self._first = 0
        self._packets: list[bytes] = []
        self._bytes = 0

    def add(self, number: int, packet: bytes) -> list[Group]:
        """A frame, its number higher than any before; the groups that can leave."""
        follows = number == self._first + len(self._packets)
        fits = self._bytes + 2 + len(packet) <= _ROOM
        left = [] if follows and fits else self.flush()
        if not self._packets:
            self._first = number
        self._packets.append(packet)
        self._bytes += 2 + len(packet)
        return [*left, *(self.flush() if len(self._packets) == MOST_FRAMES else [])]

    def flush(self) -> list[Group]:
        """What waits for more, if anything does."""
        if not self._packets:
            return []
        group = Group(self._stream, self._first, tuple(self._packets), self._end)
        self._packets, self._bytes = [], 0
        return [group]
