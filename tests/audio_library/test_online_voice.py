"""What the online voice said once is not asked for again, and what ails it is somebody else's turn."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from audio_library.speech import Espeak, GoogleVoice, SpeechFailed, google
from tests.audio_library.recordings import convert

SENTENCE = "Kính mời bà con đến nhà văn hóa thôn."


class Internet:
    """Answers in place of gTTS, so many times not."""

    def __init__(self, mp3: bytes) -> None:
        self._mp3 = mp3
        self.asked: list[str] = []
        self.fails = 0

    async def __call__(
        self, argv: Sequence[str], text: str, timeout_s: float, environment: Mapping[str, str] | None = None
    ) -> bytes:
        self.asked.append(text)
        if self.fails:
            self.fails -= 1
            raise SpeechFailed("429 (Too Many Requests)")
        return self._mp3


@pytest.fixture
async def internet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Internet:
    spoken = await Espeak().speak(SENTENCE, "vi", tmp_path / "espeak.wav")
    there = Internet(convert(spoken.file, tmp_path / "said.mp3").read_bytes())
    monkeypatch.setattr(google, "run_tool", there)
    monkeypatch.setattr(google, "PAUSE_S", 0.0)
    return there


async def test_what_was_said_once_is_said_again_without_asking(internet: Internet, tmp_path: Path) -> None:
    voice, kept = GoogleVoice(folder=tmp_path / "kept"), tmp_path / "kept"
    first = await voice.speak(SENTENCE, "vi", tmp_path / "1.wav")
    internet.fails = 9
    again = await GoogleVoice(folder=kept).speak(SENTENCE, "vi", tmp_path / "2.wav")
    assert first.file.read_bytes() == again.file.read_bytes()
    assert (again.engine, internet.asked) == ("gtts", [SENTENCE])
    with pytest.raises(SpeechFailed):
        await voice.speak(f"{SENTENCE} Hết.", "vi", tmp_path / "3.wav")


async def test_what_was_kept_and_is_damaged_is_asked_for_anew(internet: Internet, tmp_path: Path) -> None:
    voice = GoogleVoice(folder=tmp_path / "kept")
    await voice.speak(SENTENCE, "vi", tmp_path / "1.wav")
    (file,) = (tmp_path / "kept").iterdir()
    good = file.read_bytes()
    file.write_bytes(b"\0" * 5_000)
    await voice.speak(SENTENCE, "vi", tmp_path / "2.wav")
    assert len(internet.asked) == 2
    assert file.read_bytes() == good


async def test_a_folder_that_cannot_be_written_costs_nothing_but_the_keeping(
    internet: Internet, tmp_path: Path
) -> None:
    (tmp_path / "kept").write_text("a file where the folder should be")
    voice = GoogleVoice(folder=tmp_path / "kept")
    for number in range(2):
        assert (await voice.speak(SENTENCE, "vi", tmp_path / f"{number}.wav")).duration_us > 1_000_000
    assert len(internet.asked) == 2


async def test_no_more_is_kept_than_may_be_and_the_longest_unasked_goes_first(
    internet: Internet, tmp_path: Path
) -> None:
    texts = [f"{SENTENCE} {word}." for word in ("Một", "Hai", "Ba")]
    await GoogleVoice(folder=tmp_path / "measured").speak(texts[0], "vi", tmp_path / "0.wav")
    (one,) = (tmp_path / "measured").iterdir()
    voice = GoogleVoice(folder=tmp_path / "kept", most_bytes=one.stat().st_size * 2)
    for text in (texts[0], texts[1], texts[0], texts[2]):
        await voice.speak(text, "vi", tmp_path / "said.wav")
        await asyncio.sleep(0.02)  # files bear their time in steps of some milliseconds
    asked = len(internet.asked)
    assert len(list((tmp_path / "kept").iterdir())) == 2
    for text in (texts[0], texts[2]):
        await voice.speak(text, "vi", tmp_path / "said.wav")
    assert len(internet.asked) == asked
    await voice.speak(texts[1], "vi", tmp_path / "said.wav")
    assert len(internet.asked) == asked + 1


@pytest.mark.parametrize(("fails", "timeout_s", "asked"), [(1, 10, 2), (2, 10, 2), (1, 1, 1)])
async def test_it_is_asked_twice_if_there_is_time(
    internet: Internet, tmp_path: Path, fails: int, timeout_s: float, asked: int
) -> None:
    internet.fails = fails
    voice, file = GoogleVoice(timeout_s, tmp_path / "kept"), tmp_path / "said.wav"
    if fails < asked:
        assert (await voice.speak(SENTENCE, "vi", file)).duration_us > 1_000_000
    else:
        with pytest.raises(SpeechFailed):
            await voice.speak(SENTENCE, "vi", file)
        assert not file.exists()
        assert not (tmp_path / "kept").exists()
    assert len(internet.asked) == asked
