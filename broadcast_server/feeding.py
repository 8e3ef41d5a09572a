"""Keeps the picture that people watch, while anybody does, and shows each of them what they have not seen yet."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal, NotRequired

from typing_extensions import TypedDict

from broadcast_server.clock import Clock
from broadcast_server.doorkeeping import Doorkeeping
from broadcast_server.feed.diary import Diary, Entry
from broadcast_server.feed.picture import PartJson, Standing, read_parts
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
MOST_EACH = 100
"""Of one account: a commune may well have only one for all its screens."""
LONGEST_ECHO = 64

Send = Callable[[str], Awaitable[None]]
Check = Callable[[], Awaitable[None]]
"""Problem if the watcher may no longer watch."""


class SnapshotJson(TypedDict):
    """The whole picture as it stands after change number `seq` of the run `run`: its parts by name."""

    kind: Literal["snapshot"]
    run: str
    seq: int
    now_us: int
    parts: Mapping[str, PartJson]


class ChangeJson(TypedDict):
    """Change number `seq`: the parts that are new or different, each whole; null for one that is gone."""

    kind: Literal["change"]
    seq: int
    now_us: int
    parts: Mapping[str, PartJson | None]


class BeatJson(TypedDict):
    """The line is alive. `seq`: the last change there was; `echo`: the screen's last word."""

    kind: Literal["beat"]
    seq: int
    now_us: int
    echo: NotRequired[str]


@dataclass(eq=False)
class Watcher:
    """Somebody who watches. `echo`: their last word, that the next beat says back to them; `gone`: they hung up;
    `doubted`: it is to be looked at now whether they still may."""

    user: str
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    echo: str | None = None
    gone: bool = False
    doubted: bool = False

    def said(self, text: str) -> None:
        """They said something, to hear how fast it comes back."""
        self.echo = text[:LONGEST_ECHO]
        self.wake.set()

    def doubt(self) -> None:
        """They may have lost the right to watch."""
        self.doubted = True
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

            def standing_of(cluster: ClusterId) -> Standing:
                if cluster not in boxes:
                    return None, ()
                presence, _, beat = self._monitoring.presence_of(boxes[cluster])
                return presence, beat.faults if beat else ()

            async with self._database.reading() as session:
                parts = await read_parts(session, self._station, standing_of, now)
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

    def doubt(self, user: str) -> None:
        """What the account may do has changed, and that is committed: all its screens are looked at now."""
        for watcher in self._watchers:
            if watcher.user == user:
                watcher.doubt()

    async def show(self, watcher: Watcher, run: str, since: int, send: Send, check: Check) -> None:
        """Show them what they have missed since that number of that run, or everything; then every change and a beat
        at least every fifteen seconds, until they have left, may no longer watch, or are too slow. Whether they may is
        looked at with every beat, and at once when it is doubted. Problem 401, 403,
        408 `too_slow`."""
        await self.look()
        seen = since if run == self.run else None
        loop = asyncio.get_running_loop()
        beat_s = loop.time()
        while not watcher.gone:
            watcher.wake.clear()
            due = loop.time() >= beat_s or watcher.doubted
            if due:
                watcher.doubted = False
                await check()
                beat_s = loop.time() + BEAT_EVERY_S
            seen = await self._catch_up(seen, send)
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
        now = self._clock.now_us()
        return _text({"kind": "snapshot", "run": self.run, "seq": diary.seq, "now_us": now, "parts": dict(diary.parts)})

    def _beat(self, echo: str | None) -> str:
        beat: BeatJson = {"kind": "beat", "seq": self._diary.seq, "now_us": self._clock.now_us()}
        if echo is not None:
            beat["echo"] = echo
        return _text(beat)


async def _say(send: Send, text: str) -> None:
    try:
        async with asyncio.timeout(SENT_WITHIN_S):
            await send(text)
    except TimeoutError as error:
        vi, en = "Đường truyền quá chậm; hãy nối lại.", "The line is too slow; connect again."
        raise Problem(408, "too_slow", vi, en) from error


def _change(entry: Entry) -> str:
    return _text({"kind": "change", "seq": entry.seq, "now_us": entry.at_us, "parts": dict(entry.parts)})


def _text(message: SnapshotJson | ChangeJson | BeatJson) -> str:
    return json.dumps(message, ensure_ascii=False, separators=(",", ":"))
