"""What an order lacks is asked for in the order in which it does not come by itself."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from audio_library.content import ContentId
from speaker_client import stock
from speaker_client.cache import Bounds, Cache, Need, NoRoom
from speaker_client.holdings import CacheHoldings
from speaker_client.protocol.datagram import pieces
from speaker_client.protocol.ids import SECOND
from speaker_client.protocol.plan import Item
from speaker_client.stock import Stock
from tests.speaker_client.content_host import Host, Mood
from tests.speaker_client.orders import SIREN, SONG, Box, emergency
from tests.speaker_client.sound_of_tests import Bench
from tests.waiting import until


class Text:
    """A box that is told words that nobody had before, the first of which the station sends along."""

    def __init__(self, folder: Path, host: Host, client: httpx2.AsyncClient, bench: Bench) -> None:
        self.host, self.hears = host, True
        self.first, self.rest = host.also(b"first words", 9_000, 0), host.also(b"the rest", 40_000, 0)
        self.box, self.cache = Box(folder), Cache(folder / "content", Bounds(10**9, 0))
        self.stock = Stock(
            self.cache,
            CacheHoldings(self.cache),
            bench.deck,
            self.box.listener,
            self.box.journal.memory,
            client,
            lambda: self.box.time,
            asyncio.Event(),
            lambda: self.hears,
        )

    def order(self) -> None:
        self.box.on_first = self._look
        self.box.hear(emergency(1, "1", first=(item(self.first), item(self.rest)), rounds=1))
        self.stock.fetch_at_once()

    def _look(self, first: Item) -> None:
        """The box's shelf holds what its cache does."""
        self.box.shelf.away.add(first.content)
        self.stock.arrivals.expect(first)
        if self.cache.holds(first.content):
            self.box.shelf.away.clear()

    def come_along(self) -> None:
        for datagram in pieces(self.first.content, self.host.others[self.first.content]):
            self.stock.arrivals.hear(datagram)

    def asked(self) -> list[str]:
        """What was asked for, one by one: from its beginning or, after it was broken off, again."""
        names = {self.first.content[:8]: "first", self.rest.content[:8]: "rest"}
        return [names[one.split()[0]] for one in self.host.asked]

    async def has_all(self) -> None:
        await until(lambda: self.cache.holds(self.first.content) and self.cache.holds(self.rest.content))


def item(need: Need) -> Item:
    return Item(content=need.content, size=need.size, duration_us=3 * SECOND)


@pytest.fixture
async def text(tmp_path: Path) -> AsyncIterator[Text]:
    with Bench() as bench:
        async with Host() as host, httpx2.AsyncClient(base_url=f"http://127.0.0.1:{host.port}") as client:
            made = Text(tmp_path, host, client, bench)
            fetching = asyncio.create_task(made.stock.fetcher.run())
            yield made
            fetching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await fetching


async def test_what_comes_along_is_not_asked_for_and_holds_up_nothing(
    text: Text, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stock, "ALONG_S", 10.0)
    text.host.mood = Mood(rate=400_000)
    text.order()
    await until(lambda: text.host.sent > 0)
    text.come_along()
    await text.has_all()
    assert text.asked() == ["rest"], "nor is anything broken off"


async def test_what_came_before_its_order_sounds_without_another_look(text: Text) -> None:
    text.come_along()
    assert not text.cache.holds(text.first.content), "nobody is known to need it"
    text.order()
    assert text.box.deck.released, "the cue was made ready while the order was written down"


async def test_what_did_not_come_before_its_order_waits_for_what_it_begins_with(text: Text) -> None:
    text.order()
    assert not text.box.deck.cues


async def test_what_came_along_is_durable_soon_after(text: Text, tmp_path: Path) -> None:
    keeping = asyncio.create_task(text.stock.make_durable())
    text.come_along()
    text.order()
    marks = tmp_path / "content" / "parts"
    assert list(marks.glob("*.came"))
    await until(lambda: not list(marks.glob("*.came")))
    keeping.cancel()


async def test_what_should_have_come_along_and_did_not_overtakes_the_rest(text: Text) -> None:
    text.host.mood = Mood(rate=20_000)
    text.order()
    await text.has_all()
    assert text.asked() == ["rest", "first", "rest"], "nothing sounds before the first words"


async def test_whom_no_datagram_reaches_asks_for_the_first_words_first(text: Text) -> None:
    text.hears = False
    text.order()
    await text.has_all()
    assert text.asked() == ["first", "rest"]


async def test_no_plan_however_near_takes_the_room_of_what_an_emergency_needs(tmp_path: Path) -> None:
    async with httpx2.AsyncClient() as client:
        bench, box = Bench(), Box(tmp_path)
        cache = Cache(tmp_path / "content", Bounds(cache_bytes=2_500, disk_floor_bytes=0))
        whole = tmp_path / "content" / "whole"
        for content in (SIREN, SONG):
            (whole / content[:2]).mkdir(parents=True)
            (whole / content[:2] / content).write_bytes(bytes(1_000))
        box.pull(alarms=(SIREN,))
        assert box.listener.shelf
        shelf = box.listener.shelf.items
        taken = Stock(
            cache, CacheHoldings(cache), bench.deck, box.listener, box.journal.memory, client, lambda: box.time,
            asyncio.Event(),
        )  # fmt: skip
        try:
            taken.take()
            assert {item.content for item in shelf} >= {SIREN, SONG}
            with pytest.raises(NoRoom):
                cache.make_room(1_000, Need(ContentId("d" * 64), 1_000, box.now), box.now)
            assert cache.holds(SIREN)
            assert cache.holds(SONG)
        finally:
            bench.deck.close()
