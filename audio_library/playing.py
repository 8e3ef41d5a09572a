"""A file as a microphone would give it: raw sound, piece by piece."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from audio_library import ffmpeg
from audio_library.probe import probe
from audio_library.sandbox import Limits

LONGEST_S = 7200
PIECE_BYTES = 1920
"""20 ms."""
_LIMITS = Limits(wall_s=LONGEST_S + 60, cpu_s=600)


def pieces_of(path: Path) -> Iterator[bytes]:
    """s16le, mono, 48 kHz in pieces of 20 ms, as fast as they are asked for; Refusal for what is no sound."""
    source = probe(path)
    with ffmpeg.running(ffmpeg.decode_argv(source.demuxer, source.codec, LONGEST_S), _LIMITS, file=path) as run:
        while piece := run.stdout.read(PIECE_BYTES):
            yield piece
        run.finish()
