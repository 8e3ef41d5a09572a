"""What the box's core says to the part that makes sound, and what it hears back."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from speaker_client.protocol.ids import AiringId, LoudspeakerNumber
from speaker_client.protocol.plan import Relay, Spoken
from speaker_client.protocol.report import Reason


@dataclass(frozen=True)
class Reel:
    """A verified file and how long it plays (microseconds); with `from_us` only a stretch of it that begins there."""

    path: Path
    duration_us: int
    from_us: int | None = None


@dataclass(frozen=True)
class Cue:
    """A stretch of one airing: reels back to back, heard from `from_us` for `length_us`.

    The sample at `from_us` is due when the box's monotonic clock reads `at_mono_us`. Late samples are dropped,
    never played late. With `spoken` or `relay` its sound is a stream's, whose frame 0 is the programme's beginning; the
    reels are then what a relay falls back on, looked for when they are needed.
    If it `waits`, a reel that is not there when its turn comes is joined once it is; until then `meanwhile` sounds.
    """

    airing: AiringId
    serial: int
    """Its own: of one airing the deck may be given several, and what it says is of this one."""
    part: int
    title: str
    reels: tuple[Reel, ...]
    at_mono_us: int
    from_us: int
    length_us: int
    loudspeakers: frozenset[LoudspeakerNumber]
    spoken: Spoken | None = None
    relay: Relay | None = None
    waits: bool = False
    meanwhile: Reel | None = None
    at_full: bool = False
    """Never softer, by the hour or by itself: an emergency."""
    gain_cb: int = 0
    """How much softer it is than others, in hundredths of a decibel."""

    @property
    def gain(self) -> float:
        """The same as a factor."""
        return 1.0 if self.at_full else math.pow(10, min(self.gain_cb, 0) / 2000)

    @property
    def programme_us(self) -> int:
        """How long it is from the programme's beginning; a stream as long as it may be."""
        if self.spoken or self.relay:
            return self.from_us + self.length_us
        return sum(reel.duration_us for reel in self.reels)


@dataclass(frozen=True)
class Sounded:
    """The first sample left; `at_mono_us` when, `error_us` how late against the cue.

    It is the programme's at `from_us`; the output had asked for the one at `asked_us`. Where that is late the output
    was away; what is late beyond it was not decoded in time.
    """

    airing: AiringId
    serial: int
    at_mono_us: int
    error_us: int
    from_us: int
    asked_us: int


@dataclass(frozen=True)
class Emitted:
    """Everything from the cue's first sounded sample up to `to_us` (programme time) was handed to the output.

    Said once a second of sound; `concealed` and `filled` as in Done, so far.
    """

    airing: AiringId
    serial: int
    to_us: int
    concealed: int = 0
    filled: int = 0


@dataclass(frozen=True)
class Done:
    """The last word on a cue, exactly once for every `arm`: whole, cut (`reason` None both) or broken by a fault.

    `to_us` is where in the programme the sound ended; `underruns` counts the blocks that were not ready in time.
    """

    airing: AiringId
    serial: int
    to_us: int
    underruns: int
    reason: Reason | None = None
    spoken: tuple[int, int] | None = None
    """From when to when in the programme a live voice spoke; None for one that was cut off, and for everything else."""
    closed_us: int | None = None
    """Where in the programme a live voice was closed, if its speaker's word of that came."""
    concealed: int = 0
    """Frames of a live voice, of a relay or of a reel, that did not come in time."""
    filled: int = 0
    """Those of them in which a relay's fallback was played."""


DeckEvent = Sounded | Emitted | Done


class Deck(Protocol):
    """Plays cues sample by sample at their time. Never blocks; events come back through the callback it was given."""

    def arm(self, cue: Cue) -> None:
        """Open, seek and decode ahead; silent until released. A cue that cannot be read ends in Done(reason).

        One cue sounds at a time, but the next, due when the first ends, is armed while the first still sounds.
        """

    def release(self, airing: AiringId) -> None:
        """Allow an armed cue to sound at its time (or at once, late samples dropped)."""

    def cut(self, airing: AiringId) -> None:
        """Fade out within a block if it sounds, and end in Done either way; nothing happens if it is not there.

        What is armed under the same name afterwards is another cue, and is not meant.
        """
