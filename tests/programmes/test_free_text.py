"""An emergency in somebody's own words: spoken, kept and given in one press; and the time of issue of every order."""

from __future__ import annotations

import asyncio
import subprocess
import unicodedata
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from audio_library import ffmpeg, fresh
from audio_library.content import ContentId
from audio_library.loudness import Level, read_meter
from audio_library.pages import duration_us
from audio_library.speech import Espeak, Pace, Spoken, Voice
from audio_library.speech.recording import wav
from broadcast_server.dictation import MOST_CHARACTERS, check_words
from broadcast_server.ordering import NO_LEAD, TEXT_LEAD_US, Wish
from broadcast_server.problem import Problem
from broadcast_server.store.fleet import CommandRow
from broadcast_server.store.library import RecordingRow
from broadcast_server.store.orders import TemplateRow
from broadcast_server.store.people import AuditRow
from speaker_client.protocol.datagram import ORDER, datagram
from speaker_client.protocol.envelope import Envelope, payload_of
from speaker_client.protocol.order import Emergency
from tests.programmes.stage import OFFICER, Stage

TEXT = (
    "Hồ Cửa Đạt xả tràn lúc mười bốn giờ hôm nay. Bà con thôn một, thôn hai, thôn ba không ra sông, không vớt củi, "
    "đưa trâu bò lên đê."
)
WISH = Wish("emergency", "", ("all",), None, "k1", TEXT)


async def test_a_text_is_content_before_the_answer_and_the_lead_is_from_the_shelf(stage: Stage) -> None:
    siren = await ready(stage, "siren")
    order = await stage.station.ordering.sound(WISH, OFFICER)
    assert (order.title, order.text, order.template) == (f"Khẩn cấp: {TEXT}"[:80].strip(), TEXT, "")
    (told,) = {tuple(one.first) for one in await orders(stage)}
    assert told[0].content == siren
    (words,) = told[1:]
    file = stage.station.content.path(words.content)
    stage.station.content.verify(words.content)
    assert (file.stat().st_size, duration_us(file)) == (words.size, words.duration_us)
    assert 8_000_000 < words.duration_us < 12_000_000
    assert {one.meanwhile for one in await orders(stage)} == {told[0]}


async def test_it_is_about_as_loud_as_all_else_and_no_peak_is_clipped(stage: Stage) -> None:
    await ready(stage, "siren")
    await stage.station.ordering.sound(WISH, OFFICER)
    _, words = (await orders(stage))[0].first
    level = measured(stage.station.content.path(words.content).read_bytes())
    assert -17.5 < level.loudness_lufs < -14.5
    assert level.true_peak_dbtp is not None
    assert level.true_peak_dbtp < -1.0


async def test_without_a_lead_the_words_begin_with_a_short_sound_and_a_moment_later(stage: Stage) -> None:
    await ready(stage, "siren")
    await stage.station.ordering.sound(replace(WISH, lead=NO_LEAD), OFFICER)
    (order, *_) = await orders(stage)
    head, rest = order.first
    assert 2_000_000 < head.duration_us < 3_700_000 < rest.duration_us
    assert order.meanwhile is None
    assert order.start_us == stage.clock.moment + TEXT_LEAD_US


async def test_so_they_do_while_the_lead_is_not_made_yet(stage: Stage) -> None:
    await stage.station.ordering.sound(WISH, OFFICER)
    (order, *_) = await orders(stage)
    assert 2_000_000 < order.first[0].duration_us < 3_700_000
    assert (len(order.first), order.meanwhile) == (2, None)


async def test_later_rounds_tell_the_local_time_of_issue(stage: Stage) -> None:
    await ready(stage, "siren")
    hours, minutes = await clock_is_ready(stage)
    await stage.station.ordering.sound(WISH, OFFICER)
    (order, *_) = await orders(stage)
    siren, words = order.first
    first, hour, minute, last = order.again
    assert (first, last) == (siren, words)
    assert (hour.content, hour.from_us, hour.duration_us) == (hours, 8_000_000, 2_000_000), "it is eight in the morning"
    assert (minute.content, minute.from_us, minute.duration_us) == (minutes, 0, 2_000_000)


async def test_templates_and_drills_tell_it_too_but_a_mere_siren_does_not(stage: Stage) -> None:
    for name in ("siren", "flood", "drill"):
        await ready(stage, name)
    await clock_is_ready(stage)
    stage.clock.pass_us(31 * 60 * 1_000_000)
    for number, (kind, name) in enumerate((("emergency", "flood"), ("drill", "drill"), ("emergency", "siren"))):
        await stage.station.ordering.sound(Wish(kind, name, ("all",), 2, f"k{number}"), OFFICER)
    again = {one.title: one.again for one in await orders(stage)}
    assert {title: len(items) for title, items in again.items()} == {"Lũ, xả tràn": 4, "Diễn tập": 3, "Còi hú": 0}
    assert again["Diễn tập"][1].from_us == 31 * 1_000_000 * 1


async def test_every_order_fits_a_datagram(stage: Stage) -> None:
    await ready(stage, "siren")
    await clock_is_ready(stage)
    for lead in ("siren", NO_LEAD):
        await stage.station.ordering.sound(replace(WISH, lead=lead, key=lead), OFFICER)
    sizes = [len(datagram(ORDER, one.encode()) or b"x" * 9999) for one in await envelopes(stage)]
    assert max(sizes) < 1200, sizes


async def test_the_same_key_is_the_same_order_and_says_nothing_anew(stage: Stage) -> None:
    first = await stage.station.ordering.sound(WISH, OFFICER)
    again = await stage.station.ordering.sound(replace(WISH, text=f" {TEXT}\n"), OFFICER)
    assert (again.id, again.text) == (first.id, TEXT)
    assert len(await orders(stage)) == 3
    for other in (replace(WISH, text="Câu khác"), replace(WISH, lead=NO_LEAD), replace(WISH, lead="chime")):
        with pytest.raises(Problem) as problem:
            await stage.station.ordering.sound(other, OFFICER)
        assert problem.value.code == "key_used"


async def test_two_presses_at_the_same_moment_speak_once(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    spoken: list[str] = []
    speak = Espeak.speak

    async def counted(self: Espeak, text: str, *more: Any) -> Spoken:
        spoken.append(text)
        return await speak(self, text, *more)

    monkeypatch.setattr(Espeak, "speak", counted)
    both = await asyncio.gather(*(stage.station.ordering.sound(WISH, OFFICER) for _ in range(2)))
    assert len({order.id for order in both}) == len(spoken) == 1


async def test_it_is_said_as_an_announcer_would_and_kept_as_it_was_typed(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoken: list[str] = []
    speak = Espeak.speak

    async def heard(self: Espeak, text: str, *more: Any) -> Spoken:
        spoken.append(text)
        return await speak(self, text, *more)

    monkeypatch.setattr(Espeak, "speak", heard)
    order = await stage.station.ordering.sound(replace(WISH, text="Xả lũ lúc 14h, gọi 114!"), OFFICER)
    assert order.text == "Xả lũ lúc 14h, gọi 114!"
    assert spoken == ["Xả lũ lúc mười bốn giờ, gọi một một bốn!"]


async def test_a_trial_keeps_nothing_on_air(stage: Stage) -> None:
    order = await stage.station.ordering.sound(WISH, OFFICER, dry=True)
    assert order.title.startswith("Khẩn cấp: Hồ Cửa Đạt")
    assert await orders(stage) == []
    assert await stage.log(None) == []
    assert list(stage.station.content) == [], "nor on the disk, where nobody would know whose it is"


async def test_what_has_no_place_to_sound_is_not_even_spoken(stage: Stage) -> None:
    for target in ("village:x", "chợ"):
        with pytest.raises(Problem) as problem:
            await stage.station.ordering.sound(replace(WISH, targets=(target,)), OFFICER)
        assert problem.value.status == 422
    assert list(stage.station.content) == []


async def test_who_said_what_is_on_record_and_in_the_log(stage: Stage) -> None:
    order = await stage.station.ordering.sound(WISH, OFFICER)
    async with stage.station.database.reading() as session:
        (line,) = await session.scalars(select(AuditRow).filter_by(action="emergency.order"))
    assert (line.who, line.detail["text"], line.subject) == (OFFICER, TEXT, order.id)
    assert {row.title for row in await stage.log(None)} == {order.title}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "text_empty"),
        (" \n\t ", "text_empty"),
        ("?!…", "text_empty"),
        ("a" * (MOST_CHARACTERS + 1), "text_too_long"),
        ("Chạy\x00ngay", "text_unreadable"),
        ("Chạy\x1b[2Jngay", "text_unreadable"),
        ("Chạy \u202engay", "text_unreadable"),
        ("Chạy \ud800", "text_unreadable"),
        ("Chạy \ue000", "text_unreadable"),
        ("Đây là diễn tập. Nước lũ đang về, bà con lên đê.", "drill_in_alarm"),
        ("Đây là chương trình diễn tập. Nước lũ đang về.", "drill_in_alarm"),
        ("NƯỚC LŨ ĐANG VỀ. XIN NHẮC LẠI, ĐÂY CHỈ LÀ DIỄN TẬP!", "drill_in_alarm"),
        (unicodedata.normalize("NFD", "Bà con chú ý: đây là một  buổi\ndiễn tập, lũ đang về."), "drill_in_alarm"),
        ("Đây là\u200b diễn\u00ad tập.", "drill_in_alarm"),
        ("Diễn tập! Diễn tập! Có cháy.", "drill_in_alarm"),
    ],
)
async def test_what_cannot_be_read_out_is_refused_in_words(stage: Stage, text: str, code: str) -> None:
    with pytest.raises(Problem) as problem:
        await stage.station.ordering.sound(replace(WISH, text=text), OFFICER)
    assert (problem.value.status, problem.value.code) == (422, code)
    assert problem.value.vi != problem.value.en
    assert await orders(stage) == []


@pytest.mark.parametrize(
    "text",
    [
        "Đây không phải là diễn tập. Nước lũ đang về, bà con lên đê.",
        "Đây không phải diễn tập!",
        "Đừng nghĩ đây là diễn tập. Lũ thật!",
        "Diễn tập: hoãn. Lũ về, chạy ngay.",
        "Trước đây là diễn tập, nay là lũ thật.",
        "Buổi diễn tập sáng nay hoãn: lũ thật đang về.",
        "Diễn tập đã dừng. Có cháy ở chợ.",
        "Đây là diễn tập? Không, đây là lũ thật.",
        "Đây là điện tập trung, bà con tránh xa.",
    ],
)
def test_an_emergency_may_speak_of_a_drill_and_say_that_it_is_none(text: str) -> None:
    assert check_words(text) == text


async def test_characters_are_counted_as_they_are_seen(stage: Stage) -> None:
    """Some keyboards send a letter and each of its marks by itself."""
    apart = unicodedata.normalize("NFD", f"{TEXT} {TEXT} {TEXT} {TEXT}")
    assert len(apart) > MOST_CHARACTERS > 4 * len(TEXT) + 3
    order = await stage.station.ordering.sound(replace(WISH, text=f"{apart}{' ' * 200}"), OFFICER)
    assert order.text == f"{TEXT} {TEXT} {TEXT} {TEXT}"


async def test_what_takes_too_long_to_say_is_refused_in_words(stage: Stage) -> None:
    with pytest.raises(Problem) as problem:
        await stage.station.ordering.sound(replace(WISH, text="À! " * 200), OFFICER)
    assert (problem.value.status, problem.value.code) == (422, "text_too_long")
    assert await orders(stage) == []


async def test_what_people_paste_is_taken(stage: Stage) -> None:
    pasted = "\ufeffSơ tán\u200b ngay!\r\nĐi theo đê.\u00ad"
    order = await stage.station.ordering.sound(replace(WISH, text=pasted), OFFICER)
    assert order.text == "Sơ tán ngay! Đi theo đê."


async def test_without_a_voice_nothing_goes_on_air(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(Problem) as problem:
        await stage.station.ordering.sound(WISH, OFFICER)
    assert (problem.value.status, problem.value.code) == (503, "speech_unavailable")
    assert await orders(stage) == []
    assert await stage.log(None) == []


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"RIFF",
        b"not a sound at all" * 9,
        wav(b"", fresh.RATE),
        wav(bytes(100), fresh.RATE),
        wav(bytes(fresh.RATE * 2), fresh.RATE),
        wav(b"\x10\x20" * 9_000, 8_000),
        wav(b"\x10\x20" * fresh.RATE, fresh.RATE)[:-1],
    ],
    ids=["nothing", "a cut head", "no wav", "no sample", "too short", "silence", "another rate", "cut in a sample"],
)
async def test_a_voice_that_says_nothing_is_a_voice_that_does_not_speak(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, said: bytes
) -> None:
    async def speak(_self: Espeak, _text: str, voice: Voice, file: Path, _pace: Pace) -> Spoken:
        await asyncio.to_thread(file.write_bytes, said)
        return Spoken(file, "broken", voice, 0)

    monkeypatch.setattr(Espeak, "speak", speak)
    with pytest.raises(Problem) as problem:
        await stage.station.ordering.sound(WISH, OFFICER)
    assert (problem.value.status, problem.value.code) == (503, "speech_unavailable")
    assert await orders(stage) == []


def measured(data: bytes) -> Level:
    said = subprocess.run(ffmpeg.result_argv(), input=data, capture_output=True, check=True)
    return read_meter(said.stderr.decode())


async def envelopes(stage: Stage) -> list[Envelope]:
    query = select(CommandRow.envelope).where(CommandRow.kind.in_(("emergency", "drill")))
    async with stage.station.database.reading() as session:
        return [Envelope.model_validate_json(one) for one in await session.scalars(query)]


async def orders(stage: Stage) -> list[Emergency]:
    """As boxes read them; a drill is like an emergency to this."""
    told = [payload_of(one) for one in await envelopes(stage)]
    return [Emergency.model_validate({**one, "kind": "emergency", "role": "alert"}) for one in told]


async def ready(stage: Stage, name: str, cuts: Iterable[list[int]] | None = None) -> ContentId:
    recording = await stage.recording(3, name)
    async with stage.station.database.transaction() as session:
        row = await session.scalar(select(TemplateRow).filter_by(name=name))
        assert row
        row.recording_id, row.cuts = recording, list(cuts) if cuts else None
        return ContentId((await session.get_one(RecordingRow, recording)).content)


async def clock_is_ready(stage: Stage) -> tuple[ContentId, ContentId]:
    hours = await ready(stage, "hours", ([hour * 1_000_000, 2_000_000] for hour in range(24)))
    return hours, await ready(stage, "minutes", ([minute * 1_000_000, 2_000_000] for minute in range(60)))
