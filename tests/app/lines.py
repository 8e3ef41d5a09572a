"""Lines that lose the answer to what they carried, or hold it back."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from playwright.async_api import Error, Route

A_MINUTE_LATER = "const now = Date.now; Date.now = () => now() + 61_000"
"""By the phone's clock."""


async def lose_the_answer(route: Route) -> None:
    """The station gets it, the phone hears nothing."""
    await route.fetch()
    await route.abort()


class HeldBack:
    """What is sent stays on its way until it is let go, long after the phone has given it up."""

    def __init__(self) -> None:
        self._free, self._come = asyncio.Event(), asyncio.Event()
        self._status = 0

    async def __call__(self, route: Route) -> None:
        await self._free.wait()
        self._status = (await route.fetch()).status
        self._come.set()
        with suppress(Error):  # nobody waits for its answer
            await route.abort()

    async def let_go(self) -> int:
        """It comes to the station now; what that says of it."""
        self._free.set()
        await asyncio.wait_for(self._come.wait(), 30)
        return self._status
