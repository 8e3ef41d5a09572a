"""The deck places every sample at its time, or not at all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from speaker_client.deck import Emitted, Reel, Sounded
from speaker_client.frames import BLOCK_FRAMES, BLOCK_US, RATE, us_of
from speaker_client.protocol.live import FRAME_US
from speaker_client.protocol.report import Reason
from tests.speaker_client.sound_of_tests import (
    ALARM,
    BULLETIN,
    Bench,
    Samples,
    as_opus,
    as_wav,
    cue,
    likeness,
    speech,
    until,
)

FADED = RATE * 30 // 1000


@pytest.fixture
def source() -> Samples:
    return speech(3.0)


@pytest.fixture
def reel(tmp_path: Path, source: Samples) -> Reel:
    return as_wav(tmp_path / "bulletin.wav", source)


def test_a_cue_sounds_at_its_sample_inside_a_block_and_whole(reel: Reel, source: Samples) -> None:
    with Bench() as bench:
        bench.arm(cue(reel, at_us=bench.at_us + 47_125))
        out = bench.play(160)[:, 0]
        begin = round(47_125 * 0.048)
        assert not out[:begin].any()
        assert np.array_equal(out[begin + FADED : begin + len(source)], source[FADED:])
        assert not out[begin + len(source) :].any()
        assert bench.done().to_us == 3_000_000
        assert bench.done().reason is None
        assert bench.done().underruns == 0


def test_the_first_sample_that_sounds_is_the_first_of_the_programme(reel: Reel) -> None:
    with Bench() as bench:
        bench.arm(cue(reel, at_us=bench.at_us + 10_000))
        out = bench.play(3)[:, 0]
        assert 480 <= np.flatnonzero(out)[0] < 480 + RATE // 1000


def test_the_core_hears_of_the_start_and_about_once_a_second_how_far_it_is(reel: Reel) -> None:
    with Bench() as bench:
        at_us = bench.at_us + 5_000
        bench.arm(cue(reel, at_us=at_us))
        bench.play(160)
        bench.done()
        assert bench.events[0] == Sounded(BULLETIN, 1, at_us, 0, 0, 0)
        told = [event.to_us for event in bench.events if isinstance(event, Emitted)]
        assert len(told) == 2
        assert told == pytest.approx([1_000_000, 2_000_000], abs=40_000)


def test_an_armed_cue_is_silent_until_it_is_released_and_then_drops_what_is_past(reel: Reel, source: Samples) -> None:
    with Bench() as bench:
        start_us = bench.at_us
        bench.arm(cue(reel, at_us=start_us), release=False)
        assert not bench.play(25).any()
        bench.deck.release(BULLETIN)
        out = bench.play(10)[:, 0]
        assert np.array_equal(out[FADED:], source[RATE // 2 + FADED : RATE // 2 + len(out)])
        until(lambda: bench.events)
        assert bench.events[0] == Sounded(BULLETIN, 1, start_us + 500_000, 500_000, 500_000, 500_000)


def test_a_release_after_the_end_is_late_and_silent(reel: Reel) -> None:
    with Bench() as bench:
        bench.arm(cue(reel, at_us=bench.at_us - 4_000_000))
        assert not bench.play(3).any()
        assert (bench.done().reason, bench.done().to_us) == (Reason.LATE, 0)


def test_a_cut_fades_within_six_milliseconds_and_says_where(reel: Reel, source: Samples) -> None:
    with Bench() as bench:
        bench.arm(cue(reel, at_us=bench.at_us))
        bench.play(20)
        bench.deck.cut(BULLETIN)
        out = bench.play(5)[:, 0].astype(int)
        whole = source[19_200:19_488].astype(int)
        assert np.abs(out[:48] - whole[:48]).max() < 0.1 * np.abs(whole).max(), "no crack at its beginning"
        assert 0 < np.abs(out[240:288]).max() < 0.1 * np.abs(whole).max(), "nor at its end"
        assert not out[288:].any()
        assert bench.done().to_us == 420_000
        assert bench.done().reason is None


def test_a_cut_before_the_first_sample_is_done_without_a_sound(reel: Reel) -> None:
    with Bench() as bench:
        bench.arm(cue(reel, at_us=bench.at_us + 10_000_000, from_us=700_000))
        bench.deck.cut(BULLETIN)
        assert not bench.play(3).any()
        assert (bench.done().to_us, bench.done().reason) == (700_000, None)


def test_the_next_cue_follows_without_a_gap_in_the_same_block(tmp_path: Path, reel: Reel, source: Samples) -> None:
    second = speech(0.5, seed=2)
    with Bench() as bench:
        at_us = bench.at_us
        bench.arm(cue(reel, at_us=at_us, length_us=510_000))
        bench.arm(cue(as_wav(tmp_path / "2.wav", second), at_us=at_us + 510_000, airing=ALARM))
        out = bench.play(60)[:, 0]
        join = round(0.51 * RATE)
        assert np.array_equal(out[FADED : join - 960], source[FADED : join - 960])
        assert out[join] != 0
        assert np.array_equal(out[join + FADED : join + len(second)], second[FADED:])


def test_a_stretch_that_breaks_off_inside_the_programme_ends_with_a_fade(reel: Reel) -> None:
    with Bench() as bench:
        bench.arm(cue(reel, at_us=bench.at_us, length_us=500_000))
        out = bench.play(30)[:, 0].astype(int)
        assert np.abs(out[24_000 - 48 : 24_000]).max() < 500
        assert not out[24_000:].any()


def test_a_newer_cue_takes_the_floor(tmp_path: Path, reel: Reel) -> None:
    alarm = speech(1.0, seed=5)
    with Bench() as bench:
        at_us = bench.at_us
        bench.arm(cue(reel, at_us=at_us))
        bench.arm(cue(as_wav(tmp_path / "alarm.wav", alarm), at_us=at_us + 400_000, airing=ALARM))
        out = bench.play(50)[:, 0]
        begin = round(0.4 * RATE) + FADED
        assert likeness(out[begin : begin + 9_600], alarm[FADED : FADED + 9_600]) > 0.99
        assert bench.done().airing == BULLETIN


def test_blocks_that_the_output_lost_are_counted_and_do_not_move_the_rest(reel: Reel, source: Samples) -> None:
    with Bench() as bench:
        bench.arm(cue(reel, at_us=bench.at_us))
        out = bench.play(155, lost=frozenset({30, 31}))[:, 0]
        assert np.array_equal(out[RATE : 2 * RATE], source[RATE : 2 * RATE])
        assert bench.done().underruns == 2


def test_time_that_was_missed_is_left_out_not_played_late(reel: Reel, source: Samples) -> None:
    with Bench() as bench:
        bench.arm(cue(reel, at_us=bench.at_us))
        bench.play(20)
        bench.at_us += 5 * BLOCK_US
        out = bench.play(20)[:, 0]
        assert np.array_equal(out[FADED:], source[25 * BLOCK_FRAMES + FADED : 45 * BLOCK_FRAMES])


@pytest.mark.parametrize("card_error_us", [15, -15])
def test_a_card_whose_clock_drifts_is_followed_frame_by_frame(reel: Reel, card_error_us: int) -> None:
    with Bench() as bench:
        start_us, last_us = bench.at_us, 0
        bench.arm(cue(reel, at_us=start_us))
        for _ in range(155):
            if sounding := np.flatnonzero(bench.play(1)[:, 0]).tolist():
                last_us = bench.at_us - BLOCK_US + us_of(sounding[-1])
            bench.at_us += card_error_us
        assert abs(last_us - start_us - 3_000_000) < 1_100
        assert bench.done().underruns == 0


def test_an_output_that_breaks_ends_what_sounds_as_a_fault(reel: Reel) -> None:
    with Bench() as bench:
        bench.arm(cue(reel, at_us=bench.at_us))
        bench.play(10)
        bench.deck.render(bench.at_us)
        bench.deck.broken()
        assert (bench.done().reason, bench.done().to_us) == (Reason.AUDIO_FAULT, 200_000)


def test_a_cue_that_never_found_a_working_output_ends_as_a_fault(reel: Reel) -> None:
    with Bench() as bench:
        bench.arm(cue(reel, at_us=bench.at_us))
        bench.play(160, lost=frozenset(range(160)))
        assert (bench.done().reason, bench.done().to_us) == (Reason.AUDIO_FAULT, 0)


def test_missing_and_damaged_reels_end_with_their_reason(tmp_path: Path, reel: Reel) -> None:
    (tmp_path / "page.opus").write_bytes(b"<html>" * 1000)
    with Bench() as bench:
        bench.arm(cue(Reel(tmp_path / "gone.opus", 1_000_000), at_us=bench.at_us + 10**7))
        bench.play(2)
        assert bench.done().reason is Reason.NO_MEDIA
        bench.events.clear()
        bench.arm(cue(reel, Reel(tmp_path / "page.opus", 1_000_000), at_us=bench.at_us + 10**7))
        bench.play(2)
        assert bench.done().reason is Reason.CORRUPT


def test_a_file_that_breaks_off_inside_costs_one_airing_and_not_the_next(tmp_path: Path, reel: Reel) -> None:
    broken = as_opus(tmp_path / "a.opus", speech(8.0))
    data = broken.path.read_bytes()
    half = len(data) // 2
    broken.path.write_bytes(data[:half] + bytes(len(data) - half - 4000) + data[-4000:])
    with Bench() as bench:
        bench.arm(cue(broken, at_us=bench.at_us, from_us=3_000_000))
        bench.play(300)
        assert bench.done().reason is Reason.CORRUPT
        bench.events.clear()
        bench.arm(cue(reel, at_us=bench.at_us))
        bench.play(160)
        assert (bench.done().reason, bench.done().to_us) == (None, 3_000_000)
        assert bench.deck.alive


def test_what_nobody_foresaw_costs_one_airing_and_not_the_next(reel: Reel) -> None:
    with Bench() as bench:
        bench.arm(cue(Reel(None, 1_000_000), at_us=bench.at_us))
        bench.play(2)
        assert bench.done().reason is Reason.CORRUPT
        bench.events.clear()
        bench.arm(cue(reel, at_us=bench.at_us))
        bench.play(160)
        assert bench.done().reason is None


def test_gains_and_mutes_follow_the_config_while_it_plays(reel: Reel) -> None:
    with Bench(0, 0, 0) as bench:
        bench.arm(cue(reel, at_us=bench.at_us))
        bench.play(10)
        bench.deck.configure([])
        out = bench.play(10)
        assert out[:BLOCK_FRAMES].any()
        assert not out[BLOCK_FRAMES:].any()


def test_what_is_held_ready_begins_without_the_decoder_and_goes_on_without_a_seam(reel: Reel, source: Samples) -> None:
    with Bench() as bench:
        bench.deck.hold_ready([reel])
        bench.arm(cue(reel, at_us=bench.at_us))
        out = bench.play(160)[:, 0]
        assert np.array_equal(out[FADED : len(source)], source[FADED:])
        assert bench.done().underruns == 0


def test_the_beginning_of_what_is_held_ready_needs_no_file(reel: Reel, source: Samples) -> None:
    with Bench() as bench:
        bench.deck.hold_ready([reel])
        until(lambda: bench.deck._feeder._heads.of(cue(reel, at_us=0)))
        reel.path.unlink()
        bench.arm(cue(reel, at_us=bench.at_us, from_us=100_000))
        out = bench.play(6)[:, 0]
        assert np.array_equal(out[FADED:], source[RATE // 10 + FADED :][: len(out) - FADED])


def test_what_something_stood_in_for_is_told_and_not_made_up_before_it_must(
    reel: Reel, source: Samples, tmp_path: Path
) -> None:
    coming = as_wav(tmp_path / "words.wav", speech(2.0, seed=5))
    away = coming.path.rename(tmp_path / "away.wav")
    with Bench() as bench:
        bench.arm(replace(cue(reel, coming, at_us=bench.at_us), waits=True, meanwhile=reel))
        bench.play(100)
        away.rename(coming.path)
        bench.play(160)
        assert (bench.done().concealed, bench.done().reason) == (0, None), "there was time left to wait"
    away = coming.path.rename(tmp_path / "away.wav")
    with Bench() as bench:
        bench.arm(replace(cue(reel, coming, at_us=bench.at_us), waits=True, meanwhile=reel))
        out = bench.play(260)[:, 0]
        assert bench.done().concealed * FRAME_US == 2_000_000
        risen = RATE
        assert likeness(out[3 * RATE + risen : 5 * RATE], source[risen : 2 * RATE]) > 0.999
