"""Keeps the picture that people watch, while anybody does, and shows each of them what they have not seen yet."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from broadcast_server.clock import Clock
from broadcast_server.doorkeeping import Doorkeeping
from broadcast_server.feed.diary import Diary, Entry
from broadcast_server.feed.picture import read_parts
from broadcast_server.fleet.presence import Presence
from broadcast_server.monitoring import Monitoring
from broadcast_server.news import News
from broadcast_server.problem import Problem
from broadcast_server.store.base import Database
from speaker_client.protocol.ids import ClusterId, StationId

LOOK_EVERY_S = 2.0
"""The picture is looked at this often even if no bell rang: boxes fall silent and airings begin by the clock."""
PAUSE_S = 0.1
"""From a bell to the look: the boxes are told first, and what comes together is shown together."""
BEAT_EVERY_S = 15.0
"""Silence longer than this means that the line is dead."""
SENT_WITHIN_S = 20.0
"""Who takes longer to take a message is dropped: nothing is heaped up for anybody."""
MOST_WATCHERS = 200
MOST_EACH = 20
LONGEST_ECHO = 64

Send = Callable[[str], Awaitable[None]]
Check = Callable[[], Awaitable[None]]
"""Problem if the watcher may no longer watch."""


@dataclass(eq=False)
class Watcher:
    """Somebody who watches. `echo`: their last word, that the next beat says back to them; `gone`: they hung up."""

    user: str
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    echo: str | None = None
    gone: bool = False

    def said(self, text: str) -> None:
        """They said something, to hear how fast it comes back."""
        self.echo = text[:LONGEST_ECHO]
        self.wake.set()

    def left(self) -> None:
        """They hung up."""
        self.gone = True
        self.wake.set()


class Feeding:
    """The station's end of every feed. `run` names this run of the server: numbers mean nothing in another."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        station: StationId,
        doors: Doorkeeping,
        monitoring: Monitoring,
        news: News,
    ) -> None:
        self._database, self._clock, self._station = database, clock, station
        self._doors, self._monitoring, self._news = doors, monitoring, news
        self._diary, self._watchers = Diary(), set[Watcher]()
        self._one_looks = asyncio.Lock()
        self.run = secrets.token_hex(4)

    async def feed_forever(self) -> None:
        """Look whenever something may have changed and somebody watches; until cancelled."""
        while True:
            bell = self._news.screen_bell()
            if self._watchers:
                await self.look()
            try:
                async with asyncio.timeout(LOOK_EVERY_S):
                    await bell.wait()
                await asyncio.sleep(PAUSE_S)
            except TimeoutError:
                continue

    async def look(self) -> None:
        """Bring the picture up to date; whoever watches is woken if it has changed."""
        async with self._one_looks:
            now = self._clock.now_us()
            boxes = {known.cluster: known.id for known in self._doors.all()}

            def presence_of(cluster: ClusterId) -> Presence | None:
                return self._monitoring.presence_of(boxes[cluster])[0] if cluster in boxes else None

            async with self._database.reading() as session:
                parts = await read_parts(session, self._station, presence_of, now)
            if self._diary.write(parts, now):
                for watcher in self._watchers:
                    watcher.wake.set()

    @contextmanager
    def seat(self, user: str) -> Iterator[Watcher]:
        """A place to watch from. Problem 503 `feed_full`, 429 `feeds_too_many` for one user."""
        if len(self._watchers) >= MOST_WATCHERS:
            vi, en = "Đang có quá nhiều màn hình theo dõi; hãy thử lại sau.", "Too many are watching; try again later."
            raise Problem(503, "feed_full", vi, en)
        if sum(one.user == user for one in self._watchers) >= MOST_EACH:
            vi, en = "Tài khoản này đang mở quá nhiều màn hình.", "This account has too many screens open."
            raise Problem(429, "feeds_too_many", vi, en)
        watcher = Watcher(user)
        self._watchers.add(watcher)
        try:
            yield watcher
        finally:
            self._watchers.discard(watcher)

    async def show(self, watcher: Watcher, run: str, since: int, send: Send, check: Check) -> None:
        """Show them what they have missed since that number of that run, or everything; then every change and a beat
        at least every fifteen seconds, until they have left, may no longer watch, or are too slow. Problem 401, 403,
        408 `too_slow`."""
        await self.look()
        seen = since if run == self.run else None
        loop = asyncio.get_running_loop()
        beat_s = loop.time()
        while not watcher.gone:
            watcher.wake.clear()
            seen = await self._catch_up(seen, send)
            due = loop.time() >= beat_s
            if due:
                await check()
                beat_s = loop.time() + BEAT_EVERY_S
            if due or watcher.echo is not None:
                echo, watcher.echo = watcher.echo, None
                await _say(send, self._beat(echo))
            try:
                async with asyncio.timeout_at(beat_s):
                    await watcher.wake.wait()
            except TimeoutError:
                continue

    async def _catch_up(self, seen: int | None, send: Send) -> int:
        """Send what was not seen: the changes, or everything when they are not all kept. The number seen now."""
        missed = None if seen is None else self._diary.since(seen)
        upto = self._diary.seq
        if missed is None:
            await _say(send, self._snapshot())
        for entry in missed or ():
            await _say(send, _change(entry))
        return upto

    def _snapshot(self) -> str:
        diary = self._diary
        return _text("snapshot", run=self.run, seq=diary.seq, now_us=self._clock.now_us(), parts=dict(diary.parts))

    def _beat(self, echo: str | None) -> str:
        more = {} if echo is None else {"echo": echo}
        return _text("beat", seq=self._diary.seq, now_us=self._clock.now_us(), **more)


async def _say(send: Send, text: str) -> None:
    try:
        async with asyncio.timeout(SENT_WITHIN_S):
            await send(text)
    except TimeoutError as error:
        vi, en = "Đường truyền quá chậm; hãy nối lại.", "The line is too slow; connect again."
        raise Problem(408, "too_slow", vi, en) from error


def _change(entry: Entry) -> str:
    return _text("change", seq=entry.seq, now_us=entry.at_us, parts=dict(entry.parts))


def _text(kind: str, **more: Any) -> str:
    return json.dumps({"kind": kind, **more}, ensure_ascii=False, separators=(",", ":"))
