"""Reels become one tape, exact to the sample."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
import soundfile

from speaker_client.deck import Reel
from speaker_client.decoder import Span, Tape, Unplayable, spans
from speaker_client.frames import RATE
from tests.speaker_client.sound_of_tests import Samples, as_opus, as_wav, likeness, speech


def all_of(tape: Tape) -> Samples:
    pieces = []
    while piece := tape.read():
        pieces.append(piece)
    return np.frombuffer(b"".join(pieces), np.int16)


def test_a_stretch_across_two_reels_names_the_frames_of_each() -> None:
    tune, bulletin = Reel(Path("tune"), 3_000_000), Reel(Path("bulletin"), 10_000_000)
    assert spans((tune, bulletin), 2_000_000, 2_500_000) == (Span(tune, 96_000, 48_000), Span(bulletin, 0, 72_000))


def test_a_stretch_beyond_the_end_is_shortened() -> None:
    assert spans((Reel(Path("tune"), 1_000_000),), 900_000, 5_000_000)[0].frames == 4_800


def test_joins_fall_where_the_durations_add_up_even_between_frames() -> None:
    odd = tuple(Reel(Path(str(number)), 1_000_010) for number in range(100))
    assert sum(span.frames for span in spans(odd, 0, 10**9)) == round(100 * 1_000_010 * 0.048)


def test_reels_back_to_back_lose_and_gain_no_sample(tmp_path: Path) -> None:
    first, second = speech(1.3, seed=1), speech(0.9, seed=2)
    reels = (as_wav(tmp_path / "1.wav", first), as_wav(tmp_path / "2.wav", second))
    assert np.array_equal(all_of(Tape(reels, 0, 10_000_000)), np.concatenate([first, second]))


def test_a_stretch_from_the_middle_begins_at_its_very_sample(tmp_path: Path) -> None:
    first, second = speech(1.0, seed=1), speech(1.0, seed=2)
    reels = (as_wav(tmp_path / "1.wav", first), as_wav(tmp_path / "2.wav", second))
    tape = all_of(Tape(reels, 654_321, 700_000))
    start = round(0.654321 * RATE)
    assert np.array_equal(tape, np.concatenate([first, second])[start : start + 33_600])


def test_opus_has_its_declared_length_and_no_delay(tmp_path: Path) -> None:
    source = speech(2.345)
    decoded = all_of(Tape((as_opus(tmp_path / "a.opus", source),), 0, 10_000_000))
    assert len(decoded) == len(source)
    lags = [likeness(decoded[20_000 + lag : 60_000 + lag], source[20_000:60_000]) for lag in range(-20, 21)]
    assert np.argmax(lags) == 20


def test_seeking_in_opus_gives_the_same_samples_as_playing_up_to_there(tmp_path: Path) -> None:
    reel = as_opus(tmp_path / "a.opus", speech(5.0))
    whole = all_of(Tape((reel,), 0, 5_000_000))
    assert np.array_equal(all_of(Tape((reel,), 3_210_000, 500_000)), whole[154_080:178_080])


def test_a_reel_that_is_not_there_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Tape((as_wav(tmp_path / "a.wav", speech(0.5)), Reel(tmp_path / "gone.opus", 1_000_000)), 0, 2_000_000)


def test_what_is_not_sound_is_unplayable(tmp_path: Path) -> None:
    (tmp_path / "page.opus").write_bytes(b"<html>Xin chao</html>" * 100)
    with pytest.raises(Unplayable):
        Tape((Reel(tmp_path / "page.opus", 1_000_000),), 0, 1_000_000)


def test_a_file_much_shorter_than_the_plan_says_is_unplayable(tmp_path: Path) -> None:
    reel = as_wav(tmp_path / "a.wav", speech(1.0))
    with pytest.raises(Unplayable, match="48000 frames instead of 96000"):
        Tape((Reel(reel.path, 2_000_000),), 0, 2_000_000)


def test_stereo_is_unplayable(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "stereo.wav", np.zeros((48_000, 2), np.int16), RATE)
    with pytest.raises(Unplayable, match="2 channels"):
        Tape((Reel(tmp_path / "stereo.wav", 1_000_000),), 0, 1_000_000)


def _damaged(good: bytes, dice: random.Random) -> bytes:
    """The file with bits turned, a block of the disk lost or foreign, or all of its end but the last page gone."""
    data = bytearray(good)
    at = dice.randrange(200, len(data) - 4096)
    match dice.randrange(4):
        case 0:
            for _ in range(dice.randint(1, 40)):
                data[dice.randrange(200, len(data))] ^= 1 << dice.randrange(8)
        case 1:
            data[at : at + 4096] = bytes(4096)
        case 2:
            data[at : at + 4096] = dice.randbytes(4096)
        case _:
            middle = dice.randrange(len(data) // 2, len(data) - 5000)
            data[middle:-4000] = bytes(len(data) - 4000 - middle)
    return bytes(data)


def test_whatever_the_damage_a_file_plays_or_is_unplayable(tmp_path: Path) -> None:
    reel, dice, unplayable = as_opus(tmp_path / "a.opus", speech(8.0)), random.Random(1), 0
    good = reel.path.read_bytes()
    for _ in range(80):
        reel.path.write_bytes(_damaged(good, dice))
        for from_us in (0, 3_000_000, 6_500_000):
            try:
                all_of(Tape((reel,), from_us, reel.duration_us - from_us))
            except Unplayable:
                unplayable += 1
    assert unplayable > 20
