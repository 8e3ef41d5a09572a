"""The officer's app on a poor phone with a poor line: how soon the first screen is there, and what it costs.

Chromium with 400 kbit/s, 400 ms there and back, and a processor four times slower, at the running demo. The first
screen is Hôm nay of somebody who is signed in, with what the station said of the day.
"""

from __future__ import annotations

import argparse
import gzip
import re
import statistics
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from playwright.sync_api import BrowserContext, CDPSession, Page, expect

from broadcast_server.web.app_files import BUILT
from tests.app.tour import Look, Tour, tour
from tests.bench.figure import report

LINE = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
SLOWER = 4
HOUR_S = 3600
TIMES = 5
FRAME_HEAD = 4
"""Bytes before what a WebSocket frame carries, at least."""


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--idle", type=int, default=300, help="seconds that the app lies open")
    idle_s = parser.parse_args().idle
    with TemporaryDirectory() as folder, tour(Path(folder)) as taken:
        with taken.officer(Look()) as page:
            signed_in = page.context.storage_state()
        opened = [both_starts(taken, signed_in) for _ in range(TIMES)]
        lazy = emergency_chunks(taken, signed_in)
        idle = idle_bytes(taken, signed_in, idle_s)
    first, kept = sizes()
    report(
        {
            "cold_s": round(statistics.median(cold for cold, _ in opened), 3),
            "cold_goal_s": 3,
            "warm_s": round(statistics.median(warm for _, warm in opened), 3),
            "warm_goal_s": 0.8,
            "first_load_kb_gzip": round(first / 1000, 1),
            "first_load_goal_kb_gzip": 50,
            "precache_kb_gzip": round(kept / 1000, 1),
            "precache_goal_kb_gzip": 250,
            "emergency_lazy_chunks": lazy,
            "emergency_lazy_chunks_goal": 0,
            "idle_hour_kb": round(idle / idle_s * HOUR_S / 1000, 1),
            "idle_hour_goal_kb": 200,
        }
    )


def both_starts(taken: Tour, signed_in: Any) -> tuple[float, float]:
    """Seconds to the first screen on a phone that has nothing of the app, and on one that opened it before."""
    with taken.phone(Look(), storage_state=signed_in) as context:
        cold = start(taken, context)
        page = context.new_page()
        page.goto(f"{taken.village.url}/app/")
        page.wait_for_function("navigator.serviceWorker.ready.then(() => !!navigator.serviceWorker.controller)")
        page.close()
        return cold, start(taken, context)


def start(taken: Tour, context: BrowserContext) -> float:
    """Seconds from the touch to what the day brings."""
    page = context.new_page()
    slow_down(page)
    began = time.monotonic()
    page.goto(f"{taken.village.url}/app/", wait_until="commit")
    expect(page.locator("main .card").first).to_be_visible(timeout=60_000)
    took = time.monotonic() - began
    page.close()
    return took


def slow_down(page: Page) -> CDPSession:
    """The poor phone and its poor line."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.send("Network.emulateNetworkConditions", LINE)
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    return devtools


def emergency_chunks(taken: Tour, signed_in: Any) -> int:
    """How many files the way to an emergency asks for, after the first screen and before the hold."""
    with taken.phone(Look(), storage_state=signed_in, service_workers="block") as context:
        page = context.new_page()
        page.goto(f"{taken.village.url}/app/")
        expect(page.locator("main .card").first).to_be_visible()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.click("nav a.now")
        for place in ("flood", "text", "voice"):
            taken.visit(page, f"/now/emergency/{place}")
        return sum("/app/assets/" in one for one in asked)


def idle_bytes(taken: Tour, signed_in: Any, seconds: int) -> int:
    """What comes in while the app lies open on its first screen."""
    with taken.phone(Look(), storage_state=signed_in) as context:
        page = context.new_page()
        page.goto(f"{taken.village.url}/app/")
        expect(page.locator("main .card").first).to_be_visible()
        page.wait_for_timeout(3000)
        devtools = context.new_cdp_session(page)
        devtools.send("Network.enable")
        told: list[int] = []
        devtools.on("Network.loadingFinished", lambda event: told.append(event["encodedDataLength"]))
        for way in ("Received", "Sent"):
            devtools.on(f"Network.webSocketFrame{way}", lambda event: told.append(frame_bytes(event)))
        page.wait_for_timeout(seconds * 1000)
        return sum(told)


def frame_bytes(event: dict[str, Any]) -> int:
    """As it is before the line squeezes it."""
    return len(event["response"]["payloadData"].encode()) + FRAME_HEAD


def sizes() -> tuple[int, int]:
    """Bytes, squeezed, of what the first screen needs, and of all that the service worker keeps."""
    page, worker = (BUILT / "index.html").read_text(), (BUILT / "worker.js").read_text()
    kept = [BUILT / name for name in re.findall(r'"([\w./-]+\.(?:js|css|html|svg|webmanifest))"', worker)]
    assert kept, "the service worker keeps nothing"
    squeezed = {file: len(gzip.compress(file.read_bytes())) for file in {BUILT / "index.html", *kept}}
    return sum(size for file, size in squeezed.items() if file.name in page or file.name == "index.html"), sum(
        squeezed.values()
    )


if __name__ == "__main__":
    main()
