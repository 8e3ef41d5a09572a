"""Document to bulletin where texts are typed: from a file or from what was pasted, as the officer wishes."""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import FilePayload, expect

from tests.app.axe import AXE, HEAVY, SMALLEST_TARGET, SMALLEST_TEXT, TAB_LABEL
from tests.app.phone import button, phone
from tests.documents.papers import paper
from tests.extraction import files

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
OPENED_MS = 20_000
"""A file is opened by a process of its own, on a machine that has other things to do."""


def upload(name: str, data: bytes) -> FilePayload:
    return {"name": name, "mimeType": WORD, "buffer": data}


async def test_a_word_document_fills_the_text_with_what_is_read_and_what_else_is_wished(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        page = held.page
        await held.open("/type")
        await button(page, "Từ tệp").click()
        await page.set_input_files("input[type=file]", upload("thong-bao.docx", files.word()))
        body = page.get_by_role("checkbox", name="Nội dung")
        await expect(body).to_be_checked(timeout=OPENED_MS)
        await expect(page.get_by_role("checkbox", name="Nơi nhận")).not_to_be_checked()
        await expect(page.get_by_role("button", name="Đưa vào ô soạn ≈")).to_contain_text("THÔNG BÁO")
        await page.get_by_role("checkbox", name="Địa danh, ngày tháng").check()
        await expect(page.get_by_role("button", name="Đưa vào ô soạn ≈")).to_contain_text("Thọ Xương, ngày 05")
        await page.get_by_role("checkbox", name="Địa danh, ngày tháng").uncheck()
        await expect(page.get_by_role("button", name="Đưa vào ô soạn ≈")).not_to_contain_text("ngày 05")
        await page.get_by_role("button", name="Đưa vào ô soạn ≈").click()
        await expect(page.locator("textarea")).to_have_value(files.READ)
        await expect(button(page, "Phát ngay")).to_be_enabled()


async def test_a_long_text_that_was_pasted_is_used_part_after_part(tmp_path: Path) -> None:
    text = "\n\n".join([paper("thong-bao-tiem-phong").text, *[paper("tin-nhan-thon").text] * 8])
    async with phone(tmp_path) as held:
        page = held.page
        await held.open("/type")
        await page.locator("textarea").fill(text)
        await expect(page.get_by_text("Dài quá 2000 ký tự")).to_be_visible()
        await button(page, "Từ tệp").click()
        await button(page, "Tách phần chữ đang soạn").click()
        await page.get_by_role("button", name="Đưa phần 1/").click(timeout=OPENED_MS)
        first = await page.locator("textarea").input_value()
        assert first.startswith("THÔNG BÁO\nVề việc tổ chức tiêm phòng")
        assert len(first) <= 2000
        await button(page, "Từ tệp").click()
        await expect(page.get_by_text("Chữ đang soạn sẽ được thay")).to_be_visible()
        await page.get_by_role("button", name="Đưa phần 2/").click()
        assert await page.locator("textarea").input_value() not in (first, text)


async def test_a_part_leaves_room_for_what_is_said_before_and_after_it(tmp_path: Path) -> None:
    text = "\n\n".join(paper("tin-nhan-thon").text for _ in range(8))
    async with phone(tmp_path) as held:
        page = held.page
        await held.open("/type")
        await page.locator("textarea").fill(text)
        await button(page, "Từ tệp").click()
        await button(page, "Tách phần chữ đang soạn").click()
        parts = page.get_by_role("button", name="Đưa phần")
        await expect(parts.first).to_be_visible(timeout=OPENED_MS)
        before = await parts.count()
        sheet = page.get_by_role("dialog")
        await sheet.locator("summary", has_text="Lời mở đầu").click()
        await sheet.get_by_role("radio", name="Kính thưa").check()
        await sheet.get_by_role("radio", name="Nhắc lại cả tin").check()
        await expect(parts).not_to_have_count(before, timeout=OPENED_MS)
        await expect(sheet.get_by_text("Đang mở văn bản")).to_have_count(0)
        await parts.first.click()
        assert len(await page.locator("textarea").input_value()) <= 950
        await expect(page.locator("summary", has_text="Kính thưa bà con. … Xin nhắc lại")).to_be_visible()
        await expect(button(page, "Phát ngay")).to_be_enabled()


async def test_the_sheet_breaks_no_rule_of_accessibility_or_size_on_a_small_phone(tmp_path: Path) -> None:
    async with phone(tmp_path, width=320) as held:
        page = held.page
        await held.open("/type")
        await button(page, "Từ tệp").click()
        await page.set_input_files("input[type=file]", upload("thong-bao.docx", files.word(schedule=True)))
        await expect(page.get_by_role("checkbox", name="Nội dung")).to_be_checked(timeout=OPENED_MS)
        await page.evaluate(f"() => {{ {AXE.read_text()} }}")
        found = await page.evaluate("async () => (await axe.run(document, {resultTypes: ['violations']})).violations")
        assert [one["id"] for one in found if one["impact"] in HEAVY] == []
        rules = (Path(__file__).parent / "screen_rules.js").read_text()
        sizes = f"{{target: {SMALLEST_TARGET}, text: {SMALLEST_TEXT}, tab: {TAB_LABEL}}}"
        assert await page.evaluate(f"() => {{ {rules}; return [...tooSmall({sizes}), ...cutOff()] }}") == []


async def test_a_file_that_cannot_be_read_says_why_and_leaves_the_text(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        page = held.page
        await held.open("/type")
        await page.locator("textarea").fill("Kính mời bà con.")
        await button(page, "Từ tệp").click()
        await page.set_input_files("input[type=file]", upload("anh-chup.pdf", files.blank()))
        alert = page.get_by_role("alert")
        await expect(alert).to_contain_text("chỉ có ảnh chụp", timeout=OPENED_MS)
        await expect(alert).to_contain_text("document_scanned")
        await page.get_by_role("button", name="Đóng").click()
        await expect(page.locator("textarea")).to_have_value("Kính mời bà con.")
