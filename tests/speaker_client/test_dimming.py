"""Softer by the hour, as it leaves the box: by a ramp, and no emergency ever."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from speaker_client.dimming import RISE, dimmed_cb
from speaker_client.frames import BLOCK_FRAMES
from speaker_client.protocol.ids import HOUR, MINUTE
from tests.speaker_client.sound_of_tests import ALARM, Bench, as_wav, cue, speech

SETTLED = 30
"""Blocks after which every ramp is over."""


def test_the_hour_of_the_clock_says_how_much_softer() -> None:
    hours = (0,) * 14 + (-1200,) * 10
    assert dimmed_cb(hours, 14 * HOUR - 1) == 0
    assert dimmed_cb(hours, 24_000 * HOUR + 14 * HOUR + 59 * MINUTE) == -1200
    assert dimmed_cb((), 14 * HOUR) == 0
    assert dimmed_cb(hours, None) == 0, "a box without a clock keeps nothing back"


def test_what_sounds_grows_softer_by_a_ramp(tmp_path: Path) -> None:
    source = speech(3.0)
    with Bench(0) as bench:
        bench.arm(cue(as_wav(tmp_path / "a.wav", source), at_us=bench.at_us))
        bench.play(10)
        bench.deck.dim(-2000)
        out = bench.play(100)[:, 0].astype(float)
    same = source[10 * BLOCK_FRAMES : 110 * BLOCK_FRAMES].astype(float)
    assert np.allclose(out[SETTLED * BLOCK_FRAMES :], same[SETTLED * BLOCK_FRAMES :] / 10, atol=2)
    loud = np.abs(same) > 3000
    gains = out[loud] / same[loud]
    assert gains[0] > 0.95
    assert np.abs(np.diff(gains)).max() < RISE / 3


def test_an_emergency_is_as_loud_as_ever_and_what_begins_in_a_soft_hour_begins_soft(tmp_path: Path) -> None:
    source = speech(2.0)
    reel = as_wav(tmp_path / "a.wav", source)
    for at_full, factor in ((False, 0.1), (True, 1.0)):
        with Bench(0) as bench:
            bench.deck.dim(-2000)
            bench.play(2)
            airing = replace(cue(reel, at_us=bench.at_us, airing=ALARM), at_full=at_full)
            bench.arm(airing)
            out = bench.play(90)[:, 0].astype(float)
        begun = slice(5 * BLOCK_FRAMES, 90 * BLOCK_FRAMES)
        assert np.allclose(out[begun], source[begun] * factor, atol=2), at_full


@pytest.mark.parametrize(("at_full", "factor"), [(False, 0.01), (True, 1.0)])
def test_a_programme_may_be_softer_by_itself_in_a_soft_hour_too_and_an_emergency_never_is(
    tmp_path: Path, at_full: bool, factor: float
) -> None:
    source = speech(2.0)
    reel = as_wav(tmp_path / "a.wav", source)
    with Bench(0) as bench:
        bench.deck.dim(-2000)
        bench.play(2)
        bench.arm(replace(cue(reel, at_us=bench.at_us), at_full=at_full, gain_cb=-2000))
        out = bench.play(90)[:, 0].astype(float)
    begun = slice(5 * BLOCK_FRAMES, 90 * BLOCK_FRAMES)
    assert np.allclose(out[begun], source[begun] * factor, atol=2)


@pytest.mark.parametrize("cb", [0, 500])
def test_nothing_is_ever_made_louder(tmp_path: Path, cb: int) -> None:
    source = speech(1.0)
    with Bench(0) as bench:
        bench.deck.dim(cb)
        bench.arm(cue(as_wav(tmp_path / "a.wav", source), at_us=bench.at_us))
        out = bench.play(40)[:, 0]
    assert np.array_equal(out[2000:], source[2000 : len(out)])
