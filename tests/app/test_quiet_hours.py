"""Quiet hours on the phone: the station's no with the next time that is allowed, and an emergency that passes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.async_api import expect

from broadcast_server.people.rights import Role
from tests.app.alarm import TEXT, hold
from tests.app.phone import Phone, phone
from tests.app.timetable import CHANGES, agenda, keep, programme, recording

# The office's clock stands on Wednesday 18 November 2026, 18:06.


async def test_a_priority_programme_at_ten_in_the_evening_is_refused_and_moved_to_the_morning(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        page = held.page
        await keep(held, "21:00", "05:00")
        item = await recording(held.office, "Họp dân")
        await held.open("/schedule")
        await expect(page.locator(".list li.quiet")).to_contain_text("21:00Giờ yên tĩnh đến 05:00 – chỉ phát khẩn")
        await held.open(f"/schedule/new/{item}")
        await page.locator(".rows button", has_text="Khi trùng giờ").click()
        await page.get_by_text("Ưu tiên của xã").click()
        await page.locator(".rows button", has_text="Khi nào").click()
        await page.locator("input[type=time]").fill("22:00")
        await page.get_by_role("button", name="Xong").click()
        await expect(page.locator(".notice.warn")).to_contain_text("22:00 nằm trong giờ yên tĩnh (21:00–05:00)")
        await page.get_by_role("button", name="Lưu lịch").click()
        told = page.locator("[role=alert]")
        await expect(told).to_contain_text("22:00 nằm trong giờ yên tĩnh (21:00–05:00): chỉ bản tin khẩn cấp được phát")
        assert held.posts(CHANGES) == []
        await told.get_by_role("button", name="Dời sang 05:00").click()
        await expect(page.locator(".snack")).to_contain_text("Lần tới 05:00")
        (put,) = [one["put"] for one in held.posts(CHANGES)]
        assert (put["priority"], put["rule"]["times"]) == ("priority_commune", ["05:00"])
        assert await agenda(held, put["rule"]["first_day"]) == [("05:00", "Họp dân", "coming")]


async def test_in_the_night_a_text_waits_for_the_morning_and_an_emergency_sounds_at_once(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        page = held.page
        await keep(held, "18:00", "05:00")
        await held.open("/type")
        await page.fill("textarea", "Sáng mai cắt điện từ bảy giờ.")
        await page.get_by_role("button", name="Phát ngay").click()
        told = page.locator("[role=alert]")
        await expect(told).to_contain_text("18:07 nằm trong giờ yên tĩnh (18:00–05:00)")
        await told.get_by_role("button", name="Phát lúc 05:00 ngày 19/11/2026").click()
        await page.wait_for_url("**/type/air/*")
        first, second = held.posts("/api/v1/announcements")
        assert first["at_us"] is None
        assert second["at_us"] - held.office.clock.at_us == 10 * 3_600_000_000 + 54 * 60_000_000 - over(held)
        await held.open("/now/emergency/text")
        await page.fill("textarea", TEXT)
        await page.wait_for_timeout(800)
        await hold(page, 2300)
        await page.wait_for_url("**/now/order/*")
        await expect(page.locator("article h2")).to_have_text("ĐANG GỬI LỆNH KHẨN")


def over(held: Phone) -> int:
    """What the office's clock is past the whole minute, in microseconds."""
    return held.office.clock.at_us % 60_000_000


async def test_the_officer_sets_the_hours_and_is_told_what_is_scheduled_in_them(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        page = held.page
        await programme(held, "Thể dục", "04:30")
        await held.open("/settings")
        await page.get_by_role("link", name="Giờ yên tĩnh").click()
        box: Any = page.get_by_label("Đài giữ giờ yên tĩnh")
        await expect(box).not_to_be_checked()
        await box.check()
        await page.get_by_label("Từ").select_option("20:30")
        await page.context.set_offline(True)
        await expect(page.get_by_role("button", name="Lưu giờ yên tĩnh")).to_be_disabled()
        await expect(page.locator("form")).to_contain_text("đang mất mạng nên chưa làm được")
        await page.context.set_offline(False)
        await page.get_by_role("button", name="Lưu giờ yên tĩnh").click()
        await expect(page.locator(".notice.good")).to_contain_text("yên tĩnh từ 20:30 đến 05:00")
        stays = page.locator(".notice.warn", has_text="Thể dục")
        await expect(stays).to_contain_text("“Thể dục” lúc 04:30, lần tới 19/11")
        await stays.get_by_role("link").click()
        await expect(page.locator(".list li button", has_text="Thể dục")).to_contain_text("Giờ yên tĩnh")


async def test_who_may_not_set_them_reads_why_beside_the_box(tmp_path: Path) -> None:
    async with phone(tmp_path, Role.VIEWER) as held:
        await held.open("/settings/quiet")
        box = held.page.get_by_label("Đài giữ giờ yên tĩnh")
        await expect(box).to_be_disabled()
        await expect(box).to_have_accessible_description("Cán bộ đài, Chủ tịch hoặc người quản trị đổi được.")
