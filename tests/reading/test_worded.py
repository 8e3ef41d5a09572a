"""What is said of a typed text: its important lines once more, and the words before and behind it."""

from __future__ import annotations

import time
import unicodedata

import pytest

from audio_library.speech.formulae import CLOSINGS, OPENINGS, Closing, Opening, worded
from audio_library.speech.important import plain, proposed
from audio_library.speech.length import sentences
from audio_library.speech.notices import NOTICES
from audio_library.speech.reading import read

MARKED = "Mời bà con họp thôn.\n! 7h30 ngày 24/12, tại nhà văn hóa\nNội dung: làm đường."
BODY = "Mời bà con họp thôn.\n7h30 ngày 24/12, tại nhà văn hóa\nNội dung: làm đường."


def said(text: str) -> str:
    return read(text).text


def test_a_marked_line_is_said_where_it_stands_and_once_more_at_the_end() -> None:
    assert plain(MARKED) == BODY
    assert worded(MARKED) == f"{BODY}\nXin nhắc lại: 7h30 ngày 24/12, tại nhà văn hóa."
    heard = said(worded(MARKED))
    assert "!" not in heard
    assert heard.count("bảy giờ ba mươi phút ngày hai mươi tư tháng mười hai, tại nhà văn hóa") == 2
    assert sentences(heard)[-1].startswith("Xin nhắc lại:")


@pytest.mark.parametrize("text", [BODY, "", " \n", "!", "! !\n", "Có cháy! Bà con ra ngay."])
def test_where_nothing_is_wished_or_there_is_nothing_to_say_the_text_is_as_it_was(text: str) -> None:
    assert worded(text) == text
    if not any(map(str.isalnum, text)):
        assert worded(text, "neighbours", "thanks") == text


@pytest.mark.parametrize(
    ("opening", "closing", "whole"),
    [
        ("neighbours", "thanks", f"Kính thưa bà con.\n{BODY}\nXin cảm ơn bà con."),
        ("attention", None, f"Kính mời bà con chú ý nghe thông báo.\n{BODY}"),
        (None, "regards", f"{BODY}\nTrân trọng thông báo."),
        (None, "again", f"{BODY}\nXin nhắc lại: {BODY}"),
    ],
)
def test_a_text_stands_within_its_formulae(opening: Opening | None, closing: Closing | None, whole: str) -> None:
    assert worded(BODY, opening, closing) == whole


def test_the_whole_text_once_more_has_its_marked_lines_in_it() -> None:
    assert worded(MARKED, None, "again") == f"{BODY}\nXin nhắc lại: {BODY}"


def test_what_the_text_says_already_is_not_said_twice() -> None:
    text = "Kính thưa bà con thôn Đông, mời họp. Trân trọng thông báo"
    assert worded(text, "neighbours", "regards") == f"{text}."
    assert worded(unicodedata.normalize("NFD", text), "neighbours", "regards") == f"{text}."


@pytest.mark.parametrize(
    ("text", "opening", "closing", "whole"),
    [
        ("Kính thưa toàn thể bà con. Họp.", "neighbours", None, "Kính thưa toàn thể bà con. Họp."),
        ("Mời họp. Xin cám ơn bà con!", None, "thanks", "Mời họp. Xin cám ơn bà con!"),
        (
            "! Trạm y tế nghỉ. Trân trọng thông báo.", None, "regards",
            "Trạm y tế nghỉ.\nXin nhắc lại: Trạm y tế nghỉ. Trân trọng thông báo.",
        ),
        (
            "Mời họp.\n! Tối mai, 7h\nXin cảm ơn bà con.", None, "thanks",
            "Mời họp.\nTối mai, 7h.\nXin nhắc lại: Tối mai, 7h.\nXin cảm ơn bà con.",
        ),
        (
            "! Họp tại đình làng.\nKính báo: họp lúc 7 giờ.", None, "regards",
            "Họp tại đình làng.\nXin nhắc lại: Họp tại đình làng.\nKính báo: họp lúc 7 giờ.",
        ),
        (
            "! Họp lúc 7 giờ. Trân trọng kính mời", None, "regards",
            "Họp lúc 7 giờ.\nXin nhắc lại: Họp lúc 7 giờ. Trân trọng kính mời.",
        ),
        (
            "! Cảm ơn bác Ba.\nMời họp.\nXin cảm ơn", None, "thanks",
            "Cảm ơn bác Ba.\nMời họp.\nXin nhắc lại: Cảm ơn bác Ba.\nXin cảm ơn.",
        ),
        ("! Xin cảm ơn bà con.", None, "thanks", "Xin cảm ơn bà con.\nXin nhắc lại: Xin cảm ơn bà con."),
        ("Bà con cảm ơn ông Năm đã cho đất làm đường.", None, "thanks",
         "Bà con cảm ơn ông Năm đã cho đất làm đường.\nXin cảm ơn bà con."),
    ],
)  # fmt: skip
def test_who_begins_or_ends_so_in_other_words_or_with_a_marked_line_says_it_once(
    text: str, opening: Opening | None, closing: Closing | None, whole: str
) -> None:
    assert worded(text, opening, closing) == whole


def test_a_long_text_without_a_stop_holds_nobody_up() -> None:
    text = f"! Mời họp\n{'bà con ' * 2800}\nxin mời"
    begun_s = time.process_time()
    worded(text, "neighbours", "thanks")
    assert time.process_time() - begun_s < 1


@pytest.mark.parametrize("formula", [one for one in (*OPENINGS.values(), *CLOSINGS.values()) if one])
def test_a_formula_is_a_sentence_of_its_own(formula: str) -> None:
    assert said(formula) == formula
    assert sentences(f"{formula} Mời bà con họp thôn.")[0] == formula


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "Thông báo họp thôn. Họp vào 7h30 ngày 24/12 tại nhà văn hóa. Mời bà con đến đủ.",
            ["Họp vào 7h30 ngày 24/12 tại nhà văn hóa."],
        ),
        ("Mời họp.\nTối mai, bảy giờ, ở đình làng\nXin cảm ơn.", ["Tối mai, bảy giờ, ở đình làng"]),
        ("Mời họp.\n- Thời gian: 8h, 5/1\n- Địa điểm: UBND xã", ["- Thời gian: 8h, 5/1", "- Địa điểm: UBND xã"]),
        ("Mời họp.\n! Tối mai, bảy giờ, ở đình làng", []),
        ("Mời bà con họp lúc 7h30 ngày 24/12 tại nhà văn hóa.", []),
        ("Bây giờ bà con ở nhà. Ngày mai mưa to. Lúc 7h có gió.", []),
    ],
)
def test_a_sentence_with_day_hour_and_place_is_proposed(text: str, found: list[str]) -> None:
    assert proposed(text, said) == found


def test_the_meeting_of_every_commune_is_proposed() -> None:
    blanks = {"who": "bà con", "place": "nhà văn hóa", "time": "19 giờ", "date": "thứ Năm, ngày 24/12/2026"}
    text = NOTICES["meeting"].text.format(**blanks, matter="làm đường")
    assert proposed(text, said) == [text.split(". ")[0] + "."]
