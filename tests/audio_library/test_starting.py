"""A tool whose start was called off is not left behind."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from audio_library import ffmpeg, sandbox
from audio_library.fresh import LIMITS
from audio_library.starting import started
from tests.waiting import until

ARGV = ffmpeg.spoken_argv(22_050, 0.5, -2.0, 24_000, 5, 8_000)


async def test_a_start_that_is_called_off_ends_what_it_started() -> None:
    begun: list[ffmpeg.Run] = []
    may_begin = threading.Event()

    def slowly() -> ffmpeg.Run:
        may_begin.wait(10)
        begun.append(ffmpeg.Run(ARGV, LIMITS, stdin=ffmpeg.PIPE))
        return begun[-1]

    job = asyncio.create_task(started(slowly))
    await asyncio.sleep(0.05)
    job.cancel()
    await asyncio.sleep(0.05)
    job.cancel()  # once more
    may_begin.set()
    await asyncio.wait([job])
    assert job.cancelled()
    await until(lambda: begun and begun[0].process.returncode is not None)  # nobody waits for the thread


async def test_what_keeps_it_from_starting_is_told() -> None:
    def missing() -> ffmpeg.Run:
        raise FileNotFoundError("no such tool")

    with pytest.raises(FileNotFoundError, match="no such tool"):
        await started(missing)


def test_a_loop_that_ends_while_one_starts_leaves_none() -> None:
    begun: list[ffmpeg.Run] = []
    in_it = threading.Event()

    def slowly() -> ffmpeg.Run:
        in_it.set()
        begun.append(ffmpeg.Run(ARGV, LIMITS, stdin=ffmpeg.PIPE))
        return begun[-1]

    async def ended_meanwhile() -> None:
        asyncio.get_running_loop().create_task(started(slowly), name="left behind")
        await asyncio.sleep(0)
        in_it.wait(10)

    asyncio.run(ended_meanwhile())
    assert begun[0].process.returncode is not None


async def test_a_tool_is_ended_with_what_it_has_started(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise that holds our pipes, and whoever ends the tool waits for its last word for ever."""
    monkeypatch.setenv(sandbox.SWITCH, "off")
    run = ffmpeg.Run(["sh", "-c", "sleep 60 & echo $!; wait"], LIMITS, stdin=ffmpeg.PIPE)
    child = Path("/proc", run.stdout.readline().decode().strip(), "stat")
    async with asyncio.timeout(10):
        await asyncio.to_thread(run.kill)
    await until(lambda: not child.exists() or child.read_text().rpartition(")")[2].split()[0] == "Z")
