"""A take that is recorded a little higher or lower than the others is heard where they are, and says the same."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from audio_library import ffmpeg
from audio_library.speech.joining import LEVEL_DB, Said, joined
from audio_library.speech.phrases import Phrase
from audio_library.speech.pitch import middle, pitch_hz, semitones
from audio_library.speech.recording import wav
from audio_library.speech.take import Take
from audio_library.speech.takes import Takes
from audio_library.speech.taking import take_in
from audio_library.speech.tuning import MOST_SEMITONES, NEAR_SEMITONES, TRUE_SEMITONES, move_of
from tests.audio_library.officer import RATE, level_db, recorded

USUAL = ("kính mời bà con", "nhà văn hóa thôn đông", "ủy ban nhân dân xã", "trân trọng thông báo")
OTHER = "mong bà con thông cảm"
HZ = (110.0, 112.0, 114.0)


@pytest.fixture
def takes(tmp_path: Path) -> Takes:
    """What was recorded in the person's usual voice."""
    own = Takes(tmp_path / "voice")
    for words in USUAL:
        own.keep(Phrase(words), Take.of(recorded(words)))
    return own


def taken(takes: Takes, words: str, pitch: int) -> tuple[Take, Take]:
    """As it was recorded at that pitch of espeak-ng's, and as it was kept."""
    pcm, original = recorded(words, pitch=pitch), takes.folder.parent / "original.wav"
    original.write_bytes(wav(pcm, RATE))
    assert take_in(original, takes, Phrase(words)).kept
    return Take.of(pcm), takes.read(Phrase(words))


def off(takes: Takes, take: Take) -> float:
    """By how many semitones it is higher than the voice."""
    return semitones(hz(take), middle(hz(takes.read(Phrase(one))) for one in USUAL))


def hz(take: Take) -> float:
    found = pitch_hz(take.pcm)
    assert found is not None
    return found


@pytest.mark.parametrize("pitch", [40, 62])
def test_a_take_of_another_day_is_where_the_voice_is_as_long_and_as_loud(takes: Takes, pitch: int) -> None:
    before, after = taken(takes, OTHER, pitch)
    assert abs(off(takes, before)) > NEAR_SEMITONES
    assert abs(off(takes, after)) < TRUE_SEMITONES
    assert len(after.pcm) == len(before.pcm)
    assert np.abs(np.subtract(after.spoken, before.spoken)).max() <= 3
    sound = np.frombuffer(joined([Said(after)]), "<i2").astype(float)
    assert level_db(sound) == pytest.approx(LEVEL_DB, abs=1)


def test_seams_are_smaller_than_they_were_recorded(takes: Takes) -> None:
    """Takes of six days, joined one behind the other."""
    days = (40, 62, 44, 58, 38, 64)
    told = ("mong bà con thông cảm", "xin cảm ơn bà con", "kính mời bà con chú ý", "bà con thôn đông", *USUAL[1:3])
    both = [taken(takes, words, pitch) for words, pitch in zip(told, days, strict=True)]
    before, after = ([abs(semitones(hz(a[n]), hz(b[n]))) for a, b in pairwise(both)] for n in (0, 1))
    assert min(before) > 2
    assert sum(after) < sum(before) / 2


def test_what_is_further_off_is_moved_only_as_far_as_it_is_understood(takes: Takes) -> None:
    before, after = taken(takes, OTHER, 72)
    assert off(takes, before) > 3
    assert semitones(hz(before), hz(after)) == pytest.approx(MOST_SEMITONES, abs=TRUE_SEMITONES)


@pytest.mark.parametrize(("words", "pitch"), [(OTHER, 50), ("sáu", 62), ("thôn đông", 62)])
def test_a_take_in_the_usual_voice_and_one_of_few_words_are_as_they_were(takes: Takes, words: str, pitch: int) -> None:
    before, after = taken(takes, words, pitch)
    assert after.pcm == before.pcm


def test_nothing_is_tuned_to_a_voice_of_which_little_is_known() -> None:
    assert move_of(100.0, OTHER, HZ) == pytest.approx(semitones(112.0, 100.0))
    assert move_of(100.0, OTHER, HZ[:2]) == 0
    assert move_of(None, OTHER, HZ) == 0
    assert move_of(112.0 * 2 ** ((NEAR_SEMITONES - 0.01) / 12), OTHER, HZ) == 0


def test_an_ffmpeg_without_that_filter_leaves_the_take_as_it_is_and_says_so(
    takes: Takes, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    real = ffmpeg.plain_argv
    monkeypatch.setattr(ffmpeg, "plain_argv", lambda *told: [one.replace("rubber", "no") for one in real(*told)])
    before, after = taken(takes, OTHER, 40)
    assert after.pcm == before.pcm
    assert "not moved in pitch" in caplog.text
