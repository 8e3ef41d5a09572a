"""What the boxes' files say that was heard."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from deploy.village import Village

ENDS = {"PLAYED", "PARTIAL", "MISSED", "SUPERSEDED", "CANCELLED"}


def wait_for_ends(village: Village, programme: str, count: int, patience_s: float) -> list[dict[str, Any]]:
    """The log lines of a programme once all of them have ended."""
    return wait_until(
        lambda: [line for line in village.log(programme) if line["state"] in ENDS],
        lambda lines: len(lines) >= count,
        patience_s,
        lambda: village.log(programme),
    )


def wait_until(
    look: Callable[[], Any], enough: Callable[[Any], bool], patience_s: float, otherwise: Callable[[], Any] = lambda: ""
) -> Any:
    """What `look` saw when it was enough; AssertionError with the last sight when patience ends."""
    deadline = time.monotonic() + patience_s
    while True:
        seen = look()
        if enough(seen):
            return seen
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {patience_s} s: {seen!r} {otherwise()!r}")
        time.sleep(0.2)


def starts(folder: Path) -> list[dict[str, Any]]:
    """The start lines of a box's `file` output."""
    path = folder / "started.jsonl"
    lines = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    return [line for line in lines if "due_us" in line or "error_us" in line]


def likeness(wav: Path, source: Path, channel: int = 0) -> float:
    """The best correlation of a stretch of the source with what one channel of the WAV file holds, up to 1."""
    heard, rate = soundfile.read(wav, always_2d=True)
    wanted, wanted_rate = soundfile.read(source, always_2d=True)
    assert rate == wanted_rate == 48000
    step = 6
    x, y = heard[::step, channel], wanted[::step, 0]
    middle = y[len(y) // 4 : len(y) // 4 + 2 * rate // step]
    size = 1 << int(np.ceil(np.log2(len(x) + len(middle))))
    product = np.fft.irfft(np.fft.rfft(x, size) * np.conj(np.fft.rfft(middle, size)), size)[: len(x)]
    energy = np.convolve(x**2, np.ones(len(middle)), "full")[len(middle) - 1 :][: len(x)]
    best = int(np.argmax(product[: len(energy)]))
    return float(product[best] / np.sqrt(energy[best] * np.sum(middle**2)))


def shelf_is_ready(village: Village) -> None:
    """The station has made the sounds of all its emergency templates."""
    wait_until(lambda: village.api("GET", "/orders/templates")["items"], lambda all_: all(t["ready"] for t in all_), 90)
