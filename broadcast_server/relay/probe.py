"""Is a source fit to go on air? Looked at before air, without anybody hearing it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from broadcast_server.clock import Clock, SystemClock
from broadcast_server.relay.guard import Guard
from broadcast_server.relay.intake import Intake, now_us
from broadcast_server.relay.levelling import decibel
from broadcast_server.relay.reason import Failure, Reason
from broadcast_server.relay.source import Source
from speaker_client.protocol.ids import SECOND, Micros

LOOK_S = 0.1
ENOUGH_FRAMES = 50
"""A second of sound is believed."""
LONGEST_US = 9 * SECOND


@dataclass(frozen=True)
class Probe:
    """What was found at `at_us`: `reason` why not, and how loud it was (dBFS, root mean square, before levelling)."""

    ok: bool
    reason: Reason | None
    level_db: float | None
    at_us: Micros
    detail: str = ""


async def probe(source: Source, guard: Guard, clock: Clock | None = None) -> Probe:
    """Pull the source for a moment; answers within ten seconds, and in the words of a relay if it is not fit."""
    intake = Intake(source, guard)
    pulling = asyncio.create_task(intake.pull())
    reason, detail = None, ""
    try:
        await _sounds(intake, pulling)
    except Failure as failure:
        reason, detail = failure.reason, failure.detail
    finally:
        pulling.cancel()
        await asyncio.gather(pulling, return_exceptions=True)
    level = round(decibel(intake.power / intake.count), 1) if intake.count else None
    return Probe(reason is None, reason, level, (clock or SystemClock()).now_us(), detail)


async def _sounds(intake: Intake, pulling: asyncio.Task[None]) -> None:
    """Return once it does; Failure if it does not, or not in time."""
    until_us = now_us() + LONGEST_US
    while not (intake.watch.sounded and intake.count >= ENOUGH_FRAMES):
        await asyncio.wait([pulling], timeout=LOOK_S)
        if pulling.done():
            if intake.watch.sounded:
                return  # shorter than a second, and all of it is there
            pulling.result()
        if verdict := intake.watch.verdict(now_us(), intake.ready, 0):
            raise intake.stalled() if verdict is Reason.STALLED else Failure(verdict)
        if now_us() >= until_us:
            raise Failure(Reason.SILENT) if intake.count else intake.stalled()
