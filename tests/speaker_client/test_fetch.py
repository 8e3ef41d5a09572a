"""Downloads over a real socket that cuts, stalls and lies; what is kept is whole, what is refused leaves nothing."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest

from speaker_client.cache import Bounds, Cache, Need
from speaker_client.fetch import Fetcher, Patience, fetch
from speaker_client.transfer import FetchFailed
from tests.speaker_client.content_host import Host, Mood
from tests.waiting import until

SOCKET_BUFFERS = 8 << 20
"""What loopback takes from a sender whose reader has stopped."""

ROOMY = Bounds(cache_bytes=1 << 30, disk_floor_bytes=0)


@pytest.fixture
async def host() -> AsyncIterator[Host]:
    async with Host() as host:
        yield host


@pytest.fixture
async def client(host: Host) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{host.port}") as client:
        yield client


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path, ROOMY)


async def refusal(client: httpx2.AsyncClient, host: Host, cache: Cache, patience: Patience | None = None) -> str:
    with pytest.raises(FetchFailed) as refused:
        await fetch(client, host.need, cache, patience or Patience())
    assert not cache.holds(host.need.content)
    return refused.value.code


async def test_a_content_comes_whole(client: httpx2.AsyncClient, host: Host, cache: Cache) -> None:
    await fetch(client, host.need, cache)
    assert cache.path(host.need.content).read_bytes() == host.data
    assert host.sent == len(host.data)


async def test_a_cut_at_99_percent_costs_at_most_64_kib(client: httpx2.AsyncClient, host: Host, cache: Cache) -> None:
    host.mood = Mood(cut_at=2_970_000)
    assert await refusal(client, host, cache) == "fetch_network"
    host.mood = Mood()
    await fetch(client, host.need, cache)
    assert cache.holds(host.need.content)
    assert host.sent - len(host.data) <= 65_536


async def test_a_link_that_cuts_all_the_time_still_gets_there(
    client: httpx2.AsyncClient, host: Host, cache: Cache
) -> None:
    host.mood = Mood(cut_at=500_000)
    for _ in range(12):
        with contextlib.suppress(FetchFailed):
            await fetch(client, host.need, cache)
            break
    assert cache.holds(host.need.content)
    assert host.sent <= len(host.data) + 6 * 65_536


async def test_a_station_that_ignores_ranges_starts_over_and_nothing_is_mixed(
    client: httpx2.AsyncClient, host: Host, cache: Cache
) -> None:
    host.mood = Mood(cut_at=1_000_000)
    await refusal(client, host, cache)
    host.mood = Mood(deaf_to_ranges=True)
    await fetch(client, host.need, cache)
    assert cache.path(host.need.content).read_bytes() == host.data


async def test_a_login_page_is_refused_and_leaves_nothing(client: httpx2.AsyncClient, host: Host, cache: Cache) -> None:
    page = b"<html>Dang nhap de dung mang</html>"
    host.mood = Mood(body=page, headers={"Content-Type": "text/html", "ETag": None})
    assert await refusal(client, host, cache) == "fetch_not_sound"
    assert cache.part_size(host.need.content) == 0


async def test_a_login_page_does_not_spoil_what_has_come(client: httpx2.AsyncClient, host: Host, cache: Cache) -> None:
    host.mood = Mood(cut_at=1_000_000)
    await refusal(client, host, cache)
    before = cache.part(host.need.content).read_bytes()
    host.mood = Mood(status=302, headers={"Location": "http://portal.invalid/"})
    assert await refusal(client, host, cache) == "fetch_status"
    assert cache.part(host.need.content).read_bytes() == before


async def test_a_wrong_length_is_refused_before_a_byte_is_kept(
    client: httpx2.AsyncClient, host: Host, cache: Cache
) -> None:
    host.mood = Mood(body=host.data + b"more")
    assert await refusal(client, host, cache) == "fetch_length"
    assert cache.part_size(host.need.content) == 0


async def test_an_endless_answer_stops_at_the_length_of_the_plan(
    client: httpx2.AsyncClient, host: Host, cache: Cache
) -> None:
    host.mood = Mood(endless=True, headers={"Content-Length": None}, body=b"x" * 100)
    async with asyncio.timeout(5):
        assert await refusal(client, host, cache) == "fetch_hash"
    assert host.sent < len(host.data) + SOCKET_BUFFERS
    assert cache.part_size(host.need.content) == 0


async def test_other_bytes_of_the_right_length_are_thrown_away(
    client: httpx2.AsyncClient, host: Host, cache: Cache
) -> None:
    host.mood = Mood(body=bytes(len(host.data)))
    cache.need([host.need])
    for _ in range(3):
        assert await refusal(client, host, cache) == "fetch_hash"
    assert cache.broken() == {host.need.content}
    host.mood = Mood()
    await fetch(client, host.need, cache)
    assert not cache.broken()


async def test_a_stalled_link_is_given_up_and_what_came_is_kept(
    client: httpx2.AsyncClient, host: Host, cache: Cache
) -> None:
    host.mood = Mood(stall_at=1_500_000)
    assert await refusal(client, host, cache, Patience(window_s=0.5)) == "fetch_slow"
    assert cache.part_size(host.need.content) == 1_500_000


async def test_a_trickle_is_given_up(client: httpx2.AsyncClient, host: Host, cache: Cache) -> None:
    host.mood = Mood(rate=2_000)
    patience = Patience(window_s=0.5, slowest_bytes_s=10_000)
    assert await refusal(client, host, cache, patience) == "fetch_slow"


async def test_the_whole_time_is_bounded(client: httpx2.AsyncClient, host: Host, cache: Cache) -> None:
    host.mood = Mood(rate=200_000)
    assert await refusal(client, host, cache, Patience(total_s=0.4)) == "fetch_deadline"
    assert cache.part_size(host.need.content) > 0


async def test_a_station_that_is_not_there_is_a_network_failure(host: Host, cache: Cache) -> None:
    async with httpx2.AsyncClient(base_url="http://127.0.0.1:9") as nowhere:
        assert await refusal(nowhere, host, cache) == "fetch_network"


async def test_no_room_is_said_before_anything_is_asked(client: httpx2.AsyncClient, host: Host, tmp_path: Path) -> None:
    small = Cache(tmp_path, Bounds(cache_bytes=1 << 20, disk_floor_bytes=0))
    assert await refusal(client, host, small) == "fetch_no_room"
    assert not host.asked


async def test_a_disk_that_cannot_be_written_is_said(client: httpx2.AsyncClient, host: Host, cache: Cache) -> None:
    cache.part(host.need.content).mkdir()
    assert await refusal(client, host, cache) == "fetch_disk"


async def test_a_part_that_the_disk_did_not_take_is_not_trusted(
    client: httpx2.AsyncClient, host: Host, cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_handle: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as disk:
        disk.setattr(os, "fsync", broken)
        assert await refusal(client, host, cache) == "fetch_disk"
    assert cache.part_size(host.need.content) == 0
    await fetch(client, host.need, cache)
    assert cache.path(host.need.content).read_bytes() == host.data


class Stock:
    """A fetcher at work on a cache."""

    def __init__(self, client: httpx2.AsyncClient, cache: Cache, luck: float = 0.1) -> None:
        self.came: list[str] = []
        self.failed: list[str] = []
        self.cache = cache
        self.fetcher = Fetcher(
            client,
            cache,
            draw=lambda: luck,
            utc_us=lambda: 0,
            stocked=self.came.append,
            failed=lambda _, failure: self.failed.append(failure.code),
        )

    async def work(self, *needs: Need) -> None:
        """Until everything is here."""
        self.cache.need(needs)
        task = asyncio.create_task(self.fetcher.run())
        await until(lambda: not self.cache.missing() and len(self.came) >= len(needs))
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def test_in_a_full_cache_what_is_due_now_comes_and_what_made_room_is_tried_again(
    client: httpx2.AsyncClient, host: Host, tmp_path: Path
) -> None:
    cache = Cache(tmp_path, Bounds(cache_bytes=25_000, disk_floor_bytes=0))
    week = [host.also(bytes([n]), 10_000, due_us=n * 86_400_000_000) for n in (2, 6)]
    now = host.also(b"now", 10_000, due_us=1)
    for need in week:
        await fetch(client, need, cache)
    stock = Stock(client, cache, luck=0.001)
    cache.need([*week, now])
    task = asyncio.create_task(stock.fetcher.run())
    await until(lambda: stock.came == [now.content] and "fetch_no_room" in stock.failed)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    assert [cache.holds(need.content) for need in (now, *week)] == [True, True, False]


async def test_what_is_due_first_is_fetched_first(client: httpx2.AsyncClient, host: Host, cache: Cache) -> None:
    needs = [host.also(bytes([n]), 10_000, due_us=due) for n, due in enumerate((9_000_000, 1_000_000, 5_000_000))]
    stock = Stock(client, cache)
    await stock.work(*needs)
    assert stock.came == [needs[1].content, needs[2].content, needs[0].content]


async def test_what_is_needed_sooner_overtakes_and_the_rest_goes_on_where_it_was(
    client: httpx2.AsyncClient, host: Host, cache: Cache
) -> None:
    host.mood = Mood(rate=2_000_000)
    stock = Stock(client, cache)
    long = Need(host.need.content, host.need.size, due_us=200_000_000)
    urgent = host.also(b"storm", 50_000, due_us=10_000_000)
    working = asyncio.create_task(stock.work(long))
    await until(lambda: cache.part_size(long.content) >= 500_000)
    cache.need([long, urgent])
    stock.fetcher.wake()
    await working
    assert stock.came[0] == urgent.content
    assert cache.path(long.content).read_bytes() == host.data
    assert host.sent <= host.need.size + urgent.size + 4 * 200_000


async def test_the_fetcher_survives_a_station_that_comes_and_goes(
    client: httpx2.AsyncClient, host: Host, cache: Cache
) -> None:
    host.mood = Mood(cut_at=800_000)
    stock = Stock(client, cache)
    await stock.work(host.need)
    assert set(stock.failed) == {"fetch_network"}
    assert cache.holds(host.need.content)


FETCH = """
import asyncio, sys, httpx2
from pathlib import Path
from audio_library.content import ContentId
from speaker_client.cache import Bounds, Cache, Need
from speaker_client.fetch import fetch
async def main(port, folder, content, size):
    cache = Cache(Path(folder), Bounds(1 << 30, 0))
    cache.scan()
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        await fetch(client, Need(ContentId(content), int(size), 0), cache)
asyncio.run(main(*sys.argv[1:]))
"""


async def test_what_is_held_is_not_asked_for_again(client: httpx2.AsyncClient, host: Host, cache: Cache) -> None:
    await fetch(client, host.need, cache)
    await fetch(client, host.need, cache)
    assert len(host.asked) == 1


async def test_a_box_killed_while_fetching_goes_on_where_it_was(host: Host, tmp_path: Path) -> None:
    cache, kills = Cache(tmp_path, ROOMY), 0
    host.mood = Mood(rate=3_000_000)
    arguments = [str(host.port), str(tmp_path), host.need.content, str(host.need.size)]
    for stop_at in (300_000, 1_200_000, 2_700_000):
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", FETCH, *arguments)
        await until(lambda at=stop_at: cache.part_size(host.need.content) >= at)
        process.kill()
        await process.wait()
        kills += 1
    host.mood = Mood()
    last = await asyncio.create_subprocess_exec(sys.executable, "-c", FETCH, *arguments)
    assert await asyncio.wait_for(last.wait(), 10) == 0
    assert cache.path(host.need.content).read_bytes() == host.data
    assert host.sent - host.need.size <= kills * 300_000


async def test_a_content_that_is_rotten_at_the_station_is_not_downloaded_for_ever(
    client: httpx2.AsyncClient, host: Host, cache: Cache
) -> None:
    failures, stocked = list[str](), list[str]()
    fetcher = Fetcher(
        client, cache, lambda: 0.0, lambda: None, stocked.append, lambda _need, failure: failures.append(failure.code)
    )
    host.mood = Mood(body=bytes(len(host.data)))
    cache.need([host.need])
    running = asyncio.create_task(fetcher.run())
    await until(lambda: len(failures) == 3)
    fetcher.wake()
    await asyncio.sleep(0.5)
    assert failures == ["fetch_hash"] * 3
    assert cache.broken() == {host.need.content}, "so the station is told"
    host.mood = Mood()
    cache.need([replace(host.need, due_us=1)])
    fetcher.wake()
    await until(lambda: stocked == [host.need.content])
    assert not cache.broken()
    running.cancel()
    await asyncio.wait({running})
