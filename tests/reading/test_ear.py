"""How words that were heard are counted against those that were said."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from audio_library.speech.notices import NOTICES
from audio_library.speech.parts import found_in
from audio_library.speech.reading import read
from tests.bench.ear import RATE, TEXTS, Try, errors, pieces, recordings
from tests.bench.fifty_notices import fifty, some
from tests.reading.corpus import sentences


@pytest.mark.parametrize(
    ("said", "heard", "wrong"),
    [
        ("kính mời bà con", "kính mời bà con", 0),
        ("kính mời bà con", "kính mời con", 1),
        ("kính mời bà con", "xin kính mời bà con", 1),
        ("kính mời bà con", "kính mới bà con", 1),
        ("kính mời bà con", "mời bà con đến", 2),
        ("kính mời bà con", "", 4),
    ],
)
def test_a_word_is_wrong_that_is_missing_added_or_another(said: str, heard: str, wrong: int) -> None:
    assert errors(said.split(), heard.split()) == wrong
    assert errors(heard.split(), said.split()) == wrong


def test_more_may_be_wrong_than_was_said() -> None:
    assert Try(("mời",), ("mà", "đến", "nhà")).pct == 300


def test_it_hears_fifty_notices_of_every_kind_that_are_read_without_a_doubt() -> None:
    texts = fifty()
    assert len(set(texts)) == len(texts) == TEXTS
    assert texts == some(TEXTS)
    assert {one.notice for text in texts for one in found_in(text, NOTICES)} == set(NOTICES)
    assert {one.written for one in sentences("open") if one.category == "notices"} <= set(texts)
    doubts = {text: [one.written for one in read(text).doubts] for text in texts if found_in(text, NOTICES)}
    assert {text: told for text, told in doubts.items() if told} == {}


def test_fewer_notices_are_still_of_every_kind() -> None:
    texts = some(20)
    assert len(set(texts)) == 20
    assert {one.notice for text in texts for one in found_in(text, NOTICES)} == set(NOTICES)
    assert len([text for text in texts if not found_in(text, NOTICES)]) == 6


def test_what_people_say_stands_beside_their_recording_or_in_a_folder(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Kính mời bà con.", encoding="utf-8")
    beside, elsewhere = tmp_path / "a.wav", Path("/nowhere/a.mp3")
    assert recordings([beside], None) == {beside: "Kính mời bà con."}
    assert recordings([elsewhere], tmp_path) == {elsewhere: "Kính mời bà con."}


def test_a_sound_is_cut_in_its_pauses_and_not_within_words() -> None:
    word, pause = np.full(3 * RATE, 9000, np.int16), np.zeros(RATE // 2, np.int16)
    cut = list(pieces(np.concatenate([word, pause, word, pause, word])))
    assert [round(len(piece) / RATE, 1) for piece in cut] == [6.7, 3.3]
    assert sum(int((piece == 9000).sum()) for piece in cut) == 3 * len(word)
    assert list(pieces(np.zeros(RATE, np.int16))) == []
