"""A voice engine is a program: text in on stdin, bounded in time and size, gone afterwards.

The threads wait for it, not the event loop: asyncio's own processes wait for ever where a start is cancelled (Python
3.11).
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from typing import Final

from audio_library.aside import aside
from audio_library.speech.port import SpeechFailed, TookTooLong

_LAST_S: Final = 2.0
"""For what was killed to be gone: what escaped its group may hold the pipes open."""
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
        try:
            return cls(argv[0], _started(argv, environment))
        except FileNotFoundError as missing:
            raise SpeechFailed(str(missing)) from missing

    @property
    def waits(self) -> bool:
        """Whether it still does."""
        return self._process.poll() is None

    async def tell(self, text: str, timeout_s: float) -> bytes:
        """What it wrote to stdout; SpeechFailed if it fails, TookTooLong if it takes so long."""
        try:
            out, said = await aside(self._talk, text, timeout_s)
        finally:
            self._kill()
        if self._process.returncode:
            raise SpeechFailed(f"{self._name} exit {self._process.returncode}: {said.decode(errors='replace')[-300:]}")
        return out

    async def end(self) -> None:
        """Have it gone, with whatever it started; it may be gone already."""
        self._kill()
        await aside(self._close)

    def _talk(self, text: str, timeout_s: float) -> tuple[bytes, bytes]:
        """Until it is over, or killed: who waits for it may have gone."""
        with self._talking:
            try:
                return self._process.communicate(text.encode(), timeout_s)
            except subprocess.TimeoutExpired:
                self._kill()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._process.communicate(timeout=_LAST_S)
                raise TookTooLong(f"{self._name} took longer than {timeout_s} s") from None

    def _close(self) -> None:
        """Who talks to it holds the pipes until it is gone, or has given it up."""
        if not self._talking.acquire(timeout=2 * _LAST_S):
            return
        try:
            self._process.wait(_LAST_S)
        except subprocess.TimeoutExpired:
            pass
        finally:
            for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
                if pipe:
                    with contextlib.suppress(OSError):
                        pipe.close()
            self._talking.release()

    def _kill(self) -> None:
        """It, and what it left behind if it is over; once: its number may be somebody else's by and by."""
        if not self._killed:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._killed = True


def _started(argv: Sequence[str], environment: Mapping[str, str] | None) -> subprocess.Popen[bytes]:
    """It takes a millisecond, and cannot be cancelled half-way."""
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [*_BOUNDS, *argv], env=environment, start_new_session=True, stdin=pipe, stdout=pipe, stderr=pipe
    )


async def run_tool(
    argv: Sequence[str], text: str, timeout_s: float, environment: Mapping[str, str] | None = None
) -> bytes:
    """What the program wrote to stdout; SpeechFailed if it is missing, fails or takes too long."""
    tool = await Tool.start(argv, environment)
    try:
        return await tool.tell(text, timeout_s)
    finally:
        await tool.end()
