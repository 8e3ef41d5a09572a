"""Intake in a process of its own, as the server starts, follows, bounds and cancels it. Imports next to nothing."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from audio_library.refusal import Refusal
from audio_library.sound import Intake, Kind

GRACE_S: Final = 3.0
"""How long the process may take to tidy up when it is told to stop."""
_LINE: Final = 1 << 16


class IntakeBroke(Exception):
    """The process ended without an intake and without a refusal; nothing was stored."""


class IntakeWorker:
    """Takes uploads into the store at `store`, at most `at_once` together, each within `time_limit_s`."""

    def __init__(self, store: Path, *, time_limit_s: float = 1_800, at_once: int = 1) -> None:
        self._store = store
        self._time_limit_s = time_limit_s
        self._slots = asyncio.Semaphore(at_once)

    async def take_in(
        self,
        original: Path,
        kind: Kind | None = None,
        progress: Callable[[str, int], None] | None = None,
        cuts: Sequence[Mapping[str, int]] = (),
    ) -> Intake:
        """The intake, stored durably. Refusal, IntakeBroke, or CancelledError when the task is cancelled.

        `progress` is called with the step and how far all of it has come, 0 to 1000; `cuts` as on their wire.
        """
        async with self._slots:
            process = await self._start(original, kind, cuts)
            try:
                async with asyncio.timeout(self._time_limit_s):
                    return await _follow(process, progress or (lambda step, permille: None))
            except TimeoutError:
                raise Refusal("timeout", f"{self._time_limit_s} s") from None
            finally:
                await _end(process)

    async def _start(
        self, original: Path, kind: Kind | None, cuts: Sequence[Mapping[str, int]]
    ) -> asyncio.subprocess.Process:
        wish = ["--kind", kind] if kind else []
        wish += ["--cuts", json.dumps(list(cuts))] if cuts else []
        return await asyncio.create_subprocess_exec(
            sys.executable, "-W", "ignore::DeprecationWarning", "-m", "audio_library.intake",
            "--original", str(original), "--store", str(self._store), *wish,
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            start_new_session=True, limit=_LINE,
        )  # fmt: skip


async def _follow(process: asyncio.subprocess.Process, progress: Callable[[str, int], None]) -> Intake:
    assert process.stdout is not None
    assert process.stderr is not None
    said = asyncio.create_task(process.stderr.read())
    try:
        async for line in process.stdout:
            told: dict[str, Any] = json.loads(line)
            if "step" in told:
                progress(told["step"], told["permille"])
            elif "refusal" in told:
                raise Refusal(told["refusal"]["code"], (await said).decode(errors="replace")[-400:].strip())
            else:
                return Intake.from_wire(told["intake"])
        raise IntakeBroke((await said).decode(errors="replace")[-800:] or f"exit {await process.wait()}")
    finally:
        said.cancel()


async def _end(process: asyncio.subprocess.Process) -> None:
    """Gone when this returns, with everything it started: politely if it can, by force if it must."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
    try:
        async with asyncio.timeout(GRACE_S):
            await process.wait()
    except TimeoutError:
        pass
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
