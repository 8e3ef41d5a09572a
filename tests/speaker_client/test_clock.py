"""A box's clock that goes wrong is measured again while a live voice needs it, and the voice stays in step."""

from __future__ import annotations

import asyncio
import random
from types import SimpleNamespace
from typing import Any

import pytest

from speaker_client import clock
from speaker_client.clock import LIVE_BURST, LIVE_RESYNC_S, Clock, ClockKeeping
from speaker_client.protocol.ids import SECOND
from speaker_client.sync import Exchange, Timeline
from speaker_client.timekeeper import BURST, GAP_S
from tests.link.net import PROFILES
from tests.live.road import Way

STATION_US = 1_800_000_000_000_000


class Quartz:
    """A box behind a link: its monotonic clock goes wrong by `ppm`. Times are the station's, from 0."""

    def __init__(self, profile: str, ppm: float, dice: random.Random) -> None:
        self._there, self._back = Way(PROFILES[profile], dice), Way(PROFILES[profile], dice)
        self.ppm, self.timeline = ppm, Timeline()

    def mono_us(self, at_us: int) -> int:
        return at_us + round(at_us * self.ppm / 1e6)

    def ask(self, at_us: int, count: int) -> None:
        """A burst that begins then."""
        burst = []
        for _ in range(count):
            there = self._there.arrival(at_us)
            back = None if there is None else self._back.arrival(there + 1000)
            if there is not None and back is not None:
                said = STATION_US + there
                burst.append(Exchange(self.mono_us(at_us), said, said + 1000, self.mono_us(back)))
            at_us = (back or at_us + SECOND) + round(GAP_S * SECOND)
        self.timeline = self.timeline.after(burst, "boot")

    def error_us(self, at_us: int) -> int:
        shown = self.timeline.now(self.mono_us(at_us)).utc_us
        assert shown is not None
        return shown - STATION_US - at_us


@pytest.mark.parametrize(("profile", "apart_us"), [("4g", 4_000), ("4g-weak", 8_000)])
def test_boxes_that_have_drifted_apart_are_in_step_again_while_a_live_lasts(profile: str, apart_us: int) -> None:
    dice, spreads = random.Random(3), []
    for _ in range(20):
        boxes = [Quartz(profile, dice.uniform(-40, 40), dice) for _ in range(7)]
        for box in boxes:
            for at_s in (0, 2, 6, 20):
                box.ask(at_s * SECOND, BURST)
        began_s = 1800
        drifted = [box.error_us(began_s * SECOND) for box in boxes]
        assert max(drifted) - min(drifted) > 20_000
        for at_s in range(began_s, began_s + 600, round(1.25 * LIVE_RESYNC_S)):
            for box in boxes:
                box.ask(at_s * SECOND, LIVE_BURST)
            errors = [box.error_us((at_s + 25) * SECOND) for box in boxes]
            spreads.append(max(errors) - min(errors))
    assert sorted(spreads)[len(spreads) * 99 // 100] <= apart_us


class Asked:
    """Counts bursts; the road to the station is as good as none."""

    def __init__(self) -> None:
        self.counts: list[int] = []
        self.asked = asyncio.Event()

    async def burst(self, count: int) -> list[Exchange]:
        self.counts.append(count)
        self.asked.set()
        mono = clock.mono_us()
        return [Exchange(mono, mono, mono, mono)]

    async def again(self) -> None:
        self.asked.clear()
        async with asyncio.timeout(5):
            await self.asked.wait()


async def test_a_live_makes_the_box_ask_the_time_at_once_and_again_while_it_lasts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(clock, "LEAST_BETWEEN_BURSTS_S", 0.0)
    monkeypatch.setattr(clock, "LIVE_RESYNC_S", 0.01)
    monkeypatch.setattr(clock, "FIRST_PAUSE_S", 10_000.0)
    asked, doubted, live = Asked(), asyncio.Event(), False
    listener: Any = SimpleNamespace(anchored=lambda _: None)
    keeping = ClockKeeping(
        Clock(Timeline(), "boot"), asked, listener, doubted, asyncio.Event(),
        lambda: None, lambda: None, lambda _: None, lambda: live,
    )  # fmt: skip
    async with asyncio.TaskGroup() as tasks:
        loop = tasks.create_task(keeping.keep_time())
        await asked.again()
        live = True
        doubted.set()
        for _ in range(3):
            await asked.again()
        loop.cancel()
    assert asked.counts[0] == BURST
    assert set(asked.counts[1:]) == {LIVE_BURST}
