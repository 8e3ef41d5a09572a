"""Asks the station what is new: one question always stands open, and is asked anew when its road may be dead."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from speaker_client.listener import Listener
from speaker_client.protocol.bundle import LONGEST_WAIT_S, Bundle
from speaker_client.protocol.ids import SECOND
from speaker_client.sync import Now
from speaker_client.timekeeper import mono_us
from speaker_client.uplink import News, StationRefused, StationUnreachable, Uplink
from speaker_client.waiting import not_reached, pause, reached, until

LEAST_BETWEEN_PULLS_S = 1.0
UNHINTED_WAIT_S = 50
"""Without hints the open question is the only road; it is asked anew so soon since the road may be dead unnoticed."""
HINTED_S = 20.0


class Asking:
    """Pulls what is in force and has the listener obey it.

    `news` is set by whoever knows of some, `has_hints` tells whether the line that hints of news holds, `on_taken`
    follows each bundle; `on_back` is called when the station answers again.
    """

    def __init__(
        self,
        uplink: Uplink,
        listener: Listener,
        now: Callable[[], Now],
        news: asyncio.Event,
        has_hints: Callable[[], bool],
        on_taken: Callable[[], None],
        on_back: Callable[[], None],
    ) -> None:
        self._uplink, self._listener, self._now = uplink, listener, now
        self._news, self._has_hints, self._on_taken, self._on_back = news, has_hints, on_taken, on_back
        self.etag: str | None = None
        """What we have; None when it is to be looked at again, whatever it is."""

    def anew(self) -> None:
        """What was refused is asked for again."""
        self.etag = None
        self._news.set()

    async def pull(self) -> None:
        """Until cancelled."""
        failures, pulled = 0, 0
        while True:
            await asyncio.sleep(max(0.0, LEAST_BETWEEN_PULLS_S - (mono_us() - pulled) / SECOND))
            self._news.clear()
            pulled = mono_us()
            try:
                news = await self._ask()
                if failures:
                    self._on_back()
                failures = reached(failures)
            except (StationUnreachable, StationRefused) as error:
                failures = not_reached("bundle", error, failures)
                await until(self._news, pause(failures))
                continue
            if news:
                self._take(news.bundle, news.etag)
            if not self.etag:
                await until(self._news, 2.0)

    async def _ask(self) -> News | None:
        """What is new. The question always stands open: our line to the broker may hold, and the station's be down.

        News that were hinted at must come by it soon; if not, its road is dead, and the caller asks anew. So it does
        when what we have is to be looked at again.
        """
        known = self.etag
        asking = asyncio.create_task(self._uplink.bundle(known, self._patience_s()))
        hinted = asyncio.create_task(self._news.wait())
        try:
            await asyncio.wait({asking, hinted}, return_when=asyncio.FIRST_COMPLETED)
            if known != self.etag:
                return None
            async with asyncio.timeout(HINTED_S):
                return await asking
        except TimeoutError:
            return None
        finally:
            asking.cancel()
            hinted.cancel()

    def _patience_s(self) -> int:
        """How long the station may wait for news before it answers that there are none."""
        if not self.etag:
            return 0
        config = self._listener.config
        return min(LONGEST_WAIT_S, config.poll_us // SECOND) if self._has_hints() and config else UNHINTED_WAIT_S

    def _take(self, bundle: Bundle, etag: str) -> None:
        now = self._now()
        self._listener.bundle(bundle, now)
        # Without a clock the plan was not taken: ask for it again once there is one.
        self.etag = etag if now.utc_us is not None else None
        self._on_taken()
