"""Whether the station hears the box's hails, and what the box then need not say."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from types import SimpleNamespace
from typing import Any, cast

import pytest

from speaker_client import telling
from speaker_client.hailing import HEARD_FOR_S, TRIES, Hailing
from speaker_client.protocol.datagram import HAILED, hailed
from speaker_client.protocol.ids import MINUTE, SECOND, BoxId, StationId
from speaker_client.protocol.report import Heartbeat
from speaker_client.protocol.signature import SigningKey
from speaker_client.protocol.statement import WHOLE_STATION
from speaker_client.telling import Heartbeats
from speaker_client.uplink import StationUnreachable

BOX, ACCESS = BoxId("0123456789abcdef"), "s3cret"
NOON = 1_790_000_000 * SECOND


class Road:
    """A hailing box, its clock and what it was told."""

    def __init__(self) -> None:
        self.utc_us: int | None = NOON
        self.mono_s = 100.0
        self.found = self.deaf = 0
        self.linked = True
        self.hailing = Hailing(
            BOX, ACCESS, lambda: self.utc_us, self._on_found, lambda: self.mono_s, lambda: self.linked, self._on_deaf
        )

    def _on_found(self) -> None:
        self.found += 1

    def _on_deaf(self) -> None:
        self.deaf += 1

    def hail(self) -> bytes:
        """Three seconds after the last; the true answer."""
        assert self.utc_us is not None
        self.mono_s += 3
        self.utc_us += 3 * SECOND
        assert self.hailing.hail()
        return hailed(BOX, ACCESS, self.utc_us)


def test_an_answer_shows_that_the_station_hears() -> None:
    road = Road()
    answer = road.hail()
    assert not road.hailing.heard
    road.hailing.hear(answer)
    assert (road.hailing.heard, road.found, road.hailing.unsure) == (True, 1, False)
    road.hailing.hear(road.hail())
    assert road.found == 1, "it is nothing new"


def test_nobody_else_can_say_it() -> None:
    road = Road()
    answer = road.hail()
    stale = hailed(BOX, ACCESS, NOON)
    for false in (HAILED, answer[:-1], answer[:-1] + bytes([answer[-1] ^ 1]), hailed(BOX, "other", NOON), stale):
        road.hailing.hear(false)
        assert not road.hailing.heard


def test_a_hail_that_is_lost_is_said_again_and_a_closed_road_is_found_out_and_left_alone() -> None:
    road = Road()
    road.hailing.hear(road.hail())
    slow = road.hail()
    for _ in range(TRIES - 2):
        road.hail()
        assert road.hailing.heard, "one or two are lost on any road"
        assert road.hailing.unsure
    road.hailing.hear(slow)
    assert not road.hailing.unsure, "an answer may take its time"
    for _ in range(TRIES):
        last = road.hail()
    assert (road.hailing.heard, road.hailing.unsure) == (False, False)
    road.hailing.hear(last)
    assert (road.hailing.heard, road.found) == (True, 2)


def test_without_hails_the_answer_is_soon_worth_nothing() -> None:
    road = Road()
    road.hailing.hear(road.hail())
    road.utc_us = None
    assert road.hailing.hail() is None
    assert road.hailing.heard
    road.mono_s += HEARD_FOR_S
    assert not road.hailing.heard


def test_a_station_that_hears_no_longer_and_is_there_is_wondered_about_once() -> None:
    road = Road()
    for _ in range(10):
        answer = road.hail()
    assert road.deaf == 0, "it never heard us: the road of datagrams may be closed"
    for times in (1, 2):
        road.hailing.hear(answer)
        for _ in range(TRIES):
            road.hail()
            assert road.deaf == times - 1, "the last may still be answered"
        for _ in range(10):
            answer = road.hail()
            assert road.deaf == times


def test_a_station_that_is_away_is_not_wondered_about() -> None:
    road = Road()
    road.hailing.hear(road.hail())
    road.linked = False
    for _ in range(10):
        road.hail()
    assert road.deaf == 0
    road.linked = True
    for _ in range(TRIES):
        road.hail()
    assert road.deaf == 0, "it has hardly come back"
    road.hail()
    assert road.deaf == 1


class Teller:
    """A box whose heartbeats are a fifth of a second apart."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.missing, self.heard, self.reached = 0, True, True
        self.pulse = asyncio.Event()
        config = SimpleNamespace(heartbeat_us=0.2 * SECOND)
        listener, uplink = SimpleNamespace(config=config), SimpleNamespace(heartbeat=self._call)
        self.beats = Heartbeats(
            cast(Any, uplink), cast(Any, listener), SigningKey.born(), self._beat, self._publish,
            lambda: False, lambda: self.heard, self.pulse,
        )  # fmt: skip
        self._at_us = NOON

    def _beat(self) -> Heartbeat:
        self._at_us += 1
        return Heartbeat(
            station=StationId("s"),
            audience=WHOLE_STATION,
            seq=1,
            not_before_us=self._at_us,
            expires_us=self._at_us + 10 * MINUTE,
            boot="b",
            n=1,
            head="h",
            plan=1,
            clock="ATTESTED",
            clock_error_us=self._at_us % 7,
            missing=self.missing,
        )

    async def _publish(self, data: bytes) -> bool:
        self.said.append("mqtt")
        return self.reached

    async def _call(self, envelope: object) -> None:
        raise StationUnreachable("cut off")

    async def count(self, seconds: float) -> int:
        """How many were said in so long."""
        before = len(self.said)
        await asyncio.sleep(seconds)
        return len(self.said) - before


@asynccontextmanager
async def telling_box(monkeypatch: pytest.MonkeyPatch, quiet_s: float = 60) -> AsyncIterator[Teller]:
    monkeypatch.setattr(telling, "LOOK_S", 0.02)
    monkeypatch.setattr(telling, "QUIET_S", quiet_s)
    teller = Teller()
    task = asyncio.create_task(teller.beats.beat())
    await asyncio.sleep(0.05)
    assert teller.said == ["mqtt"], "the first is told at once"
    yield teller
    assert not task.done()
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_who_is_heard_and_has_nothing_new_to_tell_tells_it_seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    async with telling_box(monkeypatch, quiet_s=0.9) as teller:
        assert await teller.count(0.7) == 0
        assert await teller.count(0.5) == 1, "but now and then"


async def test_what_is_new_is_told_as_soon_as_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    async with telling_box(monkeypatch) as teller:
        await asyncio.sleep(0.4)
        teller.missing = 1
        assert await teller.count(0.3) == 1
        assert await teller.count(0.5) == 0
        teller.pulse.set()
        assert await teller.count(0.1) == 1


@pytest.mark.parametrize("trouble", ["heard", "reached"])
async def test_who_is_not_heard_beats_as_before(monkeypatch: pytest.MonkeyPatch, trouble: str) -> None:
    async with telling_box(monkeypatch) as teller:
        await asyncio.sleep(0.4)
        setattr(teller, trouble, False)
        teller.pulse.set()  # what could not be told is told again, though the hails are heard
        assert await teller.count(1.0) >= 3
