"""Piper, by a stand-in that takes its command line: a voice file is the station's to supply."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest

from audio_library.speech import Choice, Espeak, FirstThatSpeaks, Piper, SpeechFailed
from audio_library.speech.piper import piper_program

SENTENCE = "Kính mời bà con đến nhà văn hóa thôn. Xin nhắc lại lần nữa."
STAND_IN = """#!{python} -S
import argparse, subprocess, sys
line = argparse.ArgumentParser()
line.add_argument("-m", "--model", required=True)
line.add_argument("-f", "--output_file", required=True)
line.add_argument("--length_scale", type=float, default=1.0)
said = line.parse_args()
open(said.model).read()
speed = str(round(150 / said.length_scale))
words = ["espeak-ng", "-v", "vi", "-a", "70", "-s", speed, "--stdin", "-w", said.output_file]
sys.exit(subprocess.run(words, input=sys.stdin.buffer.read()).returncode)
"""


def stand_in(folder: Path) -> Path:
    """The folder, with a `piper` in it."""
    folder.mkdir()
    made = folder / "piper"
    made.write_text(STAND_IN.format(python=sys.executable))
    made.chmod(made.stat().st_mode | stat.S_IXUSR)
    return folder


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A voice file, and a `piper` on the path alone."""
    folder = stand_in(tmp_path / "bin")
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.setattr("audio_library.speech.piper.HERE", tmp_path)
    voice = tmp_path / "-odd name.onnx"
    voice.write_text("a voice")
    return voice


async def test_it_speaks_its_own_region_at_every_pace(model: Path, tmp_path: Path) -> None:
    piper = Piper(model)
    assert [piper.can(voice) for voice in ("vi", "vi-vn-x-south")] == [True, False]
    slow = await piper.speak(SENTENCE, "vi", tmp_path / "slow.wav", 90)
    fast = await piper.speak(SENTENCE, "vi", tmp_path / "fast.wav", 110)
    assert slow.engine == "piper"
    assert 1.1 < slow.duration_us / fast.duration_us < 1.4


async def test_it_comes_before_the_robot_and_the_robot_where_it_cannot(model: Path, tmp_path: Path) -> None:
    voices = FirstThatSpeaks.standard(Choice(("piper", "espeak-ng"), piper_voice=model))
    assert (await voices.speak(SENTENCE, "vi", tmp_path / "1.wav")).engine == "piper"
    assert (await voices.speak(SENTENCE, "vi-vn-x-south", tmp_path / "2.wav")).engine == "espeak-ng"
    Path.unlink(model)
    assert (await voices.speak(SENTENCE, "vi", tmp_path / "3.wav")).engine == "espeak-ng"


async def test_the_extra_speaks_though_the_path_of_a_service_does_not_lead_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = stand_in(tmp_path / "venv")
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.setattr("audio_library.speech.piper.HERE", folder)
    assert piper_program() == str(folder / "piper")
    voice = tmp_path / "vi.onnx"
    voice.write_text("a voice")
    assert (await Piper(voice).speak(SENTENCE, "vi", tmp_path / "said.wav")).engine == "piper"


async def test_without_the_program_it_did_not_speak(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.setattr("audio_library.speech.piper.HERE", tmp_path)
    with pytest.raises(SpeechFailed):
        await Piper(tmp_path / "voice.onnx").speak(SENTENCE, "vi", tmp_path / "said.wav")
    assert (await Espeak().speak(SENTENCE, "vi", tmp_path / "said.wav")).duration_us > 1_000_000
