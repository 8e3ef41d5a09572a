"""The same deaths through the real processes: a station, a box for each relay, and what `tienglang log` says of it.

Each relay has a cluster and a source of its own, and a few of them fail at the same time.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from broadcast_server.relay.reason import Reason
from broadcast_server.relay.source import SourceKind
from deploy.village import Village
from tests.ports import free_ports
from tests.relay.deaths import Death
from tests.relay.studio import Mood, Studio, Tapes
from tests.village.conftest import _first as first_places
from tests.village.hands import hot
from tests.village.hearing import wait_for_ends

OPEN = {"TIENGLANG_RELAY_HOSTS": "127.0.0.1", "TIENGLANG_RELAY_PRIVATE": "127.0.0.0/8"}
LENGTH_S = 40
AT_ONCE = 3
HEALTHY_S = 8
LOOK_S = 0.2
DEATHS = [
    Death(Mood.END, Reason.DEAD),
    Death(Mood.SILENT, Reason.SILENT),
    Death(Mood.STALL, Reason.STALLED),
    Death(Mood.HTML, Reason.NOT_AUDIO, at_first=True),
    Death(Mood.REDIRECT, Reason.REFUSED_ADDRESS, at_first=True, elsewhere="http://10.0.0.1/x"),
    Death(Mood.REDIRECT, Reason.REFUSED_ADDRESS, SourceKind.HLS, elsewhere="http://192.168.0.1/x"),
]


@dataclass
class Aired:
    """One relay whose source failed: seconds until the station sent the next one, and its line in the log."""

    name: str
    expected: Reason
    fallback_s: float
    line: dict[str, Any]
    first: str
    second: str

    @property
    def explained(self) -> bool:
        """Whether `tienglang log` says in both languages which source was left and for which, for this reason."""
        named = all(self.first in self.line[tongue] and self.second in self.line[tongue] for tongue in ("vi", "en"))
        reasons = [one["reason"] for one in self.line["relay"]["switches"] if one["new"] == self.second]
        return named and self.expected in reasons


@contextmanager
def studio_of(tapes: Tapes) -> Iterator[Studio]:
    """A studio on a thread of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    studio = Studio(tapes)
    asyncio.run_coroutine_threadsafe(studio.__aenter__(), loop).result()
    try:
        yield studio
    finally:
        asyncio.run_coroutine_threadsafe(studio.__aexit__(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


class Relay:
    """One relay on one cluster, with a death before it."""

    def __init__(self, village: Village, studio: Studio, death: Death, number: int, cluster: str) -> None:
        self._village, self._studio, self.death = village, studio, death
        self.names = f"Đài {number}", f"Dự phòng {number}"
        first, second = self._source("first", death.kind), self._source("second", SourceKind.HTTP)
        form = {"length_s": LENGTH_S, "fallbacks": [second], "targets": [f"cluster:{cluster}"]}
        started = village.api("POST", f"/relays/sources/{first}/start", json=form)
        self.id = started["id"]
        self._first_s: float | None = None
        self._failed_s: float | None = None
        self.fallback_s: float | None = None
        studio.elsewhere = death.elsewhere
        if death.at_first:
            studio.moods["first"], self._failed_s = death.mood, started["start_us"] / 1e6

    def _source(self, tone: str, kind: SourceKind) -> str:
        name, ending = self.names[tone == "second"], ".m3u8" if kind is SourceKind.HLS else ""
        form = {"name": name, "kind": str(kind), "address": f"http://127.0.0.1:{self._studio.port}/{tone}{ending}"}
        return str(self._village.api("POST", "/relays/sources", json=form)["id"])

    def look(self, sounding: str | None) -> None:
        """Let it die once it was healthy for a while; note when the next is sent."""
        now_s = time.time()
        if sounding == self.names[0] and self._first_s is None:
            self._first_s = now_s
        if self._failed_s is None and self._first_s is not None and now_s - self._first_s > HEALTHY_S:
            self._studio.moods["first"], self._failed_s = self.death.mood, now_s
        if sounding == self.names[1] and self.fallback_s is None and self._failed_s is not None:
            self.fallback_s = max(0.0, now_s - self._failed_s)  # it is pulled a little before air

    def aired(self) -> Aired:
        """Once it is over."""
        wait_for_ends(self._village, self.id, 1, 90)
        lines = json.loads(self._village.run("tienglang", "log", "--data", self._village.station, "--json"))["items"]
        line = next(one for one in lines if one["programme_id"] == self.id)
        return Aired(
            self.death.name,
            self.death.reason,
            float(LENGTH_S) if self.fallback_s is None else self.fallback_s,
            line,
            *self.names,
        )


def aired(folder: Path, tapes: Tapes) -> list[Aired]:
    """Put them on air, a few at a time, let them die, wait for the end."""
    village = Village(folder, free_ports(), OPEN)
    try:
        village.found()
        village.start_server()
        village.settle(first_places(AT_ONCE))
        clusters = village.clusters()
        hot(village, clusters)
        waves = [list(enumerate(DEATHS, 1))[at : at + AT_ONCE] for at in range(0, len(DEATHS), AT_ONCE)]
        return [one for wave in waves for one in _wave(village, wave, clusters, tapes)]
    finally:
        village.stop()


def _wave(village: Village, wave: list[tuple[int, Death]], clusters: list[str], tapes: Tapes) -> list[Aired]:
    with ExitStack() as stack:
        relays = [
            Relay(village, stack.enter_context(studio_of(tapes)), death, number, cluster)
            for (number, death), cluster in zip(wave, clusters, strict=False)
        ]
        _until_all_fell_back(village, relays)
        return [one.aired() for one in relays]


def _until_all_fell_back(village: Village, relays: list[Relay]) -> None:
    until_s = time.monotonic() + LENGTH_S + 10
    while any(one.fallback_s is None for one in relays) and time.monotonic() < until_s:
        sounding = {one["programme_id"]: one["sounding"] for one in village.api("GET", "/relays")["items"]}
        for one in relays:
            one.look(sounding.get(one.id))
        time.sleep(LOOK_S)
