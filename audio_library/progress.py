"""How far an intake has come."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

Progress = Callable[[str, int], None]
"""Told the step and how far the whole intake has come, 0 to 1000."""

SPAN: Final = {
    "receive": (0, 5),
    "probe": (5, 10),
    "measure": (10, 360),
    "transcode": (360, 960),
    "level": (960, 965),
    "peaks": (965, 970),
    "store": (970, 1000),
}
"""Each step's part of the whole, by the time it takes."""


def share(step: str, part: float) -> int:
    """Permille of the whole when `part`, 0 to 1, of a step is done."""
    start, end = SPAN[step]
    return round(start + (end - start) * min(1.0, part))


def say_nothing(step: str, permille: int) -> None:
    """Progress that nobody follows."""
