"""Waiting for what tells nobody that it is so: a file, a program, a row of a table, the state of an object."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import Any

LOOK_EVERY_S = 0.01


async def until(look: Callable[[], Any] | Callable[[], Awaitable[Any]], patience_s: float = 20) -> Any:
    """What it finds, or what it is awaited to find, once that is something; TimeoutError."""
    async with asyncio.timeout(patience_s):
        while True:
            found = look()
            if inspect.isawaitable(found):
                found = await found
            if found:
                return found
            await asyncio.sleep(LOOK_EVERY_S)
