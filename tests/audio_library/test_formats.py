"""Whatever a phone or recorder makes becomes the same kind of content."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from audio_library import transcoding
from audio_library.content import FolderStore
from audio_library.intake import take_in
from audio_library.loudness import Level, Setting
from audio_library.measuring import Measured
from audio_library.refusal import Refusal
from audio_library.sound import Intake, Kind
from audio_library.transcoding import Coding
from tests.audio_library.recordings import amr, clicks, convert, describe, heard, lavfi, meter, residue

FORMATS = {
    "iphone.m4a": ("-c:a", "aac", "-b:a", "64k"),
    "fast-start.m4a": ("-c:a", "aac", "-b:a", "64k", "-movflags", "+faststart"),
    "lossless.m4a": ("-c:a", "alac"),
    "aac.3gp": ("-c:a", "aac", "-ar", "16000", "-ac", "1", "-b:a", "32k"),
    "browser.webm": ("-c:a", "libopus", "-b:a", "32k"),
    "voice.ogg": ("-c:a", "libvorbis"),
    "chat.opus": ("-c:a", "libopus", "-b:a", "24k"),
    "cbr.mp3": ("-c:a", "libmp3lame", "-b:a", "96k"),
    "bare.mp3": ("-c:a", "libmp3lame", "-b:a", "96k", "-write_xing", "0", "-id3v2_version", "0"),
    "vbr.mp3": ("-c:a", "libmp3lame", "-q:a", "5"),
    "stream.aac": ("-c:a", "aac", "-f", "adts"),
    "recorder.wav": ("-c:a", "pcm_s24le", "-ac", "2"),
    "float.wav": ("-c:a", "pcm_f32le"),
    "archive.flac": ("-c:a", "flac"),
}


def assert_house_standard(intake: Intake, store: FolderStore) -> None:
    file = store.path(intake.content)
    loudness, peak = meter(file)
    assert describe(file) == "opus,48000,1"
    assert abs(loudness + 16) <= 1
    assert peak <= -1.5
    assert intake.loudness_lufs == pytest.approx(loudness, abs=0.11)
    assert intake.true_peak_dbtp == pytest.approx(peak, abs=0.11)
    assert intake.duration_us == len(heard(file)) * 1_000_000 // 48_000
    assert len(intake.peaks) == 1_000
    assert 100 < max(intake.peaks) <= 255


@pytest.mark.parametrize("name", FORMATS)
def test_every_recording_comes_to_the_house_standard(
    name: str, recorded: Callable[..., Path], store: FolderStore, voice: Path
) -> None:
    upload = recorded(name, *FORMATS[name])
    intake = take_in(upload, store)
    assert_house_standard(intake, store)
    assert intake.kind == "speech"
    assert store.path(intake.original).read_bytes() == upload.read_bytes()
    assert intake.size == store.path(intake.content).stat().st_size
    assert residue(store) == []


def test_a_sound_that_no_attempt_gets_right_is_told_with_the_gain_that_it_has(
    store: FolderStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encode, used = transcoding._encode, list[float]()

    def noted(measured: Measured, coding: Coding, setting: Setting, *rest: Any) -> Level:
        used.append(setting.gain_db)
        return encode(measured, coding, setting, *rest)

    monkeypatch.setattr(transcoding, "_encode", noted)
    intake = take_in(clicks(tmp_path / "clicks.wav"), store)
    assert (len(used), intake.gain_db) == (transcoding.ATTEMPTS, used[-1])


@pytest.mark.parametrize("name", ["old-phone.amr", "old-phone.3gp"])
def test_old_phones_record_adaptive_multi_rate(name: str, store: FolderStore, tmp_path: Path) -> None:
    spoken = amr(tmp_path / "spoken.amr", seconds=4)
    upload = spoken if name.endswith("amr") else convert(spoken, tmp_path / name, "-c:a", "copy")
    intake = take_in(upload, store)
    assert intake.source_format.endswith("/amr_nb")
    assert_house_standard(intake, store)


def test_cover_art_is_ignored(voice: Path, cover: Path, store: FolderStore, tmp_path: Path) -> None:
    words = ["-i", str(cover), "-map", "0:a", "-map", "1:v", "-c:a", "libmp3lame", "-q:a", "4", "-c:v", "copy"]
    upload = convert(voice, tmp_path / "album.mp3", *words, "-id3v2_version", "3", "-metadata", "title=Bản tin")
    intake = take_in(upload, store)
    assert_house_standard(intake, store)
    assert b"title" not in store.path(intake.content).read_bytes()


def test_silence_at_both_ends_is_trimmed_to_a_tenth_of_a_second(voice: Path, store: FolderStore) -> None:
    intake = take_in(voice, store)
    samples = heard(store.path(intake.content))
    first = next(at for at, value in enumerate(samples) if abs(value) > 600)
    last = next(at for at, value in enumerate(reversed(samples)) if abs(value) > 600)
    assert 800_000 <= intake.trimmed_start_us <= 1_000_000
    assert first < 0.2 * 48_000
    assert last < 0.3 * 48_000


def test_music_is_told_from_speech_and_gets_more_bits(tune: Path, voice: Path, store: FolderStore) -> None:
    music, speech = take_in(tune, store), take_in(voice, store)
    assert (music.kind, speech.kind) == ("music", "speech")
    assert music.size / music.duration_us > 1.4 * speech.size / speech.duration_us
    assert_house_standard(music, store)


def test_the_officer_may_say_what_kind_it_is(voice: Path, store: FolderStore) -> None:
    said = take_in(voice, store, kind="music")
    assert said.kind == "music"
    assert said.content != take_in(voice, store).content


def test_equal_uploads_are_one_content(voice: Path, tmp_path: Path) -> None:
    first, second = FolderStore(tmp_path / "first"), FolderStore(tmp_path / "second")
    again = tmp_path / "again.bin"
    again.write_bytes(voice.read_bytes())
    made = take_in(voice, first)
    assert take_in(again, first) == made
    assert take_in(again, second) == made, "even without the note, equal bytes give equal bytes"
    assert len(list(first)) == 2


def test_low_rumble_is_taken_out(store: FolderStore, voice: Path, tmp_path: Path) -> None:
    hum = "sine=f=40:d=5:r=44100,volume=12dB[h];[0:a][h]amix=normalize=0:duration=first"
    upload = convert(voice, tmp_path / "hum.wav", "-filter_complex", hum, "-ac", "1")
    intake = take_in(upload, store, kind="speech")
    after = rumble(store.path(intake.content), tmp_path) - intake.gain_db
    assert after < rumble(upload, tmp_path) - 12


@pytest.mark.parametrize(("hertz", "passes"), [(60, False), (300, True)])
def test_the_corner_is_where_a_horn_begins(hertz: int, passes: bool, store: FolderStore, tmp_path: Path) -> None:
    """120 Hz: an octave below it next to nothing is left beside a tone of the voice, an octave above it all of it."""
    both = f"aevalsrc='0.2*sin(2*PI*{hertz}*t)+0.2*sin(2*PI*1000*t)':s=48000:d=5"
    intake = take_in(lavfi(both, tmp_path / "tones.wav"), store, kind="music")
    pcm = np.array(heard(store.path(intake.content)), dtype=float)
    power = np.abs(np.fft.rfft(pcm[48_000:144_000]))  # two seconds: half a hertz a step
    left_db = 20 * np.log10(power[2 * hertz - 2 : 2 * hertz + 3].max() / power[1_998:2_003].max())
    assert (left_db > -2) if passes else (left_db < -10)


@pytest.mark.parametrize(("kind", "kbit_s"), [("speech", 24), ("music", 48)])
def test_speech_and_music_take_the_bits_that_they_are_given(
    kind: Kind, kbit_s: int, store: FolderStore, tmp_path: Path
) -> None:
    noisy = "anoisesrc=c=pink:d=20:a=0.3:s=7[n];sine=f=440:d=20[t];[n][t]amix"
    intake = take_in(lavfi(noisy, tmp_path / "band.wav"), store, kind=kind)
    assert intake.size * 8 / (intake.duration_us / 1_000) == pytest.approx(kbit_s, rel=0.2)


def test_the_loudness_before_is_what_a_meter_finds_in_the_upload(
    recorded: Callable[..., Path], store: FolderStore, tmp_path: Path
) -> None:
    upload = recorded("quiet.wav", "-af", "volume=-12dB", "-ac", "1", "-ar", "48000")
    plain = convert(upload, tmp_path / "plain.ogg", "-c:a", "libopus", "-b:a", "256k", "-application", "audio")
    assert take_in(upload, store).loudness_before_lufs == pytest.approx(meter(plain)[0], abs=1.0)


def rumble(file: Path, folder: Path) -> float:
    """Loudness below 50 Hz."""
    low = ["-af", "lowpass=f=50,lowpass=f=50", "-c:a", "libopus", "-b:a", "64k"]
    return meter(convert(file, folder / f"{file.stem}-low.ogg", *low))[0]


@pytest.mark.parametrize("gain", [-30, 0, 20])
def test_quiet_and_shouted_recordings_come_out_equally_loud(
    gain: int, recorded: Callable[..., Path], store: FolderStore
) -> None:
    upload = recorded("level.wav", "-af", f"volume={gain}dB")
    assert_house_standard(take_in(upload, store), store)


def test_progress_only_ever_grows(voice: Path, store: FolderStore) -> None:
    told: list[tuple[str, int]] = []
    take_in(voice, store, progress=lambda step, permille: told.append((step, permille)))
    assert [permille for _, permille in told] == sorted(permille for _, permille in told)
    assert list(dict.fromkeys(step for step, _ in told)) == [
        "receive", "probe", "measure", "transcode", "level", "peaks", "store",
    ]  # fmt: skip
    assert told[-1] == ("store", 1000)


def test_less_than_half_a_second_is_too_short(store: FolderStore, recorded: Callable[..., Path]) -> None:
    with pytest.raises(Refusal) as refused:
        take_in(recorded("blip.wav", "-ss", "1.5", "-t", "0.3"), store)
    assert refused.value.code == "too_short"
