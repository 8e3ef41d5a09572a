"""What is typed: heard before it is put on air, said as was wished, and put on air once however often it is sent."""

from __future__ import annotations

import asyncio
import shutil
import wave
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import select

from audio_library.pages import duration_of
from audio_library.speech import Choice, Espeak, Manner, SpeechFailed, Spoken, Voice
from broadcast_server.library.reception import title_of
from broadcast_server.library.workshop import StationWorkshop
from broadcast_server.people.rights import Role
from broadcast_server.store.library import IntakeRow, RecordingRow
from tests.faces.office import Office, finished

ANNOUNCEMENTS = "/api/v1/announcements"
PREVIEW = f"{ANNOUNCEMENTS}/preview"
TEXT = "Kính mời bà con đến nhà văn hóa họp thôn."
KEY = "0123456789abcdef" * 2


async def test_a_text_is_heard_and_nothing_of_it_is_kept(office: Office, tmp_path: Path) -> None:
    officer = await office.as_(Role.OFFICER)
    lengths = []
    for pace in (90, 110):
        answer = await officer.post(PREVIEW, json={"text": TEXT, "voice": "vi-vn-x-south", "pace": pace})
        assert (answer.status_code, answer.headers["content-type"]) == (200, "audio/ogg"), answer.text
        assert answer.headers["x-voice"] == Espeak.name
        (tmp_path / "heard.ogg").write_bytes(answer.content)
        with (tmp_path / "heard.ogg").open("rb") as file:
            lengths.append(duration_of(file))
    assert 1_000_000 < lengths[1] < lengths[0] < 6_000_000
    async with office.station.database.reading() as session:
        assert [*await session.scalars(select(IntakeRow)), *await session.scalars(select(RecordingRow))] == []


async def test_a_text_that_cannot_be_heard_says_why(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: object) -> Spoken:
        raise SpeechFailed("broken")

    officer, viewer = await office.as_(Role.OFFICER), await office.as_(Role.VIEWER)
    monkeypatch.setattr(Espeak, "speak", fail)
    asked = (
        (officer, {"text": "  "}, 422, "text_empty"),
        (officer, {"text": TEXT, "pace": 300}, 422, "invalid"),
        (officer, {"text": TEXT}, 503, "speech_unavailable"),
        (viewer, {"text": TEXT}, 403, "not_allowed"),
    )
    for browser, body, status, code in asked:
        answer = await browser.post(PREVIEW, json=body)
        assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_it_is_called_by_the_whole_words_that_it_begins_with() -> None:
    assert title_of("", TEXT) == TEXT
    assert title_of("Họp thôn", TEXT * 2) == "Họp thôn"
    assert title_of("", f"{TEXT[:-1]}, lúc bảy giờ tối nay.\n") == f"{TEXT[:-1]}, lúc bảy giờ tối…"
    assert title_of("", f"{TEXT[:-1]}, lúc bảy, giờ tối nay.") == f"{TEXT[:-1]}, lúc bảy, giờ tối…"
    assert title_of("", "a" * 70) == f"{'a' * 60}…"


async def test_it_is_said_on_air_or_kept_in_the_manner_that_was_wished(
    working_office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    wished = asyncio.Queue[tuple[int | None, Manner]]()

    async def note(_self: StationWorkshop, _text: str, _target: Path, times: int | None, manner: Manner) -> str:
        wished.put_nowait((times, manner))
        raise OSError

    monkeypatch.setattr(StationWorkshop, "speak", note)
    officer = await working_office.as_(Role.OFFICER)
    voice: Voice = "vi-vn-x-central"
    await officer.post(ANNOUNCEMENTS, json={"text": TEXT, "times": 3, "voice": voice, "pace": 90})
    assert await asyncio.wait_for(wished.get(), 20) == (3, Manner(voice, 90))
    await officer.post("/api/v1/library/texts", json={"text": f"{TEXT} Mời.", "voice": voice, "pace": 110})
    while (heard := await asyncio.wait_for(wished.get(), 20)) == (3, Manner(voice, 90)):  # it is tried again
        pass
    assert heard == (None, Manner(voice, 110))


async def test_it_is_taken_with_its_important_line_twice_and_called_by_its_own_words(office: Office) -> None:
    officer = await office.as_(Role.OFFICER)
    wish = {"text": f"! {TEXT}\nXin mang theo sổ.", "opening": "neighbours", "closing": "regards"}
    whole = f"Kính thưa bà con.\n{TEXT}\nXin mang theo sổ.\nXin nhắc lại: {TEXT}\nTrân trọng thông báo."
    for place, more in ((ANNOUNCEMENTS, {"times": 1}), ("/api/v1/library/texts", {})):
        made = await officer.post(place, json=wish | more)
        assert (made.status_code, made.json()["title"]) == (202, title_of("", f"{TEXT} Xin mang theo sổ."))
    async with office.station.database.reading() as session:
        assert [*await session.scalars(select(IntakeRow.text))] == [whole, whole]


async def test_only_what_is_known_stands_around_a_text_and_nothing_around_an_alarm(office: Office) -> None:
    chairman = await office.as_(Role.CHAIRMAN)
    await office.station.places.add_cluster((await office.station.places.add_village("A", "lan")).id, "C", 1, "lan")
    alarm = {"key": KEY, "text": TEXT, "lead": "none", "dry_run": True}
    assert (await chairman.post("/api/v1/emergencies", json=alarm)).status_code < 300
    asked = (
        ("/api/v1/emergencies", alarm | {"opening": "neighbours"}, "invalid"),
        (ANNOUNCEMENTS, {"text": TEXT, "opening": "hello"}, "invalid"),
        (PREVIEW, {"text": "!", "opening": "neighbours"}, "text_empty"),
    )
    for place, body, code in asked:
        answer = await chairman.post(place, json=body)
        assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_what_is_sent_again_with_its_key_is_the_same_announcement(working_office: Office) -> None:
    officer = await working_office.as_(Role.OFFICER)
    wish = {"text": TEXT, "times": 1, "key": KEY}
    first = (await officer.post(ANNOUNCEMENTS, json=wish)).json()
    assert first["id"] == KEY
    again = await officer.post(ANNOUNCEMENTS, json=wish)
    assert (again.status_code, again.json()["id"]) == (202, KEY)
    intake = (await officer.get(f"/api/v1/library/uploads/{KEY}")).json()
    assert (await finished(officer, intake))["state"] == "ready"
    assert (await officer.post(ANNOUNCEMENTS, json=wish)).json()["programme_id"] is not None
    for other in ({"text": f"{TEXT} Xin cảm ơn."}, {"times": 2}, {"targets": ["cluster:c"]}):
        refused = await officer.post(ANNOUNCEMENTS, json=wish | other)
        assert refused.status_code == 422
    assert refused.json()["code"] == "target_unknown"
    chairman = await working_office.as_(Role.CHAIRMAN)
    assert (await chairman.post(ANNOUNCEMENTS, json=wish)).json()["code"] == "key_used"
    async with working_office.station.database.reading() as session:
        assert len((await session.scalars(select(IntakeRow))).all()) == 1
    assert (await officer.post(ANNOUNCEMENTS, json={"recording": "r", "key": KEY})).json()["code"] == "key_used"
    refused = await officer.post(ANNOUNCEMENTS, json={"recording": "r", "closing": "thanks"})
    assert refused.status_code == 422, "nothing would be said of it"


@pytest.mark.parametrize("times", [None, 1])
async def test_what_is_said_is_equalised_before_it_stands_between_its_bells(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, times: int | None
) -> None:
    async def no_bells(bare: Path, target: Path, _times: int) -> None:
        shutil.move(bare, target)

    def low_share(file: Path) -> float:
        with wave.open(str(file)) as sound:
            power = np.abs(np.fft.rfft(np.frombuffer(sound.readframes(sound.getnframes()), "<i2"))) ** 2
            return float(power[: round(200 * len(power) / (sound.getframerate() / 2))].sum() / power.sum())

    monkeypatch.setattr("broadcast_server.library.workshop.compose_away", no_bells)
    plain, said = tmp_path / "plain.wav", tmp_path / "said.wav"
    await Espeak().speak(TEXT, "vi", plain)
    workshop = StationWorkshop(tmp_path, Choice(), office.station.pronouncing)
    assert await workshop.speak(TEXT, said, times, Manner()) == Espeak.name
    assert low_share(said) < low_share(plain) / 2
