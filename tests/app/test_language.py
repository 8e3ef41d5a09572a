"""The language of the app: Vietnamese comes with the first load, English beside it, whole, with a line or without."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from unicodedata import normalize

from playwright.async_api import Page, Route, expect
from sqlalchemy import select

from broadcast_server.store.orders import TemplateRow
from tests.app.aired import aired
from tests.app.phone import Phone, phone
from tests.waiting import until

ENGLISH = "**/assets/english-*.js"
FIRST = {
    "/today": "main .card",
    "/now": "a[href='#/now/emergency/flood']",
    "/now/emergency/text": "textarea",
    "/now/emergency/flood": "button.bar",
    "/now/emergency/voice": "main .card",
    "/now/speak": "main .field",
    "/now/drill": ".alarm.drill",
}
"""The places of the first load, and what shows that one is there."""
LATER = ("/schedule", "/library", "/clusters", "/type", "/log", "/relay", "/settings")
SEEN = """window.seen = new Set();
const heard = () => [...document.querySelectorAll("[aria-label]")].map(one => one.ariaLabel);
new MutationObserver(() => document.body && seen.add([document.body.innerText, ...heard()].join("\\n")))
  .observe(document, { subtree: true, childList: true, characterData: true, attributes: true });"""
"""All that was ever to be read or heard on the page."""


def vietnamese(text: str, own: list[str]) -> str | None:
    """A line in Vietnamese that is not in the station's own words, if there is one."""
    for word in sorted(own, key=len, reverse=True):
        text = text.replace(word, "")
    return next((line for line in text.splitlines() if re.search("[đĐ\u0300-\u036f]", normalize("NFD", line))), None)


async def own_words(held: Phone) -> list[str]:
    """What the station calls its things, in whatever language its people speak."""
    async with held.office.station.database.reading() as session:
        templates = list(await session.scalars(select(TemplateRow)))
    return ["Đầu làng", "Tiếng Việt", *(one.title for one in templates), *(one.text for one in templates if one.text)]


@asynccontextmanager
async def reader(held: Phone, words: Callable[[Route], Awaitable[None]]) -> AsyncIterator[Page]:
    """The same officer on another phone, which has nothing of the app and reads English; `words` brings that."""
    browser = held.page.context.browser
    assert browser
    signed_in = await held.page.context.storage_state()
    context = await browser.new_context(
        viewport={"width": 360, "height": 800}, storage_state=signed_in, service_workers="block"
    )
    page = await context.new_page()
    await page.add_init_script(f"if (location.host) localStorage.language ??= 'en'; {SEEN}")
    await page.route(ENGLISH, words)
    await page.goto(f"http://{held.host}/app/", wait_until="commit")
    yield page
    await context.close()


async def test_who_reads_english_never_sees_a_word_of_vietnamese(tmp_path: Path) -> None:
    asked, come = asyncio.Event(), asyncio.Event()

    async def late(route: Route) -> None:
        asked.set()
        await come.wait()
        await route.continue_()

    async with phone(tmp_path) as held:
        await aired(held.office, "News", held.office.clock.at_us, "PLAYING", started_us=held.office.clock.at_us)
        await held.office.station.feeding.look()
        async with reader(held, late) as page, asyncio.timeout(60):
            await asked.wait()
            assert (await page.inner_text("body")).strip() == ""
            come.set()
            await expect(page.locator("h1")).to_have_text("Today")
            await expect(page.locator("section.bar")).to_contain_text("On air")
            for place, sign in FIRST.items():
                await page.evaluate("place => { location.hash = place }", place)
                await expect(page.locator(sign).first).to_be_visible()
            assert await page.evaluate("document.documentElement.lang") == "en"
            seen: list[str] = await page.evaluate("[...seen]")
        own = await own_words(held)
    assert any("HOLD FOR 2 SECONDS" in text for text in seen)
    assert [line for text in seen if (line := vietnamese(text, own))] == []


async def test_without_a_line_english_is_there_whole_on_a_phone_that_never_read_it(tmp_path: Path) -> None:
    reached: list[str] = []

    async def nobody(scope: Any, _receive: Any, _send: Any) -> None:
        reached.append(scope["path"])

    async with phone(tmp_path) as held:
        page, own = held.page, await own_words(held)
        await held.open("/now")
        await expect(page.locator(FIRST["/now"])).to_be_visible()
        await until(lambda: page.evaluate("navigator.serviceWorker.controller?.state === 'activated'"))
        await page.context.set_offline(True)
        held.office.app.middleware_stack = nobody  # not even behind the page's back
        await page.reload()
        await expect(page.locator("header h1")).to_have_text("Phát ngay")
        await held.open("/settings/look")
        await page.get_by_label("English", exact=True).check()
        await expect(page.get_by_role("heading", name="Language and text size")).to_be_visible()
        await page.reload()
        for place in (*FIRST, *LATER):
            await held.open(place)
            await expect(page.locator("a.line")).to_have_text("No network")
            await expect(page.locator("main .bars")).to_have_count(0)
            assert vietnamese(await page.inner_text("body"), own) is None, place
        assert not [path for path in reached if path.startswith("/app/assets/")]


async def test_where_english_cannot_be_had_the_app_opens_in_vietnamese_and_says_so(tmp_path: Path) -> None:
    async def lost(route: Route) -> None:
        await route.abort()

    async with phone(tmp_path) as held, reader(held, lost) as page:
        await expect(page.get_by_role("alert")).to_contain_text("English is not loaded")
        await expect(page.locator("h1")).to_have_text("Hôm nay")
        await page.evaluate("location.hash = '/settings/look'")
        vi, en = page.get_by_label("Tiếng Việt", exact=True), page.get_by_label("English", exact=True)
        await expect(vi).to_be_checked()
        await en.click()
        await expect(vi).to_be_checked()
        await page.unroute(ENGLISH)
        await en.check()
        await expect(page.locator("h1")).to_have_text("Settings")
        await expect(page.get_by_role("alert")).to_have_count(0)
        await page.reload()
        await expect(page.locator("h1")).to_have_text("Settings")


async def test_words_that_do_not_come_do_not_keep_the_screen_empty_and_are_taken_over_when_they_do(
    tmp_path: Path,
) -> None:
    come = asyncio.Event()

    async def stalled(route: Route) -> None:
        await come.wait()
        await route.continue_()

    async with phone(tmp_path) as held, reader(held, stalled) as page:
        await expect(page.get_by_role("alert")).to_contain_text("English is not loaded", timeout=30_000)
        await expect(page.locator("h1")).to_have_text("Hôm nay")
        come.set()
        await expect(page.locator("h1")).to_have_text("Today")
        await expect(page.get_by_role("alert")).to_have_count(0)
