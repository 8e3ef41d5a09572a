"""From measured PCM to the content: levelled, limited, coded, and measured again as a listener will hear it."""

from __future__ import annotations

import logging
import shutil
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from audio_library import ffmpeg
from audio_library.levels import FRAME_BYTES
from audio_library.loudness import Level, Setting, gain_for, good, read_meter, turn_for
from audio_library.measuring import CHUNK, Measured
from audio_library.pages import last_granule
from audio_library.progress import SPAN, Progress, share
from audio_library.sandbox import Limits
from audio_library.sound import Kind

log = logging.getLogger(__name__)

ATTEMPTS: Final = 4
LIMITS: Final = Limits(wall_s=1_200, cpu_s=900)


@dataclass(frozen=True)
class Coding:
    """How libopus is asked to code a kind of sound."""

    bitrate: int
    complexity: int
    cutoff_hz: int


# Speech ends at 12 kHz: no horn gives more, and the bits it frees take 0.5 dB off the highest peaks that coding adds.
# At complexity 5 wideband PESQ is 3.8 on real voices, half an hour in 7 s; 8 and up give 4.2 to 4.4 in 43 s.
CODINGS: Final[dict[Kind, Coding]] = {
    "speech": Coding(24_000, 5, 12_000),
    "music": Coding(48_000, 9, 20_000),
}


@dataclass(frozen=True)
class Transcoded:
    """The content as it will be stored, measured after decoding it again."""

    ogg: Path
    level: Level
    setting: Setting
    turn_db: float
    """By how much every decoder turns it, after gain, limiter and coding."""


def transcode(measured: Measured, kind: Kind, folder: Path, tell: Progress) -> Transcoded:
    """Gain, limit, encode, and turn what was coded, until loudness and true peak of what is decoded are right.

    A sound that no attempt gets right, such as a few clicks, is kept as the last one made it, and a warning says so.
    """
    setting = Setting(gain_for(measured.levels, measured.loudness_lufs))
    for attempt in range(ATTEMPTS):
        used, coded = setting, folder / f"{attempt}.ogg"
        level = _encode(measured, CODINGS[kind], used, coded, tell)
        turn_db = turn_for(level)
        if good(level.turned(turn_db)):
            break
        setting = used.corrected(level)
    else:
        log.warning("after %d attempts a sound stays at %.1f LUFS", ATTEMPTS, level.loudness_lufs + turn_db)
    tell("level", SPAN["level"][1])
    return Transcoded(_turned(coded, turn_db), level.turned(turn_db), used, turn_db)


def _encode(measured: Measured, coding: Coding, setting: Setting, ogg: Path, tell: Progress) -> Level:
    """Two tools at once: level and encode, and measure what a listener will decode."""
    samples = len(measured.levels) * FRAME_BYTES / 2
    encode = ffmpeg.encode_argv(
        setting.gain_db, setting.ceiling_db, coding.bitrate, coding.complexity, coding.cutoff_hz
    )
    with ExitStack() as stack:
        source = stack.enter_context(measured.pcm.open("rb"))
        source.seek(measured.pcm.stat().st_size - len(measured.levels) * FRAME_BYTES)
        encoder = stack.enter_context(ffmpeg.running(encode, LIMITS, stdin=source))
        meter = stack.enter_context(ffmpeg.running(ffmpeg.result_argv(), LIMITS, stdin=ffmpeg.PIPE))
        file = stack.enter_context(ogg.open("wb"))
        while chunk := encoder.stdout.read1(CHUNK):
            file.write(chunk)
            meter.stdin.write(chunk)
            meter.stdin.flush()
            tell("transcode", share("transcode", (last_granule(chunk) or 0) / samples))
        encoder.finish()
        return read_meter(meter.finish())


def _turned(coded: Path, turn_db: float) -> Path:
    """The same packets, to be turned by so much when they are decoded."""
    turned = coded.with_suffix(".turned.ogg")
    with ExitStack() as stack:
        source = stack.enter_context(coded.open("rb"))
        run = stack.enter_context(ffmpeg.running(ffmpeg.turn_argv(turn_db), LIMITS, stdin=source))
        with turned.open("wb") as file:
            shutil.copyfileobj(run.stdout, file)
        run.finish()
    return turned
