"""A voice engine is a program: text in on stdin, bounded in time and size, gone afterwards.

The threads wait for it, not the event loop: asyncio's own processes wait for ever where a start is cancelled (Python
3.11).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from audio_library.speech.port import SpeechFailed, TookTooLong

_EARS: Final = ThreadPoolExecutor(64, "voices")
"""A slow voice keeps nothing else waiting that needs a thread; above all no alarm that has another voice."""
_BOUNDS: Final = ("prlimit", "--cpu=60", "--fsize=200000000", "--core=0", "--")


class Tool:
    """One that was started and waits for its text."""

    def __init__(self, name: str, process: subprocess.Popen[bytes]) -> None:
        self._name, self._process = name, process
        self._talking = threading.Lock()
        self._killed = False

    @classmethod
    async def start(cls, argv: Sequence[str], environment: Mapping[str, str] | None = None) -> Tool:
        """SpeechFailed if it is missing."""
        pipe = subprocess.PIPE
        try:
            process = subprocess.Popen(  # noqa: ASYNC220 - it takes a millisecond, and cannot be cancelled half-way
                [*_BOUNDS, *argv], env=environment, start_new_session=True, stdin=pipe, stdout=pipe, stderr=pipe
            )
        except FileNotFoundError as missing:
            raise SpeechFailed(str(missing)) from missing
        return cls(argv[0], process)

    @property
    def waits(self) -> bool:
        """Whether it still does."""
        return self._process.poll() is None

    async def tell(self, text: str, timeout_s: float) -> bytes:
        """What it wrote to stdout; SpeechFailed if it fails, TookTooLong if it takes so long."""
        try:
            out, said = await asyncio.get_running_loop().run_in_executor(_EARS, self._talk, text, timeout_s)
        finally:
            self._kill()
        if self._process.returncode:
            raise SpeechFailed(f"{self._name} exit {self._process.returncode}: {said.decode(errors='replace')[-300:]}")
        return out

    async def end(self) -> None:
        """Have it gone, with whatever it started; it may be gone already."""
        self._kill()
        await asyncio.get_running_loop().run_in_executor(_EARS, self._close)

    def _talk(self, text: str, timeout_s: float) -> tuple[bytes, bytes]:
        """Until it is over, or killed: who waits for it may have gone."""
        with self._talking:
            try:
                return self._process.communicate(text.encode(), timeout_s)
            except subprocess.TimeoutExpired:
                self._kill()
                self._process.communicate()
                raise TookTooLong(f"{self._name} took longer than {timeout_s} s") from None

    def _close(self) -> None:
        with self._talking:
            self._process.wait()
            for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
                if pipe:
                    with contextlib.suppress(OSError):
                        pipe.close()

    def _kill(self) -> None:
        """It, and what it left behind if it is over; once: its number may be somebody else's by and by."""
        if self._killed:
            return
        self._killed = True
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)


async def run_tool(
    argv: Sequence[str], text: str, timeout_s: float, environment: Mapping[str, str] | None = None
) -> bytes:
    """What the program wrote to stdout; SpeechFailed if it is missing, fails or takes too long."""
    tool = await Tool.start(argv, environment)
    try:
        return await tool.tell(text, timeout_s)
    finally:
        await tool.end()
