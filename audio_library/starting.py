"""A tool that is started by a thread, since its cell takes a while to build."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
from collections.abc import Callable
from typing import Final

from audio_library.aside import aside
from audio_library.ffmpeg import Run, ToolFailed
from audio_library.refusal import Refusal

CANNOT_START: Final = (Refusal, ToolFailed, OSError, subprocess.SubprocessError)


async def started(start: Callable[[], Run]) -> Run:
    """What `start` gives; whoever is called off meanwhile leaves nothing behind. Raises what `start` does."""
    starting = aside(start)
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        await asyncio.shield(asyncio.ensure_future(_end_when_started(starting)))  # also when called off once more
        raise


async def _end_when_started(starting: asyncio.Future[Run]) -> None:
    with contextlib.suppress(*CANNOT_START):
        run = await starting
        await aside(run.kill)
