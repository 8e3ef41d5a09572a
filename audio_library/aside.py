"""Threads for what may take long: a voice, an encoder, a disk far away.

The event loop's own threads are few, and an alarm needs them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar, TypeVarTuple

T = TypeVar("T")
A = TypeVarTuple("A")

_THREADS: Final = ThreadPoolExecutor(64, "aside")


def aside(act: Callable[[*A], T], *arguments: *A) -> asyncio.Future[T]:
    """What `act` gives; where it is called off, the thread goes on to its end."""
    return asyncio.get_running_loop().run_in_executor(_THREADS, act, *arguments)
