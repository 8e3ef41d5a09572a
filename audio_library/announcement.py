"""Chime, speech, the speech again, closing: one file that is then taken in like any upload."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from audio_library import chimes
from audio_library.content import write_durably
from audio_library.refusal import Refusal

if TYPE_CHECKING:
    from pydub import AudioSegment

LONGEST_S: Final = 15 * 60
"""pydub keeps all of it in memory: 6 MB a minute."""
SPEECH_DBFS: Final = -20.0


@dataclass(frozen=True)
class Announcement:
    """What surrounds the speech. Times in milliseconds."""

    speech: Path
    """A WAV file."""
    times: int = 2
    """How often it is said."""
    pause_ms: int = 1_200
    with_chime: bool = True
    with_closing: bool = True


def compose(announcement: Announcement, target: Path) -> int:
    """Write the whole announcement as WAV, durably; its length in microseconds. Refusal `too_long` past 15 min."""
    segment = _segments()
    with announcement.speech.open("rb") as file:
        speech = segment.from_wav(file).set_channels(1).set_frame_rate(chimes.RATE)
    if speech.duration_seconds * announcement.times > LONGEST_S:
        raise Refusal("too_long", "announcement")
    level = speech.dBFS
    speech = speech.apply_gain(SPEECH_DBFS - level) if level > float("-inf") else speech
    pause = segment.silent(duration=announcement.pause_ms, frame_rate=chimes.RATE)
    whole = pause[:1].append(_frame(chimes.chime(), announcement.with_chime, pause), crossfade=0)
    for _ in range(announcement.times):
        whole = whole.append(speech, crossfade=0).append(pause, crossfade=0)
    whole = whole.append(_frame(chimes.closing(), announcement.with_closing, pause[:1]), crossfade=0)
    write_durably(target, [_wav(whole)])
    return round(float(whole.frame_count()) / chimes.RATE * 1_000_000)


def _frame(sound: chimes.Sound, wanted: bool, otherwise: AudioSegment) -> AudioSegment:
    if not wanted:
        return otherwise[:1]
    return _segments()(chimes.pcm(sound), frame_rate=chimes.RATE, sample_width=2, channels=1)


def _wav(sound: AudioSegment) -> bytes:
    out = io.BytesIO()
    sound.export(out, format="wav")
    return out.getvalue()


def _segments() -> Any:
    """pydub, imported when it is needed; it is old and warns of things that do not concern us."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pydub import AudioSegment
    return AudioSegment
