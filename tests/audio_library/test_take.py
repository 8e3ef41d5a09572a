"""What a take is told to be, so that whoever recorded it knows whether to record it again."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from audio_library.speech.pitch import pitch_hz, semitones
from audio_library.speech.take import Take, examine
from tests.audio_library.officer import RATE, ROOM, recorded

WORDS = "kính mời bà con"
HALF_S = RATE
"""Bytes of half a second."""


def faults(pcm: bytes, words: str = WORDS, usual_hz: tuple[float, ...] = ()) -> list[str]:
    found = examine(Take.of(pcm), words, usual_hz)
    assert all(one.vi and one.en for one in found.faults)
    return [one.code for one in found.faults]


def test_a_good_take_has_no_problem_and_is_measured() -> None:
    found = examine(Take.of(recorded(WORDS)), WORDS)
    assert found.faults == ()
    assert found.floor_db == pytest.approx(20 * np.log10(ROOM / 32768), abs=1.5)
    assert -35 < found.level_db < -20
    assert 700_000 < found.spoken_us < 1_500_000


@pytest.mark.parametrize("gain_db", [-8, 0, 8])
def test_a_gain_moves_the_level_by_as_much(gain_db: float) -> None:
    usual, other = Take.of(recorded(WORDS)), Take.of(recorded(WORDS, gain_db))
    assert other.level_db - usual.level_db == pytest.approx(gain_db, abs=0.3)
    assert np.abs(np.subtract(other.spoken, usual.spoken)).max() <= 3


@pytest.mark.parametrize(
    ("code", "made", "words"),
    [
        ("too_soft", lambda: recorded(WORDS, -22), WORDS),
        ("nothing_said", lambda: bytes(2 * RATE), WORDS),
        ("nothing_said", bytes, WORDS),
        ("clipped", lambda: recorded(WORDS, 26), WORDS),
        ("noisy", lambda: recorded(WORDS, room=400), WORDS),
        ("cut_off", lambda: recorded(WORDS)[HALF_S:], WORDS),
        ("cut_off", lambda: recorded(WORDS)[:-HALF_S], WORDS),
        ("wrong_length", lambda: recorded("bà"), f"{WORDS} thôn đông thôn đoài thôn trung"),
        ("wrong_length", lambda: recorded("đề nghị bà con chủ động dự trữ nước sinh hoạt"), "bà"),
    ],
)
def test_what_is_wrong_is_said(code: str, made: Callable[[], bytes], words: str) -> None:
    assert code in faults(made(), words)


def test_a_finger_on_the_phone_is_not_what_is_said() -> None:
    usual = np.frombuffer(recorded(WORDS), "<i2").copy()
    tapped = usual.copy()
    tapped[4800 : 4800 + 960] += np.random.default_rng(2).normal(0, 4_000, 960).astype("<i2")
    assert Take.of(tapped.tobytes()).spoken == Take.of(usual.tobytes()).spoken


def test_a_voice_that_is_another_is_told_and_the_same_is_not() -> None:
    usual = tuple(one for word in ("bà con", "thôn một", "xin") if (one := pitch_hz(recorded(word))))
    assert len(usual) == 3
    assert faults(recorded(WORDS), usual_hz=usual) == []
    assert faults(recorded(WORDS, pitch=99), usual_hz=usual) == ["off_pitch"]


@pytest.mark.parametrize("hz", [85.0, 120.0, 210.0, 330.0])
def test_the_pitch_of_a_voice_is_found_whatever_it_sings(hz: float) -> None:
    at = np.arange(RATE // 2) / RATE
    chance = np.random.default_rng(3)
    for strengths in ((1.0, 0.5, 0.3, 0.2), (0.3, 1.0, 0.6, 0.1)):
        tone = sum(one * np.sin(2 * np.pi * hz * (number + 1) * at) for number, one in enumerate(strengths))
        pcm = (4_000 * tone + chance.normal(0, 40, len(at))).astype("<i2").tobytes()
        found = pitch_hz(pcm)
        assert found is not None
        assert abs(semitones(found, hz)) < 0.5


def test_noise_and_silence_have_no_pitch() -> None:
    noise = np.random.default_rng(5).normal(0, 3_000, RATE).astype("<i2").tobytes()
    assert pitch_hz(noise) is None
    assert pitch_hz(bytes(2 * RATE)) is None
    assert pitch_hz(b"") is None
