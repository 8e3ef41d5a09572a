"""One live on its way: PCM comes in, groups of frames go out, and all of it is kept."""

from __future__ import annotations

import audioop
import hashlib
from collections.abc import Sequence
from pathlib import Path

from broadcast_server.clock import Clock
from broadcast_server.live.casting import Casting
from broadcast_server.live.grouping import Grouping
from broadcast_server.live.opus import FRAME_BYTES, OpusDecoder, OpusEncoder
from broadcast_server.live.pacing import Pacing
from speaker_client.protocol.ids import BoxId, OrderId
from speaker_client.protocol.live import FRAME_US, LIMIT_FRAMES, LONGEST_US, Ending
from speaker_client.protocol.signature import SigningKey

QUIET = 300
"""Below this RMS (of 32,767) nobody speaks."""


class TimeUp(Exception):
    """The live has reached its limit and was not extended."""


class Speech:
    """Frames of one live. `key` signs them and is forgotten with this object."""

    def __init__(
        self, order: OrderId, start_us: int, key: SigningKey, boxes: Sequence[BoxId], clock: Clock, casting: Casting,
        kept: Path,
    ) -> None:  # fmt: skip
        self.order, self.boxes, self.start_us = order, boxes, start_us
        self._key, self._clock, self._casting = key, clock, casting
        self._encoder = OpusEncoder()
        self._decoder: OpusDecoder | None = None
        self._grouping = Grouping(order)
        self._pacing = Pacing(start_us)
        self._digest = hashlib.sha256()
        self._kept = kept.open("wb")
        self._rest = b""
        self.frames = 0

    async def hear_packet(self, packet: bytes) -> None:
        """One packet of Opus. It is decoded and encoded anew: no box ever decodes what a stranger's device made."""
        self._decoder = self._decoder or OpusDecoder()
        await self.hear(self._decoder.decode(packet))

    async def hear(self, pcm: bytes) -> None:
        """Sound as it comes: s16le, mono, 48 kHz, any number of whole samples. TimeUp at the limit."""
        pcm = self._rest + pcm
        whole = len(pcm) - len(pcm) % FRAME_BYTES
        self._rest = pcm[whole:]
        for at in range(0, whole, FRAME_BYTES):
            await self._frame(pcm[at : at + FRAME_BYTES])

    def adapt(self, spare: int) -> None:
        """How many frames the tightest box had to spare in the last second."""
        self._pacing.hear(spare)

    def extend(self) -> int:
        """Allow as much again as a live may last; the seconds it may last now in all."""
        self._grouping.limit = min(self._grouping.limit + LIMIT_FRAMES, LONGEST_US // FRAME_US)
        return self._grouping.limit * FRAME_US // 1_000_000

    async def close(self, ending: Ending) -> None:
        """Say the end by every road. The sound is whole on disk afterwards, as far as it came."""
        for group in self._grouping.close(self._pacing.end, ending):
            data = group.seal(self._key)
            await (self._casting.cast if group.ending is Ending.OPEN else self._casting.insist)(self.boxes, data)
        self._kept.close()

    @property
    def end_us(self) -> int:
        """When its last frame is over."""
        return self.start_us + self._pacing.end * FRAME_US

    @property
    def digest(self) -> str:
        """SHA-256 of all PCM that came in whole frames."""
        return self._digest.hexdigest()

    def standing(self) -> dict[str, int]:
        """What the speaker is shown: the delay between speaking and sounding, what was left out or dropped."""
        return {
            "seconds": self.frames * FRAME_US // 1_000_000,
            "delay_ms": self._pacing.slack_us // 1000,
            "lead_ms": self._pacing.target_us // 1000,
            "gaps": self._pacing.skipped,
            "dropped": self._pacing.dropped,
        }

    async def _frame(self, pcm: bytes) -> None:
        packet = self._encoder.encode(pcm)
        self._kept.write(pcm)
        self._digest.update(pcm)
        self.frames += 1
        number = self._pacing.place(self._clock.now_us(), audioop.rms(pcm, 2) < QUIET)
        if number is None:
            return
        if number >= self._grouping.limit:
            raise TimeUp
        group = self._grouping.add(number, packet)
        if group:
            await self._casting.cast(self.boxes, group.seal(self._key))
