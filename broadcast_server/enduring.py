"""Background jobs outlast a database that fails for a while: a full disk, a lock held too long."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from sqlalchemy.exc import OperationalError

log = logging.getLogger(__name__)

LONGEST_PAUSE_S = 60.0
STEADY_S = 30.0
"""A job that has run so long since its last failure is well again; longer than a lock is waited for, twice."""

Job = Callable[[], Coroutine[Any, Any, None]]


class Hardship:
    """What one job suffers from the database. The log hears of it when it begins and when it is over."""

    def __init__(self, job: str) -> None:
        self._job = job
        self.failures = 0

    def suffered(self, error: BaseException) -> None:
        """It failed once more."""
        if not self.failures:
            log.error("STATION: the database fails, %s stands still and is tried again: %s", self._job, error)
        self.failures += 1

    def well(self) -> None:
        """It works."""
        if self.failures:
            log.warning("STATION: the database works again, %s goes on after %d failures", self._job, self.failures)
        self.failures = 0

    def pause_s(self) -> float:
        """Seconds before the next try: 1, 2, 4 … 60."""
        return min(LONGEST_PAUSE_S, float(2 ** min(self.failures - 1, 16)))


def enduring(name: str, job: Job) -> Job:
    """The job, begun anew whenever the database failed it; it ends by any other exception."""
    return lambda: endure(Hardship(name), job)


async def endure(hardship: Hardship, job: Job, steady_s: float = STEADY_S) -> None:
    """Run the job until it ends by itself, is cancelled, or fails with anything but the database's OperationalError."""
    while True:
        recovery = asyncio.get_running_loop().call_later(steady_s, hardship.well)
        try:
            await job()
            return
        except* OperationalError as errors:
            hardship.suffered(innermost(errors))
        finally:
            recovery.cancel()
        await asyncio.sleep(hardship.pause_s())


def innermost(error: BaseException) -> BaseException:
    """The first that lies in a group of groups, or the error itself."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
