"""Whatever the text is: it is read, no word is lost, no digit is left, and once is enough."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from audio_library.speech.reading import Reading, Region, read
from tests.reading.corpus import sentences

PIECES = [
    "ngày", "tháng", "năm", "thứ", "quý", "khóa", "lần", "UBND", "ubnd", "QĐ-UBND", "TT", "T2", "CN", "ĐT", "QL47",
    "Km", "A", "B", "V", "XV", "II", "I", "x", "m", "kg", "đ", "/", "-", "–", "+", "=", "<", ">", "%", "°", "'",
    "\"", ".", ",", ";", ":", "(", ")", "[", "[[", "]", "0", "1", "5", "10", "12", "31", "2024", "1.000",
    "0912345678", "3,5", "1:30", "7h", "7h30", "30'", "½", "Ⅲ", "²", "m2", "@", "a@b.vn", "www.", ".vn", ".com",
    "https://", "&", "*", "•", "…", "🎉", "é", "ñ", "中", "一", "٣", "①", "⑩", "_", "|", "~", "$", "€", "№", "×",
    "thôn", "và", "đến", "từ", "lúc", "gọi", "mã", "số", "tổng", "đài", "tỷ", "lệ", "đ/c", "v.v.", "TP.", "VNeID",
    "H5N1", "mp3", "t", "ă", "đề", "án", "06", "4672/QĐ-UBND", "36A-123.45", "+84", "1900", "tr", "trđ", "Đ",
    "Trang", "2/5", "-", "2", "-", "a)", "(1)", "1.2.", "âm", "lịch", "BS.", "TS.", "Ms.", "Q.", "Lê", "B.", "E.", "Bà",
    "TT-TH", "KT-CN", "CT", "0912", "12.6", "7.30", "lúc", "sáng", "tr.đ", "Code", "TikTok",
    "\n", "\n\n", "\t", "\u200b", "\u0301", "\u0302", "\ufe0f", "\u0000", "\u202e",
]  # fmt: skip
GAPS = st.sampled_from(["", " ", " "])
PIECED = st.lists(st.tuples(st.sampled_from(PIECES), GAPS), max_size=12).map(lambda some: "".join(map("".join, some)))
MIXED = st.lists(st.sampled_from([one.written for one in sentences("open")]), max_size=3).map("\n".join)
ANY = st.one_of(st.text(max_size=80), PIECED, MIXED)
WORD = re.compile(r"[^\W\d_]+")

UNITS = [
    "0", "1.000.", "1,", "/", "a@", "a@b", "A-", "(", "\n", "1/", "- 1", "X", "Ⅲ", "\u0301", "-1", "ngày 1, ",
    "từ 1 đến ", "tháng 1 ", ".vn", "a.vn", "www.", "://", "đ/", "1h", "'1", "1°", "1 000 ", " ", "\t\n", "- ",
    "5 m/", "1 x ", "QĐ-", "12/QĐ", "36A-", "0 1 ", "+84", "a_", "-", "\u200b", "gọi 1", "v.", "UBND", "I.", "1:",
    "$1", "đ", "KT-", "0912 ", "thứ 2, ", "n/", "1.1.1.", "Trang 2\n", "I, ", "1 nghìn - ", "%", " ,", "a",
    "0912.", "01 234", "ngày 2.9 - ", "BS.", "Lê A. ", "KT-TH-", "Code ", "Q.1,",
]  # fmt: skip
"""What a hostile text repeats."""


def has_number(text: str) -> bool:
    return any(char.isdigit() or (char.isnumeric() and not char.isalpha()) for char in text)


def outside(reading: Reading) -> list[str]:
    """The words that stand between spans."""
    ends = [0, *(span.end for span in reading.spans)]
    starts = [*(span.start for span in reading.spans), len(reading.given)]
    between = " ".join(reading.given[end:start] for end, start in zip(ends, starts, strict=True))
    return WORD.findall("".join(" " if char.isspace() else char for char in between if shows(char)))


def shows(char: str) -> bool:
    """Whether it is seen, if only as a gap."""
    return char.isprintable() or char.isspace()


@given(ANY, st.sampled_from(Region))
@example("khóa - thôn m2 Km\ufe0f° -", Region.NORTH)
@example("I ~ .vn%", Region.NORTH)
@example("a@b.vnⅢttỷ", Region.NORTH)
@example("7h½((I °I .com", Region.SOUTH)
@settings(max_examples=600, deadline=None)
def test_a_reading_is_words_and_reads_as_itself(text: str, region: Region) -> None:
    reading = read(text, region=region)
    assert not has_number(reading.text)
    assert read(reading.text, region=region).text == reading.text
    assert "[[" not in reading.text
    assert reading.text == " ".join(reading.text.split())


@given(ANY)
@example("A\xa0U")
@settings(max_examples=400, deadline=None)
def test_no_word_is_lost_and_every_span_is_where_it_says(text: str) -> None:
    reading = read(text)
    end = 0
    for span in reading.spans:
        assert end <= span.start < span.end
        assert reading.given[span.start : span.end] == span.written
        assert span.spoken or span.kind == "page" or not WORD.search(span.written)
        end = span.end
    said = iter(WORD.findall(reading.text))
    assert all(word in said for word in outside(reading)), "in their order"


@pytest.mark.parametrize("unit", UNITS)
def test_a_hostile_text_costs_no_more_than_it_is_long(unit: str) -> None:
    """A pattern that looks back and forth over such a text needs minutes for it."""
    began = time.process_time()
    read(unit * (50_000 // len(unit)))
    assert time.process_time() - began < 20
