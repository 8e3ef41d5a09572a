"""A module of ours in a process of its own: it ends with its work, and takes its memory along.

It is not one of asyncio's processes: those wait for ever where a start is cancelled (Python 3.11).
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from dataclasses import dataclass

from audio_library.aside import aside
from audio_library.refusal import Refusal


@dataclass(frozen=True)
class Ended:
    """How it ended: its exit code, what it wrote to stdout, and the end of what it complained of."""

    returncode: int
    out: bytes
    said: str


async def run_away(module: str, *arguments: str, time_limit_s: float) -> Ended:
    """`python -m module …`, gone when this returns or is called off; tools it runs end with it, by their tether.
    Refusal `timeout`."""
    process = start_away(module, *arguments)
    try:
        out, said = await aside(process.communicate, None, time_limit_s)
    except subprocess.TimeoutExpired:
        raise Refusal("timeout", module) from None
    finally:
        await end_away(process)
    return Ended(process.returncode, out, said.decode(errors="replace")[-400:].strip())


def start_away(module: str, *arguments: str) -> subprocess.Popen[bytes]:
    """`python -m module …`: it takes a millisecond, and cannot be cancelled half-way."""
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", module, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


async def end_away(process: subprocess.Popen[bytes], grace_s: float = 0.0) -> None:
    """Gone when this returns: by force, but for `grace_s` in which it may tidy up."""
    try:
        if grace_s:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                await aside(process.wait, grace_s)
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        await aside(process.wait)
