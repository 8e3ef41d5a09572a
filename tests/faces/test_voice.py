"""A person's own voice: recorded phrase by phrase, looked at, kept, and heard in the texts that it covers."""

from __future__ import annotations

import errno
import io
import os
import tarfile
import wave
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest

from audio_library.speech.phrases import Phrase, cover
from audio_library.speech.reading import read
from audio_library.speech.recording import wav
from audio_library.speech.taking import LARGEST
from broadcast_server.keeping import back_up
from broadcast_server.library import recordings
from broadcast_server.people.rights import Role
from tests.audio_library.officer import RATE, recorded
from tests.audio_library.recordings import convert
from tests.faces.house import House
from tests.faces.office import Office, finished
from tests.faces.test_sessions import audited

VOICE, TEXTS = "/api/v1/voice", "/api/v1/library/texts"
PHRASES = f"{VOICE}/phrases"
TEXT = "Kính mời bà con thôn Đông. Xin nhắc lại."
KEYS = ("kính-mời-bà-con", "thôn-đông", "xin-nhắc-lại")


def take(key: str, gain_db: float = 0.0, room: float = 12.0) -> bytes:
    return wav(recorded(Phrase.of(key).words, gain_db, room=room), RATE)


async def put(browser: httpx2.AsyncClient, key: str, sound: bytes, query: str = "") -> httpx2.Response:
    return await browser.put(f"{PHRASES}/{key}{query}", content=sound)


async def record_all(browser: httpx2.AsyncClient) -> None:
    for key in KEYS:
        answer = await put(browser, key, take(key))
        assert answer.json()["kept"], answer.text


async def test_the_list_names_the_villages_and_what_is_recorded_beside_it(office: Office) -> None:
    officer, viewer = await office.as_(Role.OFFICER), await office.as_(Role.VIEWER)
    for name in ("Thôn Đông", "Thôn 2", "Làng A, B"):
        await office.station.places.add_village(name, "technician.test")
    listed = (await viewer.get(PHRASES)).json()
    assert listed["region"] == "vi"
    assert [one["words"] for one in listed["items"] if one["kind"] == "place"] == ["thôn hai", "thôn đông"]
    assert not any(one["held"] for one in listed["items"])
    assert "năm hai nghìn không trăm hai mươi sáu" in [one["words"] for one in listed["items"]]
    assert (await put(officer, "thôn-đông", take("thôn-đông"))).status_code == 200
    assert (await put(officer, "sửa-đường-dây", take("sửa-đường-dây"))).status_code == 200
    held = [one for one in (await viewer.get(PHRASES)).json()["items"] if one["held"]]
    assert [(one["words"], one["kind"]) for one in held] == [("thôn đông", "place"), ("sửa đường dây", "own")]


async def test_a_take_is_measured_kept_heard_replaced_and_taken_out(office: Office, tmp_path: Path) -> None:
    officer = await office.as_(Role.OFFICER)
    (tmp_path / "take.wav").write_bytes(take("năm.end"))
    phone = convert(tmp_path / "take.wav", tmp_path / "take.webm", "-c:a", "libopus", "-b:a", "64k").read_bytes()
    told = (await put(officer, "năm.end", phone)).json()
    assert (told["kept"], told["faults"]) == (True, [])
    assert -40 < told["level_db"] < -15
    assert told["floor_db"] < told["level_db"] - 20
    assert 60 < told["pitch_hz"] < 300
    heard = await officer.get(f"{PHRASES}/năm.end/sound")
    with wave.open(io.BytesIO(heard.content)) as sound:
        assert (sound.getframerate(), sound.getnchannels()) == (RATE, 1)
    assert (await put(officer, "năm.end", take("năm.end", -3))).json()["kept"]
    assert (await officer.get(f"{PHRASES}/năm.end/sound")).content == take("năm.end", -3)
    assert (await officer.delete(f"{PHRASES}/năm.end")).status_code == 204
    assert (await officer.delete(f"{PHRASES}/năm.end")).status_code == 404
    assert (await officer.get(f"{PHRASES}/năm.end/sound")).json()["code"] == "not_found"
    done = [(who, action) for who, action, _ in await audited(office) if action.startswith("voice.")]
    assert done == [("officer.test", f"voice.{one}") for one in ("take", "take", "remove")]


async def test_what_is_wrong_is_said_in_both_languages_and_kept_only_if_it_is_wanted(office: Office) -> None:
    officer = await office.as_(Role.OFFICER)
    told = (await put(officer, "thôn-đông", take("thôn-đông", room=400))).json()
    assert (told["kept"], [one["code"] for one in told["faults"]]) == (False, ["noisy"])
    assert told["faults"][0]["vi"] != told["faults"][0]["en"]
    assert not any(one["held"] for one in (await officer.get(PHRASES)).json()["items"])
    assert not (office.station.settings.takes / "thôn-đông.wav").exists()
    told = (await put(officer, "thôn-đông", take("thôn-đông", room=400), "?anyway=true")).json()
    assert (told["kept"], told["usable"], len(told["faults"])) == (True, True, 1)
    assert (office.station.settings.takes / "thôn-đông.wav").exists()


@pytest.mark.parametrize(
    ("sound", "code"),
    [
        (lambda: wav(bytes(2 * RATE), RATE), "nothing_said"),
        (lambda: wav(recorded(" ".join(30 * ["xin"])), RATE), "wrong_length"),
    ],
)
async def test_what_cannot_stand_for_the_phrase_is_not_kept_even_if_it_is_wanted(
    office: Office, sound: Callable[[], bytes], code: str
) -> None:
    officer = await office.as_(Role.OFFICER)
    told = (await put(officer, "thôn-đông", sound(), "?anyway=true")).json()
    assert (told["kept"], told["usable"]) == (False, False)
    assert code in [one["code"] for one in told["faults"]]
    assert not (office.station.settings.takes / "thôn-đông.wav").exists()


@pytest.mark.parametrize(
    ("key", "sound", "status", "code"),
    [
        ("thôn-đông", b"", 422, "empty"),
        ("thôn-đông", b"#EXTM3U\nfile:///etc/passwd", 422, "playlist"),
        ("thôn-đông", b"%PDF-1.4 not a sound", 422, "not_audio"),
        ("thôn-đông", bytes(LARGEST + 1), 413, None),
        ("Thôn", b"x", 404, "not_found"),
        ("..%2F..%2Fkeys", b"x", 404, None),
        ("a" * 300, b"x", 404, "not_found"),
        ("𠮷" * 70, b"x", 404, "not_found"),
    ],
)
async def test_what_is_no_take_is_refused(
    office: Office, key: str, sound: bytes, status: int, code: str | None
) -> None:
    officer = await office.as_(Role.OFFICER)
    answer = await put(officer, key, sound)
    assert answer.status_code == status, answer.text
    assert code is None or answer.json()["code"] == code
    assert not office.station.settings.takes.exists()


async def test_a_text_without_words_is_not_covered(office: Office) -> None:
    officer = await office.as_(Role.OFFICER)
    for text, code in (("…", "text_empty"), ("a " * 2000, "text_too_long")):
        answer = await officer.post(f"{VOICE}/coverage", json={"text": text})
        assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_a_full_folder_for_passing_files_is_told(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Path, data: bytes) -> int:
        raise OSError(errno.EDQUOT, os.strerror(errno.EDQUOT))

    officer = await office.as_(Role.OFFICER)
    monkeypatch.setattr(Path, "write_bytes", full)
    answer = await put(officer, "thôn-đông", b"x")
    assert (answer.status_code, answer.json()["code"]) == (507, "disk_full")


async def test_who_only_looks_records_nothing(office: Office) -> None:
    for role in (Role.VIEWER, Role.TECHNICIAN):
        browser = await office.as_(role)
        assert (await put(browser, "thôn-đông", b"x")).status_code == 403
        assert (await browser.delete(f"{PHRASES}/thôn-đông")).status_code == 403
        assert (await browser.post(f"{VOICE}/coverage", json={"text": TEXT})).status_code == 200


async def test_a_text_that_the_takes_cover_is_said_in_this_voice_and_no_other_is(working_office: Office) -> None:
    officer = await working_office.as_(Role.OFFICER)
    lacks = {"covered": False, "missing": ["kính mời bà con thôn đông", "xin nhắc lại"], "asked": True}
    assert (await officer.post(f"{VOICE}/coverage", json={"text": TEXT})).json() == lacks
    await record_all(officer)
    assert cover(read("xin nhắc lại").text, [Phrase.of(key) for key in KEYS])
    assert (await officer.post(f"{VOICE}/coverage", json={"text": TEXT})).json() == {
        "covered": True,
        "missing": [],
        "asked": True,
    }
    await working_office.station.pronouncing.speak_as("vi-vn-x-south", None, "lan")
    assert not (await officer.post(f"{VOICE}/coverage", json={"text": TEXT})).json()["asked"]
    await working_office.station.pronouncing.speak_as("vi", None, "lan")
    spoken = {}
    for text in (TEXT, f"{TEXT} Hết."):
        intake = await finished(officer, (await officer.post(TEXTS, json={"text": text})).json())
        spoken[text] = (await officer.get(f"/api/v1/library/{intake['recording_id']}")).json()
    assert [one["voice"] for one in spoken.values()] == ["recorded", "espeak-ng"]
    assert abs(spoken[TEXT]["loudness_lufs"] + 16) < 1


async def test_what_the_station_says_of_an_emergency_is_said_by_a_machine(working_office: Office) -> None:
    officer = await working_office.as_(Role.OFFICER)
    await record_all(officer)
    reception = working_office.station.reception
    intake = await reception.take_text(TEXT, "Mẫu khẩn", None, recordings.STATION)
    await finished(officer, {"id": intake.id, "state": "working"})
    told = (await officer.get(f"/api/v1/library/uploads/{intake.id}")).json()
    assert (await officer.get(f"/api/v1/library/{told['recording_id']}")).json()["voice"] == "espeak-ng"


async def test_takes_are_in_the_backup(office: Office, tmp_path: Path) -> None:
    officer = await office.as_(Role.OFFICER)
    await record_all(officer)
    back_up(office.station.settings.data, tmp_path / "sao-luu.tar")
    with tarfile.open(tmp_path / "sao-luu.tar") as archive:
        assert {f"voice/{key}.wav" for key in KEYS} <= set(archive.getnames())


def test_the_command_line_adds_lists_tries_and_removes(house: House, tmp_path: Path) -> None:
    good, noisy = tmp_path / "good.wav", tmp_path / "noisy.wav"
    good.write_bytes(take("thôn-đông"))
    noisy.write_bytes(take("thôn-đông", room=400))
    assert "thôn đông" in house.tienglang("voice", "list", "--missing")
    assert "Không giữ" in house.tienglang("voice", "add", "Thôn Đông", noisy, code=1)
    assert "Đã giữ" in house.tienglang("voice", "add", "Thôn Đông", good)
    held = [one["key"] for one in house.ask("voice", "list")["items"] if one["held"]]
    assert held == ["thôn-đông"]
    assert "thôn đông" not in house.tienglang("voice", "list", "--missing")
    assert house.ask("voice", "coverage", "Thôn Đông.") == {"covered": True, "missing": [], "asked": True}
    assert "- kính mời" in house.tienglang("voice", "coverage", "Kính mời thôn Đông.")
    assert "Thử" in house.tienglang("voice", "remove", "thôn đông", "--dry-run")
    assert house.ask("voice", "remove", "thôn đông")["deleted"]
    assert not any(one["held"] for one in house.ask("voice", "list")["items"])
