"""Pure grouping: frames gathered into datagrams so that each frame leaves in two of them, one after the other."""

from __future__ import annotations

from speaker_client.protocol.ids import OrderId
from speaker_client.protocol.live import LIMIT_FRAMES, Ending, Group

FRESH = 2
"""New frames in a group: the first of them waits 20 ms for the second."""
LONGEST_HOLE = 100
"""Numbers left out that a group still tells of: 200 bytes."""


class Grouping:
    """The frames of one live on their way out. `limit` is told to the boxes with every group."""

    def __init__(self, live: OrderId) -> None:
        self._live = live
        self._before: dict[int, bytes] = {}
        self._fresh: dict[int, bytes] = {}
        self._origin: int | None = None
        self.limit = LIMIT_FRAMES

    def add(self, number: int, packet: bytes) -> Group | None:
        """A frame, its number higher than any before; the group that is now full, if one is."""
        if self._origin is None:
            self._origin = number
        if self._fresh and number - max(self._fresh) > LONGEST_HOLE // 2:
            group = self._leave()
            self._fresh = {number: packet}
            return group
        self._fresh[number] = packet
        return self._leave() if len(self._fresh) == FRESH else None

    def close(self, end: int, ending: Ending) -> tuple[Group, ...]:
        """The last groups: what has left only once, then the end before number `end`."""
        last = (self._group(Ending.OPEN),) if self._before or self._fresh else ()
        return (*last, Group(self._live, end, (), self.limit, ending, self._origin or 0))

    def _leave(self) -> Group:
        group = self._group(Ending.OPEN)
        self._before, self._fresh = self._fresh, {}
        return group

    def _group(self, ending: Ending) -> Group:
        """Numbers left out in between are packets of no bytes; behind a long hole nothing is repeated."""
        frames = self._before | self._fresh
        if max(frames) - min(frames) > LONGEST_HOLE + FRESH and self._fresh:
            frames = self._fresh
        first, last = min(frames), max(frames)
        packets = tuple(frames.get(number, b"") for number in range(first, last + 1))
        return Group(self._live, first, packets, self.limit, ending, self._origin or 0)
