"""A box's machine: a quartz that drifts and begins anew at every reboot, and a fuse that blows between two calls."""

from __future__ import annotations

from dataclasses import dataclass


class Crash(Exception):
    """The power, or the process, goes away in the middle of whatever it was doing."""


class Fuse:
    """Blows at the n-th call of a port from when it was lit."""

    def __init__(self) -> None:
        self.left: int | None = None

    def touch(self, what: str) -> None:
        """One more call; Crash if it is the one."""
        if self.left is None:
            return
        self.left -= 1
        if self.left <= 0:
            self.left = None
            raise Crash(what)


@dataclass(frozen=True)
class Quartz:
    """The monotonic clock of one boot of the machine: its reading at a true moment, and how fast it runs."""

    boot: str
    began_us: int
    reading_us: int
    ppm: int
    wall_offset_us: int
    """How wrong the wall clock is; the cores never look at it."""

    def mono(self, true_us: int) -> int:
        """The monotonic clock's reading at a true moment."""
        return self.reading_us + (true_us - self.began_us) * (1_000_000 + self.ppm) // 1_000_000

    def true(self, mono_us: int) -> int:
        """The first true moment at which it shows the reading."""
        return self.began_us - (self.reading_us - mono_us) * 1_000_000 // (1_000_000 + self.ppm) + 1
