"""The schedule's screen: few touches to what is meant, what really aired and why not, clashes before they happen."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect
from sqlalchemy import select

from broadcast_server.store.airings import AiringRow
from speaker_client.protocol.ids import HOUR, MINUTE
from tests.app.aired import add_source
from tests.app.phone import Phone, phone
from tests.app.timetable import CHANGES, agenda, programme, recording, some_days_ago
from tests.faces.office import sound

WIDE = {"width": 1280, "height": 800}
FULL = """window.keep = Storage.prototype.setItem;
Storage.prototype.setItem = function (key, value) {
  if (key.startsWith("drafts.")) throw new DOMException("", "QuotaExceededError");
  keep.call(this, key, value); };
0"""
"""The phone has no room for a draft."""
# The office's clock stands on Wednesday 18 November 2026, 18:06.


@dataclass
class Finger:
    """Touches, and how many they were."""

    held: Phone
    touches: int = 0

    async def tap(self, where: str | Locator) -> None:
        """Touch a button or link by its name."""
        self.touches += 1
        if isinstance(where, str):
            page = self.held.page
            where = page.get_by_role("button", name=where, exact=True).or_(
                page.get_by_role("link", name=where, exact=True)
            )
        await where.click()


async def test_a_new_upload_is_scheduled_daily_in_seven_touches(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        file = sound(tmp_path / "Tiêm phòng.wav")
        finger = Finger(held)
        async with held.page.expect_file_chooser() as asked:
            await finger.tap(held.page.locator(".tiles a", has_text="Tải tệp lên"))
        await (await asked.value).set_files(file)
        finger.touches += 1
        await held.page.get_by_role("link", name="Thêm lịch").wait_for(timeout=20_000)
        await finger.tap("Thêm lịch")
        await finger.tap("Hằng ngày 05:30")
        await expect(held.page.locator(".sentence")).to_contain_text("Tiêm phòng lúc 05:30, hằng ngày")
        await expect(held.page.locator(".sentence")).to_contain_text("Lần tới T5 19/11")
        await finger.tap("Lưu lịch")
        row = held.page.locator(".list li", has_text="Tiêm phòng")
        await expect(row).to_contain_text("Sẽ phát")
        assert finger.touches <= 5
        for day in ("2026-11-19", "2026-12-24"):
            assert await agenda(held, day) == [("05:30", "Tiêm phòng", "coming")]


async def test_a_time_still_to_come_is_todays_until_a_day_is_chosen(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:  # on Wednesday at 18:06
        page = held.page
        today, tomorrow = (page.get_by_role("button", name=one, exact=True) for one in ("Hôm nay", "Ngày mai"))
        await held.open(f"/schedule/new/{await recording(held.office, 'Tin')}")
        await page.locator(".rows button", has_text="Khi nào").click()
        await expect(tomorrow).to_have_attribute("aria-pressed", "true")
        await page.locator("input[type=time]").fill("19:00")
        await expect(today).to_have_attribute("aria-pressed", "true")
        await expect(page.locator("dialog p[role=status]")).to_have_text("Phát một lần lúc 19:00, thứ Tư 18/11.")
        await page.locator("input[type=time]").fill("17:00")
        await expect(tomorrow).to_have_attribute("aria-pressed", "true")
        await tomorrow.click()
        await page.locator("input[type=time]").fill("20:00")
        await expect(tomorrow).to_have_attribute("aria-pressed", "true")
        await page.get_by_role("button", name="Xong").click()
        await expect(page.locator(".sentence")).to_contain_text("lúc 20:00, thứ Năm 19/11")


async def test_a_tap_chooses_one_cluster_instead_of_all_and_a_village_has_all_of_its_own(tmp_path: Path) -> None:
    async with phone(tmp_path, width=320) as held:
        page = held.page
        await held.office.station.places.add_cluster("v", "Bãi bồi", 1, "hoa")
        await held.open(f"/schedule/new/{await recording(held.office, 'Mời họp')}")
        everywhere, village, one = (
            page.get_by_role("checkbox", name=name) for name in ("Tất cả các cụm", "Cả Thôn Một (2 cụm)", "Bãi bồi")
        )
        for box, named in ((one, "ở Bãi bồi."), (village, "ở Đầu làng, Bãi bồi.")):
            await page.locator(".rows button", has_text="Ở đâu").click()
            await box.check()
            await expect(everywhere).not_to_be_checked()
            await page.get_by_role("button", name="Xong").click()
            await expect(page.locator(".sentence")).to_contain_text(named)
        await page.locator(".rows button", has_text="Ở đâu").click()
        await expect(one).to_be_checked()
        await expect(one).to_be_disabled()  # the village has it
        await page.get_by_role("button", name="Đóng").click()
        await page.get_by_role("button", name="Lưu lịch").click()
        await expect(page.locator(".snack")).to_contain_text("Đã lưu lịch")
        assert held.posts(CHANGES)[-1]["put"]["targets"] == ["village:v"]


async def test_yesterdays_bulletin_is_aired_again_tomorrow_in_four_touches(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        (gone,) = await some_days_ago(held, ("Bản tin", "09:00"))
        await held.page.request.delete(
            f"http://{held.host}/api/v1/programmes/{gone}", headers={"origin": f"http://{held.host}"}
        )
        finger = Finger(held)
        await finger.tap("Lịch phát")
        await finger.tap("T3 17, thứ Ba 17/11")
        await finger.tap(held.page.locator(".list li button", has_text="Bản tin"))
        await finger.tap("Phát lại ngày mai")
        await expect(held.page.locator(".snack")).to_contain_text("Lần tới 09:00 T5 19/11")
        assert finger.touches <= 4
        assert await agenda(held, "2026-11-19") == [("09:00", "Bản tin", "coming")]
        await finger.tap("Hoàn tác")
        await expect(held.page.locator(".snack")).to_contain_text("Đã hoàn tác")
        assert await agenda(held, "2026-11-19") == []


async def test_the_past_says_what_aired_and_why_not_on_any_screen(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        page = held.page
        await some_days_ago(held, ("Bản tin", "05:30"), ("Nhạc", "06:00"), missed="Nhạc")
        await held.open("/schedule/2026-11-17")
        rows = page.locator(".list li")
        await expect(rows.nth(0)).to_contain_text("1/1")
        await expect(rows.nth(1)).to_contain_text("Bỏ lỡ")
        await rows.nth(1).locator("button").click()
        sheet = page.locator("dialog")
        await expect(sheet).to_contain_text("mất điện")
        await expect(sheet).to_contain_text("Đầu làng")
        await page.keyboard.press("Escape")
        await page.set_viewport_size(WIDE)
        table = page.get_by_role("table")
        await expect(table.get_by_role("rowheader")).to_have_text(["05:30", "06:00"])
        await expect(table.locator("tbody tr").nth(1).locator("td").nth(1)).to_contain_text("Bỏ lỡ")
        await expect(table.locator("tbody tr").nth(1).locator("td").nth(4)).to_contain_text("Sẽ phát")


async def test_a_clash_is_told_before_it_is_saved_and_moved_out_of_the_way(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        page = held.page
        await programme(held, "Tiếp sóng", "05:20", 30)
        item = await recording(held.office, "Tin")
        await held.open(f"/schedule/new/{item}")
        await page.get_by_role("button", name="Lưu lịch").click()
        await expect(page.locator("dialog")).to_contain_text("“Tin” lúc 05:30 thứ Năm 19/11/2026 sẽ không phát")
        assert held.posts(CHANGES) == []
        await page.get_by_role("button", name="Dời sang 05:50").click()
        await expect(page.locator(".snack")).to_contain_text("Lần tới 05:50")
        assert [one[:2] for one in await agenda(held, "2026-11-19")] == [("05:20", "Tiếp sóng"), ("05:50", "Tin")]


async def test_a_relay_that_is_under_way_is_cut_short_by_what_begins_in_it(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        page = held.page
        await add_source(held.office, "Đài tỉnh", "one")
        await programme(held, "Tiếp sóng đài tỉnh", "16:40", 25, source="one")
        await held.open(f"/schedule/new/{await recording(held.office, 'Bản tin chiều')}")
        await page.get_by_role("button", name="Hằng ngày 17:00").click()
        await page.get_by_role("button", name="Lưu lịch").click()
        sheet = page.locator("dialog")
        await expect(sheet.get_by_role("button", name="Dời sang 17:05")).to_be_visible()
        await expect(sheet.get_by_role("button", name="Cứ lưu như vậy")).to_have_count(0)
        await sheet.get_by_role("button", name="Cắt 5 phút cuối mỗi lần phát “Tiếp sóng đài tỉnh” và lưu").click()
        await expect(page.locator(".snack")).to_contain_text("Đã lưu lịch")
        async with held.office.station.database.reading() as session:
            rows = await session.scalars(select(AiringRow).order_by(AiringRow.start_us))
            relay, bulletin = [row for row in rows if row.withdrawn_plan is None][:2]
        assert (relay.end_us - relay.start_us, relay.end_us) == (20 * MINUTE, bulletin.start_us)


async def test_who_lets_one_go_first_is_asked_again_only_if_the_other_would_lose_its_sound(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        page, dialog = held.page, held.page.locator("dialog")
        await programme(held, "Bản tin", "05:30", 2)
        await programme(held, "Nhạc", "17:00", 2)
        held.office.clock.at_us += MINUTE  # of equals the one that was saved first goes first
        for title, minutes, habit in (("Tin", 1, "Hằng ngày 05:30"), ("Hội nghị", 30, "Hằng ngày 17:00")):
            await held.open(f"/schedule/new/{await recording(held.office, title, minutes)}")
            await page.get_by_role("button", name=habit).click()
            await page.get_by_role("button", name="Lưu lịch").click()
            await expect(dialog).to_contain_text(f"“{title}” lúc {habit[-5:]} thứ Năm 19/11/2026 sẽ phát muộn 2 phút")
            await page.get_by_role("button", name="Cho bản này phát trước").click()
            if title == "Tin":
                await expect(page.locator(".snack")).to_contain_text("Lần tới 05:30")
        await expect(dialog).to_contain_text("“Nhạc” lúc 17:00 thứ Năm 19/11/2026 sẽ không phát")
        assert len(held.posts(CHANGES)) == 1
        found = {one[1:] for one in await agenda(held, "2026-11-19")}
        assert found == {("Tin", "coming"), ("Bản tin", "disturbed"), ("Nhạc", "coming")}


async def test_a_phone_whose_clock_is_an_hour_wrong_goes_by_the_station_s_and_says_so(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        page, office = held.page, held.office
        office.clock.at_us += 11 * HOUR  # 05:06 on Thursday; by the phone this morning's half past five is over
        ahead_ms = (office.clock.at_us + HOUR) // 1000
        await page.add_init_script(
            f"const began = Date.now(); const real = Date.now; Date.now = () => {ahead_ms} + real() - began"
        )
        await page.reload()
        await expect(page.locator(".strip")).to_contain_text("Đồng hồ máy này sai. Giờ phát theo máy chủ của đài: 05:0")
        await held.open(f"/schedule/new/{await recording(office, 'Tin')}")
        await page.get_by_role("button", name="Hằng ngày 05:30").click()
        await expect(page.locator(".sentence")).to_contain_text("Lần tới T5 19/11")
        await page.get_by_role("button", name="Lưu lịch").click()
        await expect(page.locator(".snack")).to_contain_text("Lần tới 05:30 T5 19/11")
        assert await agenda(held, "2026-11-19") == [("05:30", "Tin", "coming")]


async def edit_friday(held: Phone) -> None:
    """The form of the one programme that is played on Friday, opened from that day."""
    await held.open("/schedule/2026-11-20")
    await held.page.locator(".list li button").click()
    await held.page.get_by_role("link", name="Sửa lịch này").click()


async def move_to(page: Page, time: str) -> None:
    """Another time in the form, saved."""
    await page.locator(".rows button", has_text="Khi nào").click()
    await page.locator("input[type=time]").fill(time)
    await page.get_by_role("button", name="Xong").click()
    await page.get_by_role("button", name="Lưu lịch").click()


async def test_one_time_is_changed_and_the_rest_is_left_as_it_was(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        page = held.page
        await programme(held, "Bản tin", "05:30")
        await edit_friday(held)
        await expect(page.get_by_label("Chỉ lần này")).to_be_checked()
        await move_to(page, "21:15")
        await expect(page.locator(".snack")).to_contain_text("Đã đổi 1 lần phát")
        await expect(page.locator(".list li button")).to_contain_text("21:15")
        assert [await agenda(held, f"2026-11-{day}") for day in (19, 20, 21)] == [
            [("05:30", "Bản tin", "coming")],
            [("21:15", "Bản tin", "coming")],
            [("05:30", "Bản tin", "coming")],
        ]
        await page.get_by_role("button", name="thứ Bảy 21/11").click()
        await page.locator(".list li button").click()
        await page.get_by_role("button", name="Bỏ khỏi lịch").click()
        await page.get_by_role("button", name="Lần này và sau này").click()
        await expect(page.locator(".snack")).to_contain_text("Đã bỏ từ T7 21/11 về sau")
        assert [await agenda(held, f"2026-11-{day}") for day in (21, 22)] == [[], []]


@pytest.mark.parametrize(
    ("scope", "told", "moved"),
    [
        ("Lần này và sau này", "Đã đổi từ T6 20/11 về sau", ["05:30", "21:15", "21:15"]),
        ("Tất cả", "Đã đổi tất cả các lần", ["21:15", "21:15", "21:15"]),
    ],
)
async def test_what_repeats_is_changed_from_one_day_on_or_always_and_put_back(
    scope: str, told: str, moved: list[str], tmp_path: Path
) -> None:
    async def times() -> list[str]:
        return [(await agenda(held, f"2026-11-{day}"))[0][0] for day in (19, 20, 21)]

    async with phone(tmp_path) as held:
        page = held.page
        await programme(held, "Bản tin", "05:30")
        await edit_friday(held)
        await page.get_by_label(scope, exact=True).check()
        await move_to(page, "21:15")
        await expect(page.locator(".snack")).to_contain_text(told)
        assert await times() == moved
        await page.get_by_role("button", name="Hoàn tác").click()
        await expect(page.locator(".snack")).to_contain_text("Đã hoàn tác")
        assert await times() == ["05:30"] * 3


async def test_one_airing_is_made_softer_and_the_others_stay_as_loud(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        page = held.page
        await programme(held, "Thể dục", "05:30")
        await edit_friday(held)
        row = page.locator(".rows button", has_text="Âm lượng")
        await expect(row).to_contain_text("Như các bản khác")
        await row.click()
        await page.get_by_role("button", name="Nhỏ hơn −6 dB").click()
        await expect(row).to_contain_text("Nhỏ hơn")
        await page.get_by_role("button", name="Lưu lịch").click()
        await expect(page.locator(".snack")).to_contain_text("Đã đổi 1 lần phát")
        async with held.office.station.database.reading() as session:
            airings = await session.scalars(select(AiringRow).order_by(AiringRow.start_us))
            told = [(row.planned or {}).get("gain_cb") for row in airings if row.withdrawn_plan is None]
        assert told[:3] == [None, -600, None]


async def test_without_a_line_the_week_is_read_and_a_plan_waits_as_a_draft(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        page = held.page
        await programme(held, "Bản tin", "11:00")
        item = await recording(held.office, "Tiêm phòng")
        await held.open("/schedule/2026-11-20")
        await expect(page.locator(".list li").first).to_contain_text("Bản tin")
        await held.open(f"/schedule/new/{item}")
        await page.wait_for_selector(".sentence")
        await page.context.set_offline(True)
        await page.evaluate(FULL)
        await page.get_by_role("button", name="Lưu nháp").click()
        await expect(page.get_by_role("alert")).to_have_text("Máy này hết chỗ: chưa lưu được nháp.")
        await page.evaluate("Storage.prototype.setItem = keep; 0")
        await page.get_by_role("button", name="Lưu nháp").click()
        await expect(page.locator(".notice.warn")).to_contain_text("chưa sửa được lịch. Đây là lịch xem lúc 18:06")
        await expect(page.locator(".list li").first).to_contain_text("Bản tin")
        await expect(page.get_by_role("link", name="Thêm lịch")).to_have_count(0)
        await expect(page.get_by_text("lúc mất mạng chưa soạn được lịch nháp")).to_be_visible()
        await page.locator(".list li button").first.click()
        await expect(page.get_by_role("link", name="Sửa lịch này")).to_have_count(0)
        await page.keyboard.press("Escape")
        await page.context.set_offline(False)
        await page.get_by_role("button", name="Mở").click()
        assert held.posts(CHANGES) == []
        await page.get_by_role("button", name="Lưu lịch").click(timeout=15_000)
        await expect(page.locator(".snack")).to_contain_text("Đã lưu lịch")
        await expect(page.locator(".draft")).to_have_count(0)
        assert len(held.posts(CHANGES)) == 1

        what = page.locator(".rows button", has_text="Phát gì")
        await page.get_by_role("link", name="Thêm lịch").click()
        await what.click()
        await expect(page.locator("dialog li button", has_text="Tiêm phòng")).to_be_visible()
        await page.keyboard.press("Escape")
        await page.context.set_offline(True)
        await held.open("/schedule")
        await expect(page.get_by_text("chưa soạn được lịch nháp")).to_have_count(0)
        await page.get_by_role("link", name="Soạn lịch nháp").click()
        await what.click()  # what was there to choose is still known
        await expect(page.locator("dialog .notice.warn")).to_contain_text("Đang xem dữ liệu lúc 18:06")
        await page.locator("dialog li button", has_text="Tiêm phòng").click()
        await page.get_by_role("button", name="Lưu nháp").click()
        await expect(page.locator(".draft")).to_contain_text("Tiêm phòng")
