"""A station that plays nothing is offered a week of what it has: once, and told what came of it."""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import Route, expect

from speaker_client.protocol.ids import DAY, MINUTE
from tests.app.aired import add_source
from tests.app.phone import phone
from tests.app.timetable import CHANGES, agenda, recording
from tests.faces.office import PASSWORD


async def test_a_station_without_any_schedule_is_given_one_of_what_it_has_and_it_is_taken_back(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        page, snack = held.page, held.page.locator(".snack")
        use = page.get_by_role("button", name="Dùng lịch mẫu")
        await held.open("/schedule")
        await expect(page.get_by_role("link", name="Ghi âm bản tin đầu tiên")).to_be_visible()
        await recording(held.office, "Bản tin xã")
        held.office.clock.at_us += MINUTE  # a song and what was typed are newer
        await recording(held.office, "Bài ca", kind="music")
        await recording(held.office, "Mời họp tối nay", voice="vi")
        for source, used in (
            (None, [("05:30", "Bản tin xã"), ("17:00", "Bản tin xã")]),
            ("VOV1", [("05:30", "Tiếp sóng VOV1"), ("17:00", "Bản tin xã")]),
        ):
            if source:
                await add_source(held.office, source, "one")
            await page.reload()
            await expect(page.locator("section", has=use)).to_contain_text("Bản tin xã 8 phút, ghi 18/11")
            await use.click()
            await expect(snack).to_contain_text("Đã thêm lịch mẫu")
            for day in ("2026-11-19", "2026-12-24"):
                assert [one[:2] for one in await agenda(held, day)] == used
            await expect(use).to_have_count(0)
            await page.get_by_role("button", name="Hoàn tác").click()
            await expect(snack).to_contain_text("Đã hoàn tác")
            assert await agenda(held, "2026-11-19") == []
            await expect(use).to_be_visible()


async def test_on_a_sunday_evening_when_nothing_of_it_is_this_week_it_is_made_once_and_offered_no_more(
    tmp_path: Path,
) -> None:
    async with phone(tmp_path) as held:
        page = held.page
        held.office.clock.at_us += 4 * DAY  # Sunday, 18:06
        await held.keep_time()
        await page.reload()
        await page.fill("input[name=name]", "officer.test")  # that of Wednesday is over
        await page.fill("input[name=password]", PASSWORD)
        await page.click("form button.main")
        await recording(held.office, "Bản tin xã")
        await page.locator("nav a.schedule").click()
        use = page.get_by_role("button", name="Dùng lịch mẫu")
        await use.click()
        await expect(page.locator(".snack")).to_contain_text("Đã thêm lịch mẫu")
        await expect(use).to_have_count(0)
        await page.wait_for_load_state("networkidle")
        await expect(use).to_have_count(0)
        assert len(held.posts(CHANGES)) == 1
        await page.get_by_role("button", name="Hoàn tác").click()
        await expect(use).to_be_visible()


async def test_when_the_line_breaks_half_way_the_week_shows_what_stayed_and_it_is_told(tmp_path: Path) -> None:
    async def lost(route: Route) -> None:
        await (route.abort() if route.request.method in ("POST", "DELETE") else route.continue_())

    async with phone(tmp_path) as held:
        page = held.page
        await add_source(held.office, "VOV1", "one")
        await recording(held.office, "Bản tin xã")
        await page.route(f"**{CHANGES}", lost)
        await page.route("**/api/v1/programmes/*", lost)
        await held.open("/schedule/2026-11-19")
        await page.get_by_role("button", name="Dùng lịch mẫu").click()
        await expect(page.locator(".snack.bad")).to_be_visible()
        await expect(page.locator(".list li")).to_contain_text("Tiếp sóng VOV1")
