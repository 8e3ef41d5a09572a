"""Content over HTTP: resumed by range, bounded in time and length, verified, durable."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

import httpx2

from audio_library.content import ContentId
from speaker_client.cache import Cache, Need, NoRoom
from speaker_client.transfer import SLOWEST_BYTES_S, WATCHED_S, Agenda, Draw, FetchFailed, RateWatch, judge

URGENT_S = 6.0
"""So long an order's sound is waited for before it is asked for anew: its road may have died unnoticed."""
SYNC_BYTES = 1 << 20
"""So much may be lost to a power cut."""


@dataclass(frozen=True)
class Patience:
    """When to give up for now: a whole download, and the slowest link (over so many seconds) worth waiting for."""

    total_s: float = 2 * 3600.0
    window_s: float = WATCHED_S
    slowest_bytes_s: float = SLOWEST_BYTES_S


def content_url(content: ContentId) -> str:
    """Where the station keeps it, under the client's base address."""
    return f"/box/v1/content/{content}"


async def fetch(
    client: httpx2.AsyncClient,
    need: Need,
    cache: Cache,
    patience: Patience = Patience(),
    now_us: int | None = None,
) -> None:
    """Bring one content into the cache. FetchFailed says why not; the bytes that came are kept for the next try.

    `now_us` is the station's time, None while unknown: with it, what is due much later makes room.
    """
    if cache.holds(need.content):
        return
    try:
        if cache.part_size(need.content) > need.size:
            cache.drop_part(need.content)
        if cache.part_size(need.content) < need.size:
            cache.make_room(need.size - cache.part_size(need.content), need, now_us)
            async with asyncio.timeout(patience.total_s):
                await _download(client, need, cache, patience)
        whole = await asyncio.to_thread(cache.settle, need.content)
    except NoRoom as error:
        raise FetchFailed("fetch_no_room", str(error)) from error
    except OSError as error:
        raise _of_system(error) from error
    except httpx2.ReadTimeout as error:
        raise FetchFailed("fetch_slow", "nothing came") from error
    except httpx2.HTTPError as error:
        raise FetchFailed("fetch_network", f"{type(error).__name__}: {error}") from error
    if not whole:
        raise FetchFailed("fetch_hash", need.content)


def _of_system(error: OSError) -> FetchFailed:
    if isinstance(error, TimeoutError):
        return FetchFailed("fetch_deadline", "the whole time is used up")
    return FetchFailed("fetch_disk", str(error))


async def _download(client: httpx2.AsyncClient, need: Need, cache: Cache, patience: Patience) -> None:
    have = cache.part_size(need.content)
    headers = {"Accept-Encoding": "identity"}
    if have:
        headers |= {"Range": f"bytes={have}-", "If-Range": f'"{need.content}"'}
    timeout = httpx2.Timeout(min(URGENT_S, patience.window_s) if need.is_ordered else patience.window_s)
    watch = RateWatch(time.monotonic(), patience.window_s, patience.slowest_bytes_s)
    async with client.stream(
        "GET", content_url(need.content), headers=headers, timeout=timeout, follow_redirects=False
    ) as answer:
        start = judge(answer.status_code, {name.lower(): text for name, text in answer.headers.items()}, need, have)
        await _keep(answer, need, cache, start, watch)


async def _keep(answer: httpx2.Response, need: Need, cache: Cache, start: int, watch: RateWatch) -> None:
    """Append the body to the part, never a byte more than the plan's size."""
    with cache.part(need.content).open("ab") as part:
        part.truncate(start)
        at = synced = start
        async for chunk in answer.aiter_raw():
            watch.came(len(chunk), time.monotonic())
            part.write(chunk[: need.size - at])
            part.flush()
            at = min(need.size, at + len(chunk))
            if at == need.size:
                break
            if at - synced >= SYNC_BYTES:
                await _sync(part, need, cache)
                synced = at
        await _sync(part, need, cache)
    if at < need.size:
        raise FetchFailed("fetch_network", f"cut after {at} of {need.size} bytes")


async def _sync(part: BinaryIO, need: Need, cache: Cache) -> None:
    """Onto the disk; a part that could not be written there is not to be trusted and goes."""
    try:
        await asyncio.to_thread(os.fsync, part.fileno())
    except OSError:
        cache.drop_part(need.content)
        raise


class Fetcher:
    """Keeps the cache stocked: what is missing is fetched in the order of need, one at a time, for ever.

    `utc_us` is the station's time or None, `stocked` hears of each new content, `failed` of each failure.
    """

    def __init__(
        self,
        client: httpx2.AsyncClient,
        cache: Cache,
        draw: Draw,
        utc_us: Callable[[], int | None],
        stocked: Callable[[ContentId], object],
        failed: Callable[[Need, FetchFailed], object],
        patience: Patience = Patience(),
    ) -> None:
        self._client, self._cache, self._patience = client, cache, patience
        self._agenda = Agenda(draw)
        self._utc_us, self._stocked, self._failed = utc_us, stocked, failed
        self._news = asyncio.Event()
        self._news.set()

    def wake(self) -> None:
        """What is needed has changed."""
        self._news.set()

    def hurry(self) -> None:
        """An order needs something that is not here."""
        self._agenda.update(self._cache.missing(), time.monotonic(), self._utc_us())
        self._agenda.hurry()
        self.wake()

    def back(self) -> None:
        """The station was reached by another question: try it again at once."""
        self._agenda.back()
        self.wake()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            self._hear()
            need, wait_s = self._agenda.next(time.monotonic())
            if need:
                await self._fetch(need)
            else:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(wait_s):
                        await self._news.wait()

    def _hear(self) -> None:
        if self._news.is_set():
            self._news.clear()
            self._agenda.update(self._cache.missing(), time.monotonic(), self._utc_us())

    async def _fetch(self, need: Need) -> None:
        """Until it is here, has failed, or something is needed sooner."""
        download = asyncio.create_task(fetch(self._client, need, self._cache, self._patience, self._utc_us()))
        try:
            while not download.done() and self._still_first(need):
                news = asyncio.create_task(self._news.wait())
                await asyncio.wait({download, news}, return_when=asyncio.FIRST_COMPLETED)
                news.cancel()
                self._hear()
        finally:
            overtaken = download.cancel()
            await asyncio.wait({download})
        if not overtaken:
            self._judge(need, download)

    def _still_first(self, need: Need) -> bool:
        first, _ = self._agenda.next(time.monotonic())
        return first is not None and first.content == need.content

    def _judge(self, need: Need, download: asyncio.Task[None]) -> None:
        try:
            download.result()
        except FetchFailed as failure:
            self._agenda.failed(need.content, failure.code, time.monotonic())
            self._failed(need, failure)
        else:
            self._agenda.succeeded(need.content)
            self._stocked(need.content)
        if not all(self._agenda.lists(one.content) for one in self._cache.missing()):
            self.wake()  # what made room is to be fetched again
