"""How long a document is said to take, against the voice itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from audio_library.speech import Espeak
from audio_library.speech.documents import LONGEST_S, bulletins, spoken_s
from audio_library.speech.reading import read
from tests.documents.papers import Paper, paper, papers


@pytest.mark.parametrize("one", papers(), ids=lambda one: one.name)
async def test_it_is_what_the_voice_takes_within_a_twentieth(one: Paper, tmp_path: Path) -> None:
    said = read(one.read).text
    spoken = await Espeak(timeout_s=60).speak(said, "vi", tmp_path / "spoken.wav")
    assert spoken_s(said) == pytest.approx(spoken.duration_us / 1_000_000, rel=0.05)


def test_a_long_document_is_cut_between_paragraphs() -> None:
    paragraphs = paper("quyet-dinh-thanh-lap").read.splitlines() * 20
    made = bulletins(paragraphs)
    assert len(made) > 2
    assert all(one.spoken_s <= LONGEST_S for one in made)
    assert [line for one in made for line in one.text.splitlines()] == paragraphs


def test_a_paragraph_that_is_longer_than_a_bulletin_is_cut_between_sentences() -> None:
    sentence = "Ngày 16.3 bà con đưa gia súc đến nhà văn hóa thôn, TP. Thanh Hóa hỗ trợ 50.000 đồng mỗi con."
    (cut, *_) = bulletins([" ".join([sentence] * 20)], longest_s=60)
    assert cut.text == " ".join([sentence] * (cut.text.count("Ngày")))
    assert 30 < cut.spoken_s <= 60


def test_a_bulletin_fits_what_one_announcement_takes() -> None:
    made = bulletins(paper("ke-hoach-dan-tu-pdf").read.splitlines(), most_characters=500)
    assert max(len(one.text) for one in made) <= 500
    assert made[0].paragraphs[0] == 0
