"""Groups of frames to the boxes, by the faster of two roads for each."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Protocol

from speaker_client.protocol.ids import BoxId

TOO_LATE_S = 0.1
"""What the broker has not taken by then would come too late: the next frames must not wait behind it."""


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

    async def cast(self, boxes: Sequence[BoxId], data: bytes) -> None:
        """Send to all: by datagram where an address is known, else by the broker."""
        rest = [box for box in boxes if self.datagrams is None or not self.datagrams.send(box, data)]
        if self.line is None or not rest:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(TOO_LATE_S):
                await asyncio.gather(*(self.line.live(box, data) for box in rest))

    async def insist(self, boxes: Sequence[BoxId], data: bytes) -> None:
        """Send what must not be lost: once more, on the line that carries nothing but orders."""
        await self.cast(boxes, data)
        if self.alarm is not None:
            await asyncio.gather(*(self.alarm.alert(box, data) for box in boxes))
