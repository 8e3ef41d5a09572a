"""Text is spoken by whichever voice is there, and never half."""

from __future__ import annotations

import asyncio
import audioop
import socket
import stat
import time
import unicodedata
import wave
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audio_library.announcement import Announcement, compose
from audio_library.content import FolderStore
from audio_library.intake import take_in
from audio_library.refusal import Refusal
from audio_library.speech import (
    OWN_PACE,
    VOICES,
    Choice,
    Espeak,
    FirstThatSpeaks,
    GoogleVoice,
    Pace,
    SpeechFailed,
    Spoken,
    Voice,
    speakable,
)
from audio_library.speech.pitch import RATE, pitch_hz
from audio_library.speech.recording import wav

SENTENCE = "Kính mời bà con đến nhà văn hóa thôn."


def program(folder: Path, body: str) -> str:
    """A voice engine that does what it should not."""
    file = folder / "engine"
    file.write_text(f"#!/bin/sh\n{body}\n")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
    return str(file)


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


@pytest.mark.parametrize("voice", VOICES)
async def test_the_offline_voice_speaks_in_three_regions(voice: Voice, tmp_path: Path) -> None:
    spoken = await FirstThatSpeaks.standard().speak(SENTENCE, voice, tmp_path / "said.wav")
    with wave.open(str(spoken.file)) as sound:
        seconds = sound.getnframes() / sound.getframerate()
        peak = max(abs(value) for value in memoryview(sound.readframes(sound.getnframes())).cast("h"))
    assert spoken.engine == "espeak-ng"
    assert spoken.duration_us == pytest.approx(seconds * 1_000_000, abs=2)
    assert 1 < seconds < 6
    assert 3_000 < peak < 32_767, "loud enough and not clipped"


async def test_it_speaks_lower_and_higher(tmp_path: Path) -> None:
    heard = []
    for pitch in (30, 50, 70):
        said = tmp_path / f"{pitch}.wav"
        await FirstThatSpeaks.standard(Choice(espeak_pitch=pitch)).speak(SENTENCE, "vi", said)
        with wave.open(str(said)) as sound:
            pcm, rate = sound.readframes(sound.getnframes()), sound.getframerate()
        heard.append(pitch_hz(audioop.ratecv(pcm, 2, 1, rate, RATE, None)[0]) or 0)
    assert heard == sorted(heard)
    assert heard[-1] > 1.2 * heard[0]


async def test_it_speaks_slower_and_faster(tmp_path: Path) -> None:
    voices = FirstThatSpeaks.standard(Choice(("gtts", "espeak-ng")))
    slow = await voices.speak(SENTENCE, "vi", tmp_path / "slow.wav", 90)
    fast = await voices.speak(SENTENCE, "vi", tmp_path / "fast.wav", 110)
    assert (slow.engine, fast.engine) == ("espeak-ng", "espeak-ng"), "the online voice has one pace"
    assert 1.1 < slow.duration_us / fast.duration_us < 1.4


@pytest.mark.parametrize(
    "body",
    [
        "exit 1",
        "cat >/dev/null",
        "sleep 1000",
        "trap '' TERM; sleep 1000",
        'for last; do :; done; : > "$last"',
        "kill -9 $$",
    ],
)
async def test_a_broken_engine_gives_way_to_the_next(body: str, tmp_path: Path) -> None:
    broken = Espeak(program(tmp_path, body), timeout_s=1)
    started = time.monotonic()
    spoken = await FirstThatSpeaks([broken, Espeak()]).speak(SENTENCE, "vi", tmp_path / "said.wav")
    assert spoken.duration_us > 1_000_000
    assert time.monotonic() - started < 10


async def test_a_silent_engine_did_not_speak(tmp_path: Path) -> None:
    mute = tmp_path / "mute.wav"
    with wave.open(str(mute), "wb") as sound:
        sound.setparams((1, 2, 22_050, 0, "NONE", ""))
        sound.writeframes(bytes(200_000))
    engine = Espeak(program(tmp_path, f'for last; do :; done; cp {mute} "$last"'))
    with pytest.raises(SpeechFailed, match="silence"):
        await engine.speak(SENTENCE, "vi", tmp_path / "said.wav")
    assert not (tmp_path / "said.wav").exists()


async def test_a_sound_without_a_rate_is_no_speech(tmp_path: Path) -> None:
    timeless = tmp_path / "timeless.wav"
    data = bytearray(wav(b"\x10\x20" * 100_000, 22_050))
    data[24:28] = bytes(4)
    timeless.write_bytes(data)
    engine = Espeak(program(tmp_path, f'for last; do :; done; cp {timeless} "$last"'))
    with pytest.raises(SpeechFailed, match="no WAV"):
        await engine.speak(SENTENCE, "vi", tmp_path / "said.wav")


async def test_when_nobody_speaks_it_is_said_in_plain_words(tmp_path: Path) -> None:
    nobody = FirstThatSpeaks([Espeak("/nowhere/espeak")])
    with pytest.raises(Refusal) as refused:
        await nobody.speak(SENTENCE, "vi", tmp_path / "said.wav")
    assert refused.value.code == "speech_unavailable"
    assert names(tmp_path) == []


async def test_the_online_voice_without_a_network_fails_in_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    async with asyncio.timeout(20):
        with pytest.raises(SpeechFailed):
            await GoogleVoice().speak(SENTENCE, "vi", tmp_path / "said.wav")
    assert names(tmp_path) == []


async def test_an_internet_that_never_answers_is_given_up_in_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{deaf.getsockname()[1]}")
        for name in ("no_proxy", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
        began = time.monotonic()
        with pytest.raises(SpeechFailed, match=r"longer than|Timeout|timed out|exit"):
            await GoogleVoice(timeout_s=4).speak(SENTENCE, "vi", tmp_path / "said.wav")
        assert time.monotonic() - began < 8
    assert names(tmp_path) == []


def test_the_online_voice_has_only_the_north() -> None:
    assert [voice for voice in VOICES if GoogleVoice().can(voice)] == ["vi"]


@given(st.text(max_size=300).map(lambda text: f"{text}thôn"))
@settings(max_examples=100, deadline=None)
def test_what_is_spoken_holds_nothing_but_plain_characters(text: str) -> None:
    cleaned = speakable(text)
    assert unicodedata.is_normalized("NFC", cleaned)
    assert not {unicodedata.category(char) for char in cleaned} & {"Cc", "Cf", "Cs"}
    assert "[[" not in cleaned
    assert cleaned == " ".join(cleaned.split())


class Listening:
    """An engine that only notes what it is given to say."""

    name = "listening"

    def __init__(self) -> None:
        self.heard: list[str] = []

    def can(self, voice: Voice, pace: Pace = OWN_PACE) -> bool:
        return True

    async def speak(self, text: str, voice: Voice, file: Path, pace: Pace = OWN_PACE) -> Spoken:
        self.heard.append(text)
        return Spoken(file, self.name, voice, 0)


async def test_an_engine_is_given_what_an_announcer_would_say(tmp_path: Path) -> None:
    engine = Listening()
    voices = FirstThatSpeaks([engine])
    for voice in VOICES:
        await voices.speak("UBND xã có 1.005 hộ:\n- 7h30 họp", voice, tmp_path / "said.wav")
    north = "ủy ban nhân dân xã có một nghìn không trăm linh năm hộ: bảy giờ ba mươi phút họp"
    assert engine.heard == [north, north, north.replace("nghìn", "ngàn").replace("linh", "lẻ")]


@pytest.mark.parametrize("text", ["", "!!!", "2\n-"])
async def test_where_there_is_nothing_to_say_no_engine_is_asked(text: str, tmp_path: Path) -> None:
    engine = Listening()
    with pytest.raises(Refusal) as refused:
        await FirstThatSpeaks([engine]).speak(text, "vi", tmp_path / "said.wav")
    assert (refused.value.code, engine.heard) == ("text_empty", [])


def test_lines_are_kept_for_a_reader() -> None:
    text = "  Thành phần:\r\n\r\n - Bí  thư\u2028- Trưởng thôn\n"
    assert speakable(text, lines=True) == "Thành phần:\n- Bí thư\n- Trưởng thôn"
    assert speakable(text) == "Thành phần: - Bí thư - Trưởng thôn"


def test_text_has_a_limit() -> None:
    assert len(speakable("a" * 2_000)) == 2_000
    with pytest.raises(Refusal) as refused:
        speakable("a" * 2_001)
    assert refused.value.code == "text_too_long"


@pytest.mark.parametrize("text", ["", " \n", "\u200b\u202e", "!!! ...", "\x00"])
def test_empty_text_is_refused(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        speakable(text)
    assert refused.value.code == "text_empty"


@pytest.mark.parametrize(
    "text", ["-w /etc/x", "--help", "$(touch x)", "`touch x`", "<speak><audio src='http://x'/></speak>", "[[h@l'oU]]"]
)
async def test_commands_in_the_text_are_only_words(text: str, tmp_path: Path) -> None:
    spoken = await FirstThatSpeaks.standard().speak(f"{text} thôn", "vi", tmp_path / "said.wav")
    assert names(tmp_path) == ["said.wav"]
    assert spoken.duration_us > 300_000


async def test_an_announcement_is_chime_speech_twice_and_closing(tmp_path: Path, store: FolderStore) -> None:
    spoken = await Espeak().speak(SENTENCE, "vi", tmp_path / "said.wav")
    whole = compose(Announcement(spoken.file), tmp_path / "whole.wav")
    bare = compose(Announcement(spoken.file, times=1, with_chime=False, with_closing=False), tmp_path / "bare.wav")
    assert bare - spoken.duration_us < 1_300_000
    assert whole > 2 * spoken.duration_us + 2 * 1_200_000 + 3_000_000
    intake = take_in(tmp_path / "whole.wav", store)
    assert intake.kind == "speech"
    assert intake.duration_us > whole - 2_500_000
