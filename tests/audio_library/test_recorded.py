"""A person's voice, recorded phrase by phrase: joined without seams that jump out, and never mixed with another."""

from __future__ import annotations

import random
import shutil
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from audio_library.speech import Choice, FirstThatSpeaks, Recorded, SpeechFailed, recorded
from audio_library.speech.joining import AFTER, BEFORE, COMMA_S, FADE, LEVEL_DB, Said, joined
from audio_library.speech.length import PAUSE_S
from audio_library.speech.phrases import Phrase, Piece, listing
from audio_library.speech.reading import read
from audio_library.speech.take import Take
from audio_library.speech.takes import Takes
from tests.audio_library.officer import RATE, Samples, heard, level_db, record
from tests.audio_library.officer import recorded as take_of

TEXT = (
    "Kính mời bà con thôn Đông đến dự họp tại nhà văn hóa thôn Đông, vào hồi 19h30, thứ Ba, ngày 24/11/2026. "
    "Cần hỏi thêm, xin gọi số 0912345678. Xin nhắc lại."
)
SAID = read(TEXT).text
TONE, HUM = 3_000, 300
PHRASES = [*(one.phrase for one in listing(2026)), Phrase("thôn đông")]


def laid() -> list[tuple[Piece, ...]]:
    return recorded.covered(SAID, PHRASES)


@pytest.fixture(scope="module")
def takes(tmp_path_factory: pytest.TempPathFactory) -> Takes:
    """One take of each phrase that the text needs, each louder or softer by up to 8 dB."""
    phrases = list(dict.fromkeys(piece.phrase for sentence in laid() for piece in sentence))
    chance = random.Random(7)
    gains = {one.key: chance.uniform(-8, 8) for one in phrases}
    return record(tmp_path_factory.mktemp("voice"), phrases, gains)


def rms_db(sound: Samples) -> float:
    return float(10 * np.log10((sound**2).mean() / 32768**2))


def pieces_in(takes: Takes) -> tuple[Samples, list[tuple[int, int, float]]]:
    """The joined text, and where each piece is in it, with the pause behind it."""
    said = [
        Said(takes.read(piece.phrase), COMMA_S if piece.pauses else PAUSE_S if piece is sentence[-1] else 0.0)
        for sentence in laid()
        for piece in sentence
    ]
    said[-1] = Said(said[-1].take)
    places, at = [], 0
    for one in said:
        first, last = one.take.spoken
        size = (last - first + BEFORE + AFTER) * 480
        places.append((at, at + size, one.pause_s))
        rest = round((one.pause_s - (BEFORE + AFTER) / 100) * RATE) if one.pause_s else -FADE
        at += size + rest
    return np.frombuffer(joined(said), "<i2").astype(float), places


def humming(phase: float) -> Take:
    """A soft tone of a second that swells and fades, in a room that hums; the hum begins at that part of its turn."""
    at = np.arange(2 * RATE) / RATE
    swell = np.clip(np.minimum(at - 0.5, 1.5 - at) / 0.1, 0, 1)
    sound = TONE * swell * np.sin(2 * np.pi * 440 * at) + HUM * np.sin(2 * np.pi * (100 * at + phase))
    return Take.of(sound.astype("<i2").tobytes())


def test_no_seam_has_a_step_in_level_or_a_click(takes: Takes) -> None:
    sound, places = pieces_in(takes)
    assert places[-1][1] == len(sound)
    levels = [level_db(sound[start:stop]) for start, stop, _ in places]
    assert max(abs(one - LEVEL_DB) for one in levels) < 1
    assert max(abs(one - other) for one, other in pairwise(levels)) < 1.5
    steps = np.abs(np.diff(sound))
    for (start, stop, pause_s), (later, end, _) in pairwise(places):
        inside = max(steps[start + FADE : stop - FADE].max(), steps[later + FADE : end - FADE].max())
        for seam in {stop - FADE, later} if pause_s else {later}:
            assert steps[seam - FADE // 2 : seam + FADE + FADE // 2].max() < inside


def test_pauses_are_as_long_as_they_should_be_and_no_holes(takes: Takes) -> None:
    sound, places = pieces_in(takes)
    frames = sound[: len(sound) // 240 * 240].reshape(-1, 240)
    loud = (frames**2).mean(axis=1) > (32768 * 10 ** ((LEVEL_DB - 28) / 20)) ** 2
    for start, stop, pause_s in places[:-1]:
        if not pause_s:
            continue
        middle = (stop + round((pause_s / 2 - 0.02) * RATE)) // 240
        before = middle - int(np.flatnonzero(loud[middle::-1])[0])
        after = middle + int(np.flatnonzero(loud[middle:])[0])
        assert abs((after - before) * 0.005 - pause_s) < 0.045, (start, pause_s)
    pauses = [rms_db(sound[stop : stop + RATE // 10]) for _, stop, pause_s in places[:-1] if pause_s]
    floors = [take.floor_db + LEVEL_DB - take.level_db for take in (takes.read(one) for one in takes.held())]
    assert min(pauses) > min(floors) - 3
    assert max(pauses) < max(floors) + 6
    quietest = (sound[: len(sound) // 480 * 480].reshape(-1, 480) ** 2).mean(axis=1).min()
    assert quietest > 0, "the room is heard throughout"


def test_takes_from_a_humming_room_are_faded_into_each_other() -> None:
    """A hard cut from one phase of the hum to another would be a click of up to 600."""
    takes = [humming(phase) for phase in (0.0, 0.3, 0.6, 0.9)]
    sound = np.frombuffer(joined([Said(one, pause_s) for one in takes for pause_s in (0.0, COMMA_S)]), "<i2")
    factor = float(np.abs(sound).max()) / TONE
    steepest = (TONE * 440 + HUM * 100) * 2 * np.pi / RATE * factor
    assert np.abs(np.diff(sound.astype(float))).max() < 1.1 * steepest + 2


def test_takes_from_a_room_without_a_sound_are_joined_with_silence() -> None:
    one = Take.of(take_of("một", room=0))
    sound = np.frombuffer(joined([Said(one, PAUSE_S), Said(one)]), "<i2").astype(float)
    first, last = one.spoken
    assert len(sound) == 2 * (last - first) * 480 + (BEFORE + AFTER) * 480 + round(PAUSE_S * RATE)
    assert not sound[len(sound) // 2 - 4800 : len(sound) // 2 + 4800].any()


def test_what_is_far_too_soft_is_raised_within_bounds() -> None:
    soft, loud = Take.of(take_of("một", -30)), Take.of(take_of("một", 8))
    assert level_db(np.frombuffer(joined([Said(soft)]), "<i2").astype(float)) < LEVEL_DB - 8
    assert level_db(np.frombuffer(joined([Said(loud)]), "<i2").astype(float)) == pytest.approx(LEVEL_DB, abs=0.5)


async def test_a_text_that_is_covered_is_said_by_the_person(takes: Takes, tmp_path: Path) -> None:
    voices = FirstThatSpeaks.standard(Choice(("recorded", "espeak-ng"), recorded=takes.folder))
    spoken = await voices.speak(TEXT, "vi", tmp_path / "said.wav")
    assert spoken.engine == "recorded"
    sound = heard(spoken.file)
    assert len(sound) == round(spoken.duration_us * RATE / 1_000_000)
    pauses = len([piece for sentence in laid() for piece in sentence if piece.pauses])
    assert pauses == 6
    least = sum((last - first) / 100 for first, last in (takes.read(one).spoken for one in takes.held()))
    assert spoken.duration_us / 1e6 > least + pauses * COMMA_S + 2 * PAUSE_S


async def test_a_text_of_which_one_word_is_missing_is_said_by_one_other_voice_whole(
    takes: Takes, tmp_path: Path
) -> None:
    voices = FirstThatSpeaks.standard(Choice(("recorded", "espeak-ng"), recorded=takes.folder))
    spoken = await voices.speak(f"{TEXT} Nhớ đến sớm.", "vi", tmp_path / "said.wav")
    assert spoken.engine == "espeak-ng"
    with pytest.raises(SpeechFailed, match="not covered: nhớ đến sớm"):
        await Recorded(takes.folder).speak("Xin nhắc lại. Nhớ đến sớm.", "vi", tmp_path / "other.wav")
    assert not (tmp_path / "other.wav").exists()


@pytest.mark.parametrize(("voice", "pace"), [("vi-vn-x-south", 100), ("vi", 90)])
def test_it_has_one_region_and_one_pace(takes: Takes, voice: str, pace: int) -> None:
    assert Recorded(takes.folder).can("vi")
    assert not Recorded(takes.folder).can(voice, pace)
    assert not Recorded(takes.folder / "none").can("vi")


async def test_a_take_that_is_no_sound_is_not_said(takes: Takes, tmp_path: Path) -> None:
    own = Takes(tmp_path / "voice")
    own.keep(Phrase("xin"), takes.read(Phrase("xin nhắc lại")))
    own.place(Phrase("chào")).write_bytes(b"RIFF")
    (own.folder / "notes.txt").write_text("x")
    (own.folder / "Not A Key.wav").write_text("x")
    assert [one.words for one in own.held()] == ["chào", "xin"]
    with pytest.raises(SpeechFailed, match="chào"):
        await Recorded(own.folder).speak("Xin chào.", "vi", tmp_path / "said.wav")


def test_takes_are_kept_replaced_and_forgotten(tmp_path: Path) -> None:
    takes, phrase = Takes(tmp_path / "voice"), Phrase("năm", ends=True)
    assert takes.held() == []
    for gain in (0.0, -6.0):
        takes.keep(phrase, Take.of(take_of("năm", gain)))
        assert takes.read(phrase).pcm == take_of("năm", gain)
    assert takes.held() == [phrase]
    takes.remove(phrase)
    with pytest.raises(FileNotFoundError):
        takes.remove(phrase)


@pytest.mark.parametrize("pcm", [b"", bytes(2 * RATE)])
async def test_a_take_in_which_nothing_is_said_leaves_the_text_to_another(
    takes: Takes, tmp_path: Path, pcm: bytes
) -> None:
    folder = Path(shutil.copytree(takes.folder, tmp_path / "voice"))
    Takes(folder).keep(laid()[0][1].phrase, Take.of(pcm))
    with pytest.raises(SpeechFailed, match="nothing is said"):
        await Recorded(folder, "vi").speak(SAID, "vi", tmp_path / "said.wav")
