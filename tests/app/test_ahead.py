"""The week is on the phone before anybody opens it, for whoever is logged in and nobody else."""

from __future__ import annotations

from asyncio import Event
from pathlib import Path

from playwright.async_api import Route, expect

from tests.app.phone import phone
from tests.app.timetable import programme
from tests.waiting import until

KEPT = "Object.keys(localStorage).some(one => one.startsWith('seen.agenda'))"
SOME_TIME_IDLE = "() => new Promise((done) => requestIdleCallback(() => setTimeout(done, 1500)))"
"""Whatever the app would do by itself when it has nothing else to do, it has done by then."""


async def test_the_week_is_there_without_a_line_though_nobody_opened_it_and_is_fetched_once(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        page, asked = held.page, []
        await held.keep_time()
        await programme(held, "Bản tin", "19:00")
        await until(lambda: page.evaluate(KEPT))
        await page.evaluate("localStorage.clear()")  # it was of before the programme
        await page.evaluate("localStorage.setItem('seen.agenda.2026-11-02', '{}')")
        page.on("request", lambda one: asked.append(one.url) if "/schedule/agenda" in one.url else None)
        for _ in range(2):
            await page.reload()
            await until(lambda: page.evaluate("'seen.agenda.2026-11-16' in localStorage"))
            await expect(page.locator(".line")).to_have_text("Trực tuyến")
            await page.wait_for_load_state("networkidle")
            await page.evaluate(SOME_TIME_IDLE)
        assert len(asked) == 1
        assert await page.evaluate("localStorage.getItem('seen.agenda.2026-11-02')") is None
        await page.context.set_offline(True)
        await page.locator("nav a.schedule").click()
        await expect(page.locator(".list li").first).to_contain_text("Bản tin")


async def test_of_a_week_that_comes_after_the_logout_nothing_is_kept(tmp_path: Path) -> None:
    asked, out = Event(), Event()

    async def slow(route: Route) -> None:
        answer = await route.fetch()
        asked.set()
        await out.wait()
        await route.fulfill(response=answer)

    async with phone(tmp_path) as held:
        page = held.page
        await until(lambda: page.evaluate(KEPT))
        await page.evaluate("localStorage.clear()")
        await page.route("**/schedule/agenda*", slow)
        await page.reload()
        await asked.wait()
        await held.open("/settings/account")
        await page.get_by_role("button", name="Đăng xuất máy này").click()
        await expect(page.locator("input[name=password]")).to_be_visible()
        async with page.expect_request_finished(lambda one: "/schedule/agenda" in one.url):
            out.set()
        await page.evaluate(SOME_TIME_IDLE)
        assert not await page.evaluate(KEPT)
