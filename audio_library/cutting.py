"""A stretch of a sound, with a fade at either end: taken from what was decoded, so that no coding is done twice."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

from audio_library import ffmpeg
from audio_library.levels import FRAME_BYTES, Levels
from audio_library.loudness import SILENT_LUFS, read_meter
from audio_library.measuring import CHUNK, LIMITS, SHORTEST_FRAMES, Measured
from audio_library.refusal import Refusal
from audio_library.room import check_room

FRAME_US: Final = 10_000
LONGEST_FADE_US: Final = 10_000_000


@dataclass(frozen=True)
class Cut:
    """From where to where of the sound as it was kept so far, to 10 ms, and how long it rises and falls."""

    from_us: int
    to_us: int
    fade_in_us: int = 0
    fade_out_us: int = 0

    def to_wire(self) -> dict[str, int]:
        return asdict(self)

    @classmethod
    def from_wire(cls, wire: dict[str, Any]) -> Cut:
        """The cut that `to_wire` gave; TypeError for anything else."""
        return cls(**wire)


def cut_out(kept: Measured, cuts: Sequence[Cut], folder: Path) -> Measured:
    """What is left after all the cuts, one after the other, measured anew.

    Refusal `too_short`, `silent` or `disk_full`.
    """
    for number, cut in enumerate(cuts):
        check_room(folder, len(kept.levels) * FRAME_BYTES)
        kept = _measured(_written(kept, cut, folder / f"cut-{number}.pcm"))
        if len(kept.levels) < SHORTEST_FRAMES:
            raise Refusal("too_short", f"{len(kept.levels) / 100} s")
    if kept.loudness_lufs < SILENT_LUFS:
        raise Refusal("silent", f"{kept.loudness_lufs} LUFS")
    return kept


def _written(kept: Measured, cut: Cut, pcm: Path) -> Path:
    frames = len(kept.levels)
    start, end = (min(frames, round(at / FRAME_US)) for at in (cut.from_us, cut.to_us))
    length = max(0, end - start) * FRAME_BYTES
    rise = min(length, round(cut.fade_in_us / FRAME_US) * FRAME_BYTES)
    fall = min(length - rise, round(cut.fade_out_us / FRAME_US) * FRAME_BYTES)
    with kept.pcm.open("rb") as source, pcm.open("wb") as target:
        source.seek(kept.pcm.stat().st_size - (frames - start) * FRAME_BYTES)
        target.write(_faded(source.read(rise), up=True))
        for chunk in _chunks(source, length - rise - fall):
            target.write(chunk)
        target.write(_faded(source.read(fall), up=False))
    return pcm


def _faded(pcm: bytes, up: bool) -> bytes:
    """Every sample by its place on a straight line between nothing and itself."""
    samples = array("h", pcm)
    count = len(samples)
    for at, value in enumerate(samples):
        samples[at] = value * (at if up else count - 1 - at) // count
    return samples.tobytes()


def _chunks(source: BinaryIO, length: int) -> Iterator[bytes]:
    while length > 0 and (chunk := source.read(min(CHUNK, length))):
        length -= len(chunk)
        yield chunk


def _measured(pcm: Path) -> Measured:
    levels = Levels()
    with pcm.open("rb") as file, ffmpeg.running(ffmpeg.loudness_argv(), LIMITS, stdin=ffmpeg.PIPE) as meter:
        while chunk := file.read(CHUNK):
            levels.feed(chunk)
            meter.stdin.write(chunk)
        loudness = read_meter(meter.finish()).loudness_lufs if len(levels) else SILENT_LUFS
    return Measured(pcm, levels, loudness)
