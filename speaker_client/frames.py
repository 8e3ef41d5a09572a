"""Sound in the box: 48 kHz, signed 16 bit little endian, handed over in blocks of 20 ms."""

from __future__ import annotations

RATE = 48_000
BLOCK_FRAMES = 960
BLOCK_US = 20_000
SPOKEN_FRAMES = 480
"""Samples of one frame of a live voice: half a block."""
SAMPLE_BYTES = 2
BLOCK_BYTES = BLOCK_FRAMES * SAMPLE_BYTES
"""One block of one channel."""

SILENT_BLOCK = bytes(BLOCK_BYTES)
FULL_SCALE = 32_767


def frames_of(duration_us: int) -> int:
    """Microseconds as the nearest number of frames; below zero too."""
    return (duration_us * 48 + 500) // 1000


def us_of(frames: int) -> int:
    """Frames as whole microseconds, rounded down."""
    return frames * 1000 // 48
