"""What waits for whoever holds the phone, on the first screen."""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import expect

from broadcast_server.people.rights import Role
from tests.app.axe import TWICE, misfits
from tests.app.horns import CRACKLES, tell
from tests.app.phone import button, phone
from tests.app.states_plans import todo


async def test_what_waits_is_listed_until_it_is_done_and_leads_to_where_that_is(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        page = held.page
        card = page.get_by_role("region", name="Việc cần làm")
        await todo(held)
        await expect(card.get_by_role("link")).to_have_text(
            [
                "1 phản ánh của người dân chưa xử lý",
                "1 lịch nháp chưa lưu",
                "Bài gõ dở, chưa phát: Mời bà con đi họp thôn.",
            ]
        )
        await page.evaluate(TWICE)
        assert await misfits(page) == []
        for way, place in (("phản ánh", "clusters/reports"), ("lịch nháp", "schedule"), ("Bài gõ dở", "type")):
            await card.get_by_role("link", name=way).click()
            await page.wait_for_url(f"**/{place}")
            await held.open("/today")
        await held.open("/type")
        await page.fill("textarea", "")
        await held.open("/schedule")
        await page.get_by_role("button", name="Bỏ nháp").click()
        await held.open("/today")
        await expect(card.get_by_role("link")).to_have_text(["1 phản ánh của người dân chưa xử lý"])


async def test_a_text_that_was_sent_and_not_answered_is_told_as_that_and_reports_are_asked_for_with_the_line(
    tmp_path: Path,
) -> None:
    async with phone(tmp_path) as held:
        page, card = held.page, held.page.locator("section[aria-labelledby=todo]")
        await tell(held, CRACKLES)
        await page.route("**/api/v1/announcements", lambda route: route.abort())
        await held.open("/type")
        await page.fill("textarea", "Mời họp.")
        await button(page, "Phát ngay").click()
        await expect(page.get_by_text("Chưa nhận được trả lời từ máy chủ")).to_be_visible()
        await page.context.set_offline(True)
        await expect(page.locator(".line")).to_have_text("Mất mạng")
        await held.open("/today")
        await expect(card.get_by_role("link")).to_have_text(["Bài đã gửi, chưa rõ đài đã nhận chưa: Mời họp."])
        await page.context.set_offline(False)
        await expect(card.get_by_role("link", name="1 phản ánh")).to_be_visible(timeout=15_000)


async def test_who_may_only_look_is_given_nothing_to_do(tmp_path: Path) -> None:
    async with phone(tmp_path, Role.VIEWER) as held:
        asked: list[str] = []
        held.page.on("request", lambda one: asked.append(one.url))
        await tell(held, CRACKLES)
        await expect(held.page.locator("#timetable")).to_be_visible()
        await held.page.wait_for_load_state("networkidle")
        assert not [one for one in asked if "/complaints" in one]
        await expect(held.page.locator("#todo")).to_have_count(0)
