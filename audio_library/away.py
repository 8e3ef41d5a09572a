"""A module of ours in a process of its own: it ends with its work, and takes its memory along."""

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
    """`python -m module …`, gone with all it started when this returns or is called off. Refusal `timeout`."""
    pipe = subprocess.PIPE
    process = subprocess.Popen(  # noqa: ASYNC220 - asyncio's own wait for ever where a start is cancelled (3.11)
        [sys.executable, "-W", "ignore", "-m", module, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=pipe,
        stderr=pipe,
        start_new_session=True,
    )
    try:
        out, said = await aside(process.communicate, None, time_limit_s)
    except subprocess.TimeoutExpired:
        raise Refusal("timeout", module) from None
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)  # with what it started
        await aside(process.wait)
    return Ended(process.returncode, out, said.decode(errors="replace")[-400:].strip())
