"""What sounded, kept as WAV files with a list beside them, in a folder that never outgrows its bound."""

from __future__ import annotations

import json
import re
import wave
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from speaker_client.deck import Cue
from speaker_client.frames import RATE, SAMPLE_BYTES

_NOT_A_NAME = re.compile(r"[^0-9A-Za-z-]")
LIST_NAME = "started.jsonl"
ROOM_STEP = 4 << 20
"""Bytes written between two looks at the folder's size."""


@dataclass(frozen=True)
class Heard:
    """A piece of a cue's sound on all channels; its first frame left at `at_us` of the monotonic clock."""

    cue: Cue
    at_us: int
    pcm: bytes


class Shelf:
    """One WAV for each stretch that sounded. `utc_us` turns monotonic into UTC, or None without a clock."""

    def __init__(self, folder: Path, channels: int, most_bytes: int, utc_us: Callable[[int], int | None]) -> None:
        self._folder, self._channels, self._most_bytes, self._utc_us = folder, channels, most_bytes, utc_us
        self._open: _Recording | None = None
        self._checked = 0
        folder.mkdir(parents=True, exist_ok=True)

    def keep(self, pieces: list[Heard]) -> None:
        """Write consecutive pieces."""
        for piece in pieces:
            if self._open is None or not _same_stretch(self._open.cue, piece.cue):
                self._begin(piece)
            assert self._open
            self._open.pieces.append(piece.pcm)
        if self._open:
            self._open.write()
            if self._unchecked_bytes() > ROOM_STEP:
                self._make_room()

    def end(self) -> None:
        """The stretch is over."""
        if self._open:
            self._open.close()
            self._note("ended", self._open.cue, self._open.name, frames=self._open.frames)
            self._open = None

    def _begin(self, piece: Heard) -> None:
        self.end()
        airing = _NOT_A_NAME.sub("_", piece.cue.airing)
        name = f"{self._stamp(piece.at_us)}-{airing}.wav"
        self._open = _Recording(piece.cue, self._folder / name, self._channels)
        self._note("started", piece.cue, name, **self._start(piece))
        self._make_room()

    def _start(self, piece: Heard) -> dict[str, Any]:
        cue = piece.cue
        return {
            "title": cue.title,
            "due_us": self._utc_us(cue.at_mono_us),
            "due_mono_us": cue.at_mono_us,
            "at_us": self._utc_us(piece.at_us),
            "at_mono_us": piece.at_us,
            "error_us": piece.at_us - cue.at_mono_us,
            "loudspeakers": sorted(cue.loudspeakers),
        }

    def _note(self, what: str, cue: Cue, wav: str, **more: Any) -> None:
        line = {"what": what, "airing": cue.airing, "part": cue.part, "wav": wav, **more}
        with (self._folder / LIST_NAME).open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")

    def _stamp(self, at_us: int) -> str:
        utc_us = self._utc_us(at_us)
        if utc_us is None:
            return f"clockless-{at_us:016d}"
        moment = datetime.fromtimestamp(utc_us / 1e6, UTC)
        return f"{moment:%Y%m%dT%H%M%S}.{moment.microsecond // 1000:03d}Z"

    def _unchecked_bytes(self) -> int:
        return (self._open.frames - self._checked) * self._channels * SAMPLE_BYTES if self._open else 0

    def _make_room(self) -> None:
        assert self._open
        self._checked = self._open.frames
        files = sorted(self._folder.glob("*.wav"), key=lambda file: file.stat().st_mtime_ns)
        total = sum(file.stat().st_size for file in files)
        for file in files:
            if total > self._most_bytes and file.name != self._open.name:
                total -= file.stat().st_size
                file.unlink()
        self._open.full = total > self._most_bytes


def _same_stretch(one: Cue, other: Cue) -> bool:
    """Whether it is the same sound going on. A live that keeps in step with its station may get another beginning."""
    return (one.airing, one.part, one.from_us) == (other.airing, other.part, other.from_us)


class _Recording:
    """A WAV being written; whole up to the last `write` even if nobody closes it."""

    def __init__(self, cue: Cue, path: Path, channels: int) -> None:
        self.cue, self.name = cue, path.name
        self.pieces: list[bytes] = []
        self.frames = 0
        self.full = False
        self._frame_bytes = channels * SAMPLE_BYTES
        self._file = path.open("wb")
        self.wav = wave.open(self._file, "wb")  # noqa: SIM115  (the shelf closes it)
        self.wav.setparams((channels, SAMPLE_BYTES, RATE, 0, "NONE", "not compressed"))

    def write(self) -> None:
        data = b"".join(self.pieces)
        self.pieces.clear()
        if data and not self.full:
            self.wav.writeframes(data)
            self._file.flush()
            self.frames += len(data) // self._frame_bytes

    def close(self) -> None:
        self.write()
        self.wav.close()
        self._file.close()
