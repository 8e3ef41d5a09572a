"""A relay on the deck: frames of a stream at their time, and where they stay away the box's own fallback."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from speaker_client.deck import Cue, Done
from speaker_client.fades import FADE_IN, FADE_IN_FRAMES, fade
from speaker_client.feeder import Fed
from speaker_client.frames import RATE, SAMPLE_BYTES, SPOKEN_FRAMES, us_of
from speaker_client.jitter import JitterBuffer
from speaker_client.live_voice import SILENCE, Decoder, FrameStream
from speaker_client.protocol.report import Reason
from speaker_client.reservoir import Reservoir
from speaker_client.voice import Voice

PATIENT_FRAMES = 3 * RATE // SPOKEN_FRAMES
"""So long nothing may come before the fallback begins."""
BACK_FRAMES = RATE // SPOKEN_FRAMES // 2
"""So many frames in a row end it: half a second, for a road that is only half well."""
OPENING_FRAMES = RATE // 2
"""From wanting the fallback to its first sample: it is opened by another thread."""
ABSENT_FRAMES, DAMAGED_FRAMES = 2 * RATE, 60 * RATE
"""After so long it is looked again for a fallback that was not here, or could not be played."""
SLIGHT_PERCENT = 5
"""What may be missing of a relay without a word."""


@dataclass(eq=False)
class Strip:
    """One stretch of the fallback while it is decoded ahead."""

    cue: Cue
    reservoir: Reservoir = field(default_factory=Reservoir)
    over: bool = False
    trouble: Reason | None = None
    missed: int = 0


class Fallback:
    """The reels over and over, as if they had been playing since the programme began: all boxes are in step.

    Reels that are not all here are looked for again and again.
    """

    def __init__(self, cue: Cue, feed: Callable[[Fed], object]) -> None:
        once_us = sum(reel.duration_us for reel in cue.reels)
        rounds = -(-(cue.from_us + cue.length_us) // once_us) if once_us else 0
        self._cue, self._feed = replace(cue, reels=cue.reels * rounds, relay=None), feed
        self._strip: Strip | None = None
        self._from = 0

    def ready(self, frame: int) -> bool:
        """Whether the block at this frame of the cue is decoded; from the first question on it is being decoded."""
        if not self._cue.reels:
            return False
        if self._strip and frame - self._from >= _pause(self._strip):
            self.stop()
        if self._strip is None:
            self._from, at_us = frame + OPENING_FRAMES, us_of(frame + OPENING_FRAMES)
            cue = self._cue
            self._strip = Strip(replace(cue, from_us=cue.from_us + at_us, length_us=cue.length_us - at_us))
            self._feed(self._strip)
        reservoir, wanted = self._strip.reservoir, frame - self._from
        reservoir.skip_to(wanted)
        return reservoir.head == wanted and reservoir.frames > 0

    def take(self, frame: int) -> bytes | None:
        """That block, if it is ready."""
        if not self.ready(frame) or self._strip is None:
            return None
        pcm = self._strip.reservoir.take(SPOKEN_FRAMES).ljust(SPOKEN_FRAMES * SAMPLE_BYTES, b"\0")
        return fade(pcm, frame - self._from, FADE_IN)

    def stop(self) -> None:
        """Let go of the files; the next `take` begins anew."""
        if self._strip:
            self._strip.over = True
        self._strip = None


def _pause(strip: Strip) -> float:
    """How many frames after its beginning another is tried in its place."""
    if strip.trouble is None or strip.reservoir.frames:
        return math.inf
    return ABSENT_FRAMES if strip.trouble is Reason.NO_MEDIA else DAMAGED_FRAMES


class RelayStream(FrameStream):
    """Frames, else the fallback. `lacking` counts the blocks that no frame of the stream filled, `replaced` those
    of them in which the fallback was heard."""

    def __init__(
        self, buffer: JitterBuffer, decoder: Decoder, from_us: int, clock: Callable[[], int], fallback: Fallback
    ) -> None:
        super().__init__(buffer, decoder, from_us, clock)
        self.fallback = fallback
        self.lacking = self.replaced = 0
        self._filling = False
        self._back = 0

    def skip_to(self, frame: int) -> None:
        """Where nothing has come for too long since the beginning, the fallback is as good a beginning."""
        if not self._flowing and frame >= PATIENT_FRAMES * SPOKEN_FRAMES and self._start_filled(frame):
            return
        super().skip_to(frame)

    def _start_filled(self, frame: int) -> bool:
        number, within = divmod(self.base + frame, SPOKEN_FRAMES)
        if self.buffer.holds(number) or not self.fallback.ready(frame - within):
            return False
        self._flowing = self._filling = True
        self.buffer.skip_to(number, self._clock())
        self.head = self.tail = frame - within
        self._decode()
        self.take(within)
        return True

    def _sound(self, packet: bytes | None, gap: int) -> bytes:
        self._back = self._back + 1 if packet is not None else 0
        own = super()._sound(packet, gap)
        if self._filling and self._back >= BACK_FRAMES:
            self._filling, self._risen = False, 0
            self.fallback.stop()
            return own
        self._filling = self._filling or gap > PATIENT_FRAMES
        filler = self.fallback.take(self.tail) if self._filling else None
        self.lacking += self._filling or packet is None
        self.replaced += filler is not None
        if not self._filling:
            return own
        self._risen = FADE_IN_FRAMES  # what comes back is faded in once it is heard
        return filler or SILENCE


class RelayVoice(Voice):
    """Ends at its hard end and not before."""

    def __init__(self, cue: Cue, stream: RelayStream) -> None:
        super().__init__(cue, stream)
        self._stream = stream
        self._breaks_off = True

    def finished(self) -> Done:
        lacking = self._stream.lacking * SPOKEN_FRAMES * 100 > self.frames * SLIGHT_PERCENT
        return self.done(Reason.NO_RELAY if lacking and not self.cutting else None)

    def past(self) -> Done:
        return self.done(self.trouble or Reason.NO_RELAY)

    def done(self, reason: Reason | None) -> Done:
        self._stream.fallback.stop()
        return super().done(reason)

    def stood_in(self) -> tuple[int, int]:
        return self._stream.lacking, self._stream.replaced
