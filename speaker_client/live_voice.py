"""A live voice on the deck: like any other cue, but its sound is decoded frame by frame at the moment it is due."""

from __future__ import annotations

import audioop
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from speaker_client.deck import Cue, Done
from speaker_client.fades import FADE_IN, FADE_IN_FRAMES, fade
from speaker_client.frames import FULL_SCALE, SAMPLE_BYTES, SPOKEN_FRAMES, frames_of
from speaker_client.jitter import JitterBuffer
from speaker_client.protocol.live import FRAME_US
from speaker_client.protocol.report import Reason
from speaker_client.reservoir import Reservoir
from speaker_client.voice import Voice

CONCEALED_FRAMES = 10
"""So many lost frames in a row are made up, ever more quietly; then it is silent until a frame comes."""
SILENCE = bytes(SPOKEN_FRAMES * SAMPLE_BYTES)


class Decoder(Protocol):
    """Packets of one stream, in order."""

    def decode(self, packet: bytes | None) -> bytes:
        """The PCM of one frame; for None what stands in for a lost one."""


class FrameStream(Reservoir):
    """A reservoir that fills itself. Nothing comes out before the first frame that is here when it is due."""

    def __init__(self, buffer: JitterBuffer, decoder: Decoder, from_us: int, clock: Callable[[], int]) -> None:
        super().__init__()
        self.buffer = buffer
        self.base = frames_of(from_us)
        self._decoder, self._clock = decoder, clock
        self._flowing = False
        self._risen = FADE_IN_FRAMES

    def skip_to(self, frame: int) -> None:
        super().skip_to(min(frame, self.tail))
        if self._flowing and frame <= self.tail:
            return
        number, within = divmod(self.base + frame, SPOKEN_FRAMES)
        self.buffer.skip_to(number, self._clock())
        if self._flowing or self.buffer.holds(number):
            self._flowing = True
            self.head = self.tail = frame - within
            self._decode()
            super().take(within)

    def take(self, frames: int) -> bytes:
        while self._flowing and self.frames < frames:
            self._decode()
        return super().take(frames)

    def peak_ahead(self, frames: int) -> int:
        """A voice cannot be looked ahead of: it will be as loud as it may."""
        return FULL_SCALE

    def _decode(self) -> None:
        packet, gap = self.buffer.take((self.base + self.tail) // SPOKEN_FRAMES, self._clock())
        pcm = self._sound(packet, gap)
        if not gap and self._risen < FADE_IN_FRAMES:
            pcm, self._risen = fade(pcm, self._risen, FADE_IN), self._risen + SPOKEN_FRAMES
        self.put(pcm)

    def _sound(self, packet: bytes | None, gap: int) -> bytes:
        """The PCM of a frame, or of the `gap`th lost in a row."""
        if gap > CONCEALED_FRAMES:
            self._risen = 0
            return SILENCE
        if gap:
            return audioop.mul(self._decoder.decode(None), SAMPLE_BYTES, 1 - gap / (CONCEALED_FRAMES + 1))
        return self._decoder.decode(packet)


class LiveVoice(Voice):
    """Ends by its close, five seconds after its last frame, or at its limit, whatever comes first."""

    def __init__(self, cue: Cue, stream: FrameStream) -> None:
        super().__init__(cue, stream)
        self._stream = stream
        self._most = self.frames
        self._breaks_off = True
        self._follow()

    def passed(self, at_us: int) -> bool:
        self._follow()
        return super().passed(at_us)

    def finished(self) -> Done:
        return self.done(None if self.cutting else self._stream.buffer.why_over())

    def past(self) -> Done:
        return self.done(self.trouble or self._stream.buffer.why_over())

    def done(self, reason: Reason | None) -> Done:
        buffer = self._stream.buffer
        whole = buffer.origin * FRAME_US, buffer.whole * FRAME_US
        known = buffer.begun and not self.cutting
        closed_us = None if buffer.closed is None else buffer.closed * FRAME_US
        return replace(super().done(reason), spoken=whole if known else None, closed_us=closed_us)

    def stood_in(self) -> tuple[int, int]:
        return self._stream.buffer.missing, 0

    def _follow(self) -> None:
        self.frames = max(0, min(self._most, self._stream.buffer.over * SPOKEN_FRAMES - self._stream.base))

    def _programme_us(self) -> int:
        """Five seconds of silence after the last frame are no programme."""
        spoken = self._stream.buffer.whole * FRAME_US
        return max(self.cue.from_us, min(super()._programme_us(), spoken))
