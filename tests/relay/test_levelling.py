"""Live levelling: how loud it becomes, how fast, and that no peak gets through."""

from __future__ import annotations

import math

import numpy as np
import pytest

from audio_library.loudness import CEILING_DB, TARGET_LUFS
from broadcast_server.relay.levelling import FRAME_SAMPLES, LOUDEST_GAIN_DB, Levelling, Limiter, Pair, Rider

RATE = 48_000


def power_of(lufs: float) -> float:
    return 10 ** ((lufs + 0.691) / 10)


def ridden(rider: Rider, lufs: float, seconds: float) -> float:
    """The gain after so long a sound of this loudness."""
    return [rider.hear(power_of(lufs)) for _ in range(round(seconds * 50))][-1]


@pytest.mark.parametrize("lufs", [-40.0, -35.0, -23.0, -16.0, -5.0])
def test_the_gain_is_found_within_the_first_second(lufs: float) -> None:
    assert ridden(Rider(), lufs, 1.0) == pytest.approx(TARGET_LUFS - lufs, abs=0.1)


def test_a_pause_is_not_turned_up() -> None:
    rider = Rider()
    gain = ridden(rider, -20, 10)
    assert ridden(rider, -50, 60) == pytest.approx(gain, abs=0.5)
    assert ridden(rider, -90, 60) == pytest.approx(gain, abs=0.5)


def test_silence_alone_is_left_as_it_is_and_the_gain_has_a_bound() -> None:
    assert ridden(Rider(), -90, 30) == 0.0
    assert ridden(Rider(), -54, 30) == LOUDEST_GAIN_DB


def test_later_the_hand_is_slow_and_slower_upwards() -> None:
    rider = Rider()
    begin = ridden(rider, -20, 10)
    assert begin - ridden(rider, -12, 1.0) < 6.5
    assert ridden(rider, -12, 60) == pytest.approx(TARGET_LUFS + 12, abs=0.3)
    low = rider.gain_db
    assert ridden(rider, -20, 2.0) - low < 3.1
    assert ridden(rider, -20, 90) == pytest.approx(TARGET_LUFS + 20, abs=0.3)


def true_peak_db(sound: np.ndarray) -> float:
    """By a Fourier transform at eight times the rate: another way than the limiter's own."""
    spectrum = np.fft.rfft(sound)
    padded = np.zeros(len(sound) * 4 + 1, complex)
    padded[: len(spectrum)] = spectrum
    return 20 * math.log10(np.abs(np.fft.irfft(padded) * 8).max())


def limited(sound: np.ndarray) -> np.ndarray:
    limiter = Limiter()
    frames = [limiter.pass_on(sound[at : at + FRAME_SAMPLES])[0] for at in range(0, len(sound), FRAME_SAMPLES)]
    return np.concatenate(frames[1:])


def noise() -> np.ndarray:
    """As far up as a stream of 128 kbit/s goes."""
    spectrum = np.fft.rfft(np.random.default_rng(1).normal(0, 0.3, RATE))
    spectrum[17_000:] = 0
    return np.fft.irfft(spectrum)


@pytest.mark.parametrize("gain", [1.0, 4.0, 30.0])
def test_no_true_peak_gets_through(gain: float) -> None:
    at = np.arange(RATE) / RATE
    bursts = np.sin(2 * np.pi * 11_990 * at + 0.7) * (np.sin(2 * np.pi * 3 * at) > 0.3)
    rumble = np.sin(2 * np.pi * 200 * at) * (np.sin(2 * np.pi * 7 * at) > 0.9)
    for sound in (bursts, rumble, noise()):
        assert true_peak_db(limited(sound * gain)) <= CEILING_DB + 0.2


def test_what_is_below_the_ceiling_goes_through_as_it_is_a_frame_later() -> None:
    sound = 0.5 * np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE)
    assert limited(sound) == pytest.approx(sound[:-FRAME_SAMPLES])


def test_what_is_no_number_becomes_silence() -> None:
    data = np.full(FRAME_SAMPLES * 2, np.nan, "<f4").tobytes()
    levelling = Levelling()
    assert levelling.turn(Pair(data)) == levelling.turn(Pair(data)) == bytes(FRAME_SAMPLES * 2)
    assert Pair(data).level_db == -120.0
