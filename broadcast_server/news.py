"""Wakes those who wait for news: the long polls, the teller of hints, and the feed for people's screens."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from speaker_client.protocol.ids import ClusterId

HEAD_START_S = 0.2


class News:
    """One bell a cluster. Take the bell first, then look at the state, then wait: no news slips between."""

    def __init__(self) -> None:
        self._bells: dict[ClusterId, asyncio.Event] = {}
        self._any = asyncio.Event()
        self._screens = asyncio.Event()
        self.closed = False

    def bell(self, cluster: ClusterId) -> asyncio.Event:
        """Rings at the cluster's next news."""
        bell = self._bells.setdefault(cluster, asyncio.Event())
        if self.closed:
            bell.set()
        return bell

    def any_bell(self) -> asyncio.Event:
        """Rings at the next news of any cluster."""
        return self._any

    def screen_bell(self) -> asyncio.Event:
        """Rings at any news, and when a box has reported something."""
        return self._screens

    def reported(self) -> None:
        """A box's report is in the log: worth a look for people, no news for boxes."""
        self._screens.set()
        self._screens = asyncio.Event()

    def stir(self, clusters: Iterable[ClusterId]) -> None:
        """There is news, already committed, for these clusters."""
        self._ring(self._taken_down(clusters))

    def stir_after_orders(self, clusters: Iterable[ClusterId]) -> None:
        """The same a moment later: orders go first, by the roads that are made for them, and have the wire alone. Who
        looks meanwhile finds them."""
        asyncio.get_running_loop().call_later(HEAD_START_S, self._ring, self._taken_down(clusters))

    def _taken_down(self, clusters: Iterable[ClusterId]) -> list[asyncio.Event]:
        """Whoever takes a bell from now on looks after this news."""
        return [bell for one in clusters if (bell := self._bells.pop(one, None))]

    def _ring(self, bells: Iterable[asyncio.Event]) -> None:
        for bell in bells:
            bell.set()
        self._any.set()
        self._any = asyncio.Event()
        self.reported()

    def close(self) -> None:
        """Let everyone go, now and from now on: the station is closing."""
        self.closed = True
        self.stir(list(self._bells))
