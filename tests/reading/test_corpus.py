"""The corpus is whole: sealed, large enough, free of digits, and its two parts share no sentence."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

import pytest

from tests.reading.corpus import SEAL, Misreading, Part, Sentence, misread, seal, sentences, words

PARTS: tuple[Part, ...] = ("open", "sealed")
EVERY = [one for part in PARTS for one in sentences(part)]
SPOKEN = re.compile(r"[^\W\d_]+([,.]? [^\W\d_]+)*[,.]?")
AT_FIVE_PAST = Sentence("times", "Lúc 7h05.", ("lúc bảy giờ năm phút.", "lúc bảy giờ không năm phút."))


def plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).lower().split())


def test_nobody_touched_the_sealed_part() -> None:
    assert seal() == SEAL.read_text().strip()


def test_the_two_parts_share_no_sentence() -> None:
    open_part, sealed_part = ({plain(one.written) for one in sentences(part)} for part in PARTS)
    assert not open_part & sealed_part
    assert len(open_part) == len(sentences("open"))
    assert len(sealed_part) == len(sentences("sealed"))


def test_it_is_large_enough_in_every_category() -> None:
    count = Counter(one.category for one in EVERY)
    assert count.total() >= 450
    assert min(count.values()) >= 15
    assert {one.category for one in sentences("open")} == {one.category for one in sentences("sealed")}
    assert 0.3 < len(sentences("sealed")) / count.total() < 0.37


def test_a_reading_is_lower_case_words_and_pauses() -> None:
    readings = [reading for one in EVERY for reading in one.readings]
    assert [one for one in readings if not SPOKEN.fullmatch(one)] == []
    assert readings == [unicodedata.normalize("NFC", one).lower() for one in readings]


@pytest.mark.parametrize("said", ["Lúc bảy giờ, năm phút", "lúc bảy giờ không năm phút."])
def test_any_right_reading_counts(said: str) -> None:
    assert not misread(lambda _: said, [AT_FIVE_PAST])


@pytest.mark.parametrize("said", ["lúc bảy giờ năm", "lúc bảy giờ / năm phút", "lúc 7 giờ năm phút", ""])
def test_anything_else_is_wrong(said: str) -> None:
    assert misread(lambda _: said, [AT_FIVE_PAST]) == (Misreading(AT_FIVE_PAST, said),)


def test_words_are_compared_in_either_unicode_form() -> None:
    assert words(unicodedata.normalize("NFD", "Ủy ban; nhân dân.")) == ("ủy", "ban", "nhân", "dân")
