"""Reels become one tape, exact to the sample."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
import soundfile

from speaker_client.deck import Reel
from speaker_client.decoder import Span, Tape, Unplayable, spans
from speaker_client.fades import FADE_IN, FADE_IN_FRAMES, FADE_OUT, fade
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


def test_a_stretch_of_a_content_is_a_reel_too(tmp_path: Path) -> None:
    source = speech(2.0)
    whole = as_wav(tmp_path / "a.wav", source)
    words = (Reel(whole.path, 300_000, 0), Reel(whole.path, 500_000, 1_200_000))
    assert np.array_equal(all_of(Tape(words, 0, 10**7)), np.concatenate([source[:14_400], source[57_600:81_600]]))
    with pytest.raises(Unplayable):
        Tape((Reel(whole.path, 500_000, 1_900_000),), 0, 10**7)


def test_a_reel_that_is_waited_for_is_joined_in_step_once_it_is_there(tmp_path: Path) -> None:
    siren, words = speech(1.0, seed=1), speech(2.0, seed=2)
    lead, there = as_wav(tmp_path / "siren.wav", siren), as_wav(tmp_path / "there.wav", words)
    coming = Reel(tmp_path / "words.wav", there.duration_us)
    tape = Tape((lead, coming), 0, 10**7, waits=True, meanwhile=lead)
    heard = [tape.read(urgent=False) for _ in range(5)]
    assert heard[4] is None, "nothing is made up while there is time"
    heard[4:] = [tape.read(), tape.read(), tape.read()]
    there.path.rename(coming.path)
    heard.append(tape.read(urgent=False))
    while piece := tape.read(urgent=False):
        heard.append(piece)
    assert tape.missed == 36_000
    samples = np.frombuffer(b"".join(piece for piece in heard if piece), np.int16)
    join, fades = 48_000 + 36_000, FADE_IN_FRAMES
    assert np.array_equal(samples[:join], np.concatenate([siren, siren[:36_000]]))
    assert np.array_equal(samples[join + fades :], words[36_000 + fades :])
    into = np.frombuffer(fade(words[36_000:].tobytes(), 0, FADE_IN), np.int16)[:fades].astype(int)
    out = np.frombuffer(fade(siren[36_000 : 36_000 + fades].tobytes(), 0, FADE_OUT), np.int16)
    assert np.array_equal(samples[join : join + fades], into + out), "one fades in while the other fades out"


def test_what_stands_in_fades_out_under_the_first_sound_of_the_next_reel(tmp_path: Path) -> None:
    siren, words = speech(1.0, seed=1) // 2, speech(1.0, seed=2) // 2
    lead, last = as_wav(tmp_path / "siren.wav", siren), as_wav(tmp_path / "words.wav", words)
    tape = Tape((Reel(tmp_path / "never.wav", 1_500_000), last), 0, 10**7, waits=True, meanwhile=lead)
    samples = all_of(tape)
    out = np.frombuffer(fade(siren[24_000 : 24_000 + FADE_IN_FRAMES].tobytes(), 0, FADE_OUT), np.int16)
    assert np.array_equal(samples[72_000 : 72_000 + FADE_IN_FRAMES], words[:FADE_IN_FRAMES] + out)
    assert np.array_equal(samples[72_000 + FADE_IN_FRAMES :], words[FADE_IN_FRAMES:])


def test_an_order_does_not_end_over_a_damaged_reel(tmp_path: Path) -> None:
    siren, words = speech(1.0, seed=1), speech(0.5, seed=2)
    lead, last = as_wav(tmp_path / "siren.wav", siren), as_wav(tmp_path / "words.wav", words)
    (tmp_path / "hours.wav").write_bytes(b"<html>" * 100)
    tape = Tape((lead, Reel(tmp_path / "hours.wav", 500_000), last), 0, 10**7, waits=True)
    assert np.array_equal(all_of(tape), np.concatenate([siren, np.zeros(24_000, np.int16), words]))
    assert tape.missed == 24_000


def test_a_damaged_reel_is_told_of_and_joined_once_it_is_whole_again(tmp_path: Path) -> None:
    words, told = speech(2.0, seed=2), list[Path]()
    whole = as_wav(tmp_path / "whole.wav", words)
    reel = Reel(tmp_path / "words.wav", whole.duration_us)
    reel.path.write_bytes(b"<html>" * 100)
    tape = Tape((reel,), 0, 10**7, waits=True, meanwhile=reel, on_damage=told.append)
    assert [tape.read(), tape.read()] == [bytes(24_000)] * 2, "what stands in for it is the very same file"
    assert told == [reel.path], "once"
    whole.path.rename(reel.path)
    assert tape.read() == fade(words[24_000:36_000].tobytes(), 0, FADE_IN)
    assert tape.read() == words[36_000:48_000].tobytes()
    assert tape.missed == 24_000


def test_whatever_stands_in_is_told_of_and_sounds_once_it_is_whole_again(tmp_path: Path) -> None:
    siren, told = speech(0.25, seed=1), list[Path]()
    whole = as_wav(tmp_path / "whole.wav", siren)
    lead = Reel(tmp_path / "siren.wav", whole.duration_us)
    lead.path.write_bytes(b"<html>" * 100)
    tape = Tape((Reel(tmp_path / "never.wav", 1_000_000),), 0, 10**7, waits=True, meanwhile=lead, on_damage=told.append)
    assert [tape.read(), tape.read()] == [bytes(24_000)] * 2
    assert told == [lead.path]
    whole.path.rename(lead.path)
    assert tape.read() == siren.tobytes()


def test_a_programme_that_cannot_be_read_tells_which_file_it_was(tmp_path: Path) -> None:
    tune, told = as_wav(tmp_path / "tune.wav", speech(0.5)), list[Path]()
    (tmp_path / "hours.wav").write_bytes(b"<html>" * 100)
    with pytest.raises(Unplayable):
        Tape((tune, Reel(tmp_path / "hours.wav", 500_000)), 0, 10**7, on_damage=told.append)
    assert told == [tmp_path / "hours.wav"]


def test_without_anything_that_stands_in_there_is_silence(tmp_path: Path) -> None:
    tape = Tape((Reel(tmp_path / "words.wav", 1_000_000),), 0, 10**7, waits=True)
    assert not all_of(tape).any()
    assert tape.missed == 48_000


def test_words_that_come_late_into_silence_fade_in(tmp_path: Path) -> None:
    words = speech(2.0, seed=2)
    there = as_wav(tmp_path / "there.wav", words)
    tape = Tape((Reel(tmp_path / "words.wav", there.duration_us),), 0, 10**7, waits=True)
    assert tape.read() == bytes(24_000)
    there.path.rename(tmp_path / "words.wav")
    assert tape.read() == fade(words[12_000:24_000].tobytes(), 0, FADE_IN)
    assert tape.read() == words[24_000:36_000].tobytes()


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
