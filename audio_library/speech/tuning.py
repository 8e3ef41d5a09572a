"""A long take that lies a little higher or lower than its voice is brought nearer to it, before it is kept.

Not a short one: the tones of its few words lie where they lie, and to move them would be to say other words.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from audio_library import ffmpeg
from audio_library.refusal import Refusal
from audio_library.sandbox import Limits
from audio_library.speech.pitch import middle, pitch_hz, semitones
from audio_library.speech.take import Take

LONG: Final = 4
"""Words in which the tones even out."""
OTHERS: Final = 3
"""Takes as long, at least, that tell where the voice lies."""
NEAR_SEMITONES: Final = 1.5
"""So far apart are long phrases of a voice that has not changed."""
TRUE_SEMITONES: Final = 0.75
"""So near to what was wished, whoever measures."""
MOST_SEMITONES: Final = 2.0
"""What is moved further is understood less well."""
SAME_BYTES: Final = ffmpeg.BYTES_PER_SECOND // 100
LIMITS: Final = Limits(wall_s=20, cpu_s=10)

log = logging.getLogger(__name__)


def move_of(hz: float | None, words: str, usual_hz: Sequence[float]) -> float:
    """By how many semitones a take of these words is to be moved; `usual_hz`: how high other long takes are."""
    if hz is None or len(words.split()) < LONG or len(usual_hz) < OTHERS:
        return 0.0
    off = semitones(middle(usual_hz), hz)
    return max(-MOST_SEMITONES, min(MOST_SEMITONES, off)) if abs(off) > NEAR_SEMITONES else 0.0


def moved(take: Take, by_semitones: float, original: Path, demuxer: str, limit_s: float) -> Take:
    """The take decoded from `original` once more, so much higher: its vowels stay what they are, and it is as long.
    Where that cannot be done it stays as it is, and the reason is logged."""
    factor = 2 ** (by_semitones / 12)
    try:
        with ffmpeg.running(ffmpeg.plain_argv(demuxer, limit_s, factor), LIMITS, file=original) as run:
            pcm = run.stdout.read(len(take.pcm) + 2 * SAME_BYTES)
            run.finish()
    except (ffmpeg.ToolFailed, Refusal) as failure:
        log.warning("a take is not moved in pitch: %s", failure)
        return take
    before, after = pitch_hz(take.pcm), pitch_hz(pcm)
    wrong = before is None or after is None or abs(semitones(after, before) - by_semitones) > TRUE_SEMITONES
    if wrong or abs(len(pcm) - len(take.pcm)) > SAME_BYTES:
        log.warning("a take is not moved in pitch: %s Hz became %s Hz", before, after)
        return take
    return Take.of(pcm[: len(take.pcm)].ljust(len(take.pcm), b"\0"))
