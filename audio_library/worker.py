"""Intake in a process of its own, as the server starts, follows, bounds and cancels it. Imports next to nothing."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import subprocess
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Final

from audio_library.aside import aside
from audio_library.away import end_away, start_away
from audio_library.refusal import Refusal
from audio_library.sound import Intake, Kind

log = logging.getLogger(__name__)

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
            with self._start(original, kind, cuts) as process:
                try:
                    async with asyncio.timeout(self._time_limit_s):
                        return await _follow(process, progress or (lambda step, permille: None))
                except TimeoutError:
                    raise Refusal("timeout", f"{self._time_limit_s} s") from None
                finally:
                    await end_away(process, GRACE_S)

    def _start(self, original: Path, kind: Kind | None, cuts: Sequence[Mapping[str, int]]) -> subprocess.Popen[bytes]:
        wish = ["--kind", kind] if kind else []
        wish += ["--cuts", json.dumps(list(cuts))] if cuts else []
        return start_away("audio_library.intake", "--original", str(original), "--store", str(self._store), *wish)


async def _follow(process: subprocess.Popen[bytes], progress: Callable[[str, int], None]) -> Intake:
    assert process.stdout is not None
    assert process.stderr is not None
    async with _heard(process.stdout) as lines, _heard(process.stderr) as complaints:
        said = asyncio.create_task(complaints.read())
        try:
            async for line in lines:
                told: dict[str, Any] = json.loads(line)
                if "step" in told:
                    progress(told["step"], told["permille"])
                elif "refusal" in told:
                    raise Refusal(told["refusal"]["code"], (await said).decode(errors="replace")[-400:].strip())
                else:
                    if warned := (await said).decode(errors="replace")[-400:].strip():
                        log.warning("an upload was taken in, but %s", warned)
                    return Intake.from_wire(told["intake"])
            complaint = (await said).decode(errors="replace")[-800:]
            raise IntakeBroke(complaint or f"exit {await aside(process.wait)}")
        finally:
            said.cancel()


@contextlib.asynccontextmanager
async def _heard(pipe: IO[bytes]) -> AsyncIterator[asyncio.StreamReader]:
    """By the event loop: a thread would wait for half an hour, and on a small machine there are five."""
    reader = asyncio.StreamReader(_LINE)
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), pipe)
    try:
        yield reader
    finally:
        transport.close()
