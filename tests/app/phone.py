"""An Android phone's screen in a real Chromium, its owner logged in at a served office."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import Locator, Page, Request, async_playwright

from broadcast_server.people.rights import Role
from broadcast_server.web.app_files import BUILT
from tests.faces.office import PASSWORD, Office
from tests.live.booth import served

CHROMIUM = "/usr/bin/chromium"
LONGEST_S = 240
"""A browser that hangs answers nothing, and some questions have no limit of their own."""
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
MICROPHONE = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
"""A false one, which its owner allows."""
ACTIVE = "() => navigator.serviceWorker.ready.then(() => {})"
"""The service worker is there: a page that is loaded anew just before that is nobody's for as long as it stays."""
IN_CHARGE = """() => new Promise((ready) => {
  if (navigator.serviceWorker.controller) ready();
  else navigator.serviceWorker.addEventListener("controllerchange", ready);
})"""
"""The service worker has taken the page over, which takes a moment after the first visit."""


@dataclass
class Phone:
    """The page, where it is served, and every request that changes something."""

    page: Page
    host: str
    office: Office
    asked: list[Request] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)
    """Addresses of other hosts that were asked for anything: none, ever."""

    async def open(self, place: str) -> None:
        """Go to a place of the app, as its links do."""
        await self.page.evaluate("place => { location.hash = place }", place)

    async def keep_time(self) -> None:
        """From its next page on its clock goes as the office's stands now."""
        behind_ms = int(time.time() * 1000) - self.office.clock.at_us // 1000
        await self.page.add_init_script(f"const now = Date.now; Date.now = () => now() - {behind_ms}")

    def posts(self, path: str) -> list[Any]:
        """The bodies of what was posted there."""
        return [one.post_data_json for one in self.asked if one.method == "POST" and one.url.endswith(path)]

    def remember(self, request: Request) -> None:
        """Note what a request was for."""
        found = re.match(r"(?:blob:)?https?://([^/]+)", request.url)  # a page of the browser itself has no host
        if found and found[1] != self.host:
            self.elsewhere.append(request.url)
        if request.method not in ("GET", "HEAD"):
            self.asked.append(request)


def must_be_built() -> None:
    """AssertionError at once where there is no app, rather than after the patience with each of its screens."""
    assert (BUILT / "index.html").is_file(), "the app is not built: python -m deploy.build_app"


def browser_at(profile: Path) -> int:
    """The process of the browser that uses this folder."""
    for told in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            words = told.read_bytes().split(b"\0")
            if f"--user-data-dir={profile}".encode() in words and not any(w.startswith(b"--type=") for w in words):
                return int(told.parent.name)
    raise AssertionError("no browser uses it")


@asynccontextmanager
async def phone(
    folder: Path,
    role: Role = Role.OFFICER,
    width: int = 360,
    height: int = 800,
    flags: Sequence[str] = (),
    name: str = "127.0.0.1",
    **settings: Any,
) -> AsyncIterator[Phone]:
    """A phone at an office with one cluster, past the login; `flags` are more of its browser's, `name` is what it calls
    the office's machine, `settings` are the office's."""
    must_be_built()
    async with served(folder / "data", **settings) as (office, host), async_playwright() as playwright:
        host = f"{name}:{host.split(':')[1]}"
        await office.hire("officer.test", role)
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *flags])
        context = await browser.new_context(viewport={"width": width, "height": height}, locale="vi-VN")
        page = await context.new_page()
        held = Phone(page, host, office)
        faults: list[str] = []
        page.on("request", held.remember)
        page.on("pageerror", lambda error: faults.append(str(error)))
        try:
            async with asyncio.timeout(LONGEST_S):
                await page.goto(f"http://{host}/app/")
                await page.fill("input[name=name]", "officer.test")
                await page.fill("input[name=password]", PASSWORD)
                await page.click("form button.main")
                await page.wait_for_selector("nav a[aria-current=page]")
                held.asked.clear()
                yield held
        finally:
            await browser.close()
        assert not held.elsewhere, held.elsewhere
        assert not faults, faults


def button(page: Page, name: str) -> Locator:
    """The one that is called just that."""
    return page.get_by_role("button", name=name, exact=True)


async def press(page: Page, name: str) -> None:
    await button(page, name).click()
