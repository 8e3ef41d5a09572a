"""A voice engine is a program: text in on stdin, bounded in time and size, gone afterwards."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Mapping, Sequence
from typing import Final

from audio_library.speech.port import SpeechFailed, TookTooLong

_BOUNDS: Final = ("prlimit", "--cpu=60", "--fsize=200000000", "--core=0", "--")


class Tool:
    """One that was started and waits for its text."""

    def __init__(self, name: str, process: asyncio.subprocess.Process) -> None:
        self._name, self._process = name, process

    @classmethod
    async def start(cls, argv: Sequence[str], environment: Mapping[str, str] | None = None) -> Tool:
        """SpeechFailed if it is missing."""
        pipe = asyncio.subprocess.PIPE
        starting = asyncio.ensure_future(
            asyncio.create_subprocess_exec(
                *_BOUNDS, *argv, env=environment, start_new_session=True, stdin=pipe, stdout=pipe, stderr=pipe
            )
        )
        try:
            return cls(argv[0], await asyncio.shield(starting))
        except FileNotFoundError as missing:
            raise SpeechFailed(str(missing)) from missing
        except asyncio.CancelledError:
            starting.add_done_callback(_not_wanted)  # some Pythons wait for ever for one that is half started
            raise

    @property
    def waits(self) -> bool:
        """Whether it still does."""
        return self._process.returncode is None

    async def tell(self, text: str, timeout_s: float) -> bytes:
        """What it wrote to stdout; SpeechFailed if it fails or takes too long."""
        try:
            async with asyncio.timeout(timeout_s):
                out, said = await self._process.communicate(text.encode())
        except TimeoutError:
            raise TookTooLong(f"{self._name} took longer than {timeout_s} s") from None
        finally:
            await self.end()
        if self._process.returncode:
            raise SpeechFailed(f"{self._name} exit {self._process.returncode}: {said.decode(errors='replace')[-300:]}")
        return out

    async def end(self) -> None:
        """Have it gone, with whatever it started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        await self._process.wait()


def _not_wanted(starting: asyncio.Future[asyncio.subprocess.Process]) -> None:
    if not starting.cancelled() and starting.exception() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(starting.result().pid, signal.SIGKILL)


async def run_tool(
    argv: Sequence[str], text: str, timeout_s: float, environment: Mapping[str, str] | None = None
) -> bytes:
    """What the program wrote to stdout; SpeechFailed if it is missing, fails or takes too long."""
    tool = await Tool.start(argv, environment)
    return await tool.tell(text, timeout_s)
