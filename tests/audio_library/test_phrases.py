"""The phrases that a person records, and how a sentence is laid from them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from functools import cache

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from audio_library.speech.length import sentences
from audio_library.speech.notices import NOTICES, fill
from audio_library.speech.phrases import GROUPS, Phrase, Piece, cover, listing, missing, place_phrase
from audio_library.speech.reading import Region, read

PLACE = Phrase("thôn đông")
WORDS = "abcd"
WORD = st.sampled_from(WORDS)
PHRASES = st.lists(st.builds(Phrase, st.lists(WORD, min_size=1, max_size=3).map(" ".join), st.booleans()), max_size=8)
SENTENCE = st.lists(st.lists(WORD, min_size=1, max_size=6).map(" ".join), max_size=3).map(", ".join)


def keys(pieces: Sequence[Piece]) -> list[str]:
    return [piece.phrase.key + "," * piece.pauses for piece in pieces]


def whole_list(region: Region = Region.NORTH) -> list[Phrase]:
    return [one.phrase for one in listing(2026, region, [PLACE])]


@pytest.mark.parametrize("region", Region)
def test_every_phrase_is_what_the_reader_gives_out_and_has_a_key_of_its_own(region: Region) -> None:
    phrases = whole_list(region)
    assert [read(one.words, region=region).text for one in phrases] == [one.words for one in phrases]
    assert [Phrase.of(one.key) for one in phrases] == phrases
    assert len({one.key for one in phrases}) == len(phrases)


def test_the_list_is_as_long_as_an_hour_and_leaves_no_group_out() -> None:
    listed = listing(2026, places=[PLACE])
    assert 140 < len(listed) < 190
    assert [one.group for one in listed] == sorted((one.group for one in listed), key=GROUPS.index)
    assert {one.group for one in listed} == set(GROUPS)
    assert Phrase("năm hai nghìn không trăm hai mươi chín") in whole_list()


@pytest.mark.parametrize(
    "key",
    [
        "",
        "a b",
        "A",
        "../a",
        "a/b",
        "a.wav",
        ".end",
        "a-",
        "a--b",
        "một2",
        "thôn-đô\u0302ng",
        "a\n",
        f"{'a' * 81}",
        "a.end.end",
    ],
)
def test_what_is_no_key_names_no_file(key: str) -> None:
    with pytest.raises(ValueError, match="not the key"):
        Phrase.of(key)


@pytest.mark.parametrize("words", ["Xin  nhắc lại ", "xin nhă\u0301c lại"])
def test_however_somebody_writes_its_words_it_is_the_same_phrase(words: str) -> None:
    assert Phrase.said(words, ends=True) == Phrase("xin nhắc lại", ends=True)


@pytest.mark.parametrize(
    ("written", "pieces"),
    [
        (
            "Kính mời bà con thôn Đông đến dự họp tại nhà văn hóa thôn Đông, vào hồi 19h30, thứ Ba, ngày 24/11/2026.",
            [
                "kính-mời-bà-con", "thôn-đông", "đến-dự-họp-tại", "nhà-văn-hóa", "thôn-đông,", "vào-hồi",
                "mười-chín-giờ", "ba-mươi-phút,", "thứ-ba,", "ngày-hai-mươi-tư", "tháng-mười-một",
                "năm-hai-nghìn-không-trăm-hai-mươi-sáu",
            ],
        ),
        (
            "Cần hỏi thêm, xin gọi số 0912345678.",
            [
                "cần-hỏi-thêm,", "xin-gọi-số", "không", "chín", "một", "hai.end,", "ba", "bốn", "năm.end,", "sáu",
                "bảy", "tám.end",
            ],
        ),
        ("Từ 7h05 đến 11h37", ["từ", "bảy-giờ", "năm-phút", "đến", "mười-một-giờ", "ba", "mươi", "bảy", "phút"]),
    ],
)  # fmt: skip
def test_a_notice_is_laid_from_the_fewest_and_numbers_go_down_at_the_end(written: str, pieces: list[str]) -> None:
    laid = cover(read(written).text, whole_list())
    assert laid is not None
    assert keys(laid) == pieces


def test_every_date_and_time_is_covered_as_it_is_read() -> None:
    phrases = whole_list()
    for day in (date(2026, 1, 1), *(date.fromordinal(date(2027, 1, 1).toordinal() + at) for at in range(365))):
        assert cover(read(f"ngày {day:%d/%m/%Y}").text, phrases), day
    for minute in range(24 * 60):
        assert cover(read(f"lúc {minute // 60}h{minute % 60:02}").text, phrases), minute


@pytest.mark.parametrize("name", ["meeting", "power", "water"])
def test_of_a_notice_only_what_was_filled_in_is_missing(name: str) -> None:
    values = {
        "who": "bà con thôn Đông", "place": "nhà văn hóa thôn Đông", "where": "thôn Đông", "time": "7h30",
        "until": "11h", "date": "24/11", "phone": "0912345678", "matter": "sửa đường", "reason": "sửa đường dây",
    }  # fmt: skip
    text, misfits = fill(NOTICES[name], values, date(2026, 11, 20))
    assert text, misfits
    lacks = [one for sentence in sentences(read(text).text) for one in missing(sentence, whole_list())]
    assert set(lacks) <= {"sửa đường", "sửa đường dây"}


def test_a_phrase_never_reaches_over_a_pause() -> None:
    phrases = [Phrase("bà con"), Phrase("bà"), Phrase("con")]
    assert keys(cover("bà con", phrases) or ()) == ["bà-con"]
    assert keys(cover("bà, con", phrases) or ()) == ["bà,", "con"]


def test_what_was_recorded_for_the_end_is_said_nowhere_else() -> None:
    assert cover("một hai", [Phrase("một", ends=True), Phrase("hai")]) is None
    assert missing("một hai", [Phrase("một", ends=True), Phrase("hai")]) == ("một",)
    assert missing("kính mời cô ba, thôn đông, nhà ai", whole_list()) == ("cô", "nhà ai")


@pytest.mark.parametrize("sentence", ["", "...", ", ,"])
def test_what_holds_no_word_is_not_covered(sentence: str) -> None:
    assert cover(sentence, whole_list()) is None


@pytest.mark.parametrize(
    ("name", "key"), [("Thôn Đông", "thôn-đông"), ("thôn một, xã hai", None), ("", None), ("a" * 99, None)]
)
def test_the_name_of_a_place_is_one_phrase_or_none(name: str, key: str | None) -> None:
    phrase = place_phrase(name)
    assert (phrase and phrase.key) == key


@given(SENTENCE, PHRASES)
@example("a b c d", [Phrase("a b"), Phrase("b c d"), Phrase("a"), Phrase("c"), Phrase("d")])
@settings(max_examples=500, deadline=None)
def test_all_words_are_said_in_their_order_by_the_fewest_or_nothing_is(sentence: str, phrases: list[Phrase]) -> None:
    laid, clauses = cover(sentence, phrases), [one.split() for one in sentence.split(", ") if one]
    fewest = [count(tuple(one), frozenset(phrases)) for one in clauses]
    if laid is None:
        assert not clauses or None in fewest
        assert not clauses or missing(sentence, phrases)
        return
    assert missing(sentence, phrases) == ()
    said = ", ".join(" ".join(part) for part in parted(laid))
    assert said == sentence
    assert len(laid) == sum(one or 0 for one in fewest)
    assert all(piece.pauses or piece is laid[-1] for piece in laid if piece.phrase.ends)


def parted(pieces: Sequence[Piece]) -> list[list[str]]:
    """The words of each clause."""
    clauses: list[list[str]] = [[]]
    for piece in pieces:
        clauses[-1] += re.split(" ", piece.phrase.words)
        if piece.pauses:
            clauses.append([])
    return clauses


@cache
def count(words: tuple[str, ...], phrases: frozenset[Phrase]) -> int | None:
    """How few phrases say these words, by trying them all."""
    if not words:
        return 0
    found = []
    for size in range(1, len(words) + 1):
        piece, ends = " ".join(words[:size]), size == len(words)
        if Phrase(piece) in phrases or (ends and Phrase(piece, ends=True) in phrases):
            rest = count(words[size:], phrases)
            if rest is not None:
                found.append(1 + rest)
    return min(found, default=None)
