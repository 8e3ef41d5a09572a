"""Gain, mute, limiter and fades: what the loudspeakers get."""

from __future__ import annotations

import numpy as np
import pytest

from speaker_client.fades import FADE_IN, FADE_OUT, fade
from speaker_client.frames import BLOCK_FRAMES
from speaker_client.mixer import CEILING, Mixer, Strand
from speaker_client.protocol.config import LoudspeakerConfig
from speaker_client.protocol.ids import LoudspeakerNumber
from tests.speaker_client.sound_of_tests import Samples, loudspeakers, speech

EVERYWHERE = frozenset(LoudspeakerNumber(number) for number in (1, 2, 3))


def through(mixer: Mixer, samples: Samples, where: frozenset[LoudspeakerNumber] = EVERYWHERE) -> Samples:
    """The mixer's output, one row a frame, each block knowing the peak of the next."""
    blocks = samples.reshape(-1, BLOCK_FRAMES)
    peaks = [int(np.abs(block.astype(int)).max()) for block in blocks] + [0]
    rows = [mixer.mix([Strand(block.tobytes(), peaks[n + 1], where)]) for n, block in enumerate(blocks)]
    return np.frombuffer(b"".join(rows), np.int16).reshape(-1, mixer.channels)


def tone(level: float, blocks: int) -> Samples:
    wave = np.sin(np.arange(BLOCK_FRAMES * blocks) * 2 * np.pi * 500 / 48_000) * level * 32767
    return np.asarray(wave, dtype=np.int16)


def test_each_loudspeaker_has_its_own_gain() -> None:
    source = tone(0.2, 4)
    out = through(Mixer(loudspeakers(0, -600, 600)), source)
    assert np.array_equal(out[:, 0], source)
    peaks = np.abs(out.astype(int)).max(axis=0) / np.abs(source.astype(int)).max()
    assert peaks == pytest.approx([1.0, 0.501, 1.995], rel=0.01)


def test_a_muted_loudspeaker_and_one_that_is_not_named_are_silent() -> None:
    mixer = Mixer([*loudspeakers(0, 0), LoudspeakerConfig(number=LoudspeakerNumber(3), muted=True)])
    out = through(mixer, tone(0.5, 2), frozenset({LoudspeakerNumber(2), LoudspeakerNumber(3)}))
    assert not out[:, 0].any()
    assert out[:, 1].any()
    assert not out[:, 2].any()


@pytest.mark.parametrize("gain_cb", [0, 300, 1200])
def test_nothing_leaves_above_one_decibel_below_full_scale(gain_cb: int) -> None:
    bursts = np.concatenate([tone(0.05, 3), tone(1.0, 2), tone(0.05, 20), tone(1.0, 1), speech(0.4, level=0.5)])
    out = through(Mixer(loudspeakers(gain_cb)), bursts).astype(int)
    assert np.abs(out).max() <= CEILING + 1


def test_the_limiter_never_jumps() -> None:
    quiet_then_loud = np.concatenate([tone(0.1, 10), tone(1.0, 10), tone(0.1, 60)])
    out = through(Mixer(loudspeakers(1200)), quiet_then_loud)[:, 0].astype(float)
    loud = np.abs(quiet_then_loud) > 1500
    gains = out[loud] / quiet_then_loud[loud]
    assert np.abs(np.diff(gains)).max() < 0.25
    assert gains[-1] == pytest.approx(3.98, rel=0.02)


def test_a_new_gain_is_reached_gradually_while_sound_is_on() -> None:
    mixer = Mixer(loudspeakers(-4000))
    through(mixer, tone(0.2, 2))
    mixer.configure(loudspeakers(0))
    peaks = np.abs(through(mixer, tone(0.2, 50)).astype(int)).reshape(50, -1).max(axis=1)
    assert peaks[0] < 0.08 * 0.2 * 32767
    assert np.diff(peaks).max() < 0.06 * 0.2 * 32767
    assert peaks[-1] == pytest.approx(0.2 * 32767, rel=0.01)


def test_two_strands_for_different_loudspeakers_do_not_mix() -> None:
    mixer = Mixer(loudspeakers(0, 0))
    one, two = tone(0.1, 1), tone(0.3, 1)
    strands = [
        Strand(one.tobytes(), 0, frozenset({LoudspeakerNumber(1)})),
        Strand(two.tobytes(), 0, frozenset({LoudspeakerNumber(2)})),
    ]
    out = np.frombuffer(mixer.mix(strands), np.int16).reshape(-1, 2)
    assert np.array_equal(out[:, 0], one)
    assert np.array_equal(out[:, 1], two)


def test_a_start_swells_for_thirty_milliseconds_and_is_heard_from_its_first_sample() -> None:
    steady = np.full(4 * BLOCK_FRAMES, 10_000, np.int16)
    faded = np.frombuffer(fade(steady.tobytes(), 0, FADE_IN), np.int16)
    assert 900 <= faded[0] <= 1_100
    assert np.diff(faded.astype(int)).max() < 600
    assert (faded[:1_430] < 10_000).all()
    assert (faded[1_440:] == 10_000).all()


def test_an_end_falls_to_nothing_within_twenty_milliseconds() -> None:
    steady = np.full(3 * BLOCK_FRAMES, 10_000, np.int16)
    faded = np.frombuffer(fade(steady.tobytes(), -100, FADE_OUT), np.int16)
    assert (faded[:100] == 10_000).all()
    assert np.diff(faded.astype(int)).min() > -600
    assert not faded[100 + 960 :].any()


def test_a_fade_is_the_same_however_it_is_cut_into_blocks() -> None:
    source = speech(0.06)
    whole = fade(source.tobytes(), 0, FADE_IN)
    assert fade(source[:701].tobytes(), 0, FADE_IN) + fade(source[701:].tobytes(), 701, FADE_IN) == whole
