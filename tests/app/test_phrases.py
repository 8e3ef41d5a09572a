"""Somebody reads phrases into the phone, one after the other; what was read is heard in texts from then on."""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import expect

from broadcast_server.people.rights import Role
from tests.app.axe import misfits
from tests.app.phone import Phone, phone, press
from tests.app.reader import microphone, quiet, reader

PHRASES = "/api/v1/voice/phrases"
PLACE = "/settings/phrases"
TURN_MS = 7_000
"""The microphone's file once, and a little more."""
PATIENCE_MS = 40_000
"""Until a take was read, sent and looked at, on a machine that does other things too."""


def kept(held: Phone) -> list[str]:
    return sorted(file.stem for file in held.office.station.settings.takes.glob("*.wav"))


async def test_phrases_are_recorded_one_by_one_and_it_goes_on_after_the_app_was_closed(tmp_path: Path) -> None:
    async with phone(tmp_path, flags=microphone(tmp_path, reader())) as held:
        page = held.page
        await held.office.station.places.add_village("Thôn Đông", "technician.test")
        await held.open("/settings")
        await page.get_by_role("link", name="Giọng người đọc").click()
        await expect(page.get_by_text("Đã ghi 0/")).to_be_visible()
        assert await misfits(page) == []
        await press(page, "Bắt đầu ghi")
        phrase = page.locator(".phrase")
        await expect(phrase).to_have_text("kính thưa bà con")
        assert await misfits(page) == []
        await press(page, "Ghi")
        await expect(page.get_by_text("Mời đọc")).to_be_visible()
        assert await misfits(page) == []
        await expect(page.get_by_text("Đã giữ.")).to_be_visible(timeout=PATIENCE_MS)
        assert kept(held) == ["kính-thưa-bà-con"]
        assert await misfits(page) == []
        await press(page, "Nghe lại")
        await press(page, "Tiếp theo")
        await expect(phrase).to_have_text("kính mời bà con")
        await page.reload()
        await held.open("/today")
        await held.open(PLACE)
        await expect(page.get_by_text("Đã ghi 1/")).to_be_visible()
        await press(page, "Ghi tiếp")
        await expect(phrase).to_have_text("kính mời bà con")
        await page.route(f"**{PHRASES}/**", lambda route: route.abort())
        await press(page, "Ghi")
        await expect(page.get_by_role("alert")).to_contain_text("Chưa nhận được trả lời", timeout=PATIENCE_MS)
        await page.unroute(f"**{PHRASES}/**")
        await press(page, "Gửi lại")
        await expect(page.get_by_text("Đã giữ.")).to_be_visible(timeout=PATIENCE_MS)
        assert kept(held) == ["kính-mời-bà-con", "kính-thưa-bà-con"]
        await press(page, "Danh sách câu")
        await page.locator("summary", has_text="Câu thường dùng: 2/").click()
        assert await misfits(page) == []
        await press(page, "Nghe “kính mời bà con”")
        await expect(page.get_by_role("button", name="Dừng nghe “kính mời bà con”")).to_be_visible()


async def test_a_take_with_a_fault_is_told_and_kept_only_if_it_is_wanted(tmp_path: Path) -> None:
    async with phone(tmp_path, flags=microphone(tmp_path, reader(room=900))) as held:
        page = held.page
        await held.open(PLACE)
        await press(page, "Bắt đầu ghi")
        await press(page, "Ghi")
        await page.wait_for_timeout(TURN_MS)
        await press(page, "Đọc xong")
        await expect(page.get_by_role("alert")).to_contain_text("Xung quanh ồn quá", timeout=PATIENCE_MS)
        assert await misfits(page) == []
        assert kept(held) == []
        await press(page, "Vẫn dùng bản này")
        await expect(page.get_by_role("button", name="Tiếp theo")).to_be_visible(timeout=PATIENCE_MS)
        assert kept(held) == ["kính-thưa-bà-con"]


async def test_a_take_in_which_nothing_is_said_can_only_be_recorded_again(tmp_path: Path) -> None:
    async with phone(tmp_path, flags=microphone(tmp_path, quiet(5))) as held:
        page = held.page
        await held.open(PLACE)
        await press(page, "Bắt đầu ghi")
        await press(page, "Ghi")
        await page.wait_for_timeout(1500)
        await press(page, "Đọc xong")
        await expect(page.get_by_role("alert")).to_contain_text("Không nghe thấy lời nào", timeout=PATIENCE_MS)
        await expect(page.get_by_role("button", name="Ghi lại")).to_be_visible()
        await expect(page.get_by_role("button", name="Vẫn dùng bản này")).to_have_count(0)


async def test_what_a_text_lacks_is_recorded_from_there(tmp_path: Path) -> None:
    async with phone(tmp_path, flags=microphone(tmp_path, reader("sửa chữa đường dây"))) as held:
        page = held.page
        await held.open(PLACE)
        await page.get_by_label("Thử một tin").fill("Sửa chữa đường dây.")
        await press(page, "Xem")
        await press(page, "sửa chữa đường dây")
        await expect(page.locator(".phrase")).to_have_text("sửa chữa đường dây")
        await press(page, "Ghi")
        await expect(page.get_by_text("Đã giữ.")).to_be_visible(timeout=PATIENCE_MS)
        await press(page, "Danh sách câu")
        await page.get_by_label("Thử một tin").fill("Sửa chữa đường dây.")
        await press(page, "Xem")
        await expect(page.get_by_text("Nói được cả tin.")).to_be_visible()
        await page.locator("summary", has_text="Câu thêm: 1/1").click()
        await press(page, "Ghi “sửa chữa đường dây”")
        await press(page, "Xóa bản đã ghi")
        await press(page, "Xóa")
        await expect(page.get_by_role("button", name="Xóa bản đã ghi")).to_have_count(0)
        assert kept(held) == []


async def test_who_may_not_record_may_listen_and_try(tmp_path: Path) -> None:
    async with phone(tmp_path, role=Role.VIEWER) as held:
        page = held.page
        await held.open(PLACE)
        await expect(page.get_by_text("Cán bộ đài, Chủ tịch hoặc người quản trị ghi được.")).to_be_visible()
        await expect(page.get_by_role("button", name="Bắt đầu ghi")).to_have_count(0)
        await page.get_by_label("Thử một tin").fill("Kính mời bà con.")
        await press(page, "Xem")
        await expect(page.get_by_text("Còn thiếu những câu này:")).to_be_visible()
