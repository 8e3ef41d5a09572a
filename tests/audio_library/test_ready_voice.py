"""A voice that stands ready says what any other says, and whatever became of it while it waited costs no word."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections.abc import AsyncIterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from audio_library import standby
from audio_library.speech import Espeak, Pace, ReadyEspeak, SpeechFailed, Voice, tool
from tests.waiting import until

SENTENCE = "Kính mời bà con đến nhà văn hóa thôn."


def northern() -> Voice:
    return "vi"


@asynccontextmanager
async def standing(voice: ReadyEspeak) -> AsyncIterator[ReadyEspeak]:
    job = asyncio.create_task(voice.stand_ready())
    await so_that_one_waits(voice)
    yield voice
    job.cancel()
    await asyncio.wait([job])


async def so_that_one_waits(voice: ReadyEspeak) -> None:
    await until(lambda: voice._standby.ready)


def names(folder: Path) -> list[str]:
    return [file.name for file in folder.iterdir()]


def process_of(voice: ReadyEspeak) -> subprocess.Popen[bytes]:
    return voice._standby.ready[0].tool._process


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[tool.Tool]:
    """The programs that were started."""
    begun: list[tool.Tool] = []
    run = tool.Tool.start

    async def counted(argv: Sequence[str], environment: Mapping[str, str] | None = None) -> tool.Tool:
        begun.append(await run(argv, environment))
        return begun[-1]

    monkeypatch.setattr(tool.Tool, "start", counted)
    return begun


async def test_it_says_the_same_as_one_that_is_started_for_it(tmp_path: Path, started: list[tool.Tool]) -> None:
    alone = await Espeak().speak(SENTENCE, "vi", tmp_path / "alone.wav")
    async with standing(ReadyEspeak(northern)) as voice:
        before = len(started)
        spoken = await voice.speak(SENTENCE, "vi", tmp_path / "said.wav")
        assert len(started) == before, "nothing is started for it"
    assert spoken.file.read_bytes() == alone.file.read_bytes()


async def test_it_stands_there_in_the_voice_of_its_station(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standby, "REST_S", 0.0)
    accent: list[Voice] = ["vi-vn-x-south"]
    async with standing(ReadyEspeak(lambda: accent[0])) as voice:
        assert voice._standby.ready[0].voice == "vi-vn-x-south"
        accent[0] = "vi-vn-x-central"
        await voice.speak(SENTENCE, "vi-vn-x-south", tmp_path / "southern.wav")
        await so_that_one_waits(voice)
        assert voice._standby.ready[0].voice == "vi-vn-x-central"
        await voice.speak(SENTENCE, "vi-vn-x-central", tmp_path / "central.wav")
    said = {file.read_bytes() for file in (tmp_path / "southern.wav", tmp_path / "central.wav")}
    assert len(said) == 2


async def test_another_stands_there_soon_after(
    tmp_path: Path, started: list[tool.Tool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standby, "REST_S", 0.0)
    async with standing(ReadyEspeak(northern)) as voice:
        for number in range(3):
            await voice.speak(SENTENCE, "vi", tmp_path / f"{number}.wav")
            await so_that_one_waits(voice)
    assert len(started) == 4


async def test_two_texts_at_once_are_both_said(tmp_path: Path) -> None:
    async with standing(ReadyEspeak(northern)) as voice:
        both = await asyncio.gather(*(voice.speak(SENTENCE, "vi", tmp_path / f"{one}.wav") for one in range(2)))
    assert len({one.file.read_bytes() for one in both}) == 1


@pytest.mark.parametrize(("region", "pace"), [("vi-vn-x-south", 100), ("vi", 110)])
async def test_whoever_asks_for_another_manner_gets_it(tmp_path: Path, region: Voice, pace: Pace) -> None:
    alone = await Espeak().speak(SENTENCE, region, tmp_path / "alone.wav", pace)
    async with standing(ReadyEspeak(northern)) as voice:
        spoken = await voice.speak(SENTENCE, region, tmp_path / "said.wav", pace)
        assert voice._standby.ready, "who waits was not asked"
    assert spoken.file.read_bytes() == alone.file.read_bytes()


@pytest.mark.parametrize("noticed", [True, False])
async def test_one_that_died_while_it_waited_is_missed_by_nobody(
    tmp_path: Path, noticed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with standing(ReadyEspeak(northern)) as voice:
        process = process_of(voice)
        os.kill(process.pid, signal.SIGKILL)
        if noticed:
            await asyncio.to_thread(process.wait)
        assert (await voice.speak(SENTENCE, "vi", tmp_path / "said.wav")).duration_us > 1_000_000


async def test_one_that_stands_still_is_given_up_in_time(tmp_path: Path) -> None:
    async with standing(ReadyEspeak(northern, timeout_s=1)) as voice:
        os.kill(process_of(voice).pid, signal.SIGSTOP)
        assert (await voice.speak(SENTENCE, "vi", tmp_path / "said.wav")).duration_us > 1_000_000


async def test_slow_voices_keep_it_waiting_for_no_thread(tmp_path: Path) -> None:
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
    slow = [asyncio.create_task(tool.run_tool(["sleep", "60"], "", 60)) for _ in range(8)]
    async with standing(ReadyEspeak(northern)) as voice:
        async with asyncio.timeout(5):
            assert (await voice.speak(SENTENCE, "vi", tmp_path / "said.wav")).duration_us > 1_000_000
    for one in slow:
        one.cancel()
    assert all(isinstance(one, asyncio.CancelledError) for one in await asyncio.gather(*slow, return_exceptions=True))


async def test_whoever_is_called_off_waits_until_its_program_is_gone(started: list[tool.Tool]) -> None:
    slow = asyncio.create_task(tool.run_tool(["sleep", "60"], "", 60))
    await asyncio.sleep(0.05)
    slow.cancel()
    await asyncio.wait([slow])
    assert started[0]._process.returncode == -signal.SIGKILL


async def test_none_that_is_being_ended_is_offered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    voice = ReadyEspeak(northern)
    job = asyncio.create_task(voice.stand_ready())
    await so_that_one_waits(voice)
    ended = tool.Tool.end

    async def meanwhile(one: tool.Tool) -> None:
        assert voice._standby.take() is None
        await ended(one)

    monkeypatch.setattr(tool.Tool, "end", meanwhile)
    job.cancel()
    (outcome,) = await asyncio.gather(job, return_exceptions=True)
    assert isinstance(outcome, asyncio.CancelledError)


async def test_one_that_died_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standby, "LOOK_EVERY_S", 0.01)
    async with standing(ReadyEspeak(northern)) as voice:
        died = process_of(voice)
        died.kill()
        await until(lambda: voice._standby.ready and process_of(voice) is not died)


async def test_nothing_of_it_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    async with standing(ReadyEspeak(northern)) as voice:
        process = process_of(voice)
        assert names(tmp_path)
    assert process.returncode is not None
    assert names(tmp_path) == []


async def test_a_voice_that_cannot_be_started_is_told_once_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(standby, "LOOK_EVERY_S", 0.01)
    monkeypatch.setenv("PATH", "/nowhere")
    voice = ReadyEspeak(northern)
    job = asyncio.create_task(voice.stand_ready())
    await asyncio.sleep(0.2)
    with pytest.raises(SpeechFailed):
        await voice.speak(SENTENCE, "vi", tmp_path / "said.wav")
    monkeypatch.undo()
    voice._standby.take()
    await so_that_one_waits(voice)
    job.cancel()
    await asyncio.wait([job])
    assert len([one for one in caplog.records if one.levelname == "ERROR"]) == 1
