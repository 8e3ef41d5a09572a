"""The officer's app in a real Chromium, on a phone that keeps what it had: given a file, killed, opened again."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path

from playwright.sync_api import BrowserContext, Error, Page, sync_playwright

from tests.app.phone import CHROMIUM, FLAGS, browser_at

PATIENCE_MS = 60_000


class AppPhone:
    """One person's phone; `port` is the line that it has to the station."""

    def __init__(self, port: int, profile: Path, name: str, password: str) -> None:
        self._address, self._profile = f"http://127.0.0.1:{port}/app/", profile
        self._name, self._password = name, password
        self._playwright = sync_playwright().start()
        self._open: BrowserContext | None = None

    def start(self) -> None:
        """Open the app; a browser that was killed soon after a login has forgotten it."""
        self._open = self._playwright.chromium.launch_persistent_context(
            self._profile, executable_path=CHROMIUM, args=FLAGS, locale="vi-VN"
        )
        page = self._page
        page.set_default_timeout(PATIENCE_MS)
        page.goto(self._address)
        page.fill("input[name=name]", self._name)
        page.fill("input[name=password]", self._password)
        page.click("form button.main")
        page.wait_for_selector("nav a[aria-current=page]")

    def send(self, file: Path) -> None:
        """Choose the file to be uploaded, and leave the library: it goes on behind any screen."""
        page = self._page
        page.evaluate("location.hash = '/library/upload'")
        page.set_input_files("input[type=file]", file)
        page.get_by_text(file.stem, exact=True).first.wait_for()
        page.evaluate("location.hash = '/today'")

    def wait(self, ms: int) -> None:
        """Let it work."""
        self._page.wait_for_timeout(ms)

    def kill(self) -> None:
        """kill -9."""
        os.kill(browser_at(self._profile), signal.SIGKILL)
        self._close()

    def close(self) -> None:
        """Put it away."""
        self._close()
        self._playwright.stop()

    def _close(self) -> None:
        if self._open is not None:
            with suppress(Error):  # it was killed
                self._open.close()
            self._open = None

    @property
    def _page(self) -> Page:
        assert self._open is not None
        return self._open.pages[0]
