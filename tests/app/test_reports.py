"""What citizens told of the loudspeakers, on the officer's phone: read, closed with a word of what was done, kept."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.async_api import Route, expect
from sqlalchemy import select

from broadcast_server.people.rights import Role
from broadcast_server.store.citizens import ComplaintRow
from tests.app.horns import CRACKLES, tell
from tests.app.phone import phone

LIST = re.compile(r"/api/v1/complaints\?cluster=")


async def test_a_report_is_read_with_its_age_closed_with_a_word_and_kept_with_its_cluster(tmp_path: Path) -> None:
    async with phone(tmp_path, width=320) as held:
        page = held.page
        await tell(held, CRACKLES)
        await held.open("/clusters")
        way = page.get_by_role("link", name="Phản ánh của người dân")
        await expect(way).to_contain_text("1 chưa xử lý")
        await way.click()
        await page.wait_for_url("**/clusters/reports")
        told = page.locator("main li")
        await expect(told).to_contain_text("Loa không kêu hoặc rè")
        await expect(told).to_contain_text("Loa số 2 rè từ hôm qua")
        await expect(told).to_contain_text("3 giờ trước, lúc")
        await told.get_by_role("link", name="Đầu làng").click()
        await page.wait_for_url("**/clusters/c")
        await expect(page.locator("section", has=page.locator("#reports"))).to_contain_text("Loa số 2 rè từ hôm qua")
        await page.get_by_role("button", name="Đã xử lý: Loa không kêu hoặc rè, Đầu làng").press("Enter")
        word = page.get_by_label("Đã làm gì?")
        await expect(word).to_be_focused()
        await page.get_by_role("button", name="Hủy", exact=True).press("Enter")
        await expect(page.get_by_role("button", name="Đã xử lý: Loa không kêu hoặc rè, Đầu làng")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(word).to_be_focused()
        await expect(page.get_by_role("button", name="Lưu, báo đã xử lý")).to_be_disabled()
        await page.get_by_role("button", name="Đã sửa xong").click()
        await expect(word).to_have_value("Đã sửa xong")
        assert await page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        await word.fill("Đã thay dây loa số 2")
        await word.press("Enter")
        closed = page.get_by_role("status").filter(has_text="Đã ghi: Đã thay dây loa số 2")
        await expect(closed).to_be_visible()
        await expect(page.get_by_text("Không còn phản ánh nào chờ xử lý.")).to_be_visible()
        await page.get_by_text("Đã xử lý gần đây (1)").click()
        await expect(page.get_by_text("Officer.Test xử lý xong")).to_contain_text("Đã thay dây loa số 2")
        async with held.office.station.database.reading() as session:
            (row,) = await session.scalars(select(ComplaintRow))
        assert (row.closed_by, row.done) == ("officer.test", "Đã thay dây loa số 2")


async def test_none_a_slow_line_a_fault_and_no_line_are_said_in_words(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        page = held.page
        await held.open("/clusters/reports")
        await expect(page.get_by_text("Chưa có phản ánh nào.")).to_be_visible()
        await tell(held, {**CRACKLES, "cluster": ""})
        await expect(page.locator("main li")).to_contain_text("Không rõ cụm nào")
        await page.context.set_offline(True)
        await expect(page.get_by_role("status").filter(has_text="Đang xem phản ánh lúc")).to_be_visible()
        await expect(page.get_by_role("button", name="Đã xử lý")).to_be_disabled()
        await expect(page.get_by_text("chưa ghi được từ máy này")).to_be_visible()
        await page.context.set_offline(False)
        await expect(page.get_by_role("button", name="Đã xử lý")).to_be_enabled(timeout=30_000)

        async def silent(_: Route) -> None:
            """It is never answered."""

        await page.route(LIST, silent)
        await page.reload()
        await expect(page.get_by_text("Đang tải…")).to_be_visible()
        await expect(page.get_by_text("Đang tải…")).not_to_have_class(re.compile("hidden"))
        await expect(page.get_by_role("status").filter(has_text="Mạng chậm, xin chờ…")).to_be_visible(timeout=15_000)
        no = {"code": "busy", "vi": "Đài đang bận.", "en": "The station is busy."}
        await page.route(LIST, lambda route: route.fulfill(status=503, json=no))
        await page.get_by_role("button", name="Thử lại").click()
        await expect(page.get_by_role("alert")).to_contain_text("Đài đang bận.")
        await expect(page.get_by_role("alert").locator("small")).to_have_text("Mã: busy")
        await page.unroute(LIST)
        await page.reload()
        await expect(page.locator("main li")).to_contain_text("Loa số 2 rè từ hôm qua")


async def test_who_may_only_look_reads_it_and_learns_who_closes_it(tmp_path: Path) -> None:
    async with phone(tmp_path, Role.VIEWER) as held:
        await tell(held, CRACKLES)
        await held.open("/clusters/reports")
        await expect(held.page.locator("main li")).to_contain_text("Loa số 2 rè")
        await expect(held.page.get_by_text("Cán bộ đài hoặc kỹ thuật viên ghi lại ở đây")).to_be_visible()
        await expect(held.page.get_by_role("button", name="Đã xử lý")).to_have_count(0)
