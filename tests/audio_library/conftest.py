"""Real recordings made on the spot: a voice from espeak-ng, a tune of our own, and what phones make of them."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from audio_library import chimes
from audio_library.content import FolderStore
from tests.audio_library.recordings import convert, speak


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for sources that all tests share."""
    return tmp_path_factory.mktemp("shelf")


@pytest.fixture(scope="session")
def voice(shelf: Path) -> Path:
    """Four seconds of Vietnamese with a second of silence before and after, WAV."""
    dry = speak("Kính mời bà con thôn một ra nhà văn hóa họp lúc bảy giờ tối nay.", shelf / "dry.wav")
    pad = ["-af", "aresample=44100,adelay=1000,apad=pad_dur=1", "-c:a", "pcm_s16le"]
    return convert(dry, shelf / "voice.wav", *pad)


@pytest.fixture(scope="session")
def tune(shelf: Path) -> Path:
    """The station's signature tune, WAV."""
    file = shelf / "tune.wav"
    chimes.write(chimes.signature_tune(), file)
    return file


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "store")


@pytest.fixture
def recorded(voice: Path, tmp_path: Path) -> Callable[..., Path]:
    """The voice as another device would have delivered it: a name and ffmpeg's words for it."""

    def record(name: str, *words: str) -> Path:
        return convert(voice, tmp_path / name, *words)

    return record


@pytest.fixture(scope="session")
def cover(shelf: Path) -> Path:
    """A picture of 3,000 x 3,000 points."""
    file = shelf / "cover.png"
    make = ["ffmpeg", "-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i", "testsrc=size=3000x3000", "-frames:v", "1"]
    subprocess.run([*make, str(file)], check=True, timeout=60)
    return file
