"""One live on its way: PCM comes in, groups of frames go out, and all of it is kept."""

from __future__ import annotations

import asyncio
import audioop
import hashlib
import math
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from typing_extensions import TypedDict

from broadcast_server.clock import Clock
from broadcast_server.live.casting import Casting
from broadcast_server.live.ends import End, plain
from broadcast_server.live.grouping import Grouping
from broadcast_server.live.opus import FRAME_BYTES, OpusDecoder, OpusEncoder
from broadcast_server.live.pacing import Pacing
from broadcast_server.live.spool import Recording
from speaker_client.protocol.ids import SECOND, BoxId, OrderId
from speaker_client.protocol.live import FRAME_US, LONGEST_US, Ending
from speaker_client.protocol.signature import SigningKey

QUIET = 300
"""Below this RMS (of 32,767) nobody speaks."""
STILLEST_DB = -90
AGAIN_S = (0.05, 0.15)
"""Pauses after which the end is said again."""
NUMBER_BYTES = 4
AHEAD_US = 10 * SECOND
"""So much more than was spoken in real time may come: what a stalled road held back, and a phone's fast clock."""


class TimeUp(Exception):
    """The live has reached its limit and was not extended."""


class TooFast(Exception):
    """More sound comes than anybody can have spoken meanwhile."""


class StandingJson(TypedDict):
    """How a live stands: it has lasted `seconds` and may last `left_s` more; `delay_ms` from speaking to sounding,
    `spare_ms`: by how much all of it came before it was needed, below zero too late, null before a box has said so;
    frames of 10 ms left out (`gaps`) and `dropped`; `level_db`: the loudest of late, below full scale."""

    seconds: int
    left_s: int
    delay_ms: int
    spare_ms: int | None
    gaps: int
    dropped: int
    level_db: int
    recorded: bool


class Speech:
    """Frames of one live. `key` signs them and is forgotten with this object.

    `clock` must run evenly: the timeline of the live is one with the boxes', who follow no step of the server's.
    """

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
        self._recording = Recording(kept)
        self._rest = b""
        self._newest = -1
        self._paired = True
        self._loudest = 0
        self._opened_us = self._heard_us = clock.now_us()
        self._holder, self._held = asyncio.Event(), False
        self.frames = 0
        self.over = asyncio.Event()
        self.end: End | None = None
        """Why it ended, once `over` is set."""

    async def hear_once(self, piece: bytes, hear: Callable[[bytes], Awaitable[None]]) -> None:
        """A piece of sound behind its number (u32), said on several lines: by whichever it comes first, it is heard.

        Each line says all pieces in their order. TimeUp at the limit, on every line.
        """
        if self._pacing.end >= self._grouping.limit:
            raise TimeUp
        number = int.from_bytes(piece[:NUMBER_BYTES])
        if number > self._newest:
            self._newest = number
            await hear(piece[NUMBER_BYTES:])

    async def hear_packet(self, packet: bytes) -> None:
        """One packet of Opus. It is decoded and encoded anew: no box ever decodes what a stranger's device made."""
        self._decoder = self._decoder or OpusDecoder()
        await self.hear(self._decoder.decode(packet))

    async def hear(self, pcm: bytes) -> None:
        """Sound as it comes: s16le, mono, 48 kHz, any number of bytes. TimeUp at the limit, TooFast for a flood."""
        pcm = self._rest + pcm
        whole = len(pcm) - len(pcm) % FRAME_BYTES
        self._rest = pcm[whole:]
        for at in range(0, whole, FRAME_BYTES):
            await self._frame(pcm[at : at + FRAME_BYTES])

    def hold(self) -> asyncio.Event:
        """Whoever speaks from now on; it is set when another takes over. Half a frame of the last one is forgotten."""
        self._holder.set()
        self._holder = asyncio.Event()
        if not self._held:  # only once: whoever comes back again and again without a word holds nothing
            self._held, self._heard_us = True, self._clock.now_us()
        self._rest, self._decoder = b"", None
        return self._holder

    def adapt(self, box: BoxId, spare_us: int) -> None:
        """What the tightest frame of the last second had to spare at a box."""
        self._pacing.hear(box, self._clock.now_us(), spare_us)

    def extend(self, seconds: int) -> int:
        """Allow so much more, but none too long; the seconds it may last now in all."""
        more = seconds * SECOND // FRAME_US
        self._grouping.limit = min(self._grouping.limit + more, LONGEST_US // FRAME_US)
        return self._grouping.limit * FRAME_US // SECOND

    async def close(self, ending: Ending, end: End | None = None) -> None:
        """Say the end by every road. The sound is durable afterwards, as far as it came."""
        self.end = end or plain(ending)
        self.over.set()
        try:
            *last, close = (group.seal(self._key) for group in self._grouping.close(self._pacing.end, ending))
            for data in last:
                await self._casting.cast(self.boxes, data)
            await asyncio.gather(self._casting.insist(self.boxes, close), self._repeat(close))
        finally:
            await asyncio.to_thread(self._recording.close)

    def abandon(self) -> None:
        """It never took the floor: its file is let go."""
        self._recording.close()

    @property
    def silent_us(self) -> int:
        """For how long no frame has come."""
        return self._clock.now_us() - self._heard_us

    @property
    def end_us(self) -> int:
        """When its last frame is over."""
        return self.start_us + self._pacing.end * FRAME_US

    @property
    def digest(self) -> str:
        """SHA-256 of all PCM that came in whole frames."""
        return self._digest.hexdigest()

    @property
    def recorded(self) -> bool:
        """Whether all of it is on disk; it goes out even if it is not."""
        return self._recording.whole

    def standing(self) -> StandingJson:
        """What the speaker is shown: the delay between speaking and sounding, what was left out or dropped, how long
        it may still last, the loudest of late in dB below full scale, and whether it is recorded."""
        loudest, self._loudest = self._loudest, 0
        return {
            "seconds": self.frames * FRAME_US // SECOND,
            "left_s": max(0, self._grouping.limit - self._pacing.end) * FRAME_US // SECOND,
            "delay_ms": self._pacing.slack_us // 1000,
            "spare_ms": None if self._pacing.spare_us is None else self._pacing.spare_us // 1000,
            "gaps": self._pacing.skipped,
            "dropped": self._pacing.dropped,
            "level_db": max(STILLEST_DB, round(20 * math.log10(loudest / 32_767))) if loudest else STILLEST_DB,
            "recorded": self.recorded,
        }

    async def _repeat(self, data: bytes) -> None:
        """A datagram may be lost, and without the end the boxes would take the speaker for gone."""
        for pause_s in AGAIN_S:
            await asyncio.sleep(pause_s)
            await self._casting.cast(self.boxes, data)

    async def _frame(self, pcm: bytes) -> None:
        if self.over.is_set():
            return
        now = self._clock.now_us()
        if self.frames * FRAME_US > now - self._opened_us + AHEAD_US:
            raise TooFast
        self._heard_us = now
        packet, loud = self._encoder.encode(pcm), audioop.rms(pcm, 2)
        self._loudest = max(self._loudest, loud)
        self._recording.add(pcm)
        self._digest.update(pcm)
        self.frames += 1
        number = self._pacing.place(now, loud < QUIET)
        if number is None:
            return
        if number >= self._grouping.limit:
            raise TimeUp
        data = self._grouping.add(number, packet).seal(self._key)
        self._paired = not self._paired  # each group bears the frame before it: every second one carries them all
        await self._casting.cast(self.boxes, data, datagrams_only=not self._paired)
