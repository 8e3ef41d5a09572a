"""What the boxes' files say that was heard."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

from deploy.village import Village

HEARD = 0.5
"""Likeness: MP3, levelling and Opus leave 0.85 of the source; another sound has less than 0.1."""
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
    return float(_alike(wav, source, channel).max(initial=0.0))


def heard_at_us(folder: Path, airing: str, source: Path) -> int:
    """When that stretch of the source sounded (µs UTC), by a box's `file` output that played the airing once."""
    (start,) = (line for line in starts(folder) if line["airing"] == airing)
    alike = _alike(folder / start["wav"], source, 0)
    return int(start["at_us"]) + int(alike.argmax()) * _STEP * 1_000_000 // _RATE


def places_s(wav: Path, source: Path) -> list[float]:
    """From which seconds on that stretch of the source is heard in the WAV file; the best of each second."""
    alike = _alike(wav, source, 0)
    a_second = _RATE // _STEP
    best = [at + int(alike[at : at + a_second].argmax()) for at in range(0, len(alike), a_second)]
    return [at / a_second for at in best if alike[at] > 0.8]


_RATE, _STEP = 48_000, 2


def _alike(wav: Path, source: Path, channel: int) -> NDArray[np.float64]:
    """How like a stretch of two seconds of the source it is from every other sample on."""
    heard, rate = soundfile.read(wav, always_2d=True)
    wanted, wanted_rate = soundfile.read(source, always_2d=True)
    assert rate == wanted_rate == _RATE
    x, y = heard[::_STEP, channel], wanted[::_STEP, 0]
    middle = y[len(y) // 4 : len(y) // 4 + 2 * _RATE // _STEP]
    size = 1 << int(np.ceil(np.log2(len(x) + len(middle))))
    whole = max(0, len(x) - len(middle) + 1)
    product = np.fft.irfft(np.fft.rfft(x, size) * np.conj(np.fft.rfft(middle, size)), size)[:whole]
    heard_so_far = np.concatenate(([0.0], np.cumsum(x**2)))
    energy = (heard_so_far[len(middle) :] - heard_so_far[: -len(middle)])[:whole]
    loud = energy > 0.01 * energy.max(initial=0.0)  # what is next to silent resembles anything
    return np.where(loud, product / np.sqrt(np.maximum(energy, 1e-12) * np.sum(middle**2)), 0.0)


def unmade(village: Village) -> list[str]:
    """What the station is still to make for itself; the phrases of the clock come last."""
    with closing(sqlite3.connect(f"file:{village.station / 'station.db'}?mode=ro", uri=True)) as database:
        return [name for (name,) in database.execute("SELECT name FROM templates WHERE recording_id IS NULL")]


def shelf_is_ready(village: Village) -> None:
    """The station has made the sounds of all its emergency templates."""
    wait_until(lambda: village.api("GET", "/orders/templates")["items"], lambda all_: all(t["ready"] for t in all_), 90)


def shelf_is_held(village: Village, clusters: Iterable[str]) -> None:
    """The boxes of these clusters have them, so that an emergency waits for nothing."""
    made = [one["recording_id"] for one in village.api("GET", "/orders/templates")["items"]]
    contents = {village.api("GET", f"/library/{one}")["content"] for one in made}
    for cluster in clusters:
        folder = village.box_folder(cluster) / "content" / "whole"
        wait_until(lambda f=folder: {file.name for file in f.glob("*/*")}, lambda held: held >= contents, 60)


def recorded(village: Village, airing: dict[str, Any]) -> Path:
    """The sound of one airing."""
    (wav,) = (village.folder / "heard" / airing["cluster_id"]).glob(f"*{airing['airing_id']}.wav")
    return Path(wav)


def heard(village: Village, line: dict[str, Any]) -> list[Path]:
    """The sounds of a line of the log."""
    return sorted((village.folder / "heard" / line["cluster_id"]).glob(f"*{line['id']}*.wav"))


def like(village: Village, line: dict[str, Any], source: Path) -> float:
    """How like the source the best of them is."""
    return max(likeness(wav, source) for wav in heard(village, line))
