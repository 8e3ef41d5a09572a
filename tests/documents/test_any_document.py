"""Whatever the text is: it is told apart, nothing stands nowhere or twice, and nothing of the body is lost."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audio_library.speech.documents import READ, Document, bulletins, dissect
from tests.documents.papers import papers
from tests.reading.corpus import sentences

PAPERS = papers()
LINES = sorted({line for one in PAPERS for line in one.text.splitlines()})
GAPS = st.sampled_from(["\n", "\n\n", "\r\n", "\f", "   ", "\t", " ", "\u2028", "\n \n"])
MIXED = st.lists(st.tuples(st.sampled_from(LINES), GAPS), max_size=40).map(lambda some: "".join(map("".join, some)))
ODD = st.lists(
    st.sampled_from(["Nơi nhận:", "Số:", "/", "- ", "TM.", "CHỦ TỊCH", "V/v", "ngày", "tháng", "năm", "1", "2", "-",
                     "\u00ad", "\u200b", "\u0301", "PHỤ LỤC", "Kính gửi:", "THÔNG BÁO", "…",
                     "\n", "\n\n", "\f", "\t", "a"]),
    max_size=40,
).map(" ".join)  # fmt: skip
ANY = st.one_of(st.text(max_size=200), MIXED, ODD)

SAID = [one.written for one in sentences("open") if "\n" not in one.written and len(one.written) > 20]
BODIES = st.lists(st.sampled_from(SAID), min_size=1, max_size=8)
HEADS = [one.text[: one.text.index(one.read.splitlines()[0])] for one in PAPERS if one.read.splitlines()[0] in one.text]
ENDS = [one.text[one.text.rindex("Nơi nhận:") :] for one in PAPERS if "\nNơi nhận:" in one.text]


def letters(text: str) -> str:
    """What must not be lost."""
    return "".join(char for char in text if char.isalnum())


def standing(document: Document) -> list[int]:
    return sorted(at for part in document.parts for place in part.places for at in range(place.start, place.end))


@given(ANY)
@settings(max_examples=300, deadline=None)
def test_every_character_stands_in_one_part_and_every_letter_in_its_text(text: str) -> None:
    document = dissect(text)
    stands = standing(document)
    assert len(stands) == len(set(stands))
    unplaced = set(range(len(document.given))) - set(stands)
    assert "".join(document.given[at] for at in sorted(unplaced)).strip() == ""
    for part in document.parts:
        written = "".join(document.given[place.start : place.end] for place in part.places)
        assert letters(part.text).casefold() == letters(written).casefold()
    assert [part.places for part in document.parts] == sorted(part.places for part in document.parts)


@given(st.sampled_from(HEADS), BODIES, st.sampled_from(ENDS), st.sampled_from(["\n", "\n\n"]))
@settings(max_examples=300, deadline=None)
def test_nothing_of_the_body_is_dropped(head: str, body: list[str], end: str, gap: str) -> None:
    text = f"{head}\nTHÔNG BÁO\n\n{gap.join(body)}\n\n{end}"
    read = letters(" ".join(part.text for part in dissect(text).parts if part.kind in READ))
    for sentence in body:
        assert letters(dissect(sentence).given) in read


@given(
    st.lists(st.one_of(st.sampled_from(SAID), st.text(min_size=1, max_size=60)), max_size=8),
    st.integers(1, 40),
    st.integers(1, 300),
)
@settings(max_examples=200, deadline=None)
def test_bulletins_hold_all_of_the_text_within_both_limits(texts: list[str], longest_s: int, most: int) -> None:
    made = bulletins(texts, longest_s, most)
    assert letters("".join(one.text for one in made)) == letters("".join(texts))
    for one in made:
        assert len(one.text) <= most
        assert one.spoken_s <= longest_s or len(one.text) < 2
    assert sorted({at for one in made for at in one.paragraphs}) == list(range(len(texts)))


UNITS = ["Nơi nhận:\n", "- a\n", "TM. UBND\n", "CHỦ TỊCH\n", "1\n", " \t", "   ", "\n", "Số: ", "a   ", "THÔNG BÁO\n",
         "PHỤ LỤC\n", "T ", "- ", "ngày ", "ngày tháng ", "A, ngày ", "Nguyễn Văn ", "V/v a\n", "A",
         "ỦY BAN ", "\f", ".", "a.\nb ", "(", "-", "ký ", "1.", "Kính gửi:\n-"]  # fmt: skip


@pytest.mark.parametrize("unit", UNITS)
def test_a_hostile_text_costs_no_more_than_it_is_long(unit: str) -> None:
    text = (unit * (100_000 // len(unit)))[:100_000]
    started = time.process_time()
    dissect(text)
    assert time.process_time() - started < 5
