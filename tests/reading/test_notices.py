"""Notices with blanks: what is filled in is checked in plain words, made even, and read without a doubt."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio_library.refusal import MAX_TEXT
from audio_library.speech.blanks import Kind, Misfit, filled
from audio_library.speech.notices import NOTICES, fill
from audio_library.speech.reading import read

TODAY = date(2026, 12, 20)
GOOD: dict[Kind, str] = {
    "date": "24/12",
    "past_date": "hôm qua",
    "time": "7h30",
    "phone": "0912 345 678",
    "place": "nhà văn hóa thôn Đông",
    "text": "bà con thôn Đông",
}


@pytest.mark.parametrize(
    ("kind", "value", "written"),
    [
        ("date", "24/12", "thứ Năm, ngày 24/12/2026"),
        ("date", "ngày 5/1", "thứ Ba, ngày 05/01/2027"),
        ("date", "2026-12-20", "Chủ nhật, ngày 20/12/2026"),
        ("date", "Ngày mai", "thứ Hai, ngày 21/12/2026"),
        ("past_date", "19.12", "thứ Bảy, ngày 19/12/2026"),
        ("past_date", "1-12-2026", "thứ Ba, ngày 01/12/2026"),
        ("time", "7", "7 giờ"),
        ("time", "7h", "7 giờ"),
        ("time", "07:05", "7 giờ 5 phút"),
        ("time", "19 giờ 30 phút", "19 giờ 30 phút"),
        ("time", "7g00", "7 giờ"),
        ("phone", "+84 912.345.678", "0912345678"),
        ("phone", "(0237) 3869 015", "02373869015"),
        ("phone", "113", "113"),
        ("phone", "1900 6769", "19006769"),
        ("place", "  nhà  văn hóa. ", "nhà văn hóa"),
        ("text", "25.000 đồng", "25.000 đồng"),
    ],
)
def test_what_is_filled_in_is_made_even(kind: Kind, value: str, written: str) -> None:
    assert filled(kind, value, TODAY) == written


@pytest.mark.parametrize(
    ("kind", "value", "code"),
    [
        ("text", "", "blank_empty"),
        ("place", " …", "blank_empty"),
        ("text", "a" * 301, "blank_too_long"),
        ("text", "a" * 10_240, "blank_too_long"),
        ("text", "a\0b", "blank_unreadable"),
        ("text", "a\u202eb", "blank_unreadable"),
        ("text", "<break/> a", "blank_unreadable"),
        ("place", "[địa điểm]", "blank_unreadable"),
        ("date", "thứ hai", "blank_date"),
        ("date", "30/2", "blank_no_such_date"),
        ("date", "19/12", "blank_date_passed"),
        ("date", "hôm qua", "blank_date_passed"),
        ("past_date", "21/12", "blank_date_to_come"),
        ("time", "24h", "blank_time"),
        ("time", "7h60", "blank_time"),
        ("time", "sáng", "blank_time"),
        ("phone", "12345", "blank_phone"),
        ("phone", "091234567a", "blank_phone"),
    ],
)
def test_what_does_not_fit_is_said_in_plain_words(kind: Kind, value: str, code: str) -> None:
    with pytest.raises(Misfit) as misfit:
        filled(kind, value, TODAY)
    assert misfit.value.code == code
    assert misfit.value.vi.endswith(".")
    assert misfit.value.en.endswith(".")


@pytest.mark.parametrize("name", NOTICES)
def test_each_notice_is_filled_in_whole_and_read_without_a_doubt(name: str) -> None:
    notice = NOTICES[name]
    text, misfits = fill(notice, {one.name: GOOD[one.kind] for one in notice.blanks}, TODAY)
    assert not misfits
    assert text is not None
    assert len(text) < MAX_TEXT
    assert not {"{", "}", "["} & set(text)
    assert not read(text).doubts, [(one.written, one.doubt) for one in read(text).doubts]
    empty, misfits = fill(notice, {}, TODAY)
    assert empty is None
    assert misfits.keys() == {one.name for one in notice.blanks}


def test_they_are_the_notices_that_a_commune_gives() -> None:
    assert set(NOTICES) == {
        "meeting", "power", "water", "vaccination", "fee", "missing", "storm", "flood", "funeral",
    }  # fmt: skip


@given(st.sampled_from(sorted(GOOD)), st.text(max_size=30))
def test_anything_is_taken_or_refused_by_a_code(kind: Kind, value: str) -> None:
    code = ""
    try:
        taken = filled(kind, value, TODAY)
    except Misfit as misfit:
        taken, code = "", misfit.code
    assert taken or code.startswith("blank_")
