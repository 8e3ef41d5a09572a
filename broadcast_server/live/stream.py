"""A relay's sound on its way to the boxes: encoded once, signed once, sent twice."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from broadcast_server.clock import Clock
from broadcast_server.live.casting import Casting
from broadcast_server.live.opus import FRAME_BYTES, Application, OpusEncoder
from broadcast_server.live.streaming import AGAIN_US, Packing, Timeline
from speaker_client.protocol.ids import SECOND, BoxId, OrderId
from speaker_client.protocol.live import FRAME_US, Group
from speaker_client.protocol.signature import SigningKey

TAKEN_WITHIN_S = 0.5
"""So long the broker may take over a group, for the boxes that are not reached by datagram."""


class Stream:
    """The frames of one relayed occurrence, whoever listens: `boxes` may change at any time.

    `key` signs them. `clock` must run evenly: boxes hold on to the timeline that they began with.
    """

    def __init__(
        self, stream: OrderId, start_us: int, length_us: int, key: SigningKey, clock: Clock, casting: Casting
    ) -> None:
        self._key, self._clock, self._casting = key, clock, casting
        self._encoder = OpusEncoder(Application.AUDIO)
        self._end = -(-length_us // FRAME_US)
        self._timeline, self._packing = Timeline(start_us), Packing(stream, self._end)
        self.boxes: Sequence[BoxId] = ()
        self.frames = 0

    @property
    def dropped(self) -> int:
        """Frames that came too soon to be sent."""
        return self._timeline.dropped

    def hear(self, pcm: bytes) -> list[bytes]:
        """Whole frames of s16le, mono, 48 kHz, as they come; the datagrams that are to be sent now."""
        groups: list[Group] = []
        for at in range(0, len(pcm), FRAME_BYTES):
            number = self._timeline.place(self._clock.now_us())
            if number is not None and number < self._end:
                self.frames += 1
                groups += self._packing.add(number, self._encoder.encode(pcm[at : at + FRAME_BYTES]))
        return [group.seal(self._key) for group in groups]

    def pause(self) -> list[bytes]:
        """Nothing sounds: what waits for company leaves alone, and the boxes are left to their fallback."""
        return [group.seal(self._key) for group in self._packing.flush()]

    async def send(self, data: bytes) -> None:
        """To all boxes, now and once more."""
        await self._casting.cast(self.boxes, data, taken_within_s=TAKEN_WITHIN_S)
        await asyncio.sleep(AGAIN_US / SECOND)
        await self._casting.cast(self.boxes, data, datagrams_only=True)
