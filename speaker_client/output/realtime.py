"""Asking the system to wake the audio thread on time."""

from __future__ import annotations

import gc
import logging
import os
import sys
import time

SWITCH_S = 0.0005
"""How long another Python thread may go on when the audio thread wants to run."""

NICENESS = -15

_log = logging.getLogger(__name__)


def monotonic_us() -> int:
    """The box's monotonic clock in microseconds."""
    return time.monotonic_ns() // 1000


def sleep_until(at_us: int) -> None:
    """Sleep to a moment of the monotonic clock; returns at once when it is past."""
    left = at_us * 1000 - time.monotonic_ns()
    if left > 0:
        time.sleep(left / 1e9)


def hurry() -> bool:
    """Make the calling thread a real-time one; False, with a line in the log, where that is not allowed.

    A lower switch interval makes the other Python threads give way sooner, and their niceness keeps other programs
    from stopping one of them while it holds the interpreter that the audio thread waits for. What was made so far
    stays for good, so the garbage collector need not stop the sound to look at it again.
    """
    gc.freeze()
    sys.setswitchinterval(SWITCH_S)
    try:
        for thread in os.listdir("/proc/self/task"):
            os.setpriority(os.PRIO_PROCESS, int(thread), NICENESS)
        os.sched_setscheduler(0, os.SCHED_FIFO | os.SCHED_RESET_ON_FORK, os.sched_param(10))
    except OSError as error:
        _log.warning("audio runs without real-time priority: %s", error)
        return False
    return True
