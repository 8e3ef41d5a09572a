"""The list of disagreements is of the corpus and the reader as they are; how they are found, without sea-g2p."""

from __future__ import annotations

import re

import pytest

from audio_library.speech.reading import read
from tests.reading.corpus import FOLDER, sentences, words
from tests.reading.second_opinion import LIST, disagreements, folded, is_right
from tests.reading.verdicts import VERDICTS, kinds_of

PUBLIC = {one.written: one for one in sentences("open")}
TEXT = LIST.read_text(encoding="utf-8")
ROWS = [
    [re.sub(r"\\([*|])", r"\1", cell).replace("\\n", "\n") for cell in line[2:-2].split(" | ")]
    for line in TEXT.splitlines()
    if line.startswith("| ") and not line.startswith("| sentence ")
]
COOPERATIVE = "Ngày 04/4/2004 là ngày thành lập hợp tác xã."
AGAIN = "Ask sea-g2p again: python -m tests.reading.second_opinion"


def places(some: tuple[str, ...], among: tuple[str, ...]) -> list[int]:
    """Where these words stand among others."""
    return [at for at in range(len(among)) if among[at : at + len(some)] == some]


def test_the_list_is_of_the_open_part_and_of_what_our_reader_says_now() -> None:
    assert len(ROWS) > 200
    for written, _, ours, theirs in ROWS:
        assert written in PUBLIC, AGAIN
        said, here = words(read(written).text), words(ours)
        found = places(here, said)
        assert found, AGAIN
        for at in found:
            assert not is_right(PUBLIC[written], [*said[:at], *words(theirs), *said[at + len(here) :]]), AGAIN


def test_every_disagreement_has_a_verdict_by_a_rule() -> None:
    rules = re.findall(r"^## (.+)$", (FOLDER / "RULES.md").read_text(encoding="utf-8"), re.MULTILINE)
    for one in VERDICTS[:-1]:
        assert any(f"*{rule}*" in one.why for rule in rules), one.title
    assert VERDICTS[-1].title not in TEXT


@pytest.mark.parametrize(
    ("written", "theirs", "found"),
    [
        (COOPERATIVE, "Ngày mùng bốn tháng tư năm hai nghìn không trăm linh bốn là ngày thành lập hợp tác xã", []),
        (COOPERATIVE, "ngày bốn tháng bốn năm hai nghìn không trăm lẻ bốn là ngày thành lập hợp tác xã.",
         [("04/4/2004", "mùng bốn tháng tư năm hai nghìn không trăm linh bốn",
           "bốn tháng bốn năm hai nghìn không trăm lẻ bốn", ("mùng", "fourth", "linh"))]),
        ("Khi có cháy, gọi 114.", "khi có cháy gọi một trăm mười bốn",
         [("114", "một một bốn", "một trăm mười bốn", ("phone",))]),
        ("Tăng trưởng 5%-5,5%.", "tăng trưởng năm phần trăm năm phẩy năm phần trăm",
         [("5%-5,5%", "năm phần trăm đến năm phẩy năm phần trăm", "năm phần trăm năm phẩy năm phần trăm", ("range",))]),
        ("UBND xã kính báo.", "<en>u b n d</en> xã kính báo",
         [("UBND", "ủy ban nhân dân", "u b n d", ("abbreviation",))]),
        ("UBND xã kính báo.", "uỷ ban nhân dân xã kính báo trên",
         [("báo", "báo", "báo trên", ("sign",))]),
        ("UBND xã kính báo.", "", [("UBND xã kính báo", "ủy ban nhân dân xã kính báo", "", ("abbreviation",))]),
    ],
)  # fmt: skip
def test_a_disagreement_is_of_a_whole_stretch_and_has_its_kinds(
    written: str, theirs: str, found: list[tuple[str, str, str, tuple[str, ...]]]
) -> None:
    some = [one.stretch for one in disagreements(PUBLIC[written], theirs)]
    assert [(one.written, one.ours, one.theirs, kinds_of(one)) for one in some] == found


def test_where_a_tone_mark_stands_and_how_a_name_of_a_letter_is_spelt_are_no_wording() -> None:
    assert folded(("uỷ", "quí", "qui")) == folded(("ủy", "quí", "quy"))
