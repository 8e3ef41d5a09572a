"""Pure grouping: every frame leaves at once, together with the one before it, so that each leaves twice."""

from __future__ import annotations

from speaker_client.protocol.ids import OrderId
from speaker_client.protocol.live import LIMIT_FRAMES, Ending, Group

LONGEST_HOLE = 100
"""Numbers left out that a group still tells of: 200 bytes."""


class Grouping:
    """The frames of one live on their way out. `limit` is told to the boxes with every group."""

    def __init__(self, live: OrderId) -> None:
        self._live = live
        self._before: tuple[int, bytes] | None = None
        self._origin: int | None = None
        self.limit = LIMIT_FRAMES

    def add(self, number: int, packet: bytes) -> Group:
        """A frame, its number higher than any before, and what leaves with it.

        Numbers left out in between are packets of no bytes; behind a long hole nothing is repeated.
        """
        if self._origin is None:
            self._origin = number
        before, self._before = self._before, (number, packet)
        if before is None or number - before[0] > LONGEST_HOLE:
            return self._group(number, (packet,))
        return self._group(before[0], (before[1], *[b""] * (number - before[0] - 1), packet))

    def close(self, end: int, ending: Ending) -> tuple[Group, ...]:
        """The last groups: the frame that has left only once, then the end before number `end`."""
        last = (self._group(self._before[0], (self._before[1],)),) if self._before else ()
        return (*last, Group(self._live, end, (), self.limit, ending, self._origin or 0))

    def _group(self, first: int, packets: tuple[bytes, ...]) -> Group:
        return Group(self._live, first, packets, self.limit, Ending.OPEN, self._origin or 0)
