"""A typed notice gets what is said beside it: a sentence once more, words before and after; nothing of it unasked."""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import expect

from tests.app.aired import ANNOUNCEMENTS, SPOKEN_MS
from tests.app.axe import misfits
from tests.app.phone import button, phone

WHEN = "Họp lúc 7h30 ngày 24/12 tại nhà văn hóa."


async def test_the_sentence_at_the_cursor_is_marked_and_unmarked_again(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        page = held.page
        await held.open("/type")
        area, twice = page.locator("textarea"), button(page, "Nhắc lại câu đang sửa")
        await expect(twice).to_be_disabled()
        await area.fill("Kính mời bà con TP. Vinh đi họp. Nhớ mang sổ. Xin cảm ơn.")
        await area.evaluate("area => area.setSelectionRange(38, 38)")
        await twice.click()
        await expect(area).to_have_value("Kính mời bà con TP. Vinh đi họp.\n! Nhớ mang sổ.\nXin cảm ơn.")
        await expect(page.get_by_role("status").filter(has_text="Cuối tin sẽ nhắc lại: Nhớ mang sổ.")).to_be_visible()
        await expect(page.get_by_text("Câu có dấu ! ở đầu được nhắc lại")).to_be_visible()
        await twice.click()
        await expect(area).to_have_value("Kính mời bà con TP. Vinh đi họp.\nNhớ mang sổ.\nXin cảm ơn.")
        await expect(page.get_by_text("Câu có dấu ! ở đầu được nhắc lại")).to_have_count(0)
        await area.evaluate("area => area.setSelectionRange(18, 18)")
        await twice.click()
        await expect(area).to_have_value("! Kính mời bà con TP. Vinh đi họp.\nNhớ mang sổ.\nXin cảm ơn.")


async def test_when_and_where_is_proposed_and_what_was_chosen_is_read_heard_and_sent(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        page = held.page
        await held.open("/type")
        area = page.locator("textarea")
        await area.fill(f"Mời họp thôn. {WHEN}")
        await page.get_by_role("button", name=WHEN).click()
        await expect(area).to_have_value(f"Mời họp thôn.\n! {WHEN}")
        await expect(page.get_by_role("button", name=WHEN)).to_have_count(0)
        await page.locator("summary", has_text="Lời mở đầu và lời kết").click()
        await page.get_by_role("radio", name="Kính thưa").check()
        await page.get_by_role("radio", name="Cảm ơn").check()
        await expect(page.locator("summary", has_text="Kính thưa bà con. … Xin cảm ơn bà con.")).to_be_visible()
        await page.locator("summary", has_text="Cách đọc").click()
        await expect(page.get_by_text("Xin nhắc lại: Họp lúc bảy giờ ba mươi phút")).to_be_visible()
        assert await misfits(page) == []
        said = {"opening": "neighbours", "closing": "thanks", "text": f"Mời họp thôn.\n! {WHEN}"}
        await button(page, "Nghe thử").click()
        await expect(page.locator("audio")).to_be_visible(timeout=SPOKEN_MS)
        await button(page, "Phát ngay").click()
        await page.wait_for_url("**/type/air/*")
        (heard,), (asked,) = held.posts(f"{ANNOUNCEMENTS}/preview"), held.posts(ANNOUNCEMENTS)
        assert heard == {**said, "voice": None, "pace": 100}
        assert said.items() <= asked.items()
        await held.open("/type")
        await expect(area).to_have_value("")  # what was said around that text is not said around the next
        await expect(page.locator("summary", has_text="Lời mở đầu và lời kết")).to_contain_text("Không thêm")


async def test_where_the_whole_text_is_said_again_no_sentence_is_proposed_or_promised_for_it(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        page = held.page
        await held.open("/type")
        await page.locator("textarea").fill(f"Mời họp thôn. {WHEN} Chiều mai, 2 giờ, đo đất ở đồi Chè.")
        offered, promised = page.locator("ul[aria-labelledby=worth] button"), page.get_by_text("Cuối tin sẽ nhắc lại")
        await offered.filter(has_text=WHEN).click()
        await expect(promised).to_be_visible()
        await expect(offered).to_have_count(1)
        await page.locator("summary", has_text="Lời mở đầu và lời kết").click()
        await page.get_by_role("radio", name="Nhắc lại cả tin").check()
        await expect(offered).to_have_count(0)
        await expect(promised).to_have_count(0)
        await expect(page.get_by_text("nên dấu ! ở đầu câu không có tác dụng")).to_be_visible()


async def test_a_text_that_is_too_long_with_what_is_said_beside_it_is_not_sent(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        page = held.page
        await held.open("/type")
        await page.locator("textarea").fill("Mời bà con họp thôn. " * 60)
        await expect(button(page, "Phát ngay")).to_be_enabled()
        await page.locator("summary", has_text="Lời mở đầu và lời kết").click()
        await page.get_by_role("radio", name="Nhắc lại cả tin").check()
        await page.locator("summary", has_text="Lời mở đầu và lời kết").click()  # what it costs is seen all the same
        await expect(page.get_by_text("bà con nghe 4 lần")).to_be_visible()
        await expect(page.get_by_role("status").filter(has_text="ký tự, quá 2000")).to_be_visible()
        await expect(button(page, "Phát ngay")).to_be_disabled()
