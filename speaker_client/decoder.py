"""Reels back to back as one stretch of mono PCM, exact to the sample, through libsndfile."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

import soundfile

from speaker_client.deck import Reel
from speaker_client.frames import RATE, SAMPLE_BYTES, frames_of

TOLERATED_FRAMES = RATE // 10
"""How far a file may be from the length the plan gives it."""


DAMAGE = (soundfile.SoundFileError, AssertionError, RuntimeError)
"""What soundfile raises over a damaged file: where a seek or a read falls short it only asserts."""


class Unplayable(Exception):
    """The file is not the mono 48 kHz sound of the length that the plan promises."""


@dataclass(frozen=True)
class Span:
    """Frames [start, start + frames) of one reel."""

    reel: Reel
    start: int
    frames: int


def spans(reels: tuple[Reel, ...], from_us: int, length_us: int) -> tuple[Span, ...]:
    """Which frames of which reels make up the stretch. Reels join where the plan's durations add up to."""
    joins = [0, *(frames_of(total) for total in accumulate(reel.duration_us for reel in reels))]
    first, last = frames_of(from_us), min(frames_of(from_us + length_us), joins[-1])
    found = []
    for reel, begin, end in zip(reels, joins[:-1], joins[1:], strict=True):
        start, stop = max(first, begin), min(last, end)
        if start < stop:
            found.append(Span(reel, start - begin, stop - start))
    return tuple(found)


class Tape:
    """One stretch, read from front to back. FileNotFoundError or Unplayable at once if a reel cannot be played."""

    def __init__(self, reels: tuple[Reel, ...], from_us: int, length_us: int) -> None:
        self._spans = spans(reels, from_us, length_us)
        self.frames = sum(span.frames for span in self._spans)
        for path, duration_us in {(span.reel.path, span.reel.duration_us) for span in self._spans}:
            _open(path, duration_us).close()
        self._pieces = self._play()

    def read(self) -> bytes:
        """The next quarter of a second or less; nothing at the end. Unplayable if the file breaks off."""
        return next(self._pieces, b"")

    def close(self) -> None:
        """Let go of the file."""
        self._pieces.close()

    def _play(self) -> Any:
        for span in self._spans:
            with _open(span.reel.path, span.reel.duration_us) as file:
                yield from _pieces(file, span.start, span.frames)


def _pieces(file: soundfile.SoundFile, start: int, frames: int) -> Iterator[bytes]:
    try:
        file.seek(min(start, file.frames))
        while frames > 0:
            wanted = min(frames, RATE // 4)
            yield bytes(file.buffer_read(wanted, dtype="int16")).ljust(wanted * SAMPLE_BYTES, b"\0")
            frames -= wanted
    except DAMAGE as error:
        raise Unplayable(f"{file.name}: {type(error).__name__} {error}") from error


def _open(path: Path, duration_us: int) -> soundfile.SoundFile:
    if not path.exists():
        raise FileNotFoundError(path)
    try:
        file = soundfile.SoundFile(str(path))
    except DAMAGE as error:
        raise Unplayable(f"{path.name}: {type(error).__name__} {error}") from error
    flaw = _flaw(file, duration_us)
    if flaw:
        file.close()
        raise Unplayable(f"{path.name}: {flaw}")
    return file


def _flaw(file: soundfile.SoundFile, duration_us: int) -> str | None:
    if (file.samplerate, file.channels) != (RATE, 1):
        return f"{file.samplerate} Hz, {file.channels} channels"
    if abs(file.frames - frames_of(duration_us)) > TOLERATED_FRAMES:
        return f"{file.frames} frames instead of {frames_of(duration_us)}"
    return None
