"""The clock in words."""

from __future__ import annotations

import asyncio
import errno
import io
import subprocess
import wave
from pathlib import Path

import numpy as np
import pytest

from audio_library import ffmpeg, fresh, standby
from audio_library.content import FolderStore
from audio_library.intake import take_in
from audio_library.pages import duration_us, is_ended
from audio_library.refusal import Refusal
from audio_library.speech import VOICES, Espeak, Voice
from audio_library.speech.hours import HOURS, MINUTES, say_all
from tests.waiting import until


def test_there_is_a_phrase_for_every_hour_and_minute() -> None:
    assert (len(set(HOURS)), len(set(MINUTES))) == (24, 60)
    assert (HOURS[19], MINUTES[30]) == ("Thông báo phát lúc mười chín giờ", "ba mươi phút")
    assert MINUTES[0] == "đúng"


@pytest.mark.parametrize("voice", VOICES)
async def test_every_phrase_is_whole_where_it_is_said_to_be(tmp_path: Path, voice: Voice) -> None:
    phrases = [HOURS[0], HOURS[19], MINUTES[30], MINUTES[0]]
    data, cuts = await say_all(Espeak(), phrases, voice)
    sound, rate = samples(data)
    for cut, phrase in zip(cuts, phrases, strict=True):
        alone = (await Espeak().speak(phrase, voice, tmp_path / "alone.wav")).file.read_bytes()
        said = sound[cut.from_us * rate // 1_000_000 :][: cut.duration_us * rate // 1_000_000]
        whole, _ = samples(alone)
        assert np.sum(said**2) > 0.999 * np.sum(whole**2)
        assert not said[:100].any()
        assert not said[-100:].any()


@pytest.mark.parametrize("phrases", [HOURS[:3], MINUTES[:3]])
async def test_the_library_takes_it_in_without_moving_anything(tmp_path: Path, phrases: tuple[str, ...]) -> None:
    data, cuts = await say_all(Espeak(), phrases, "vi")
    (tmp_path / "phrases.wav").write_bytes(data)
    taken = take_in(tmp_path / "phrases.wav", FolderStore(tmp_path / "store"), "speech")
    assert (taken.trimmed_start_us, taken.trimmed_end_us) == (0, 0)
    assert cuts[-1].from_us + cuts[-1].duration_us <= taken.duration_us + 10_000


async def test_fresh_speech_is_cut_where_it_pauses_and_nothing_is_lost(tmp_path: Path) -> None:
    text = "Nước lũ đang về. Đề nghị bà con ở vùng thấp, ven sông, đưa người già, trẻ em lên nơi cao ngay."
    spoken = await Espeak().speak(text, "vi", tmp_path / "a.wav")
    (whole,), (head, rest) = fresh.takes(spoken.file, cut=False), fresh.takes(spoken.file, cut=True)
    assert head + rest == whole
    joint = np.frombuffer(whole, np.int32)[len(head) // 4 - 441 : len(head) // 4 + 441].astype(float)
    loud = np.frombuffer(whole, np.int32).astype(float)
    assert np.sqrt(np.mean(joint**2)) < 0.05 * np.sqrt(np.mean(loud**2))
    encoders = fresh.Encoders()
    for take in (head, rest):
        made = await encoders.encode(take)
        file = tmp_path / "made.ogg"
        file.write_bytes(made.data)
        assert made.duration_us == duration_us(file)
        assert abs(made.duration_us - len(take) // 4 * 1_000_000 // fresh.RATE) < 1_000


async def test_speech_of_many_minutes_does_not_fill_the_pipe_that_nobody_reads() -> None:
    """A list of telephones, heard on the phone first: both waited for each other, for a week, and held the thread."""
    rough = np.random.default_rng(1).integers(-(1 << 24), 1 << 24, 400 * fresh.RATE, np.int32).tobytes()
    async with asyncio.timeout(60):
        made = await fresh.Encoders().encode(rough)
    assert len(made.data) > ffmpeg.PIPE_BYTES


def test_a_stream_is_ended_with_the_last_byte_of_its_last_page(tmp_path: Path) -> None:
    pcm = np.random.default_rng(1).integers(-(1 << 24), 1 << 24, fresh.RATE, np.int32).tobytes()
    data = asyncio.run(fresh.Encoders().encode(pcm)).data
    assert is_ended(data)
    assert not any(is_ended(data[:size]) for size in range(0, len(data), 7))
    assert not is_ended(data[:-1])


async def test_an_encoder_that_died_while_it_waited_is_not_used() -> None:
    encoders = fresh.Encoders()
    job = asyncio.create_task(encoders.stand_ready())
    await until(lambda: len(encoders._standby.ready) >= fresh.READY)
    for one in encoders._standby.ready:
        one.run.process.kill()
        one.run.process.wait()
    assert (await encoders.encode(bytes(4 * fresh.RATE))).duration_us > 900_000
    job.cancel()
    await asyncio.wait([job])


@pytest.mark.parametrize(
    "error",
    [OSError(errno.ENOMEM, "no memory"), Refusal("sandbox_unavailable"), subprocess.TimeoutExpired("unshare", 10)],
)
async def test_an_encoder_that_cannot_be_started_ends_nothing_and_is_tried_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    """It took the whole server down, with everything that can sound without an encoder."""
    run, tries, encoders = ffmpeg.Run, asyncio.Semaphore(0), fresh.Encoders()
    loop = asyncio.get_running_loop()

    def fails(*_: object, **__: object) -> ffmpeg.Run:
        loop.call_soon_threadsafe(tries.release)
        raise error

    monkeypatch.setattr(standby, "LOOK_EVERY_S", 0.01)
    monkeypatch.setattr(ffmpeg, "Run", fails)
    job = asyncio.create_task(encoders.stand_ready())
    async with asyncio.timeout(20):
        for _ in range(3):
            await tries.acquire()
        with pytest.raises((OSError, Refusal, ffmpeg.ToolFailed)):
            await encoders.encode(bytes(4 * fresh.RATE))
        monkeypatch.setattr(ffmpeg, "Run", run)
        await until(lambda: len(encoders._standby.ready) >= fresh.READY)
    job.cancel()
    await asyncio.wait([job])
    assert len([one for one in caplog.records if one.levelname == "ERROR"]) == 1


def samples(data: bytes) -> tuple[np.ndarray[tuple[int, ...], np.dtype[np.float64]], int]:
    with wave.open(io.BytesIO(data)) as sound:
        pcm = np.frombuffer(sound.readframes(sound.getnframes()), np.int16)
        return pcm.astype(float), sound.getframerate()
