"""Groups of frames to the boxes, by the faster of two roads for each."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from typing import Protocol

from speaker_client.protocol.ids import BoxId

TOO_LATE_S = 0.1
"""What the broker has not taken by then would come too late."""
WAIT_S = 0.005
"""So long the speaker's next words wait for the broker. A good one takes a group sooner."""
MOST_UNDER_WAY = 3
"""Groups for one box that the broker has not taken yet."""


class Datagrams(Protocol):
    """The road by UDP."""

    def send(self, box: BoxId, data: bytes) -> bool:
        """Send at once to where the box was last heard from; False if that is not known."""


class FrameLine(Protocol):
    """The road by the broker."""

    async def live(self, box: BoxId, data: bytes) -> bool:
        """Say it at most once: whether the broker took it."""

    async def alert(self, box: BoxId, data: bytes) -> bool:
        """Say it at least once: whether the broker took it."""


class Casting:
    """Sends what is due soon. The lines are given by whoever keeps them; until then nothing leaves by them."""

    def __init__(self, datagrams: Datagrams | None = None) -> None:
        self.datagrams = datagrams
        self.line: FrameLine | None = None
        self.alarm: FrameLine | None = None
        self._under_way: dict[BoxId, set[asyncio.Task[None]]] = {}

    async def cast(
        self, boxes: Sequence[BoxId], data: bytes, datagrams_only: bool = False, taken_within_s: float = TOO_LATE_S
    ) -> None:
        """Send to all: by datagram where an address is known, else by the broker, which nobody waits for long.

        A box for which too much is under way already is left out.
        """
        rest = [box for box in boxes if self.datagrams is None or not self.datagrams.send(box, data)]
        if self.line is None or datagrams_only:
            return
        line = self.line
        calls = [self._call(box, _in_time(line, box, data, taken_within_s)) for box in rest if self._has_room(box)]
        if calls:
            await asyncio.wait(calls, timeout=WAIT_S)

    async def insist(self, boxes: Sequence[BoxId], data: bytes) -> None:
        """Send what must not be lost: once more, on the line that carries nothing but orders."""
        await self.cast(boxes, data)
        if self.alarm is not None:
            await asyncio.gather(*(self.alarm.alert(box, data) for box in boxes))

    def _has_room(self, box: BoxId) -> bool:
        return len(self._under_way.get(box, ())) < MOST_UNDER_WAY

    def _call(self, box: BoxId, saying: Coroutine[None, None, None]) -> asyncio.Task[None]:
        call = asyncio.create_task(saying)
        self._under_way.setdefault(box, set()).add(call)
        call.add_done_callback(self._under_way[box].discard)
        return call


async def _in_time(line: FrameLine, box: BoxId, data: bytes, taken_within_s: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(taken_within_s):
            await line.live(box, data)
