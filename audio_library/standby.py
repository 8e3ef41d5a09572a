"""A program that is started before it is needed: it stands there with everything loaded, and waits for its work."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final, Generic, Protocol, TypeVar

log = logging.getLogger(__name__)

REST_S: Final = 0.7
"""After one was taken: what it does goes first."""
LOOK_EVERY_S: Final = 60.0


class Waiting(Protocol):
    """A program that was started."""

    @property
    def waits(self) -> bool:
        """Whether it still does."""

    async def end(self) -> None:
        """Have it gone. May be called more than once."""


W = TypeVar("W", bound=Waiting)


class Standby(Generic[W]):
    """Keeps `count` of them waiting while it was told to `stand_ready`, and none that does not fit any more.

    `start` may raise `ails`: that is logged once, as `what` that is missing, and tried again.
    """

    def __init__(
        self,
        what: str,
        start: Callable[[], Awaitable[W]],
        ails: tuple[type[Exception], ...],
        count: int = 1,
        fits: Callable[[W], bool] = lambda _: True,
    ) -> None:
        self._what, self._start, self._ails, self._count, self._fits = what, start, ails, count, fits
        self.ready: deque[W] = deque()
        self._asked = asyncio.Event()
        self._ailing = ""

    async def stand_ready(self) -> None:
        """Until cancelled."""
        try:
            while True:
                self._asked.clear()  # before they are filled up: whoever takes one meanwhile is not overheard
                await self._dismiss()
                await self._fill()
                await self._rest()
        finally:
            while self.ready:  # what is being ended is offered to nobody
                await self.ready.popleft().end()

    def take(self, fits: Callable[[W], bool] = lambda _: True) -> W | None:
        """One that waits and fits, whoever takes it ends it; None if there is none."""
        found = next((one for one in self.ready if one.waits and fits(one)), None)
        if found is not None:
            self.ready.remove(found)
        self._asked.set()
        return found

    async def _dismiss(self) -> None:
        for one in [one for one in self.ready if not (one.waits and self._fits(one))]:
            self.ready.remove(one)
            await one.end()

    async def _fill(self) -> None:
        try:
            while len(self.ready) < self._count:
                self.ready.append(await self._start())
        except self._ails as error:
            if str(error) != self._ailing:
                log.error("no %s stands ready: %s", self._what, error)
            self._ailing = str(error)
        else:
            self._ailing = ""

    async def _rest(self) -> None:
        """Until one was asked for, and then a little longer."""
        try:
            async with asyncio.timeout(LOOK_EVERY_S):
                await self._asked.wait()
            await asyncio.sleep(REST_S)
        except TimeoutError:
            pass
