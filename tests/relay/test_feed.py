"""A feed from its first frame to its close: order, rounds, the way back, and what is left behind."""

from __future__ import annotations

import asyncio
import os
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from audio_library import ffmpeg as ffmpeg_runs
from audio_library.loudness import TARGET_LUFS, Level, read_meter
from broadcast_server.relay import feed as feeding
from broadcast_server.relay.probe import probe
from broadcast_server.relay.reason import Reason
from broadcast_server.relay.source import Source, SourceKind
from tests.relay.ear import Ear
from tests.relay.studio import HERE, Mood, Studio, Tapes, ffmpeg


def tools() -> set[int]:
    """All processes below this one, zombies too."""
    listed = subprocess.run(["ps", "-eo", "pid,ppid,comm"], capture_output=True, text=True, check=True).stdout
    rows = [line.split(None, 2) for line in listed.splitlines()[1:]]
    found, below = set[int](), {os.getpid()}
    while below:
        below = {int(pid) for pid, parent, comm in rows if int(parent) in below and comm.strip() != "ps"}
        found |= below
    return found


async def test_one_pull_that_asks_for_no_titles_and_leaves_nothing_behind(tapes: Tapes) -> None:
    before = tools()
    async with Studio(tapes) as studio:
        async with Ear.to([studio.source("first"), studio.source("second")]) as ear:
            assert ear.feed.on is None
            await ear.hears("first")
            await asyncio.sleep(1)
            assert ear.feed.on == studio.source("first")
            assert studio.listeners == 1
            assert studio.asked == ["/first"]
            assert b"icy-metadata" not in studio.heads[0].lower()
            assert tools() - before
            closing_s = time.monotonic()
            await ear.feed.close()
            assert time.monotonic() - closing_s < 2
            await ear.feed.close()
        await ear.until(lambda: studio.listeners == 0, 5)
    assert not tools() - before
    assert [switch.reason for switch in ear.switches] == [Reason.STARTED]
    assert ear.feed.on is None


async def test_closing_while_it_opens_leaves_nothing_behind(tapes: Tapes) -> None:
    before = tools()
    async with Studio(tapes) as studio:
        for wait_s in (0.0, 0.05, 0.1, 0.2, 0.3):
            async with Ear.to([studio.source("first")]):
                await asyncio.sleep(wait_s)
    assert not tools() - before


class Slow(ffmpeg_runs.Run):
    """A decoder on a machine that has much else to do."""

    def __init__(self, *words: Any) -> None:
        time.sleep(0.3)
        super().__init__(*words)

    def kill(self) -> None:
        time.sleep(0.3)
        super().kill()


async def test_closing_twice_on_a_slow_machine_leaves_nothing_behind(
    tapes: Tapes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ffmpeg_runs, "Run", Slow)
    before = tools()
    async with Studio(tapes) as studio:
        async with Ear.to([studio.source("first")]) as ear:
            await ear.until(lambda: studio.listeners == 1)
            await asyncio.sleep(0.1)
            closing = [asyncio.ensure_future(ear.feed.close()) for _ in range(2)]
            await asyncio.sleep(0.1)
            await asyncio.gather(*closing, ear.feed.close())
            assert not tools() - before
        await asyncio.sleep(1)
    assert not tools() - before


async def test_a_feed_that_was_closed_before_it_began_gives_nothing() -> None:
    ear = Ear.to([Source("x", "x", SourceKind.HTTP, "http://127.0.0.1:9/")])
    await ear.feed.close()
    assert [frame async for frame in ear.feed.frames()] == []


async def test_the_list_is_gone_through_again_with_silence_and_growing_pauses(
    tapes: Tapes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeding, "PAUSES_S", (0.2, 0.4, 0.8))
    async with Studio(tapes) as studio:
        studio.moods |= {"first": Mood.MISSING, "second": Mood.HTML}
        async with Ear.to([studio.source("first"), studio.source("second")]) as ear:
            await ear.until(lambda: sum(one.reason is Reason.ALL_FAILED for one in ear.switches) == 4)
            assert ear.now == "silence"
            assert len(ear.frames) > 50
            studio.moods["second"] = Mood.PLAY
            await ear.hears("second")
    first_round = [(one.old and one.old.id, one.new and one.new.id, one.reason) for one in ear.switches[:5]]
    assert first_round == [
        (None, "first", Reason.STARTED),
        ("first", "second", Reason.HTTP_ERROR),
        ("second", None, Reason.NOT_AUDIO),
        (None, None, Reason.ALL_FAILED),
        (None, "first", Reason.AGAIN),
    ]
    pauses = [one.detail for one in ear.switches if one.reason is Reason.ALL_FAILED]
    assert pauses == ["0.2 s", "0.4 s", "0.8 s", "0.8 s"]
    assert "HTTP 404" in ear.switches[1].vi
    assert "“second”" in ear.switches[1].en


async def test_a_better_source_that_sounds_again_is_gone_back_to(tapes: Tapes) -> None:
    async with Studio(tapes) as studio:
        studio.moods["first"] = Mood.MISSING
        async with Ear.to([studio.source("first"), studio.source("second")], look_back_s=0.3) as ear:
            await ear.hears("second")
            await asyncio.sleep(1)
            assert ear.now == "second"
            studio.moods["first"] = Mood.PLAY
            await ear.hears("first")
            left = ear.switches[-1]
            assert (left.old, left.new, left.reason) == (
                studio.source("second"),
                studio.source("first"),
                Reason.RETURNED,
            )
            assert ear.order == ["second", "first"]


async def test_whoever_is_too_quiet_or_clips_comes_out_at_the_house_level(tapes: Tapes, tmp_path: Path) -> None:
    async with Studio(tapes) as studio:
        studio.mp3["first"] = spoken(tmp_path, "volume=-19dB")
        studio.mp3["second"] = spoken(tmp_path, "volume=24dB,alimiter=limit=1:level=0")
        async with Ear.to([studio.source("first")]) as quiet, Ear.to([studio.source("second")]) as clipped:
            for ear in (quiet, clipped):
                await ear.until(lambda frames=ear.frames: len(frames) > 10 * 50)
    for ear in (quiet, clipped):
        first = next(at for at, frame in enumerate(ear.frames) if any(frame))
        level = metered(tmp_path, b"".join(ear.frames[first + 100 :]))
        assert level.loudness_lufs == pytest.approx(TARGET_LUFS, abs=1.5)
        assert level.true_peak_dbtp is not None
        assert level.true_peak_dbtp <= -1.5


def spoken(folder: Path, turned: str) -> bytes:
    """Twenty seconds of speech at -16 LUFS, and then turned."""
    subprocess.run(["espeak-ng", "-v", "vi", "-w", str(folder / "x.wav"), TEXT], check=True, timeout=30)
    filters = f"loudnorm=I=-16:TP=-1:LRA=7,aresample=48000,{turned}"
    source = ("-stream_loop", "9", "-i", str(folder / "x.wav"), "-t", "20")
    ffmpeg(*source, "-af", filters, "-b:a", "64k", str(folder / "x.mp3"))
    return (folder / "x.mp3").read_bytes()


def metered(folder: Path, pcm: bytes) -> Level:
    """By ffmpeg's meters."""
    (folder / "out.raw").write_bytes(pcm)
    source = ["-f", "s16le", "-ar", "48000", "-ac", "1", "-i", str(folder / "out.raw")]
    filters = "ebur128=framelog=verbose,aresample=192000,astats=measure_perchannel=none"
    command = ["ffmpeg", "-nostdin", "-hide_banner", *source, "-af", filters, "-f", "null", "-"]
    return read_meter(subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stderr)


TEXT = "Đài truyền thanh xã xin kính chào bà con. Sau đây là bản tin sáng về lịch tiêm phòng cho trẻ em."


async def test_a_probe_tells_how_loud_it_is_or_why_not(tapes: Tapes) -> None:
    async with Studio(tapes) as studio:
        good = await probe(studio.source("first"), HERE)
        assert (good.ok, good.reason) == (True, None)
        assert good.level_db is not None
        assert -30 < good.level_db < -15
        assert good.at_us > 0
        studio.moods |= {"first": Mood.HTML, "second": Mood.SILENT, "third": Mood.STALL}
        began_s = time.monotonic()
        found = await asyncio.gather(*(probe(studio.source(name), HERE) for name in ("first", "second", "third")))
        assert time.monotonic() - began_s < 10.5
        assert [one.reason for one in found] == [Reason.NOT_AUDIO, Reason.SILENT, Reason.STALLED]
        assert not any(one.ok for one in found)
