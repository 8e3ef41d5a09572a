"""What was said, as a horn loudspeaker has use for it: the sound of every voice before it is levelled.

A re-entrant horn gives nothing below some 300 Hz, and a voice has much of its power there; levelled as it is, it would
spend that on what nobody hears. What tells consonants apart lies at 2 to 4 kHz, and is lifted a little.
"""

from __future__ import annotations

import logging
import wave
from pathlib import Path
from typing import Final

from audio_library import ffmpeg
from audio_library.content import write_durably
from audio_library.refusal import Refusal
from audio_library.sandbox import Limits
from audio_library.speech.recording import wav

LIMITS: Final = Limits(wall_s=60, cpu_s=60)

log = logging.getLogger(__name__)


def equalise(file: Path) -> None:
    """The WAV there is equalised from now on, as long as it was, mono. Where that cannot be done it stays as it is, and
    the reason is logged: a text that is said plainly is better than none."""
    try:
        with wave.open(str(file)) as sound:
            rate, frames = sound.getframerate(), sound.getnframes()
        with ffmpeg.running(ffmpeg.equalised_argv(rate), LIMITS, file=file) as run:
            pcm = run.stdout.read()
            said = run.finish()
        if abs(len(pcm) // 2 - frames) > rate // 100:
            raise ffmpeg.ToolFailed(0, f"{len(pcm) // 2} of {frames} samples: {said}")
        write_durably(file, [wav(pcm, rate)])
    except (ffmpeg.ToolFailed, Refusal, OSError, EOFError, wave.Error) as error:
        log.warning("what was said is not equalised: %s", error)
