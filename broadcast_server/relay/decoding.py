"""A running decoder: bytes of a source in, frames out, without a thread that waits. It is gone when it is left."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO

from audio_library import ffmpeg
from audio_library.refusal import Refusal
from audio_library.sandbox import INSIDE, Limits
from audio_library.starting import CANNOT_START, started
from broadcast_server.relay.levelling import PAIR_BYTES, Pair
from broadcast_server.relay.reason import Failure, Reason

LIMITS = Limits(wall_s=24 * 3600, cpu_s=4 * 3600)
READ_BYTES = 8 * PAIR_BYTES
_SAID = 200


class Decoder:
    """One ffmpeg. Where `feed` waits, the reader of `pairs` does not keep up."""

    def __init__(self, run: ffmpeg.Run) -> None:
        self._run = run
        for pipe in (run.process.stdin, run.process.stdout):
            if pipe:
                os.set_blocking(pipe.fileno(), False)

    async def feed(self, data: bytes) -> None:
        """The next bytes of the source; BrokenPipeError once the decoder has ended."""
        pipe, view = self._run.stdin, memoryview(data)
        while view:
            try:
                view = view[os.write(pipe.fileno(), view) :]
            except BlockingIOError:
                await _writable(pipe)

    def feed_no_more(self) -> None:
        """The source has ended; `pairs` ends after what is left."""
        self._run.stdin.close()

    async def pairs(self) -> AsyncGenerator[Pair]:
        """Frame by frame. Failure `not_audio` if the decoder gives up."""
        pipe, rest = self._run.stdout, b""
        while data := await self._read(pipe):
            rest += data
            whole = len(rest) - len(rest) % PAIR_BYTES
            for at in range(0, whole, PAIR_BYTES):
                yield Pair(rest[at : at + PAIR_BYTES])
            rest = rest[whole:]
            await asyncio.sleep(0)  # a burst must not hold up everything else
        try:
            await asyncio.to_thread(self._run.finish)
        except (ffmpeg.ToolFailed, Refusal) as error:
            raise Failure(Reason.NOT_AUDIO, _last_line(str(error))) from error

    @staticmethod
    async def _read(pipe: IO[bytes]) -> bytes:
        while True:
            try:
                return os.read(pipe.fileno(), READ_BYTES)
            except BlockingIOError:
                await _readable(pipe)


@asynccontextmanager
async def decoding_stream(demuxer: str) -> AsyncIterator[Decoder]:
    """Foreign bytes, to be fed, in the cell."""
    async with _decoding(ffmpeg.relay_argv(demuxer), stdin=ffmpeg.PIPE) as decoder:
        yield decoder


@asynccontextmanager
async def decoding_file(demuxer: str, path: Path) -> AsyncIterator[Decoder]:
    """A file, in the cell."""
    async with _decoding(ffmpeg.relay_argv(demuxer, INSIDE), file=path) as decoder:
        yield decoder


@asynccontextmanager
async def listening(device: str) -> AsyncIterator[Decoder]:
    """A sound input of this machine, by its ALSA name."""
    async with _decoding(ffmpeg.input_argv(device), devices=True) as decoder:
        yield decoder


@asynccontextmanager
async def _decoding(
    argv: Sequence[str], file: Path | None = None, stdin: int | None = None, devices: bool = False
) -> AsyncIterator[Decoder]:
    try:
        run = await started(lambda: ffmpeg.Run(argv, LIMITS, file, stdin, devices))
    except CANNOT_START as error:
        raise Failure(Reason.UNFIT, str(error)) from error
    try:
        yield Decoder(run)
    finally:
        await asyncio.shield(asyncio.to_thread(run.kill))


async def _readable(pipe: IO[bytes]) -> None:
    loop, ready = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(pipe.fileno(), ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(pipe.fileno())


async def _writable(pipe: IO[bytes]) -> None:
    loop, ready = asyncio.get_running_loop(), asyncio.Event()
    loop.add_writer(pipe.fileno(), ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_writer(pipe.fileno())


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][-_SAID:] if lines else ""
