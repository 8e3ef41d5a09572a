"""A take: one phrase as somebody recorded it. How loud, how noisy, how high and how long it is, and what is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from audio_library.levels import Levels, decibel, gated_db
from audio_library.speech.pitch import middle, pitch_hz, semitones

SOFTEST_DB: Final = -42.0
HIGHEST_PEAK: Final = 32_700
MOST_CLIPPED: Final = 2
"""Frames of 10 ms at full scale."""
LEAST_ABOVE_NOISE_DB: Final = 18.0
MOST_SEMITONES: Final = 6.0
"""Tones of the language move a single word by four; who speaks otherwise today than on the other days, by more."""
SHORTEST_SYLLABLE_S, LONGEST_SYLLABLE_S = 0.08, 0.7
SHORTEST_OF_MANY_S, MANY = 0.12, 7
"""Nobody reads a whole sentence so fast: half of it is missing."""
BREATH_S: Final = 0.5
"""What a phrase may take beside its syllables."""
FAR_TOO_LONG: Final = 3
"""So many times longer than the phrase can be: what is heard there is something else."""
ABSOLUTE_GATE_DB: Final = -60.0
ABOVE_FLOOR: Final = 2.5
"""So many times as loud as the room is speech …"""
BELOW_SPEECH_DB: Final = 30.0
"""… unless it is so far below the voice."""
RUN: Final = 4
"""Frames in a row that are speech: a finger that taps the phone is shorter."""
NEAR: Final = 15
"""Frames: a shorter sound so near is the end of a word, or its beginning."""
MARGIN: Final = 2
"""Frames of quiet, at least, before the first sound and after the last."""

_SENTENCES: Final[dict[str, tuple[str, str]]] = {
    "nothing_said": (
        "Không nghe thấy lời nào. Hãy nói to hơn hoặc để máy gần hơn.",
        "Nothing is heard. Speak up or hold the phone closer.",
    ),
    "too_soft": ("Tiếng nhỏ quá. Hãy nói to hơn hoặc để máy gần hơn.", "Too soft. Speak up or hold the phone closer."),
    "clipped": (
        "Tiếng to quá nên bị vỡ. Hãy để máy xa hơn một chút.",
        "Too loud, it is distorted. Hold it farther away.",
    ),
    "noisy": ("Xung quanh ồn quá. Hãy ghi ở chỗ yên tĩnh.", "Too much noise around. Record in a quiet place."),
    "cut_off": (
        "Đầu hoặc cuối câu bị mất. Bấm ghi, đợi một nhịp rồi nói; nói xong đợi một nhịp rồi dừng.",
        "The beginning or the end is missing. Wait a moment before you speak, and after it.",
    ),
    "wrong_length": (
        "Dài hoặc ngắn hơn câu này. Hãy đọc đúng câu trên màn hình, một lần.",
        "Longer or shorter than this phrase. Read just what is shown, once.",
    ),
    "off_pitch": (
        "Giọng cao hoặc thấp hơn hẳn những câu khác. Hãy đọc bằng giọng như khi ghi các câu trước.",
        "Much higher or lower than the other phrases. Read it in the voice of the others.",
    ),
}


@dataclass(frozen=True)
class Fault:
    """A reason to record it again: a stable `code`, and a sentence in each language."""

    code: str
    vi: str
    en: str


@dataclass(frozen=True)
class Take:
    """Mono s16 at 48 kHz, and how loud it is every 10 ms."""

    pcm: bytes
    levels: Levels

    @classmethod
    def of(cls, pcm: bytes) -> Take:
        """What was recorded."""
        levels = Levels()
        levels.feed(pcm)
        return cls(pcm, levels)

    @cached_property
    def level_db(self) -> float:
        """dBFS of what is said, gated as EBU R128 gates, by frames: a word is shorter than its blocks."""
        found = gated_db([rms * rms for rms in self.levels.rms], ABSOLUTE_GATE_DB)
        return decibel(0) if found is None else found

    @cached_property
    def floor_db(self) -> float:
        """dBFS of the room: what the quietest tenth of it does not exceed."""
        return decibel(self._floor)

    @cached_property
    def peak_db(self) -> float:
        """dBFS of its highest sample."""
        return decibel(max(self.levels.peak, default=0))

    @cached_property
    def spoken(self) -> tuple[int, int]:
        """First frame, and one past the last, in which something is said; (0, 0) if nothing is. What is short and far
        from the rest is a finger on the phone."""
        loud = self._loud
        runs = [at for at in loud if all(one in loud for one in range(at, at + RUN))]
        if not runs:
            return 0, 0
        first, last = runs[0], runs[-1] + RUN - 1
        for at in loud:
            last = at if last < at <= last + NEAR else last
        for at in reversed(loud):
            first = at if first - NEAR <= at < first else first
        return first, last + 1

    @cached_property
    def quiet(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """The frames before and after everything that is louder than the room."""
        loud, count = list(self._loud), len(self.levels)
        return ((0, loud[0]), (loud[-1] + 1, count)) if loud else ((0, count), (count, count))

    @cached_property
    def _loud(self) -> dict[int, None]:
        """The frames that are louder than the room, in order."""
        least = max(self._floor * ABOVE_FLOOR, 32768 * 10 ** ((self.level_db - BELOW_SPEECH_DB) / 20), 1.0)
        return dict.fromkeys(at for at, rms in enumerate(self.levels.rms) if rms > least)

    @property
    def _floor(self) -> int:
        return sorted(self.levels.rms)[len(self.levels) // 10] if len(self.levels) else 0


@dataclass(frozen=True)
class Examined:
    """What is known of a take."""

    level_db: float
    floor_db: float
    spoken_us: int
    pitch_hz: float | None
    """The middle of what its voice does; None where none is heard."""
    faults: tuple[Fault, ...]
    usable: bool
    """Whether the phrase can be said with it in spite of its faults."""


def examine(take: Take, words: str, usual_hz: Sequence[float] = ()) -> Examined:
    """Look at a take of these words. `usual_hz`: how high other takes of this person are."""
    first, last = take.spoken
    pitch = pitch_hz(take.pcm)
    syllables = len(words.split())
    codes = _codes(take, syllables, pitch, usual_hz)
    faults = tuple(Fault(code, *_SENTENCES[code]) for code in codes)
    usable = 0 < (last - first) / 100 <= FAR_TOO_LONG * _longest_s(syllables)
    return Examined(take.level_db, take.floor_db, (last - first) * 10_000, pitch, faults, usable)


def _codes(take: Take, syllables: int, pitch: float | None, usual_hz: Sequence[float]) -> Iterator[str]:
    first, last = take.spoken
    if first == last:
        yield "nothing_said"
        return
    if take.level_db < SOFTEST_DB:
        yield "too_soft"
        return
    if sum(peak >= HIGHEST_PEAK for peak in take.levels.peak) > MOST_CLIPPED:
        yield "clipped"
    if take.level_db - take.floor_db < LEAST_ABOVE_NOISE_DB:
        yield "noisy"
        return
    if first < MARGIN or last > len(take.levels) - MARGIN:
        yield "cut_off"
    shortest_s = syllables * (SHORTEST_OF_MANY_S if syllables >= MANY else SHORTEST_SYLLABLE_S)
    if not shortest_s <= (last - first) / 100 <= _longest_s(syllables):
        yield "wrong_length"
    if pitch is not None and usual_hz and abs(semitones(pitch, middle(usual_hz))) > MOST_SEMITONES:
        yield "off_pitch"


def _longest_s(syllables: int) -> float:
    return syllables * LONGEST_SYLLABLE_S + BREATH_S
