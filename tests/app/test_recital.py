"""A notice is recorded part by part on the phone, heard whole, and recited from then on."""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import expect

from audio_library.speech.parts import PARTS
from audio_library.speech.reciting import Recitals
from audio_library.speech.take import Take
from broadcast_server.people.rights import Role
from tests.app.axe import misfits
from tests.app.phone import Phone, phone, press
from tests.app.reader import microphone, reader
from tests.audio_library.officer import recorded

PATIENCE_MS = 40_000
"""Until a take was read, sent and looked at, on a machine that does other things too."""
MEETING = PARTS["meeting"]


def all_but_the_first(held: Phone) -> Recitals:
    recitals = Recitals(held.office.station.settings.recitals)
    for number, part in enumerate(MEETING[1:]):
        recitals.takes.keep(part, Take.of(recorded(part.text, seed=number)))
    return recitals


async def test_the_last_part_is_recorded_the_whole_heard_and_chosen(tmp_path: Path) -> None:
    async with phone(tmp_path, flags=microphone(tmp_path, reader("kính mời"))) as held:
        page, recitals = held.page, all_but_the_first(held)
        await held.open("/type")
        await press(page, "Chèn mẫu")
        await page.get_by_role("button", name="Mời họp").click()
        await page.get_by_role("link", name="Ghi sẵn giọng người cho mẫu này").click()
        await expect(page.get_by_role("heading", name="Mời họp")).to_be_visible()
        await expect(page.get_by_text("Đã ghi 5/6")).to_be_visible()
        await expect(page.get_by_role("button", name="Nghe thử cả mẫu")).to_have_count(0)
        assert await misfits(page) == []
        await press(page, "Ghi tiếp")
        await expect(page.locator(".phrase")).to_have_text("Kính mời [ai]")
        assert await misfits(page) == []
        await press(page, "Ghi")
        await expect(page.get_by_text("Đã giữ.")).to_be_visible(timeout=PATIENCE_MS)
        assert recitals.complete("meeting")
        await press(page, "Xong")
        await expect(page.get_by_text("Đã ghi đủ. Nghe thử cả mẫu rồi chọn ai đọc.")).to_be_visible()
        await expect(page.get_by_role("button", name="Dùng giọng người ghi")).to_have_count(0)
        async with page.expect_response("**/recital/sample") as sample:
            await press(page, "Nghe thử cả mẫu")
        assert (await sample.value).headers["x-voice"] == "recorded+espeak-ng"
        await press(page, "Dùng giọng người ghi")
        await expect(page.get_by_text("Loa nói mẫu này bằng giọng người ghi.")).to_be_visible()
        assert recitals.chosen("meeting", "vi")
        assert await misfits(page) == []
        await press(page, "Nghe “vào hồi”")
        await expect(page.get_by_role("button", name="Dừng nghe “vào hồi”")).to_be_visible()
        await press(page, "Để máy đọc")
        await expect(page.get_by_text("Đã ghi đủ. Nghe thử")).to_be_visible()
        assert not recitals.chosen("meeting", "vi")
        await press(page, "Ghi “vào hồi”")
        await press(page, "Xóa bản đã ghi")
        await expect(page.get_by_role("dialog", name="Xóa bản ghi “vào hồi”?")).to_contain_text("máy đọc cả mẫu")
        assert recitals.complete("meeting")
        await press(page, "Xóa")
        await expect(page.get_by_text("Đã ghi 5/6")).to_be_visible()
        assert not recitals.complete("meeting")


async def test_who_may_not_record_sees_who_reads_it(tmp_path: Path) -> None:
    async with phone(tmp_path, role=Role.VIEWER) as held:
        page = held.page
        await held.open("/type/recite/meeting")
        await expect(page.get_by_text("Cán bộ đài, Chủ tịch hoặc người quản trị ghi được.")).to_be_visible()
        await expect(page.get_by_role("button", name="Bắt đầu ghi")).to_have_count(0)
        await held.open("/type/recite/khong-co")
        await expect(page.get_by_role("alert")).to_contain_text("not_found")
