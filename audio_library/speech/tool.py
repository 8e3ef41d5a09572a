"""A voice engine is a program: text in on stdin, bounded in time and size, gone afterwards."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Mapping, Sequence
from typing import Final

from audio_library.speech.port import SpeechFailed

_BOUNDS: Final = ("prlimit", "--cpu=60", "--fsize=200000000", "--core=0", "--")


async def run_tool(
    argv: Sequence[str], text: str, timeout_s: float, environment: Mapping[str, str] | None = None
) -> bytes:
    """What the program wrote to stdout; SpeechFailed if it is missing, fails or takes too long."""
    try:
        process = await asyncio.create_subprocess_exec(
            *_BOUNDS, *argv, env=environment, start_new_session=True,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
    except FileNotFoundError as missing:
        raise SpeechFailed(str(missing)) from missing
    try:
        async with asyncio.timeout(timeout_s):
            out, said = await process.communicate(text.encode())
    except TimeoutError:
        raise SpeechFailed(f"{argv[0]} took longer than {timeout_s} s") from None
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
    if process.returncode:
        raise SpeechFailed(f"{argv[0]} exit {process.returncode}: {said.decode(errors='replace')[-300:]}")
    return out
