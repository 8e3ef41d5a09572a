"""Listening to a feed: which tone is heard when, told from the frames alone."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import groupby

import numpy as np

from broadcast_server.relay.feed import RELAY_FRAME_BYTES, RelayFeed
from broadcast_server.relay.guard import Guard
from broadcast_server.relay.reason import Switch
from broadcast_server.relay.source import Source
from tests.relay.studio import HERE, TONES_HZ


def tone_of(frame: bytes) -> str:
    """The name of the tone, `silence`, or `other`."""
    sound = np.frombuffer(frame, "<i2").astype(float)
    if np.abs(sound).max() < 30:
        return "silence"
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    hertz = int(spectrum.argmax()) * 50
    return next((name for name, tone in TONES_HZ.items() if abs(hertz - tone) <= 50), "other")


@dataclass
class Ear:
    """Runs a feed and listens to it."""

    feed: RelayFeed
    switches: list[Switch] = field(default_factory=list)
    heard: list[tuple[float, str]] = field(default_factory=list)
    """Changes of what is heard: monotonic seconds, tone."""
    frames: list[bytes] = field(default_factory=list)
    late_s: float = 0.0
    """The longest that a frame came after its time."""

    @classmethod
    def to(cls, sources: Sequence[Source], guard: Guard = HERE, look_back_s: float = 60.0) -> Ear:
        """A feed of its own."""
        return cls(RelayFeed(sources, guard, look_back_s=look_back_s))

    async def __aenter__(self) -> Ear:
        self._tasks = [asyncio.ensure_future(self._listen()), asyncio.ensure_future(self._read())]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.feed.close()
        await asyncio.gather(*self._tasks)

    @property
    def now(self) -> str:
        """The tone that is heard now."""
        return self.heard[-1][1] if self.heard else "silence"

    @property
    def order(self) -> list[str]:
        """The tones that were heard, one after the other; a busy machine may let one be silent for a moment."""
        return [tone for tone, _ in groupby(tone for _, tone in self.heard if tone != "silence")]

    async def until(self, enough: Callable[[], bool], seconds: float = 20.0) -> None:
        """Wait for it; AssertionError if it does not come."""
        until_s = time.monotonic() + seconds
        while not enough():
            assert time.monotonic() < until_s, (self.heard[-5:], [(s.reason, s.detail) for s in self.switches])
            await asyncio.sleep(0.02)

    async def hears(self, tone: str, seconds: float = 20.0) -> float:
        """Wait until this tone is heard; since when, monotonic seconds."""
        await self.until(lambda: self.now == tone, seconds)
        return self.heard[-1][0]

    async def _listen(self) -> None:
        began_s = time.monotonic()
        async for frame in self.feed.frames():
            now_s = time.monotonic()
            assert len(frame) == RELAY_FRAME_BYTES
            self.late_s = max(self.late_s, now_s - began_s - len(self.frames) * 0.02)
            self.frames.append(frame)
            if (tone := tone_of(frame)) != self.now and tone != "other":
                self.heard.append((now_s, tone))

    async def _read(self) -> None:
        async for switch in self.feed.changes():
            self.switches.append(switch)
