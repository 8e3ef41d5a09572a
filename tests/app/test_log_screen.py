"""The broadcast log on a phone: what happened on a day, why, how far it was proved, and a table of it."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from playwright.async_api import expect

from broadcast_server.people.rights import Role
from speaker_client.protocol.ids import DAY, HOUR, MINUTE, SECOND
from tests.app.aired import aired
from tests.app.lines import lose_the_answer
from tests.app.phone import phone


async def test_a_day_says_what_did_not_go_well_and_opened_how_far_each_loudspeaker_got(tmp_path: Path) -> None:
    async with phone(tmp_path, Role.VIEWER) as held:
        page, office = held.page, held.office
        start = office.clock.at_us - 30 * MINUTE
        heard = {"sensor": "line_current", "simulated": False, "loudspeakers": [1], "sounded": True}
        measured = [{**heard, "level_cb": -1250, "confidence_pct": 93, "at_us": start + SECOND}]
        steps = {"sent_us": start - 2 * SECOND, "accepted_us": start - SECOND, "started_us": start + 4000}
        await aired(office, "Bản tin", start, error_us=4000, sounded_us=600 * SECOND, measured=measured, **steps)
        await aired(office, "Ca nhạc", start - 15 * MINUTE, "MISSED", reason="POWER_OFF")
        await held.open("/now")
        await held.open("/today")
        await page.get_by_role("link", name="Xem vì sao").press("Enter")  # what comes later moves it down
        await expect(page.locator("h2")).to_have_text("Ca nhạc")
        await held.open("/log")
        await expect(page.locator("main li")).to_have_count(2)
        await expect(page.locator("main li").first).to_contain_text("đã đo có tiếng ở 1 cụm")
        await page.get_by_role("link", name="Chưa trọn vẹn 1").click()
        await expect(page.locator("main li")).to_have_count(1)
        await page.locator("main li a").click()
        await expect(page.locator("h2")).to_have_text("Ca nhạc")
        await expect(page.locator("main")).to_contain_text("Không phát được: hộp loa mất điện hoặc đang tắt.")
        await held.open("/log/Bản tin")  # as another screen leads here
        card = page.locator("details")
        await expect(card).to_contain_text("đúng giờ")
        await expect(card.locator("ol .reached")).to_have_count(4)
        await expect(card.locator("ul li")).to_contain_text("Loa 1: đã đo có tiếng")
        await page.get_by_role("link", name="Thứ", exact=False).click()
        await page.get_by_role("link", name="Ngày trước").click()
        await expect(page.locator("main")).to_contain_text("Ngày này chưa phát gì.")
        assert held.asked == []  # the log is read; nobody writes in it


async def test_today_says_what_sounded_in_part_and_names_the_box_that_is_away(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        page, office = held.page, held.office
        await aired(office, "Nói trực tiếp", office.clock.at_us - 20 * MINUTE, "PARTIAL", reason="STOPPED")
        await aired(office, "Bản tin", office.clock.at_us - 40 * MINUTE, "PENDING")
        await held.open("/now")
        await held.open("/today")
        cut, unsaid = (page.locator("#timetable ~ ol li", has_text=title) for title in ("Nói trực tiếp", "Bản tin"))
        await expect(cut).to_contain_text("1/1 cụm phát một phần")
        await expect(unsaid).to_contain_text("Đầu làng: đang mất kết nối, chưa rõ đã phát chưa.")
        await unsaid.get_by_role("link", name="Xem vì sao").click()
        await expect(page.locator("h2")).to_have_text("Bản tin")


async def test_a_long_day_goes_on_and_is_taken_along_as_a_table(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        page, office = held.page, held.office
        for number in range(55):
            await aired(office, f"Tin {number}", office.clock.at_us - HOUR + number * MINUTE)
        await aired(office, "Hôm qua", office.clock.at_us - DAY)
        await held.open("/log")
        await expect(page.locator("main li")).to_have_count(50)
        await page.get_by_role("button", name="Xem thêm").click()
        await expect(page.locator("main li")).to_have_count(55)
        await page.get_by_role("button", name="Xuất bảng").click()
        async with page.expect_download() as coming:
            await page.get_by_role("link", name="Tải bảng").click()
        download = await coming.value
        assert download.suggested_filename.startswith("nhat-ky-phat-song-")
        told = (await download.path()).read_bytes()
        assert told.startswith(b"\xef\xbb\xbf")
        titles = [row["Chương trình"] for row in csv.DictReader(io.StringIO(told.decode("utf-8-sig")))]
        assert len(titles) == 56
        assert titles[0] == "Hôm qua"


async def test_a_note_is_added_for_good_by_who_was_there_and_only_read_by_others(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        page = held.page
        await aired(held.office, "Bản tin", held.office.clock.at_us - HOUR)
        await held.open("/log/Bản tin")
        await page.get_by_label("Thêm ghi chú cho lần phát này").fill("Loa 1 rè, đã gọi thợ.")
        await page.route("**/remarks", lose_the_answer)
        await page.get_by_role("button", name="Lưu ghi chú").click()
        await expect(page.get_by_role("alert")).to_contain_text("Chưa nhận được trả lời")
        await page.unroute("**/remarks")
        await page.get_by_role("button", name="Lưu ghi chú").click()
        await expect(page.locator("section[aria-labelledby=remarks] li")).to_have_count(1)
        await expect(page.locator("section[aria-labelledby=remarks] li")).to_contain_text("Loa 1 rè, đã gọi thợ.")
        await expect(page.locator("section[aria-labelledby=remarks] li")).to_contain_text("Officer.Test, 18:06")
        await expect(page.get_by_label("Thêm ghi chú cho lần phát này")).to_have_value("")
    async with phone(tmp_path / "other", Role.VIEWER) as held:
        await aired(held.office, "Bản tin", held.office.clock.at_us - HOUR)
        await held.open("/log/Bản tin")
        await expect(held.page.locator("section[aria-labelledby=remarks]")).to_contain_text("Chưa có ghi chú.")
        await expect(held.page.get_by_label("Thêm ghi chú cho lần phát này")).to_have_count(0)
