"""Long texts are said sentence by sentence, by one voice, with room between them and no click."""

from __future__ import annotations

import asyncio
import errno
import os
import time
import wave
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio_library.speech import OWN_PACE, Espeak, Pace, SpeechFailed, Spoken, Voice
from audio_library.speech.length import PAUSE_S, sentences
from audio_library.speech.port import TookTooLong
from audio_library.speech.recording import wav
from audio_library.speech.sentences import AT_ONCE, Unhurried

RATE = 22_050
TEXT = "Kính mời bà con đến họp. Thời gian: tối nay. Bảy giờ tối! Xin nhắc lại một lần…"


class Humming:
    """An engine whose sentences are tones between silences; some fail."""

    name = "humming"

    def __init__(
        self, fails: str = "", rates: dict[str, int] | None = None, alone: bool = False, full: bool = False
    ) -> None:
        self._fails, self._rates, self._alone, self._full = fails, rates or {}, alone, full
        self.said: list[str] = []
        self.at_once = self.most_at_once = 0

    def can(self, voice: Voice, pace: Pace = OWN_PACE) -> bool:
        return voice == "vi"

    async def speak(self, text: str, voice: Voice, file: Path, pace: Pace = OWN_PACE) -> Spoken:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0.01)
        self.at_once -= 1
        self.said.append(text)
        if self._full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        if self._fails and (self._fails == text if self._alone else self._fails in text):
            raise SpeechFailed(f"not {text}")
        rate = self._rates.get(text, RATE)
        tone = 8_000 * np.sin(np.arange(rate) / rate * 2 * np.pi * 440)
        quiet = np.zeros(rate // 3)
        Path.write_bytes(file, wav(np.concatenate([quiet, tone, quiet]).astype("<i2").tobytes(), rate))
        return Spoken(file, self.name, voice, 0)


def left(folder: Path) -> list[str]:
    return [file.name for file in folder.iterdir()]


def samples(file: Path) -> np.ndarray[tuple[int, ...], np.dtype[np.int32]]:
    with wave.open(str(file)) as sound:
        assert (sound.getframerate(), sound.getnchannels()) == (RATE, 1)
        return np.frombuffer(sound.readframes(sound.getnframes()), "<i2").astype(np.int32)


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        (TEXT, ["Kính mời bà con đến họp.", "Thời gian: tối nay.", "Bảy giờ tối!", "Xin nhắc lại một lần…"]),
        ("một câu", ["một câu"]),
        ("Có. Không. Xin mời bà con. Hết.", ["Có. Không. Xin mời bà con. Hết."]),
        ("Có. Xin mời bà con ra họp. Hết giờ.", ["Có. Xin mời bà con ra họp. Hết giờ."]),
        ("Bà con thôn một. " * 2, ["Bà con thôn một."] * 2),
        ("", []),
        ("...", ["..."]),
    ],
)
def test_a_text_is_cut_where_a_sentence_ends(text: str, pieces: list[str]) -> None:
    assert sentences(text) == pieces


@given(st.text(alphabet="ab .!?…;:\n", max_size=80))
def test_nothing_is_lost_between_sentences(text: str) -> None:
    assert "".join("".join(sentences(text)).split()) == "".join(text.split())


async def test_between_sentences_is_room_and_no_click(tmp_path: Path) -> None:
    engine = Humming()
    spoken = await Unhurried(engine).speak(TEXT, "vi", tmp_path / "said.wav")
    assert sorted(engine.said) == sorted(sentences(TEXT))
    assert engine.most_at_once == AT_ONCE
    assert spoken.engine == "humming"
    heard = samples(spoken.file)
    loud = np.flatnonzero(np.abs(heard) > 330)
    gaps = np.diff(loud)
    pauses = gaps[gaps > RATE // 10] / RATE
    assert len(pauses) == 3
    assert np.all(np.abs(pauses - PAUSE_S) < 0.1)
    steepest = 8_000 * 2 * np.pi * 440 / RATE
    assert np.abs(np.diff(heard)).max() < 1.1 * steepest, "it is faded in and out"


async def test_one_sentence_that_fails_fails_the_whole_so_that_there_are_never_two_voices(tmp_path: Path) -> None:
    with pytest.raises(SpeechFailed, match=r"not .*Bảy giờ tối!"):
        await Unhurried(Humming(fails="Bảy")).speak(TEXT, "vi", tmp_path / "said.wav")
    assert left(tmp_path) == []


async def test_what_it_cannot_say_alone_it_says_among_the_others(tmp_path: Path) -> None:
    engine = Humming(fails="Bảy giờ tối!", alone=True)
    spoken = await Unhurried(engine).speak(TEXT, "vi", tmp_path / "said.wav")
    assert engine.said[-1] == TEXT
    assert left(tmp_path) == [spoken.file.name]


async def test_an_engine_that_hangs_is_waited_for_once(tmp_path: Path) -> None:
    """Not for each sentence, and not for the whole once more: another voice is to be asked soon."""
    program = tmp_path / "hangs"
    program.write_text("#!/bin/sh\nexec sleep 30\n")
    Path.chmod(program, 0o755)
    began = time.monotonic()
    with pytest.raises(TookTooLong):
        await Unhurried(Espeak(str(program), timeout_s=1)).speak(TEXT * 9, "vi", tmp_path / "said.wav")
    assert time.monotonic() - began < 4


async def test_a_full_disk_is_told_as_a_full_disk(tmp_path: Path) -> None:
    """Whoever waits for an OSError must get one, not a group of them: it took the server down."""
    with pytest.raises(OSError, match="No space left"):
        await Unhurried(Humming(full=True)).speak(TEXT, "vi", tmp_path / "said.wav")


async def test_sentences_of_different_kinds_are_not_joined(tmp_path: Path) -> None:
    with pytest.raises(SpeechFailed, match="Hz"):
        await Unhurried(Humming(rates={"Bảy giờ tối!": 16_000})).speak(TEXT, "vi", tmp_path / "said.wav")
    assert left(tmp_path) == []


async def test_the_offline_voice_takes_its_time(tmp_path: Path) -> None:
    hurried = await Espeak().speak(TEXT, "vi", tmp_path / "1.wav")
    unhurried = await Unhurried(Espeak()).speak(TEXT, "vi", tmp_path / "2.wav")
    assert 300_000 < unhurried.duration_us - hurried.duration_us < 3_000_000
