"""Fades in small steps: nothing starts or stops with a crack, and a start is still heard from its first sample."""

from __future__ import annotations

import audioop
import math
from collections.abc import Iterator

from speaker_client.frames import BLOCK_FRAMES, RATE, SAMPLE_BYTES

STEP_FRAMES = 24
"""Gain holds for half a millisecond."""

FIRST_GAIN = 0.1
"""A fade-in begins here and not at zero, so that the first sample is the first sound."""


def _rising(frames: int, lowest: float) -> tuple[float, ...]:
    steps = frames // STEP_FRAMES
    curve = ((1 - math.cos(math.pi * (step + 0.5) / steps)) / 2 for step in range(steps))
    return tuple(lowest + (1 - lowest) * value for value in curve)


FADE_IN = (*_rising(RATE * 30 // 1000, FIRST_GAIN), 1.0)
"""30 ms, then whole."""

FADE_OUT_FRAMES = BLOCK_FRAMES
FADE_OUT = (*reversed(_rising(FADE_OUT_FRAMES, 0.0)), 0.0)
"""20 ms, then nothing."""

CUT_OFF = (*reversed(_rising(RATE * 6 // 1000, 0.0)), 0.0)
"""6 ms, then nothing: what is stopped, or gives way, is gone at once and without a crack."""

FADE_IN_FRAMES = (len(FADE_IN) - 1) * STEP_FRAMES


def fade(pcm: bytes, offset: int, curve: tuple[float, ...]) -> bytes:
    """`pcm` (mono), whose first frame lies `offset` frames into the curve; before it sound is whole, after it the
    curve's last gain holds."""
    return b"".join(
        piece if gain == 1.0 else audioop.mul(piece, SAMPLE_BYTES, gain) for piece, gain in _pieces(pcm, offset, curve)
    )


def _pieces(pcm: bytes, offset: int, curve: tuple[float, ...]) -> Iterator[tuple[bytes, float]]:
    frames, at = len(pcm) // SAMPLE_BYTES, 0
    while at < frames:
        length, gain = _step(offset + at, curve)
        end = min(frames, at + length)
        yield pcm[at * SAMPLE_BYTES : end * SAMPLE_BYTES], gain
        at = end


def _step(position: int, curve: tuple[float, ...]) -> tuple[int, float]:
    if position < 0:
        return -position, 1.0
    step, within = divmod(position, STEP_FRAMES)
    if step >= len(curve) - 1:
        return BLOCK_FRAMES, curve[-1]
    return STEP_FRAMES - within, curve[step]
