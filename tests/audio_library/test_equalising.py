"""What a voice said has more of what a horn gives, and what cannot be equalised is said all the same."""

from __future__ import annotations

import shutil
import wave
from pathlib import Path

import numpy as np
import pytest

from audio_library.content import FolderStore
from audio_library.intake import take_in
from audio_library.speech.equalising import equalise
from audio_library.speech.recording import wav
from tests.audio_library.recordings import heard, meter


def spectrum_db(samples: np.ndarray[tuple[int, ...], np.dtype[np.float64]], low_hz: int, high_hz: int) -> float:
    """Power of a band at 48 kHz."""
    power = np.abs(np.fft.rfft(samples)) ** 2
    hertz = np.fft.rfftfreq(len(samples), 1 / 48_000)
    return float(10 * np.log10(power[(hertz >= low_hz) & (hertz < high_hz)].sum()))


def test_at_the_same_loudness_there_is_more_of_what_a_horn_gives(
    voice: Path, store: FolderStore, tmp_path: Path
) -> None:
    said = shutil.copy(voice, tmp_path / "said.wav")
    equalise(said)
    plain, clear = (store.path(take_in(file, store, "speech").content) for file in (voice, said))
    loudness, peak = meter(clear)
    assert abs(loudness + 16) < 1
    assert peak <= -1.5
    difference_lu = meter(plain)[0] - loudness
    before, after = (np.array(heard(file), dtype=float) for file in (plain, clear))
    gained = [
        spectrum_db(after, *band) - spectrum_db(before, *band) + difference_lu
        for band in ((0, 200), (1_000, 4_000), (300, 6_000))
    ]
    assert gained[0] < -4
    assert gained[1] > 0.8
    assert gained[2] > 0


def test_it_lasts_as_long_and_a_loud_voice_is_not_clipped(tmp_path: Path) -> None:
    loud = tmp_path / "loud.wav"
    tone = np.sin(np.arange(48_000) / 48_000 * 2 * np.pi * 2_800) * 32_000
    with wave.open(str(loud), "wb") as file:
        file.setparams((1, 2, 48_000, 0, "NONE", ""))
        file.writeframes(tone.astype("<i2").tobytes())
    equalise(loud)
    with wave.open(str(loud)) as sound:
        assert (sound.getframerate(), sound.getnchannels(), sound.getnframes()) == (48_000, 1, 48_000)
        assert np.abs(np.frombuffer(sound.readframes(48_000), "<i2")).max() < 32_000


def test_what_cannot_be_equalised_stays_as_it_is_and_that_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"RIFF")
    equalise(broken)
    assert broken.read_bytes() == b"RIFF"
    assert "not equalised" in caplog.text
    assert [file.name for file in tmp_path.iterdir()] == [broken.name]


def test_a_filter_that_ends_too_early_takes_nothing_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    said = tmp_path / "said.wav"
    said.write_bytes(wav(bytes(2 * 48_000), 48_000))
    short = [
        "ffmpeg",
        "-v",
        "error",
        "-f",
        "lavfi",
        "-i",
        "sine=duration=0.5:sample_rate=48000",
        "-f",
        "s16le",
        "pipe:1",
    ]
    monkeypatch.setattr("audio_library.ffmpeg.equalised_argv", lambda _: short)
    equalise(said)
    assert said.read_bytes() == wav(bytes(2 * 48_000), 48_000)
    assert "of 48000 samples" in caplog.text
