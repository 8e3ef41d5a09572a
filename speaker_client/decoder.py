"""Reels back to back as one stretch of mono PCM, exact to the sample, through libsndfile."""

from __future__ import annotations

import audioop
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

import soundfile

from speaker_client.deck import Reel
from speaker_client.fades import FADE_IN, FADE_IN_FRAMES, FADE_OUT, fade
from speaker_client.frames import RATE, SAMPLE_BYTES, frames_of

log = logging.getLogger(__name__)

TOLERATED_FRAMES = RATE // 10
"""How far a file may be from the length the plan gives it."""


DAMAGE = (soundfile.SoundFileError, AssertionError, RuntimeError)
"""What soundfile raises over a damaged file: where a seek or a read falls short it only asserts."""


OnDamage = Callable[[Path], object]
"""Hears of a file that could not be read; called in the reader's thread."""

Version = tuple[int, int] | None
"""Tells a file from one that takes its place; None while there is none."""


class Unplayable(Exception):
    """The file is not the mono 48 kHz sound of the length that the plan promises."""


@dataclass(frozen=True)
class Span:
    """Frames [start, start + frames) of one reel."""

    reel: Reel
    start: int
    frames: int


def spans(reels: tuple[Reel, ...], from_us: int, length_us: int, had: int = 0) -> tuple[Span, ...]:
    """Which frames of which reels make up the stretch, its first `had` left out.

    Reels join where the plan's durations add up to.
    """
    joins = [0, *(frames_of(total) for total in accumulate(reel.duration_us for reel in reels))]
    first, last = frames_of(from_us) + had, min(frames_of(from_us + length_us), joins[-1])
    found = []
    for reel, begin, end in zip(reels, joins[:-1], joins[1:], strict=True):
        start, stop = max(first, begin), min(last, end)
        if start < stop:
            found.append(Span(reel, start - begin + frames_of(reel.from_us or 0), stop - start))
    return tuple(found)


class Tape:
    """One stretch, read from front to back, but for the `had` frames that somebody has of it already.

    FileNotFoundError or Unplayable at once if a reel cannot be played. One that `waits` fails over no reel: it joins
    one that is not here yet once it is, in step, and `meanwhile` stands in for it, and for one that is damaged until
    another file is in its place; it fades out under what comes after it.
    `missed` counts the frames that something stood in for. `on_damage` is told of each file that could not be read.
    """

    def __init__(
        self,
        reels: tuple[Reel, ...],
        from_us: int,
        length_us: int,
        had: int = 0,
        waits: bool = False,
        meanwhile: Reel | None = None,
        on_damage: OnDamage = lambda _: None,
    ) -> None:
        self._left = deque(spans(reels, from_us, length_us, had))
        self._waits, self._meanwhile, self._on_damage = waits, meanwhile, on_damage
        self.frames = sum(span.frames for span in self._left)
        self.missed = self._done = 0
        self._file: soundfile.SoundFile | None = None
        self._stand_in = b""
        self._stood_to: int | None = None
        """Where in what stands in (bytes) it was broken off, while it is what was read last."""
        self._version: Version = None
        """Of the file that was opened last."""
        self._damaged: dict[Path, Version] = {}
        if not waits:
            for reel in {span.reel for span in self._left}:
                self._try(reel)

    def read(self, urgent: bool = True) -> bytes | None:
        """The next quarter of a second or less; nothing at the end. Unplayable if the file breaks off.

        None while the next reel is waited for, unless it is `urgent`.
        """
        if not self._left:
            return b""
        span = self._left[0]
        frames = min(span.frames - self._done, RATE // 4)
        try:
            pcm = self._sound(span, frames)
        except (Unplayable, FileNotFoundError) as error:
            self.close()
            self._found_damaged(span.reel)
            if not self._waits:
                raise
            log.error("something stands in for %s", error)
            pcm = b""
        if not pcm and not urgent:
            return None
        pcm = self._joined(pcm) if pcm else self._something_else(frames)
        self._done += frames
        if self._done == span.frames:
            self._next()
        return pcm

    def close(self) -> None:
        """Let go of the file that is open."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _next(self) -> None:
        self.close()
        self._left.popleft()
        self._done = 0

    def _sound(self, span: Span, frames: int) -> bytes:
        """The span's next frames; nothing while its reel is waited for. Unplayable if it is damaged."""
        if self._waits and not (self._file or self._is_here(span.reel)):
            return b""
        if self._file is None:
            self._file = self._opened(span.reel)
            _seek(self._file, span.start + self._done)
        return _pcm(self._file, frames)

    def _something_else(self, frames: int) -> bytes:
        """The next frames of what stands in, over and over, always from its beginning where a reel should begin."""
        self.missed += frames
        if not self._stand_in:
            self._stand_in = self._all_that_stands_in()
        sound, size = self._stand_in, frames * SAMPLE_BYTES
        at = self._done * SAMPLE_BYTES % (len(sound) or 1)
        self._stood_to = (at + size) % (len(sound) or 1)
        return _round(sound, at, size)

    def _joined(self, pcm: bytes) -> bytes:
        """What comes after something that stood in: faded in where it is not its beginning, over the other's end."""
        stood_to, self._stood_to = self._stood_to, None
        if stood_to is None:
            return pcm
        if self._done:
            pcm = fade(pcm, 0, FADE_IN)
        ending = fade(_round(self._stand_in, stood_to, FADE_IN_FRAMES * SAMPLE_BYTES), 0, FADE_OUT)
        return audioop.add(pcm, ending[: len(pcm)].ljust(len(pcm), b"\0"), SAMPLE_BYTES)

    def _all_that_stands_in(self) -> bytes:
        """Nothing if it cannot be had, yet or any more."""
        reel = self._meanwhile
        if reel is None or not self._is_here(reel):
            return b""
        try:
            with self._opened(reel) as file:
                _seek(file, frames_of(reel.from_us or 0))
                return _pcm(file, frames_of(reel.duration_us))
        except (OSError, Unplayable):
            self._found_damaged(reel)
            return b""

    def _try(self, reel: Reel) -> None:
        try:
            self._opened(reel).close()
        except Unplayable:
            self._found_damaged(reel)
            raise

    def _opened(self, reel: Reel) -> soundfile.SoundFile:
        self._version = _version(reel.path)
        return _open(reel)

    def _is_here(self, reel: Reel) -> bool:
        """Whether there is a file that is worth reading: not the very one that was found damaged."""
        version = _version(reel.path)
        return version is not None and version != self._damaged.get(reel.path)

    def _found_damaged(self, reel: Reel) -> None:
        self._damaged[reel.path] = self._version
        self._on_damage(reel.path)


def _version(path: Path) -> Version:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_ctime_ns


def _round(sound: bytes, at: int, size: int) -> bytes:
    """So many bytes of it from there on, over and over; of nothing silence."""
    if not sound:
        return bytes(size)
    return (sound[at:] + sound * (1 + size // len(sound)))[:size]


def _seek(file: soundfile.SoundFile, frame: int) -> None:
    try:
        file.seek(min(frame, file.frames))
    except DAMAGE as error:
        raise Unplayable(f"{file.name}: {type(error).__name__} {error}") from error


def _pcm(file: soundfile.SoundFile, frames: int) -> bytes:
    try:
        return bytes(file.buffer_read(frames, dtype="int16")).ljust(frames * SAMPLE_BYTES, b"\0")
    except DAMAGE as error:
        raise Unplayable(f"{file.name}: {type(error).__name__} {error}") from error


def _open(reel: Reel) -> soundfile.SoundFile:
    path = reel.path
    if not path.exists():
        raise FileNotFoundError(path)
    try:
        file = soundfile.SoundFile(str(path))
    except DAMAGE as error:
        raise Unplayable(f"{path.name}: {type(error).__name__} {error}") from error
    flaw = _flaw(file, reel)
    if flaw:
        file.close()
        raise Unplayable(f"{path.name}: {flaw}")
    return file


def _flaw(file: soundfile.SoundFile, reel: Reel) -> str | None:
    if (file.samplerate, file.channels) != (RATE, 1):
        return f"{file.samplerate} Hz, {file.channels} channels"
    wanted = frames_of((reel.from_us or 0) + reel.duration_us)
    beyond = 0 if reel.from_us is None else max(0, file.frames - wanted)
    if abs(file.frames - beyond - wanted) > TOLERATED_FRAMES:
        return f"{file.frames} frames instead of {wanted}"
    return None
