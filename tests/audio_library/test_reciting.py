"""A notice whose parts a person recorded: one sound, the person's and the machine's voice at one level."""

from __future__ import annotations

import wave
from datetime import date
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from audio_library.speech import Choice, FirstThatSpeaks, SpeechFailed
from audio_library.speech.joining import AFTER, BEFORE, COMMA_S, FADE, LEVEL_DB, Said, joined
from audio_library.speech.length import PAUSE_S
from audio_library.speech.notices import NOTICES, fill
from audio_library.speech.parts import LAYOUTS, PARTS, Part, found_in
from audio_library.speech.phrases import Phrase
from audio_library.speech.port import NotCovered
from audio_library.speech.reading import read
from audio_library.speech.reciting import Recitals, Reciter, laid_out
from audio_library.speech.take import Take
from tests.audio_library.officer import RATE, Samples, heard, level_db, record, recorded, spoken

TODAY = date(2026, 11, 24)
FILLED = {"date": "26/11", "past_date": "hôm qua", "time": "19h30", "phone": "113", "place": "nhà văn hóa thôn 2"}
STATION = Choice(("espeak-ng",))


def text_of(name: str, **others: str) -> str:
    values = {one.name: others.get(one.name, FILLED.get(one.kind, "các hộ thôn 2, 3")) for one in NOTICES[name].blanks}
    text, misfits = fill(NOTICES[name], values, TODAY)
    assert text, misfits
    return text


def words(text: str) -> list[str]:
    return "".join(one if one.isalnum() else " " for one in text.lower()).split()


@pytest.fixture(scope="module")
def recitals(tmp_path_factory: pytest.TempPathFactory) -> Recitals:
    """The parts of a meeting, each louder or softer than the last one."""
    return recited(tmp_path_factory.mktemp("notices"), "meeting")


def recited(folder: Path, name: str) -> Recitals:
    made = Recitals(folder)
    for number, part in enumerate(PARTS[name]):
        made.takes.keep(part, Take.of(recorded(part.text, 5 * (-1) ** number, seed=number)))
    made.choose(name, "vi")
    return made


def voices(recitals: Recitals, choice: Choice = STATION) -> FirstThatSpeaks:
    return FirstThatSpeaks.standard(choice, reciter=Reciter(recitals, lambda: "vi"))


@pytest.mark.parametrize("name", NOTICES)
def test_every_notice_is_said_word_by_word_in_parts_and_blanks(name: str) -> None:
    reading = read(text_of(name))
    laid = laid_out(reading, NOTICES)
    told = " ".join(what.words if isinstance(what, Part) else what for what, _ in laid.pieces)
    assert words(told) == words(reading.text)
    assert all(Part.of(one.key) == one and len(one.words.split()) <= 50 for one in PARTS[name])


def test_pauses_are_those_of_the_text() -> None:
    told = [(one.what if isinstance(one.what, str) else one.what.text, one.pause_s) for one in LAYOUTS["meeting"]]
    assert [pause for what, pause in told if what in ("time", "date", "Nội dung", "matter")] == [
        COMMA_S, PAUSE_S, COMMA_S, PAUSE_S,
    ]  # fmt: skip
    assert 0 < told[0][1] < COMMA_S
    assert told[-1][1] == 0


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Kính mời.",
        text_of("meeting").replace("dự", "họp"),
        text_of("meeting").replace("Nội dung", "nội dung"),
        f"Xã viết {text_of('meeting')}",
        text_of("meeting").replace("nhà văn hóa", "nhà văn hóa " * 30),
        "Kính mời " * 2_000,
    ],
)
def test_what_was_changed_is_no_notice_any_more(text: str) -> None:
    assert found_in(text, NOTICES) == []


def test_a_notice_stands_within_what_an_announcer_says_around_it_and_may_be_said_again() -> None:
    text = text_of("meeting", phone="113")
    before, again = "Kính mời bà con chú ý nghe thông báo.", "Xin nhắc lại:"
    reading = read(f"{before}\n{text}\n{again} {text}\nXin cảm ơn bà con.")
    told = [what for what, _ in laid_out(reading, ["meeting"]).pieces]
    meeting = list(PARTS["meeting"])
    assert [one for one in told if isinstance(one, Part)] == meeting * 2
    assert (told[0], told[-1]) == (before, "Xin cảm ơn bà con.")
    assert told[12] == again.rstrip(":")
    assert words(" ".join(one.words if isinstance(one, Part) else one for one in told)) == words(reading.text)
    with pytest.raises(NotCovered):
        laid_out(reading, ["funeral"])


async def test_person_and_machine_are_one_sound(recitals: Recitals, tmp_path: Path) -> None:
    said = await voices(recitals).speak(text_of("meeting"), "vi", tmp_path / "said.wav")
    assert said.engine == "recorded+espeak-ng"
    sound = heard(said.file)
    frames = (sound[: len(sound) // 480 * 480].reshape(-1, 480) ** 2).mean(axis=1)
    assert frames.min() > 0, "the room is heard throughout"
    person = {what: joined([Said(recitals.takes.read(what))]) for what in PARTS["meeting"]}
    places = [place_of(np.frombuffer(one, "<i2").astype(float), sound) for one in person.values()]
    assert places == sorted(places)
    levels, at = [], 0
    for start, one in zip(places, person.values(), strict=True):
        levels += [level_db(sound[at:start])] if start - at > 0.8 * RATE else []
        at = start + len(one) // 2
        levels.append(level_db(sound[start:at]))
    assert len(levels) == 6 + 4, "six parts, and time and day are one stretch"
    assert max(abs(one - LEVEL_DB) for one in levels) < 2


def place_of(part: Samples, sound: Samples) -> int:
    """Where it is in the sound: a stretch from its middle fits there to the last sample."""
    middle = len(part) // 2
    piece = part[middle : middle + 200]
    starts = np.flatnonzero(sound == piece[0])
    return next(int(at) - middle for at in starts if np.array_equal(sound[at : at + 200], piece))


def test_a_machine_s_words_in_the_room_of_the_person_begin_and_end_without_a_click() -> None:
    person = Take.of(recorded("kính mời"))
    machine = Take.of(
        np.concatenate([np.zeros(RATE // 4), spoken("bà con"), np.zeros(RATE // 4)]).astype("<i2").tobytes()
    )
    order = [Said(person, 0.09), Said(machine, 0.09, roomless=True), Said(person)]
    sound = np.frombuffer(joined(order), "<i2").astype(float)
    ends, at = list[tuple[int, int]](), 0
    for one in order:
        first, last = one.take.spoken
        size = (last - first + BEFORE + AFTER) * 480
        ends.append((at, at + size))
        at += size + round((one.pause_s - (BEFORE + AFTER) / 100) * RATE)
    steps = np.abs(np.diff(sound))
    for (start, stop), (later, end) in pairwise(ends):
        inside = max(steps[start + FADE : stop - FADE].max(), steps[later + FADE : end - FADE].max())
        for seam in (stop - FADE, later):
            assert steps[seam - FADE // 2 : seam + FADE + FADE // 2].max() < inside / 2
    start, stop = ends[1]
    alone = np.frombuffer(joined([Said(machine)]), "<i2").astype(float)
    laid_under = sound[start + FADE : stop - FADE] - alone[FADE:-FADE]
    room_db = person.floor_db + LEVEL_DB - person.level_db
    assert 10 * np.log10((laid_under**2).mean() / 32768**2) == pytest.approx(room_db, abs=3)


async def test_blanks_that_phrases_cover_are_the_person_s_too(recitals: Recitals, tmp_path: Path) -> None:
    phrases = [Phrase(one) for one in ("bà con", "nhà văn hóa", "mười chín giờ", "làm đường", "ngày mai")]
    takes = record(tmp_path / "voice", phrases)
    text = text_of("meeting", who="bà con", place="nhà văn hóa", time="19h", matter="Làm đường")
    choice = Choice(("recorded", "espeak-ng"), recorded=takes.folder)
    said = await voices(recitals, choice).speak(text, "vi", tmp_path / "said.wav")
    assert said.engine == "recorded+espeak-ng", "the date alone is a machine's"
    with wave.open(str(said.file)) as sound:
        assert sound.getnframes() == round(said.duration_us * RATE / 1_000_000)


async def test_without_one_part_or_unwanted_or_in_another_voice_a_machine_says_all_of_it(tmp_path: Path) -> None:
    made, text = recited(tmp_path / "notices", "fee"), text_of("fee")
    speaking = voices(made)
    assert (await speaking.speak(text, "vi", tmp_path / "1.wav")).engine == "recorded+espeak-ng"
    assert (await speaking.speak(text, "vi-vn-x-south", tmp_path / "2.wav")).engine == "espeak-ng"
    assert (await speaking.speak(text, "vi", tmp_path / "3.wav", 90)).engine == "espeak-ng"
    made.choose("fee", None)
    assert (await speaking.speak(text, "vi", tmp_path / "4.wav")).engine == "espeak-ng"
    made.choose("fee", "vi")
    made.takes.place(PARTS["fee"][2]).write_bytes(b"RIFF")
    assert (await speaking.speak(text, "vi", tmp_path / "5.wav")).engine == "espeak-ng"
    made.takes.remove(PARTS["fee"][2])
    assert not made.complete("fee")
    assert (await speaking.speak(text, "vi", tmp_path / "6.wav")).engine == "espeak-ng"


async def test_a_wish_that_the_disk_lost_silences_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    made, text = recited(tmp_path / "notices", "fee"), text_of("fee")
    (mark,) = made.takes.folder.glob("fee.chosen")
    mark.write_bytes(b"\xff\x00")
    assert (await voices(made).speak(text, "vi", tmp_path / "1.wav")).engine == "espeak-ng"
    mark.unlink()
    mark.mkdir()  # it cannot be read
    assert (await voices(made).speak(text, "vi", tmp_path / "2.wav")).engine == "espeak-ng"
    assert "recorded did not speak" in caplog.text


async def test_what_would_be_far_too_long_is_left_to_a_machine(tmp_path: Path) -> None:
    made = recited(tmp_path / "notices", "meeting")
    slow = Take.of(recorded("Nội dung", quiet_s=9))
    for part in PARTS["meeting"]:
        made.takes.keep(part, slow)
    said = await voices(made).speak(f"{text_of('meeting')} " * 3, "vi", tmp_path / "said.wav")
    assert said.engine == "espeak-ng"


async def test_where_nobody_says_the_blanks_it_did_not_speak(recitals: Recitals, tmp_path: Path) -> None:
    reciter = Reciter(recitals, lambda: "vi")
    with pytest.raises(SpeechFailed, match="no voice says"):
        await reciter.speak(text_of("meeting"), "vi", tmp_path / "said.wav", [], lambda text, _: read(text))
