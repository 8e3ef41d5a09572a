"""One cue on its way to the loudspeakers: which of its frames belong into which block, and what may be said of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from speaker_client.deck import Cue, DeckEvent, Done, Emitted, Sounded
from speaker_client.fades import CUT_OFF, FADE_IN, FADE_IN_FRAMES, FADE_OUT, FADE_OUT_FRAMES, fade
from speaker_client.frames import BLOCK_FRAMES, RATE, SAMPLE_BYTES, SILENT_BLOCK, frames_of, us_of
from speaker_client.protocol.live import FRAME_US
from speaker_client.protocol.report import Reason
from speaker_client.reservoir import Reservoir

STEADY_FRAMES = RATE // 1000
"""Up to 1 ms beside its time nothing is done, so that sound is not torn without need."""

SLIP_FRAMES = RATE // 100
"""Up to 10 ms beside its time one frame a block is left out or doubled; beyond that sound jumps to its time."""


@dataclass(frozen=True)
class Stretch:
    """What goes into one block: `pcm` from frame `offset` of the block on, the cue's frames [first, end)."""

    pcm: bytes
    offset: int
    first: int
    end: int
    ahead: int

    @property
    def stop(self) -> int:
        """The frame of the block after the last one of this cue."""
        return self.offset + len(self.pcm) // SAMPLE_BYTES

    def block(self) -> bytes:
        """The whole block, silent before and after."""
        return (bytes(self.offset * SAMPLE_BYTES) + self.pcm).ljust(len(SILENT_BLOCK), b"\0")


class Voice:
    """A cue with its sound. `take` asks for a block; `left` or `dropped` says what became of it."""

    def __init__(self, cue: Cue, reservoir: Reservoir | None = None) -> None:
        programme_us = cue.programme_us
        self.cue = cue
        self.end_us = min(cue.from_us + cue.length_us, programme_us)
        self.frames = max(0, frames_of(self.end_us) - frames_of(cue.from_us))
        self.reservoir = reservoir or Reservoir()
        self.released = self.cutting = self.over = self.sounding = False
        self.trouble: Reason | None = None
        self.underruns = self.missed = 0
        """Blocks that were not ready in time; frames that something else stood in for."""
        self._breaks_off = self.end_us < programme_us
        self._next: int | None = None
        self._asked: int | None = None
        """The first frame that a working output wanted."""
        self._fade_from = 0
        self._emitted = self._told = 0

    def take(self, at_us: int) -> Stretch | None:
        """This voice's part of the block that is due at `at_us`; None while it has nothing to say."""
        wanted = frames_of(at_us - self.cue.at_mono_us)
        if not self.released or self.over or wanted <= -BLOCK_FRAMES:
            return None
        if self._asked is None:
            self._asked = max(0, wanted)
        late = 0 if self._next is None else wanted - self._next
        if STEADY_FRAMES < -late <= SLIP_FRAMES:
            return self._doubled()
        first = self._first(wanted, late)
        offset = max(0, first - wanted) if self._next is None or (late < 0 and late < -SLIP_FRAMES) else 0
        return self._stretch(first, offset)

    def passed(self, at_us: int) -> bool:
        """Whether a block at this moment comes after the last frame."""
        return frames_of(at_us - self.cue.at_mono_us) >= self.frames

    def left(self, stretch: Stretch, left_us: int) -> list[DeckEvent]:
        """The block left at `left_us`: what there is to say about it."""
        said: list[DeckEvent] = []
        if not self.sounding:
            self.sounding = True
            said.append(self._sounded(stretch, left_us + us_of(stretch.offset)))
        self._emitted = stretch.end
        if self.cutting or stretch.end >= self.frames:
            return [*said, self.finished()]
        if self._emitted - self._told >= RATE:
            self._told = self._emitted
            said.append(Emitted(self.cue.airing, self.cue.serial, self._programme_us(), *self.stood_in()))
        return said

    def dropped(self) -> list[DeckEvent]:
        """The block never left."""
        if self.sounding:
            self.underruns += 1
            return [self.done(None)] if self.cutting else []
        self._next = self._asked = None
        return []

    def finished(self) -> Done:
        """The end after the last frame, or after it was cut."""
        return self.done(None)

    def past(self) -> Done:
        """The end of one whose time is over and that did not sound to its last frame."""
        return self.done(self.trouble or Reason.AUDIO_FAULT)

    def done(self, reason: Reason | None) -> Done:
        """The end; nothing is heard of this voice afterwards."""
        self.over = True
        concealed, filled = self.stood_in()
        cue, to_us = self.cue, self._programme_us()
        return Done(cue.airing, cue.serial, to_us, self.underruns, reason, concealed=concealed, filled=filled)

    def stood_in(self) -> tuple[int, int]:
        """How many frames (of FRAME_US) something else stood in for, and how many of them a relay's fallback filled."""
        return -(-self.missed // frames_of(FRAME_US)), 0

    def _first(self, wanted: int, late: int) -> int:
        """The first frame for a block at whose beginning frame `wanted` is due (below zero: later)."""
        if self._next is None or late > SLIP_FRAMES:
            self._fade_from = max(0, wanted)
            return self._fade_from
        return self._next + (late > STEADY_FRAMES)

    def _stretch(self, first: int, offset: int) -> Stretch | None:
        count = min(BLOCK_FRAMES - offset, self.frames - first)
        self.reservoir.skip_to(first)
        pcm = self.reservoir.take(count) if count > 0 and self.reservoir.head == first else b""
        if count <= 0 or (not pcm and self._next is None):
            return None
        if len(pcm) < count * SAMPLE_BYTES:
            self.underruns += 1
            self._fade_from = first + count
            pcm = pcm.ljust(count * SAMPLE_BYTES, b"\0")
        self._next = first + count
        return Stretch(self._faded(pcm, first), offset, first, self._next, self.reservoir.peak_ahead(BLOCK_FRAMES))

    def _doubled(self) -> Stretch | None:
        """A block that is one frame longer than its sound: the first frame is heard twice."""
        assert self._next is not None
        plain = self._stretch(self._next, 1)
        return plain and replace(plain, pcm=plain.pcm[:SAMPLE_BYTES] + plain.pcm, offset=0)

    def _faded(self, pcm: bytes, first: int) -> bytes:
        if first - self._fade_from < FADE_IN_FRAMES:
            pcm = fade(pcm, first - self._fade_from, FADE_IN)
        if self.cutting:
            return fade(pcm, 0, CUT_OFF)
        to_end = self.frames - first
        if self._breaks_off and to_end <= 2 * FADE_OUT_FRAMES:
            return fade(pcm, FADE_OUT_FRAMES - to_end, FADE_OUT)
        return pcm

    def _sounded(self, stretch: Stretch, at_us: int) -> Sounded:
        cue = self.cue
        first, asked = (cue.from_us + us_of(frame) for frame in (stretch.first, self._asked or 0))
        return Sounded(cue.airing, cue.serial, at_us, at_us - cue.at_mono_us, first, asked)

    def _programme_us(self) -> int:
        if self._emitted >= self.frames:
            return self.end_us
        return self.cue.from_us + us_of(self._emitted)
