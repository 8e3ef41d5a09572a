"""Documents as communes write them: what is read of each, and what is known for what."""

from __future__ import annotations

import unicodedata

import pytest

from audio_library.speech.documents import READ, Document, Kind, dissect
from tests.documents.papers import Paper, paper, papers

PAPERS = papers()


def read_of(document: Document) -> str:
    """What is read if nobody wishes otherwise."""
    return "\n".join(part.text for part in document.parts if part.kind in READ)


def texts(document: Document, *kinds: Kind) -> list[str]:
    return [part.text for part in document.parts if part.kind in kinds]


@pytest.mark.parametrize("one", PAPERS, ids=lambda one: one.name)
def test_title_and_body_are_read_and_nothing_else(one: Paper) -> None:
    assert read_of(dissect(one.text)) == one.read


@pytest.mark.parametrize("one", PAPERS, ids=lambda one: one.name)
def test_neither_line_ends_nor_how_marks_are_coded_make_a_difference(one: Paper) -> None:
    assert read_of(dissect(one.text.replace("\n", "\r\n"))) == one.read
    assert read_of(dissect(unicodedata.normalize("NFD", one.text))) == one.read


def test_there_are_enough_of_them() -> None:
    assert len(PAPERS) >= 13


def test_a_letterhead_in_two_columns_is_told_apart() -> None:
    document = dissect(paper("thong-bao-tiem-phong").text)
    assert texts(document, "issuer") == ["ỦY BAN NHÂN DÂN\nXÃ THỌ XƯƠNG"]
    assert texts(document, "nation") == ["CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nĐộc lập - Tự do - Hạnh phúc"]
    assert texts(document, "number", "dateline") == ["Số: 45/TB-UBND", "Thọ Xương, ngày 12 tháng 3 năm 2026"]
    assert texts(document, "recipients")[0].splitlines()[-1] == "- Lưu: VT, NN."
    assert texts(document, "signature") == ["TM. ỦY BAN NHÂN DÂN\nCHỦ TỊCH\n(Đã ký)\nNguyễn Văn Bình"]


def test_columns_that_were_glued_together_when_they_were_pasted_are_told_apart() -> None:
    document = dissect(paper("ke-hoach-dan-tu-pdf").text)
    assert texts(document, "issuer") == ["UBND XÃ THỌ XƯƠNG\nBCĐ VỆ SINH MÔI TRƯỜNG"]
    assert texts(document, "number", "dateline") == ["Số: 27/KH-BCĐ", "Thọ Xương, ngày 20 tháng 7 năm 2026"]
    assert texts(document, "page") == ["2"]


def test_a_number_and_a_day_still_to_be_filled_in_are_known() -> None:
    document = dissect(paper("quyet-dinh-thanh-lap").text)
    assert texts(document, "number", "dateline") == ["Số: /QĐ-UBND", "Thọ Xương, ngày tháng 5 năm 2026"]


def test_urgency_and_the_hour_of_a_telegram() -> None:
    document = dissect(paper("cong-dien-bao").text)
    assert texts(document, "stamp") == ["HỎA TỐC"]
    assert texts(document, "dateline") == ["Thọ Xương, hồi 14 giờ 00 phút,\nngày 21 tháng 9 năm 2026"]


def test_the_party_has_its_own_letterhead() -> None:
    document = dissect(paper("dang-uy-chi-thi").text)
    assert texts(document, "nation", "number") == ["ĐẢNG CỘNG SẢN VIỆT NAM", "Số 12-CT/ĐU"]
    assert texts(document, "signature") == ["T/M BAN THƯỜNG VỤ\nBÍ THƯ\nPhạm Quang Hưng"]


def test_rows_of_a_table_and_of_an_annex_are_read_with_pauses() -> None:
    power, health = dissect(paper("lich-cat-dien").text), dissect(paper("danh-sach-kem-theo").text)
    assert texts(power, "table")[1] == "10/8/2026, 06h00 - 11h00, Thôn Đồng Tâm, thôn 3"
    assert texts(health, "annex")[-1] == "3, Luận Văn, 07/11/2026"
    assert texts(health, "signature") == ["KT. GIÁM ĐỐC\nPHÓ GIÁM ĐỐC\nBSCKII. Hoàng Văn Nam"]


def test_where_things_are_handed_out_is_no_list_of_recipients() -> None:
    assert "Nơi nhận: Trụ sở UBMTTQ xã, trong giờ hành chính." in texts(dissect(paper("mat-tran-ung-ho").text), "body")
    assert texts(dissect(paper("mat-tran-ung-ho").text), "recipients")[0].endswith("- Lưu MTTQ.")
    assert texts(dissect(paper("bien-ban-hop").text), "recipients") == []


def test_an_office_and_a_name_in_the_middle_of_the_text_are_no_signature() -> None:
    assert texts(dissect(paper("tin-nhan-thon").text), "signature") == []


def test_a_line_on_every_page_and_the_pages_numbers_are_left_out() -> None:
    pages = [f"UBND xã Thọ Xương\nĐây là trang thứ {n} của bản tin, nói về việc\nlàm đường.\n{n}" for n in "123"]
    document = dissect("\f".join(pages))
    assert texts(document, "running") == ["UBND xã Thọ Xương"] * 3
    assert texts(document, "page") == ["1", "2", "3"]
    assert texts(document, "body")[1] == "Đây là trang thứ 2 của bản tin, nói về việc làm đường."


def test_a_sentence_goes_on_over_the_end_of_a_page() -> None:
    text = "Bà con mang theo căn cước và thẻ bảo hiểm y tế\n\n- 2 -\n\nkhi đến Trạm Y tế xã."
    assert texts(dissect(text), "body") == ["Bà con mang theo căn cước và thẻ bảo hiểm y tế khi đến Trạm Y tế xã."]


def test_numbers_of_a_list_are_no_pages() -> None:
    assert texts(dissect("Danh sách\n1\nThôn Một\n2\nThôn Hai\n3\nThôn Ba"), "page") == []


@pytest.mark.parametrize(
    ("first", "second", "whole"),
    [
        ("tiêm vắc-", "xin đợt 1", "tiêm vắc-xin đợt 1"),
        ("giai đoạn 2025-", "2030", "giai đoạn 2025-2030"),
        ("trên trang inter-", "net của xã", "trên trang internet của xã"),
        ("phòng dịch COVID-", "19", "phòng dịch COVID-19"),
        ("trên trang inter\u00ad", "net của xã", "trên trang internet của xã"),
        ("phát triển kinh tế -", "xã hội", "phát triển kinh tế - xã hội"),
    ],
)
def test_words_that_were_parted_at_the_end_of_a_line_are_whole_again(first: str, second: str, whole: str) -> None:
    assert texts(dissect(f"{first}\n{second}"), "body") == [whole]
