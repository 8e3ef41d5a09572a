"""Listens to the loudspeakers of one box while they sound: what its recorder has written so far."""

from __future__ import annotations

from pathlib import Path

import numpy as np

RATE = 48_000


class Ears:
    """When each loudspeaker began after a pause, and when it was last heard, in monotonic microseconds.

    Heard is what is above `floor`, in steps of 16 bits.
    """

    def __init__(self, folder: Path, channels: int, pause_us: int) -> None:
        self._folder, self._channels, self._pause_us = folder, channels, pause_us
        self.floor = 0
        self._read = self._lines = 0
        self.begun: list[list[int]] = [[] for _ in range(channels)]
        self.last_us = [0] * channels

    def listen(self) -> None:
        """Take in what came since the last time."""
        stamps = self._folder / "heard.txt"
        if not stamps.exists():
            return
        with stamps.open() as file:
            file.seek(self._lines)
            text = file.read()
        whole = text[: text.rfind("\n") + 1]
        self._lines += len(whole)
        with (self._folder / "heard.raw").open("rb") as raw:
            raw.seek(self._read)
            for line in whole.splitlines():
                at_us, _, size = map(int, line.split())
                self._hear(at_us, np.frombuffer(raw.read(size), np.int16).reshape(-1, self._channels))
            self._read = raw.tell()

    def _hear(self, at_us: int, samples: np.ndarray[tuple[int, ...], np.dtype[np.int16]]) -> None:
        for channel in range(self._channels):
            sounding = np.flatnonzero(np.abs(samples[:, channel].astype(np.int32)) > self.floor)
            if not len(sounding):
                continue
            first_us = at_us + int(sounding[0]) * 1_000_000 // RATE
            if first_us - self.last_us[channel] > self._pause_us:
                self.begun[channel].append(first_us)
            self.last_us[channel] = at_us + int(sounding[-1]) * 1_000_000 // RATE
