"""How a text is read is shown before it sounds, and what is wrong is corrected: for this text, or from now on."""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import Page, expect

from broadcast_server.people.rights import Role
from tests.app.axe import misfits
from tests.app.lines import HeldBack
from tests.app.phone import Phone, phone, press

TEXT = "Mời bà con thôn Hoà Thuỷ tới TĐC họp với UBND."
READING, ANNOUNCEMENTS, LEXICON = "/api/v1/reading", "/api/v1/announcements", "/api/v1/lexicon"


async def typed(held: Phone) -> Page:
    """The text on the screen, and the way it is read opened."""
    await held.open("/type")
    await held.page.locator("textarea").fill(TEXT)
    summary = held.page.locator("summary", has_text="Cách đọc")
    await expect(summary).to_contain_text("1 chỗ cần xem lại")
    await summary.click()
    return held.page


async def test_what_is_doubtful_comes_first_and_is_corrected_for_this_text_alone(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        page = await typed(held)
        rows = page.locator("details li button")
        await expect(rows).to_have_count(2)
        await expect(rows.first).to_contain_text("TĐC")
        await expect(rows.first).to_contain_text("chưa có trong từ điển")
        assert await misfits(page) == []
        await rows.first.click()
        assert await misfits(page) == []
        await page.get_by_role("textbox", name="Đọc là").fill("khu tái định cư số 2")
        await press(page, "Chỉ tin này")
        await expect(page.locator("summary", has_text="Cách đọc")).to_contain_text("Không có chỗ nào đáng ngờ")
        await expect(page.locator("details li button", has_text="TĐC")).to_contain_text("chỉ tin này")
        await expect(page.get_by_text("tới khu tái định cư số hai họp")).to_be_visible()
        assert held.posts(LEXICON) == []
        await page.wait_for_timeout(1200)
        await page.reload()
        await expect(page.locator("summary", has_text="Cách đọc")).to_contain_text("Không có chỗ nào đáng ngờ")
        await press(page, "Phát ngay")
        await page.wait_for_url("**/type/air/*")
        (asked,) = held.posts(ANNOUNCEMENTS)
        assert asked["text"] == TEXT
        assert asked["said_as"] == [{"written": "TĐC", "said": "khu tái định cư số 2"}]
        await page.get_by_role("link", name="Soạn tin khác").click()
        await page.locator("textarea").fill("Tới TĐC.")
        await expect(page.locator("summary", has_text="Cách đọc")).to_contain_text("1 chỗ cần xem lại")


async def test_a_correction_for_always_is_an_entry_of_the_dictionary_and_holds_in_the_next_text(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        page = await typed(held)
        await page.locator("details li button", has_text="UBND").click()
        await page.get_by_role("textbox", name="Đọc là").fill("ủy ban xã Tây Hồ")
        await press(page, "Từ nay về sau")
        await expect(page.get_by_text("Đã ghi vào Từ điển đọc: UBND → ủy ban xã tây hồ.")).to_be_visible()
        await press(page, "Chữ khác đọc sai")
        await page.get_by_role("textbox", name="Chữ viết trong tin").fill("Hòa Thủy")
        await page.get_by_role("textbox", name="Đọc là").fill("<b>")
        await press(page, "Từ nay về sau")
        await expect(page.get_by_role("alert")).to_contain_text("Lời đọc cần 1 đến 200 ký tự")
        await page.get_by_role("textbox", name="Đọc là").fill("hòa thủy trên")
        await press(page, "Từ nay về sau")
        await expect(page.get_by_text("thôn hòa thủy trên tới")).to_be_visible()
        rows = page.locator("details li button")
        await expect(rows.filter(has_text="Hoà Thuỷ")).to_contain_text("từ điển đài")
        await page.locator("textarea").fill("UBND và HOÀ THUỶ")
        await expect(page.get_by_text("ủy ban xã tây hồ và hòa thủy trên")).to_be_visible()
        entries = await held.office.station.pronouncing.all()
        assert [(one.written, one.said) for one in entries] == [
            ("Hòa Thủy", "hòa thủy trên"), ("UBND", "ủy ban xã tây hồ"),
        ]  # fmt: skip


async def test_a_text_begins_in_the_voice_of_the_station(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        page = held.page
        await held.open("/settings/voice")
        await page.get_by_role("radio", name="Nam").check()
        await press(page, "Lưu giọng đọc")
        await expect(page.get_by_text("Đã lưu. Tin gõ từ giờ đọc như vậy.")).to_be_visible()
        await held.open("/type")
        await expect(page.get_by_text("Giọng Nam, đọc vừa")).to_be_visible()
        await page.locator("textarea").fill("1.005 hộ")
        await expect(page.locator("summary", has_text="Cách đọc")).to_contain_text("Không có")
        assert held.posts(READING)[-1]["voice"] is None, "as it will be said, whatever the station says by then"
        await press(page, "Phát ngay")
        await page.wait_for_url("**/type/air/*")
        assert held.posts(ANNOUNCEMENTS)[0]["voice"] is None


async def test_entries_are_listed_added_changed_taken_out_and_taken_in_in_the_settings(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        page = held.page
        await held.open("/settings")
        await page.get_by_role("link", name="Từ điển đọc").click()
        await expect(page.get_by_text("Đài chưa ghi cách đọc riêng nào.")).to_be_visible()
        await press(page, "Thêm cách đọc")
        await page.get_by_role("textbox", name="Chữ viết").fill("Păn")
        await page.get_by_role("textbox", name="Đọc là").fill("băn 1")
        await press(page, "Lưu cách đọc")
        await expect(page.get_by_text("Đã lưu: Păn → băn một.")).to_be_visible()
        assert await misfits(page) == []
        await press(page, "Păn đọc là băn một")
        assert await misfits(page) == []
        await page.get_by_role("textbox", name="Đọc là").fill("pằn")
        await press(page, "Lưu cách đọc")
        await expect(page.get_by_role("button", name="Păn đọc là pằn")).to_be_visible()
        await page.get_by_role("searchbox", name="Tìm").fill("uy ban nhan")
        await press(page, "UBND đọc là ủy ban nhân dân")
        await page.get_by_role("textbox", name="Đọc là").fill("ủy ban")
        await press(page, "Lưu cách đọc")
        await expect(page.locator("dialog")).to_have_count(0)  # what is behind it takes no letters
        await page.get_by_role("searchbox", name="Tìm").fill("")
        await expect(page.get_by_text("Của đài (2)")).to_be_visible()
        table = tmp_path / "tu-dien.csv"
        table.write_text("Viết,Đọc là\nUBND,ủy ban xã\nHTX,hợp tác\n", encoding="utf-8-sig")
        await page.locator("input[type=file]").set_input_files(table)
        await expect(page.get_by_text("Đã nhập: 1 mục mới, 1 mục đổi cách đọc, 0 mục như cũ.")).to_be_visible()
        await press(page, "Păn đọc là pằn")
        await press(page, "Bỏ mục này")
        await expect(page.get_by_text("Đã bỏ: Păn.")).to_be_visible()
        async with page.expect_download() as out:
            await page.get_by_role("link", name="Xuất ra tệp").click()
        kept = (await (await out.value).path()).read_text("utf-8-sig")
        assert kept.splitlines() == ["Viết,Đọc là", "HTX,hợp tác", "UBND,ủy ban xã"]


async def test_whoever_may_not_announce_looks_and_changes_nothing(tmp_path: Path) -> None:
    async with phone(tmp_path, Role.VIEWER) as held:
        await held.office.station.pronouncing.learn("Păn", "pằn", "lan")
        for page in ("lexicon", "voice"):
            await held.open(f"/settings/{page}")
            await expect(held.page.get_by_text("Cán bộ đài, Chủ tịch hoặc người quản trị sửa được.")).to_be_visible()
            await expect(held.page.locator("main button:not(:disabled), input[type=file]")).to_have_count(0)


async def test_the_station_is_asked_once_about_a_text_that_stands(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        page = await typed(held)
        asked = len(held.posts(READING))
        await page.wait_for_timeout(3000)
        assert len(held.posts(READING)) == asked


async def corrected(page: Page, said: str) -> None:
    """The first doubt, for this text alone."""
    await page.locator("details li button").first.click()
    await page.get_by_role("textbox", name="Đọc là").fill(said)
    await press(page, "Chỉ tin này")


async def test_what_was_corrected_in_one_text_is_not_said_of_the_next(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        page = await typed(held)
        summary = page.locator("summary", has_text="Cách đọc")
        await corrected(page, "khu tái định cư")
        await expect(summary).to_contain_text("Không có chỗ nào đáng ngờ")
        await page.locator("textarea").fill("")
        await page.locator("textarea").fill(TEXT)
        await expect(summary).to_contain_text("1 chỗ cần xem lại")
        await summary.click()
        await corrected(page, "khu tái định cư")
        await expect(summary).to_contain_text("Không có chỗ nào đáng ngờ")
        await page.locator("textarea").fill("Mời bà con tới chợ họp.")
        await page.locator("textarea").fill(TEXT)
        await expect(summary).to_contain_text("1 chỗ cần xem lại")


async def test_a_text_that_nobody_has_read_yet_is_not_called_free_of_doubt(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        page = held.page
        await held.open("/type")
        await page.locator("textarea").fill("Mời bà con tới chợ họp.")
        summary = page.locator("summary", has_text="Cách đọc")
        await expect(summary).to_contain_text("Không có chỗ nào đáng ngờ")
        waits = HeldBack()
        await page.route(f"**{READING}", waits)
        await page.locator("textarea").fill(TEXT)
        await expect(summary).to_contain_text("Đang xem")
        await page.wait_for_timeout(1500)
        await expect(summary).to_contain_text("Đang xem")
        await page.unroute(f"**{READING}", waits)
        await waits.let_go()
        await expect(summary).to_contain_text("1 chỗ cần xem lại", timeout=15_000)
