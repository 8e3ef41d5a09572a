"""Numbers in words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio_library.speech.reading import Region, cardinal
from audio_library.speech.reading.numbers import LONGEST, ONES, decimal, ordinal, spelt

VALUES = {word: value for value, word in enumerate(ONES)} | {"mốt": 1, "tư": 4, "lăm": 5}
SCALES = {"tỷ": 10**9, "triệu": 10**6, "nghìn": 10**3, "ngàn": 10**3}


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "không"), (1, "một"), (4, "bốn"), (5, "năm"), (10, "mười"), (11, "mười một"), (14, "mười bốn"),
        (15, "mười lăm"), (20, "hai mươi"), (21, "hai mươi mốt"), (24, "hai mươi tư"), (25, "hai mươi lăm"),
        (45, "bốn mươi lăm"), (59, "năm mươi chín"), (100, "một trăm"), (104, "một trăm linh bốn"),
        (115, "một trăm mười lăm"), (1_000, "một nghìn"), (1_001, "một nghìn không trăm linh một"),
        (4_010, "bốn nghìn không trăm mười"), (1_000_000, "một triệu"), (24_005_000, "hai mươi tư triệu không trăm "
        "linh năm nghìn"), (3_000_500_000, "ba tỷ năm trăm nghìn"), (10**12, "một nghìn tỷ"),
        (10**9 + 1, "một tỷ không trăm linh một"),
    ],
)  # fmt: skip
def test_a_number_is_said_as_people_say_it(number: int, words: str) -> None:
    assert cardinal(number) == words


def test_the_south_says_some_words_its_own_way() -> None:
    assert cardinal("2.105".replace(".", ""), Region.SOUTH) == "hai ngàn một trăm lẻ năm"
    assert decimal("1005", "25", Region.SOUTH) == "một ngàn không trăm lẻ năm phẩy hai mươi lăm"


@given(st.integers(0, 10**LONGEST - 1), st.sampled_from(Region))
def test_no_two_numbers_are_said_alike(number: int, region: Region) -> None:
    assert heard(cardinal(number, region).split()) == number


def test_what_has_no_name_is_spelt() -> None:
    assert cardinal("9" * (LONGEST + 1)) == " ".join(["chín"] * (LONGEST + 1))
    assert spelt("0912") == "không chín một hai"


@pytest.mark.parametrize(("number", "words"), [(1, "nhất"), (2, "hai"), (4, "tư"), (14, "mười bốn")])
def test_ranks(number: int, words: str) -> None:
    assert ordinal(number) == words


@pytest.mark.parametrize(
    ("written", "words"),
    [("3,75", "ba phẩy bảy mươi lăm"), ("0,05", "không phẩy không năm"), ("19,9213", "mười chín phẩy chín hai một ba")],
)
def test_a_fraction_is_a_number_or_spelt(written: str, words: str) -> None:
    assert decimal(*written.split(",")) == words


def heard(words: list[str]) -> int:
    """What a listener makes of it: an oracle that knows no rule but what each word is worth."""
    for scale, worth in SCALES.items():
        if scale in words:
            at = len(words) - 1 - words[::-1].index(scale) if scale == "tỷ" else words.index(scale)
            return heard(words[:at]) * worth + (heard(words[at + 1 :]) if words[at + 1 :] else 0)
    total = ones = 0
    for word in words:
        if word == "trăm":
            total, ones = ones * 100, 0
        elif word == "mươi":
            total, ones = total + ones * 10, 0
        elif word == "mười":
            total += 10
        elif word not in ("linh", "lẻ"):
            ones = VALUES[word]
    return total + ones
