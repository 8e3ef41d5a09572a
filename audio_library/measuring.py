"""The upload is decoded once, measured on the way, and cut to what sounds."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from audio_library import ffmpeg
from audio_library.levels import FRAME_BYTES, Levels, sounding
from audio_library.loudness import SILENT_LUFS, read_meter
from audio_library.probe import MAX_SECONDS, Source
from audio_library.progress import Progress, share
from audio_library.refusal import Refusal
from audio_library.room import check_room
from audio_library.sandbox import Limits

SHORTEST_FRAMES: Final = 50
CHUNK: Final = 1 << 18
LOOK_EVERY: Final = 16 * CHUNK
"""Bytes of sound after which the disk is looked at again: others write there too, and a guessed length may be wrong."""
LIMITS: Final = Limits(wall_s=600, cpu_s=300)


@dataclass(frozen=True)
class Measured:
    """The whole upload as mono PCM in a file, and how loud it is."""

    pcm: Path
    levels: Levels
    loudness_lufs: float


def measure(original: Path, source: Source, folder: Path, tell: Progress) -> Measured:
    """Decode the upload once, into a PCM file; foreign bytes are not touched again after this.

    Refusal `disk_full` before the disk is: the upload itself still has to go into the store.
    """
    pcm, levels, taken, upload = folder / "sound.pcm", Levels(), 0, original.stat().st_size
    check_room(folder, upload + min(source.guessed_s or 0.0, MAX_SECONDS) * ffmpeg.BYTES_PER_SECOND)
    expected = (source.guessed_s or 600.0) * ffmpeg.BYTES_PER_SECOND
    with ExitStack() as stack:
        decoder = stack.enter_context(
            ffmpeg.running(ffmpeg.decode_argv(source.demuxer, source.codec, MAX_SECONDS + 2), LIMITS, file=original)
        )
        meter = stack.enter_context(ffmpeg.running(ffmpeg.loudness_argv(), LIMITS, stdin=ffmpeg.PIPE))
        file = stack.enter_context(pcm.open("wb"))
        while chunk := decoder.stdout.read(CHUNK):
            if taken % LOOK_EVERY == 0:
                check_room(folder, upload + LOOK_EVERY)
            file.write(chunk)
            meter.stdin.write(chunk)
            levels.feed(chunk)
            taken += len(chunk)
            tell("measure", share("measure", taken / expected))
        _check_decoded(decoder, original, source, taken / ffmpeg.BYTES_PER_SECOND)
        loudness = read_meter(meter.finish()).loudness_lufs
    return Measured(pcm, levels, loudness)


def _check_decoded(decoder: ffmpeg.Run, original: Path, source: Source, decoded_s: float) -> None:
    """Refusal if what came out is not what the container declared."""
    try:
        decoder.finish()
    except ffmpeg.ToolFailed as failure:
        raise Refusal("unreadable", failure.said[-300:]) from failure
    if decoded_s > MAX_SECONDS + 0.5:
        raise Refusal("too_long", "decoded")
    if not decoded_s:
        raise Refusal("unreadable", "nothing was decoded")
    if source.declared_s and decoded_s < source.declared_s - max(0.5, 0.005 * source.declared_s):
        raise Refusal("truncated", f"{decoded_s:.2f} s of {source.declared_s:.2f} s")


def trimmed(measured: Measured) -> tuple[Measured, int, int]:
    """Without the silence at both ends, and how many frames went at the start and at the end."""
    start, end = sounding(measured.levels, measured.loudness_lufs)
    if end == start or (measured.loudness_lufs < SILENT_LUFS and len(measured.levels) >= SHORTEST_FRAMES):
        raise Refusal("silent", f"{measured.loudness_lufs} LUFS")
    if stuck(measured.levels) >= SHORTEST_FRAMES:
        raise Refusal("unreadable", "the samples are no numbers")
    if end - start < SHORTEST_FRAMES:
        raise Refusal("too_short", f"{(end - start) / 100} s")
    with measured.pcm.open("r+b") as file:
        file.truncate(end * FRAME_BYTES)
    lost = len(measured.levels) - end
    return Measured(measured.pcm, measured.levels.cut(start, end), measured.loudness_lufs), start, lost


def stuck(levels: Levels) -> int:
    """Frames at full scale that never cross zero: no sound does that after a high-pass, only broken numbers."""
    return sum(rms >= 32766 and not crossed for rms, crossed in zip(levels.rms, levels.crossings, strict=True))
