"""What a recorder has heard: bursts of sound between silences, each loudspeaker for itself."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

RATE = 48_000
PAUSE_US = 1_000_000
"""So much silence separates two starts."""


def utc_offset_us() -> int:
    """What to add to this machine's monotonic clock to get UTC, in microseconds."""
    return (time.time_ns() - time.monotonic_ns()) // 1000


def onsets(folder: Path, channels: int) -> list[list[int]]:
    """For each loudspeaker when its sound began after a pause, in monotonic microseconds of arrival."""
    begun: list[list[int]] = [[] for _ in range(channels)]
    last = [-PAUSE_US * 10] * channels
    for at_us, samples in _chunks(folder, channels):
        for channel in range(channels):
            sounding = np.flatnonzero(samples[:, channel])
            if not len(sounding):
                continue
            first_us = at_us + int(sounding[0]) * 1_000_000 // RATE
            if first_us - last[channel] > PAUSE_US:
                begun[channel].append(first_us)
            last[channel] = at_us + int(sounding[-1]) * 1_000_000 // RATE
    return begun


def _chunks(folder: Path, channels: int) -> Iterator[tuple[int, np.ndarray[tuple[int, int], np.dtype[np.int16]]]]:
    with (folder / "heard.raw").open("rb") as raw:
        for line in (folder / "heard.txt").read_text().splitlines():
            at_us, _, size = map(int, line.split())
            yield at_us, np.frombuffer(raw.read(size), np.int16).reshape(-1, channels)
