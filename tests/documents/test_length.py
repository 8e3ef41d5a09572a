"""How long a document is said to take, against the voice as a station has it spoken."""

from __future__ import annotations

from pathlib import Path

import pytest

from audio_library.speech import OWN_PACE, Espeak, Pace, Voice
from audio_library.speech.documents import LONGEST_S, bulletins
from audio_library.speech.length import paragraph_s, spoken_s
from audio_library.speech.reading import read
from audio_library.speech.sentences import Unhurried
from tests.documents.papers import Paper, paper, papers


async def heard_s(text: str, file: Path, voice: Voice = "vi", pace: Pace = OWN_PACE) -> float:
    """Seconds that a station needs for it."""
    spoken = await Unhurried(Espeak(timeout_s=60, lasting=False)).speak(read(text).text, voice, file, pace)
    return spoken.duration_us / 1_000_000


@pytest.mark.parametrize("one", papers(), ids=lambda one: one.name)
async def test_it_is_what_a_station_needs_within_a_twentieth(one: Paper, tmp_path: Path) -> None:
    told = spoken_s(read(one.read).text)
    assert told == pytest.approx(await heard_s(one.read, tmp_path / "spoken.wav"), rel=0.05)
    assert sum(paragraph_s(read(line).text) for line in one.read.splitlines()) == pytest.approx(told, rel=0.08)


@pytest.mark.parametrize(("voice", "pace"), [("vi-vn-x-central", 100), ("vi-vn-x-south", 90), ("vi", 110)])
async def test_it_is_so_in_every_voice_and_at_every_pace(tmp_path: Path, voice: Voice, pace: Pace) -> None:
    text = paper("thong-bao-tiem-phong").read
    told = spoken_s(read(text).text, voice, pace)
    assert told == pytest.approx(await heard_s(text, tmp_path / "spoken.wav", voice, pace), rel=0.05)


async def test_a_bulletin_of_many_sentences_keeps_its_limit(tmp_path: Path) -> None:
    """Each of them ends in a pause, which is as long as four words."""
    short = "Mời bà con đi họp. Mang theo giấy tờ. Xin đến cho đúng giờ. Nghe thông báo của thôn."
    (cut, *_) = bulletins([" ".join([short] * 30)], longest_s=60)
    assert 50 < await heard_s(cut.text, tmp_path / "spoken.wav") <= 62


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
