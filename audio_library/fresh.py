"""Speech that cannot wait: what the offline voice said becomes content in one pass, by an encoder that runs already.

The library's way in measures, encodes and measures again, in a second or two. Here the loudness is worked out from the
power of the voice, whose spectrum is always the same, and nothing is turned afterwards: within 1.5 LU of the house
level, where the library promises 1, and below full scale with a margin of a decibel.
"""

from __future__ import annotations

import asyncio
import audioop
import io
import math
import select
import subprocess
import wave
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Final

from audio_library import ffmpeg
from audio_library.levels import gated_db, mean_square
from audio_library.loudness import TARGET_LUFS
from audio_library.pages import duration_of, is_ended
from audio_library.refusal import Refusal
from audio_library.sandbox import Limits
from audio_library.standby import Standby
from audio_library.starting import started
from audio_library.transcoding import CODINGS

VOICE_DB: Final = -0.75
"""Loudness of the offline voice less the power of its samples; thirteen texts lay between -0.9 and -0.4."""
LIMITED_DB: Final = 1.5
"""What the limiter takes away of the loudness."""
CEILING_DB: Final = -4.5
"""Where the limiter holds the samples: coding adds up to 3 dB of peak."""
HEADROOM: Final = 32
"""Samples go to the encoder so much smaller, in 32 bits, so that gain clips nothing before the limiter."""
MOST_GAIN_DB: Final = 24.0
ABSOLUTE_GATE_DB: Final = -70.0
BELOW_DB: Final = 34.0
"""So far below the loudness is silence at the ends."""
KEPT_BEFORE, KEPT_AFTER = 1, 10
"""Frames of 10 ms."""
HEAD_S: Final = (2.0, 3.5)
"""Between these a long speech is cut, where it is quietest."""
PAUSE_FRAMES: Final = 6
READY: Final = 2
LIMITS: Final = Limits(wall_s=7 * 86_400, cpu_s=60)
"""An encoder may wait a week; the work itself is bounded by whoever asks for it."""
RATE: Final = 22_050
"""What espeak-ng speaks at."""
TOLERATED_US: Final = 1_000
STRIDE: Final = 60 * 4 * RATE
"""A minute of what goes to the encoder: a fifth of the pipe, coded."""


@dataclass(frozen=True)
class Fresh:
    """A piece of content, whole in memory: Ogg Opus."""

    data: bytes
    duration_us: int


def takes(file: Path, cut: bool) -> list[bytes]:
    """The WAV of the voice at house level as s32 behind the headroom, without silence around it.

    One stretch, or two if it is to be `cut` and is long: the first is short. ValueError if it is none, or there is
    nothing to hear.
    """
    pcm = _samples(file)
    step = RATE // 100 * 2
    rms = [audioop.rms(pcm[at : at + step], 2) for at in range(0, len(pcm) - step + 1, step)]
    loudness = _power_db(rms) + VOICE_DB
    first, last = _sounding(rms, loudness)
    gain = 10 ** (min(TARGET_LUFS + LIMITED_DB - loudness, MOST_GAIN_DB) / 20)
    louder = audioop.mul(audioop.lin2lin(pcm, 2, 4), 4, gain / HEADROOM)
    joint = _quietest(rms, first, last) if cut else last
    parts = [(first, joint), (joint, last)] if joint < last else [(first, last)]
    return [louder[start * step * 2 : stop * step * 2] for start, stop in parts]


def _samples(file: Path) -> bytes:
    try:
        with wave.open(str(file)) as sound:
            if (sound.getframerate(), sound.getnchannels(), sound.getsampwidth()) != (RATE, 1, 2):
                raise ValueError(f"{sound.getparams()}: not the offline voice")
            pcm: bytes = sound.readframes(sound.getnframes())
    except (wave.Error, EOFError) as error:
        raise ValueError(f"no WAV: {error}") from error
    if len(pcm) % 2:
        raise ValueError(f"{len(pcm)} bytes: cut within a sample")
    return pcm


def _power_db(rms: list[int]) -> float:
    """dBFS of 400 ms blocks, gated as EBU R128 gates them."""
    squares = [value * value for value in rms]
    length = min(40, len(squares)) or 1
    blocks = [sum(squares[at : at + length]) / length for at in range(0, len(squares) - length + 1, 10)]
    found = gated_db(blocks, ABSOLUTE_GATE_DB)
    if found is None:
        raise ValueError("silence")
    return found


def _sounding(rms: list[int], loudness: float) -> tuple[int, int]:
    threshold = math.sqrt(mean_square(loudness - BELOW_DB))
    loud = [at for at, value in enumerate(rms) if value > threshold]
    return max(0, loud[0] - KEPT_BEFORE), min(len(rms), loud[-1] + 1 + KEPT_AFTER)


def _quietest(rms: list[int], first: int, last: int) -> int:
    """The frame at which a long speech is best cut; `last` for one that is not long."""
    earliest, latest = (first + round(seconds * 100) for seconds in HEAD_S)
    if last - latest < 100:
        return last
    return min(range(earliest, latest), key=lambda at: sum(rms[at - PAUSE_FRAMES // 2 : at + PAUSE_FRAMES // 2]))


class Encoders:
    """Encoders that wait with everything loaded; without `stand_ready` each is started when it is needed."""

    def __init__(self) -> None:
        ails = (ffmpeg.ToolFailed, Refusal, OSError)
        self._standby: Standby[_Encoder] = Standby("encoder", _Encoder.start, ails, READY)

    async def stand_ready(self) -> None:
        """Keep some waiting, until cancelled. What keeps one from starting is told once, and it is tried again."""
        await self._standby.stand_ready()

    async def encode(self, take: bytes) -> Fresh:
        """The content of one stretch; ToolFailed, Refusal, OSError or ValueError if the encoder does not work."""
        encoder = self._standby.take() or await _Encoder.start()
        try:
            data = await asyncio.to_thread(_encode, encoder.run, take)
        finally:
            encoder.run.end()
            asyncio.get_running_loop().run_in_executor(None, encoder.run.kill)
        fresh = Fresh(data, duration_of(io.BytesIO(data)))
        if abs(fresh.duration_us - len(take) // 4 * 1_000_000 // RATE) > TOLERATED_US:
            raise ValueError(f"{fresh.duration_us} µs of {len(take)} bytes")
        return fresh


class _Encoder:
    """One that was started and waits for its samples."""

    def __init__(self, run: ffmpeg.Run) -> None:
        self.run = run

    @classmethod
    async def start(cls) -> _Encoder:
        """ToolFailed, Refusal or OSError if it cannot be."""
        return cls(await started(_start))

    @property
    def waits(self) -> bool:
        return self.run.process.poll() is None

    async def end(self) -> None:
        self.run.kill()


def _start() -> ffmpeg.Run:
    coding = CODINGS["speech"]
    argv = ffmpeg.spoken_argv(RATE, HEADROOM, CEILING_DB, coding.bitrate, coding.complexity, coding.cutoff_hz)
    try:
        return ffmpeg.Run(argv, LIMITS, stdin=ffmpeg.PIPE)
    except subprocess.SubprocessError as error:  # the cell was tried, and took too long
        raise ffmpeg.ToolFailed(-1, str(error)) from error


def _encode(run: ffmpeg.Run, take: bytes) -> bytes:
    """Until the last page: to take down its cell would cost as much again as a second of speech.

    What comes out of one stride fits into the pipe while we still write.
    """
    data = b""
    for at in range(0, len(take), STRIDE):
        if at:
            data += _come(run.stdout)
        run.stdin.write(take[at : at + STRIDE])
    run.stdin.close()
    while not is_ended(data):
        chunk = run.stdout.read1(1 << 16)
        if not chunk:
            run.finish()
            raise ValueError("the encoder broke off")
        data += chunk
    return data


def _come(out: BufferedReader) -> bytes:
    """What has come out so far."""
    data, look = b"", select.poll()
    look.register(out, select.POLLIN)
    while look.poll(0) and (chunk := out.read1(1 << 16)):
        data += chunk
    return data
