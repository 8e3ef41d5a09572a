"""A walk through every screen of the officer's app at the demo: seven clusters on air, with what the demo seeds.

`python -m tests.app.tour FOLDER` writes a picture of each, on a phone and on a desk, by day and by night.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from deploy.village import Village
from tests.app.phone import CHROMIUM, FLAGS, MICROPHONE, must_be_built
from tests.ports import free_ports
from tests.village.demo import running

PASSWORD = "loa phường sáu giờ"
SETTLED_MS = 350
"""What a screen may still draw after all it asked for has come."""
SETTINGS = (
    "account", "passkeys", "devices", "lost", "notices", "look", "quiet", "lexicon", "voice",
    "phrases", "station", "samples", "about",
)  # fmt: skip
PUBLIC = {"": "/", "-week": "/week", "-listen": "/listen", "-report": "/report", "-thanks": "/report?thanks=1"}
"""What anybody may see, without a login."""
SIZES = {"phone": (360, 800), "desk": (1280, 800)}

Language = Literal["vi", "en"]
Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")


@dataclass(frozen=True)
class Look:
    """How the app is looked at."""

    language: Language = "vi"
    scheme: Scheme = "light"
    width: int = 360
    height: int = 800


class Tour:
    """The demo, running, with an officer who has a password."""

    def __init__(self, village: Village, browser: Browser) -> None:
        self.village, self._browser = village, browser
        self.elsewhere: list[str] = []
        """Addresses of other hosts that were asked for anything: none, ever."""
        self.faults: list[str] = []

    def places(self) -> dict[str, str]:
        """Every place of the app by a name for it."""
        cluster = self.village.clusters()[0]
        recording = self.village.api("GET", "/library")["items"][0]["id"]
        airing = self.village.log()[0]["id"]
        return {
            "today": "/today",
            "now": "/now",
            "now-flood": "/now/emergency/flood",
            "now-text": "/now/emergency/text",
            "now-voice": "/now/emergency/voice",
            "now-speak": "/now/speak",
            "now-drill": "/now/drill",
            "now-drill-confirm": "/now/drill/drill",
            "type": "/type",
            "clusters": "/clusters",
            "clusters-map": "/clusters/map",
            "reports": "/clusters/reports",
            "cluster": f"/clusters/{cluster}",
            "cluster-box": f"/clusters/{cluster}/box",
            "cluster-new": "/clusters/new",
            "schedule": "/schedule",
            "schedule-new": f"/schedule/new/{recording}",
            "library": "/library",
            "library-record": "/library/record",
            "library-item": f"/library/{recording}",
            "log": "/log",
            "log-line": f"/log/{airing}",
            "settings": "/settings",
            **{f"settings-{page}": f"/settings/{page}" for page in SETTINGS},
            "relay": "/relay",
            "relay-new": "/relay/new",
        }

    @contextmanager
    def phone(self, look: Look, **more: Any) -> Iterator[BrowserContext]:
        """A new browser that knows nothing yet."""
        context = self._browser.new_context(
            viewport={"width": look.width, "height": look.height},
            color_scheme=look.scheme,
            locale="vi-VN",
            bypass_csp=True,  # the checker of accessibility is not the page's own
            **more,
        )
        context.add_init_script(f"if (location.host) localStorage.setItem('language', '{look.language}')")
        context.on("request", lambda request: self._remember(request.url))
        context.on("weberror", lambda error: self.faults.append(str(error.error)))
        yield context
        context.close()

    @contextmanager
    def visitor(self, look: Look) -> Iterator[Page]:
        """A new browser at the login."""
        with self.phone(look) as context:
            page = context.new_page()
            page.goto(f"{self.village.url}/app/")
            page.wait_for_selector("form button.main")
            yield page

    @contextmanager
    def officer(self, look: Look) -> Iterator[Page]:
        """A new browser past the login."""
        with self.visitor(look) as page:
            page.fill("input[name=name]", "lan")
            page.fill("input[name=password]", PASSWORD)
            page.click("form button.main")
            page.wait_for_selector("nav a[aria-current=page]")
            yield page

    def show(self, page: Page, place: str, look: Look) -> None:
        """Go to what anybody may see, in the language of the look."""
        page.goto(f"{self.village.url}{place}{'&' if '?' in place else '?'}lang={look.language}")

    def visit(self, page: Page, place: str) -> None:
        """Go there as a link does; back once it shows what it has."""
        page.evaluate("place => { location.hash = place }", place)
        page.wait_for_timeout(SETTLED_MS)
        expect(page.locator("main .bars")).to_have_count(0, timeout=15_000)
        page.wait_for_timeout(SETTLED_MS)

    def _remember(self, url: str) -> None:
        if not url.startswith((self.village.url, "blob:", "data:")):
            self.elsewhere.append(url)


@contextmanager
def tour(folder: Path) -> Iterator[Tour]:
    """The demo started there; ended with all its processes."""
    must_be_built()
    port = free_ports()
    with running(folder / "demo", port) as demo:
        demo.hear(r"one-time login: admin  (\S+)", 120)
        village = Village(folder / "demo", port)
        _hire(village)
        _complain(village)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *MICROPHONE])
            yield Tour(village, browser)
            browser.close()
        village.stop()


def _hire(village: Village) -> None:
    argv = ("tienglang", "user", "add", "lan", "--role", "officer", "--data", village.station, "--json")
    once = json.loads(village.run(*argv))["one_time_password"]
    with village.raw().__class__(base_url=village.url, trust_env=False, headers={"origin": village.url}) as browser:
        assert browser.post("/api/v1/login", json={"name": "lan", "password": once}).status_code == 200
        assert browser.post("/api/v1/me/password", json={"old": once, "new": PASSWORD}).status_code == 204


def _complain(village: Village) -> None:
    """Citizens tell of horns; of one it was seen to."""
    cluster = village.clusters()[0]
    for where, matter, text in (
        (cluster, "loud", "Loa ngay đầu nhà có trẻ nhỏ, sáng sớm to quá."),
        ("", "other", "Dây loa ở ngõ nhà văn hóa bị sà xuống đường."),
        (cluster, "broken", ""),
    ):
        answer = village.raw().post("/report", data={"cluster": where, "matter": matter, "text": text})
        assert answer.status_code == 303, answer.text
    newest = village.api("GET", "/complaints")["items"][0]["id"]
    village.api("POST", f"/complaints/{newest}/close", json={"done": "Đã thay dây loa số 2"})


def main() -> None:
    """Take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default="", help="a part of the names of the places to go to")
    parser.add_argument("--language", choices=("vi", "en"), default="vi")
    parser.add_argument("--size", choices=SIZES, action="append", help="all of them if none is named")
    parser.add_argument("--scheme", choices=SCHEMES, action="append")
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as folder, tour(Path(folder)) as taken:
        places = {name: place for name, place in taken.places().items() if re.search(asked.only, name)}
        for size in asked.size or SIZES:
            width, height = SIZES[size]
            for scheme in asked.scheme or SCHEMES:
                look = Look(asked.language, scheme, width, height)
                with taken.visitor(look) as page:
                    page.screenshot(path=asked.folder / f"login.{size}.{scheme}.png")
                    for name, place in PUBLIC.items():
                        taken.show(page, place, look)
                        page.screenshot(path=asked.folder / f"public{name}.{size}.{scheme}.png")
                with taken.officer(look) as page:
                    for name, place in places.items():
                        taken.visit(page, place)
                        page.screenshot(path=asked.folder / f"{name}.{size}.{scheme}.png")


if __name__ == "__main__":
    main()
