"""The login, which comes beside the first load: for whoever is nobody yet."""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import Route, expect

from tests.app.horns import furnish, sounding_at
from tests.app.phone import phone
from tests.app.states import open_order
from tests.faces.office import PASSWORD
from tests.waiting import until

LOGIN = "**/assets/door-*.js"


async def test_without_a_line_a_phone_that_was_logged_out_still_opens_at_its_login(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        page = held.page
        await until(lambda: page.evaluate("navigator.serviceWorker.controller?.state === 'activated'"))
        await page.context.clear_cookies()
        await page.reload()
        await expect(page.get_by_label("Tên đăng nhập")).to_be_visible()
        await page.context.set_offline(True)
        await page.reload()
        await page.get_by_label("Tên đăng nhập").fill("officer.test")
        await page.get_by_label("Mật khẩu").fill("gì cũng được")
        await page.get_by_role("button", name="Đăng nhập").click()
        await expect(page.get_by_role("alert")).to_contain_text("Chưa nhận được trả lời của máy chủ")


async def test_a_login_that_does_not_come_says_so_and_comes_when_it_is_asked_for_anew(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        browser = held.page.context.browser
        assert browser
        page = await (await browser.new_context(service_workers="block")).new_page()

        async def lost(route: Route) -> None:
            await route.abort()

        await page.route(LOGIN, lost)
        await page.goto(f"http://{held.host}/app/")
        await expect(page.get_by_role("alert")).to_be_visible()
        await page.unroute(LOGIN)
        await page.get_by_role("button", name="Thử lại").click()
        await expect(page.get_by_label("Tên đăng nhập")).to_be_visible()


async def test_whose_session_ended_over_an_order_comes_back_to_it_by_logging_in(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        page = held.page
        await furnish(held.office)
        await sounding_at(held.office, "c")
        await open_order(held)
        await page.context.clear_cookies()
        await page.reload()
        await page.get_by_label("Tên đăng nhập").fill("officer.test")
        await page.get_by_label("Mật khẩu").fill(PASSWORD)
        await page.get_by_role("button", name="Đăng nhập").click()
        await expect(page.locator("article h2")).to_have_text("ĐANG PHÁT KHẨN")
