"""How a loop of the daemon waits: for an event, and before it tries the station again."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable

log = logging.getLogger(__name__)


async def until(event: asyncio.Event, seconds: float) -> bool:
    """Wait for the event, but no longer; whether it came. It is cleared then.

    Not by `wait_for`: in Python 3.11 it swallows a cancellation that comes while the event is set, and a daemon that
    is to end because a task failed would go on without that task.
    """
    try:
        async with asyncio.timeout(max(0.0, seconds)):
            await event.wait()
        event.clear()
    except TimeoutError:
        return False
    return True


def pause(failures: int, spread: Callable[[int], int] = secrets.randbelow) -> float:
    """Seconds before the next try: full jitter up to 1, 2, 4 … 60, never under a quarter of a second."""
    return 0.25 + spread(int(min(60.0, 2.0 ** min(failures, 6)) * 1000)) / 1000


def reached(failures: int) -> int:
    """The failures in a row once the station answered; said in the log if it had not before."""
    if failures:
        log.info("the station is back after %d tries", failures)
    return 0


def not_reached(what: str, error: Exception, failures: int) -> int:
    """The failures in a row with this one, of which the first is said in the log."""
    if failures == 0:
        log.warning("%s: %s; will try again", what, error)
    return failures + 1
