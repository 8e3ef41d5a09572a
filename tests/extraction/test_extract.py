"""Files become text, whatever they are called; hostile ones become a sentence."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.async_api import async_playwright

from audio_library.extraction import extract as extracting
from audio_library.extraction.extract import extract
from audio_library.refusal import Refusal
from audio_library.speech.documents import READ, dissect
from tests.extraction import files


def read_of(data: bytes) -> str:
    return "\n".join(part.text for part in dissect(extract(data).text).parts if part.kind in READ)


def test_of_a_word_document_title_and_body_are_read() -> None:
    assert read_of(files.word()) == files.READ
    kinds = {part.kind: part.text for part in dissect(extract(files.word()).text).parts}
    assert kinds["issuer"] == "ỦY BAN NHÂN DÂN\nXÃ THỌ XƯƠNG"
    assert kinds["number"] == files.NUMBER
    assert kinds["recipients"] == "Nơi nhận:\n- Các thôn;\n- Lưu: VT."
    assert kinds["signature"] == "TM. ỦY BAN NHÂN DÂN\nCHỦ TỊCH\n(Đã ký)\nNguyễn Văn Bình"


def test_what_was_inserted_is_read_and_what_was_deleted_or_hidden_is_not() -> None:
    assert read_of(files.word(tracked=True)) == f"{files.READ} {files.INSERTED}"


def test_items_of_a_list_stay_apart_and_rows_of_a_table_are_rows() -> None:
    said = read_of(files.word(listed=True, schedule=True)).splitlines()
    assert said[4:] == [
        "- Trưởng thôn mở cống lúc 5 giờ", "- Các hộ cử người canh nước",
        "Ngày, Xứ đồng", "10/01, Đồng Cửa", "11/01, Đồng Bãi", "12/01, Đồng Chùa",
    ]  # fmt: skip


async def test_of_a_printed_page_the_same_is_read() -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        page = await browser.new_page()
        await page.set_content(files.printed())
        data = await page.pdf(format="A4", margin={"left": "3cm", "right": "2cm"})
        await browser.close()
    assert read_of(data) == files.READ


def test_text_of_a_notepad_is_taken_in_both_its_codings() -> None:
    assert extract("Thông báo".encode("utf-8-sig")).text == "Thông báo"
    assert extract("Thông báo".encode("utf-16")).text == "Thông báo"


HOSTILE = {name: (data, codes) for name, data, codes in files.hostile("/etc/hostname")}


@pytest.mark.parametrize("name", HOSTILE)
def test_whatever_a_file_is_made_to_do_it_is_refused_in_words(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extracting, "LIMITS", replace(extracting.LIMITS, wall_s=15, cpu_s=3))
    data, codes = HOSTILE[name]
    with pytest.raises(Refusal) as refused:
        extract(data)
    assert refused.value.code in codes, refused.value.detail


WORD = files.word()


@given(st.integers(0, len(WORD) - 1), st.integers(0, 255), st.booleans())
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_file_of_which_a_byte_turned_is_read_or_refused(place: int, byte: int, cut: bool) -> None:
    data = WORD[:place] if cut else WORD[:place] + bytes([byte]) + WORD[place + 1 :]
    try:
        said = extract(data).text
    except Refusal as refusal:
        said = refusal.vi
    assert said
