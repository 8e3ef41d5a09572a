"""Intake in a process of its own: followed, cancelled, killed at any moment."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
import wave
from pathlib import Path

import pytest

from audio_library.content import FolderStore
from audio_library.intake import take_in
from audio_library.refusal import Refusal
from audio_library.scratch import scratch, sweep
from audio_library.worker import IntakeWorker
from tests.audio_library.recordings import clicks, residue

KILLS = 20


@pytest.fixture(scope="session")
def bulletin(voice: Path, shelf: Path) -> Path:
    """Ten minutes, so that there is time to interrupt."""
    with wave.open(str(voice)) as once, wave.open(str(shelf / "bulletin.wav"), "wb") as often:
        often.setparams(once.getparams())
        frames = once.readframes(once.getnframes())
        for _ in range(600 * once.getframerate() // once.getnframes()):
            often.writeframes(frames)
    return shelf / "bulletin.wav"


def tools_left(store: FolderStore) -> list[str]:
    """Command lines of processes that still have to do with this store."""
    lines = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = entry.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if str(store.root) in line:
            lines.append(line)
    return lines


async def test_the_server_follows_an_intake(voice: Path, store: FolderStore) -> None:
    told: list[int] = []
    intake = await IntakeWorker(store.root).take_in(voice, progress=lambda step, permille: told.append(permille))
    assert told == sorted(told)
    assert told[-1] == 1000
    assert store.holds(intake.content)
    assert intake == take_in(voice, store)


async def test_what_the_process_warns_of_is_in_the_log(
    store: FolderStore, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    intake = await IntakeWorker(store.root).take_in(clicks(tmp_path / "clicks.wav"))
    assert intake.loudness_lufs < -20
    assert f"stays at {intake.loudness_lufs:.1f} LUFS" in caplog.text


async def test_a_refusal_crosses_the_process_border(store: FolderStore, tmp_path: Path) -> None:
    upload = tmp_path / "list.mp3"
    upload.write_text("#EXTM3U\nhttp://127.0.0.1/\n")
    with pytest.raises(Refusal) as refused:
        await IntakeWorker(store.root).take_in(upload)
    assert refused.value.code == "playlist"
    assert "danh sách phát" in refused.value.vi


async def test_cancelling_leaves_no_process_and_no_file(bulletin: Path, store: FolderStore) -> None:
    reached = asyncio.Event()
    worker = IntakeWorker(store.root)
    task = asyncio.create_task(worker.take_in(bulletin, progress=lambda _, permille: permille > 30 and reached.set()))
    await asyncio.wait_for(reached.wait(), 60)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert tools_left(store) == []
    assert residue(store) == []


@pytest.mark.parametrize("turns", range(8))
def test_a_loop_that_ends_while_it_starts_waits_for_nothing(voice: Path, store: FolderStore, turns: int) -> None:
    async def begun() -> None:
        task = asyncio.create_task(IntakeWorker(store.root).take_in(voice))
        for _ in range(turns):
            await asyncio.sleep(0)
        assert not task.done()

    began = time.monotonic()
    asyncio.run(begun())
    assert time.monotonic() - began < 10
    assert tools_left(store) == []


async def test_time_is_bounded(bulletin: Path, store: FolderStore) -> None:
    with pytest.raises(Refusal) as refused:
        await IntakeWorker(store.root, time_limit_s=0.8).take_in(bulletin)
    assert refused.value.code == "timeout"
    assert tools_left(store) == []
    assert residue(store) == []


def test_killed_at_any_moment_nothing_is_half_ready(voice: Path, store: FolderStore) -> None:
    moment = random.Random(7)
    for _ in range(KILLS):
        process = start(voice, store)
        time.sleep(moment.uniform(0.1, 1.6))
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        for content in store:
            store.verify(content)
    sweep(store.root)
    assert residue(store) == []
    intake = take_in(voice, store)
    store.verify(intake.content)
    assert set(store) == {intake.content, intake.original}


def test_tools_die_with_the_worker(bulletin: Path, store: FolderStore) -> None:
    process = start(bulletin, store)
    children = wait_for_children(process.pid)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    deadline = time.monotonic() + 10
    while any(Path(f"/proc/{child}").exists() for child in children) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not [child for child in children if Path(f"/proc/{child}").exists()]


def start(upload: Path, store: FolderStore) -> subprocess.Popen[bytes]:
    module = [sys.executable, "-W", "ignore::DeprecationWarning", "-m", "audio_library.intake"]
    wish = ["--original", str(upload), "--store", str(store.root)]
    return subprocess.Popen([*module, *wish], stdout=subprocess.DEVNULL)


def wait_for_children(pid: int) -> list[str]:
    """Two tools at work below the process, and what they started themselves."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        first = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        below = [Path(f"/proc/{child}/task/{child}/children") for child in first]
        second = [grand for file in below if file.exists() for grand in file.read_text().split()]
        if len(first) >= 2 and len(second) >= 2:
            return [*first, *second]
        time.sleep(0.02)
    raise AssertionError("the tools never started")


def test_the_sweep_leaves_living_work_alone(store: FolderStore) -> None:
    dead = store.root / ".work" / "dead"
    dead.mkdir(parents=True)
    (dead / "sound.pcm").write_bytes(b"half")
    with scratch(store.root) as alive:
        assert sweep(store.root) == 1
        assert alive.exists()
        assert not dead.exists()


def test_the_server_side_imports_next_to_nothing() -> None:
    heavy = {"numpy", "pydub", "gtts", "ffmpeg", "av", "requests", "audioop"}
    ask = "import sys, audio_library.worker; print(*sys.modules)"
    told = subprocess.run([sys.executable, "-c", ask], check=True, timeout=30, capture_output=True, text=True)
    assert not heavy & set(told.stdout.split())
