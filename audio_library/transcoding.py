"""From measured PCM to the content: levelled, limited, coded, and measured again as a listener will hear it."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from audio_library import ffmpeg
from audio_library.levels import FRAME_BYTES
from audio_library.loudness import Level, Setting, gain_for, read_meter
from audio_library.measuring import CHUNK, Measured
from audio_library.pages import last_granule
from audio_library.progress import SPAN, Progress, share
from audio_library.sandbox import Limits
from audio_library.sound import Kind

ATTEMPTS: Final = 4
LIMITS: Final = Limits(wall_s=1_200, cpu_s=900)


@dataclass(frozen=True)
class Coding:
    """How libopus is asked to code a kind of sound."""

    bitrate: int
    application: str
    complexity: int


# Speech at complexity 5: wideband PESQ 3.8 on real voices in 8 s for half an hour; "voip" at 3 gives 4.0 in 17 s,
# complexity 8 and up 4.2 to 4.4 in 43 s, "voip" at 1 no more than 3.8 in 14 s.
CODINGS: Final[dict[Kind, Coding]] = {
    "speech": Coding(24_000, "audio", 5),
    "music": Coding(48_000, "audio", 9),
}


@dataclass(frozen=True)
class Transcoded:
    """The content as it will be stored, measured after decoding it again."""

    ogg: Path
    level: Level
    setting: Setting


def transcode(measured: Measured, kind: Kind, folder: Path, tell: Progress) -> Transcoded:
    """Gain, limit, encode and decode again, until loudness and true peak of the result are right."""
    setting = Setting(gain_for(measured.levels, measured.loudness_lufs))
    for attempt in range(ATTEMPTS):
        result = _encode(measured, CODINGS[kind], setting, folder / f"{attempt}.ogg", tell)
        better = setting.corrected(result.level)
        if better is None:
            break
        setting = better
    tell("level", SPAN["level"][1])
    return result


def _encode(measured: Measured, coding: Coding, setting: Setting, ogg: Path, tell: Progress) -> Transcoded:
    """Three tools at once: level, encode, and measure what a listener will decode."""
    samples = len(measured.levels) * FRAME_BYTES / 2
    with ExitStack() as stack:
        source = stack.enter_context(measured.pcm.open("rb"))
        source.seek(measured.pcm.stat().st_size - len(measured.levels) * FRAME_BYTES)
        leveller = stack.enter_context(
            ffmpeg.running(ffmpeg.level_argv(setting.gain_db, setting.ceiling_db), LIMITS, stdin=source)
        )
        encoder = stack.enter_context(
            ffmpeg.running(
                ffmpeg.encode_argv(coding.bitrate, coding.application, coding.complexity),
                LIMITS,
                stdin=leveller.stdout,
            )
        )
        leveller.stdout.close()
        meter = stack.enter_context(
            ffmpeg.running(ffmpeg.measure_argv(ffmpeg.OGG, true_peak=True), LIMITS, stdin=ffmpeg.PIPE)
        )
        file = stack.enter_context(ogg.open("wb"))
        while chunk := encoder.stdout.read1(CHUNK):  # type: ignore[attr-defined]
            file.write(chunk)
            meter.stdin.write(chunk)
            meter.stdin.flush()
            tell("transcode", share("transcode", (last_granule(chunk) or 0) / samples))
        leveller.finish()
        encoder.finish()
        level = read_meter(meter.finish())
    return Transcoded(ogg, level, setting)
