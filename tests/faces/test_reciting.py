"""A notice that a person recites: its parts recorded, heard, chosen, and put on air, by a real server."""

from __future__ import annotations

import tarfile
from pathlib import Path

import httpx2
import pytest

from audio_library.speech.parts import PARTS
from audio_library.speech.recording import wav
from audio_library.speech.taking import LARGEST
from broadcast_server.keeping import back_up
from broadcast_server.library import recordings
from broadcast_server.people.rights import Role
from tests.audio_library.officer import RATE, recorded
from tests.faces.house import House
from tests.faces.office import Office, audited, finished

RECITAL = "/api/v1/forms/meeting/recital"
MEETING = PARTS["meeting"]
VALUES = {"who": "bà con thôn 2", "place": "nhà văn hóa", "time": "19h30", "date": "ngày mai", "matter": "làm đường"}


def take(number: int, room: float = 12.0) -> bytes:
    return wav(recorded(MEETING[number - 1].text, 4 * (-1) ** number, room=room, seed=number), RATE)


async def put(browser: httpx2.AsyncClient, number: int, sound: bytes, query: str = "") -> httpx2.Response:
    return await browser.put(f"{RECITAL}/parts/{number}{query}", content=sound)


async def record_all(browser: httpx2.AsyncClient) -> None:
    for number in range(1, len(MEETING) + 1):
        answer = await put(browser, number, take(number))
        assert answer.json()["kept"], answer.text


async def voice_of(browser: httpx2.AsyncClient, text: str) -> str:
    intake = await finished(browser, (await browser.post("/api/v1/library/texts", json={"text": text})).json())
    told = (await browser.get(f"/api/v1/library/{intake['recording_id']}")).json()
    assert abs(told["loudness_lufs"] + 16) < 1
    return str(told["voice"])


async def test_it_is_recorded_heard_chosen_and_then_said_by_both(working_office: Office) -> None:
    officer, viewer = await working_office.as_(Role.OFFICER), await working_office.as_(Role.VIEWER)
    text = (await officer.post("/api/v1/forms/meeting", json={"values": VALUES})).json()["text"]
    standing = (await viewer.get(RECITAL)).json()
    assert [one["text"] for one in standing["items"]] == [one.text for one in MEETING]
    assert (standing["items"][1]["before"], standing["items"][1]["after"]) == ("ai", "địa điểm")
    for early in (await officer.put(RECITAL, json={"chosen": True}), await officer.get(f"{RECITAL}/sample")):
        assert (early.status_code, early.json()["code"]) == (409, "parts_missing")
    await record_all(officer)
    standing = (await viewer.get(RECITAL)).json()
    assert (standing["complete"], standing["chosen"]) == (True, False)
    assert await voice_of(officer, text) == "espeak-ng", "nobody chose it yet"
    heard = await officer.get(f"{RECITAL}/sample")
    assert (heard.content[:4], heard.headers["X-Voice"]) == (b"OggS", "recorded+espeak-ng")
    assert (await officer.put(RECITAL, json={"chosen": True})).json()["chosen"]
    preview = await officer.post("/api/v1/announcements/preview", json={"text": text})
    assert preview.headers["X-Voice"] == "recorded+espeak-ng"
    assert await voice_of(officer, text) == "recorded+espeak-ng"
    changed = text.replace("Nội dung", "Việc")
    assert await voice_of(officer, changed) == "espeak-ng", "what was changed is read by one voice"
    assert (await officer.put(RECITAL, json={"chosen": False})).json()["chosen"] is False
    done = [(who, action) for who, action, _ in await audited(working_office) if action.startswith("notice.")]
    assert done == [("officer.test", f"notice.{one}") for one in (*["take"] * 6, "recite", "read")]


async def test_a_take_that_is_broken_is_not_sampled_and_spoils_no_notice(working_office: Office) -> None:
    officer, settings = await working_office.as_(Role.OFFICER), working_office.station.settings
    await record_all(officer)
    await officer.put(RECITAL, json={"chosen": True})
    (settings.recitals / f"{MEETING[2].key}.wav").write_bytes(b"RIFF")
    assert (await officer.get(f"{RECITAL}/sample")).json()["code"] == "speech_unavailable"
    text = (await officer.post("/api/v1/forms/meeting", json={"values": VALUES})).json()["text"]
    preview = await officer.post("/api/v1/announcements/preview", json={"text": text})
    assert preview.headers["X-Voice"] == "espeak-ng"


async def test_a_part_is_heard_and_taken_out_and_then_nothing_is_chosen(office: Office) -> None:
    officer = await office.as_(Role.OFFICER)
    await record_all(officer)
    await officer.put(RECITAL, json={"chosen": True})
    assert (await officer.get(f"{RECITAL}/parts/2/sound")).content == take(2)
    assert (await officer.delete(f"{RECITAL}/parts/2")).status_code == 204
    assert (await officer.delete(f"{RECITAL}/parts/2")).status_code == 404
    standing = (await officer.get(RECITAL)).json()
    assert (standing["complete"], standing["chosen"], standing["items"][1]["held"]) == (False, False, False)
    await put(officer, 2, take(2))
    standing = (await officer.get(RECITAL)).json()
    assert (standing["complete"], standing["chosen"]) == (True, False)


async def test_what_is_not_as_it_was_when_it_was_chosen_is_not_recited(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    officer = await office.as_(Role.OFFICER)
    await record_all(officer)

    async def chosen() -> bool:
        return bool((await officer.get(RECITAL)).json()["chosen"])

    await officer.put(RECITAL, json={"chosen": True})
    await put(officer, 2, take(2))
    assert not await chosen(), "nobody has heard the other take"
    await officer.put(RECITAL, json={"chosen": True})
    await office.station.pronouncing.speak_as("vi-vn-x-south", None, "lan")
    assert not await chosen(), "a machine of another region would say the blanks"
    await office.station.pronouncing.speak_as("vi", None, "lan")
    assert await chosen()
    monkeypatch.setitem(PARTS, "meeting", PARTS["meeting"][:-1])
    assert not await chosen(), "it has other words"


async def test_what_is_wrong_is_told_and_kept_only_if_it_is_wanted(office: Office) -> None:
    officer = await office.as_(Role.OFFICER)
    told = (await put(officer, 1, take(1, room=400))).json()
    assert (told["kept"], [one["code"] for one in told["faults"]]) == (False, ["noisy"])
    told = (await put(officer, 1, take(5))).json()
    assert [one["code"] for one in told["faults"]] == ["wrong_length"]
    assert (await put(officer, 1, take(1, room=400), "?anyway=true")).json()["kept"]


@pytest.mark.parametrize(
    ("place", "sound", "status"),
    [
        ("meeting/recital/parts/1", b"", 422),
        ("meeting/recital/parts/1", b"%PDF-1.4 not a sound", 422),
        ("meeting/recital/parts/1", bytes(LARGEST + 1), 413),
        ("meeting/recital/parts/0", b"x", 404),
        ("meeting/recital/parts/7", b"x", 404),
        ("khong-co/recital/parts/1", b"x", 404),
        ("..%2F..%2Fkeys/recital/parts/1", b"x", 404),
    ],
)
async def test_what_is_no_part_is_refused(office: Office, place: str, sound: bytes, status: int) -> None:
    officer = await office.as_(Role.OFFICER)
    answer = await officer.put(f"/api/v1/forms/{place}", content=sound)
    assert answer.status_code == status, answer.text
    assert not office.station.settings.recitals.exists()


async def test_who_only_looks_records_and_chooses_nothing(office: Office) -> None:
    viewer = await office.as_(Role.VIEWER)
    assert (await put(viewer, 1, b"x")).status_code == 403
    assert (await viewer.delete(f"{RECITAL}/parts/1")).status_code == 403
    assert (await viewer.put(RECITAL, json={"chosen": True})).status_code == 403
    assert (await viewer.get("/api/v1/forms/khong-co/recital")).status_code == 404


async def test_an_alarm_that_reads_like_a_notice_is_said_by_a_machine(working_office: Office) -> None:
    officer = await working_office.as_(Role.OFFICER)
    await record_all(officer)
    await officer.put(RECITAL, json={"chosen": True})
    text = (await officer.post("/api/v1/forms/meeting", json={"values": VALUES})).json()["text"]
    intake = await working_office.station.reception.take_text(text, "Mẫu khẩn", None, recordings.STATION)
    told = await finished(officer, {"id": intake.id, "state": "working"})
    assert (await officer.get(f"/api/v1/library/{told['recording_id']}")).json()["voice"] == "espeak-ng"


async def test_parts_and_what_was_chosen_are_in_the_backup(office: Office, tmp_path: Path) -> None:
    officer = await office.as_(Role.OFFICER)
    await record_all(officer)
    await officer.put(RECITAL, json={"chosen": True})
    back_up(office.station.settings.data, tmp_path / "sao-luu.tar")
    with tarfile.open(tmp_path / "sao-luu.tar") as archive:
        names = {f"notices/{one.key}.wav" for one in MEETING} | {"notices/meeting.chosen"}
        assert names <= set(archive.getnames())


def test_the_command_line_fills_records_chooses_and_removes(house: House, tmp_path: Path) -> None:
    assert "meeting" in house.tienglang("notice", "list")
    assert "time: Chỗ này chưa điền." in house.tienglang("notice", "fill", "meeting", "who=bà con", code=1)
    filled = [f"{name}={value}" for name, value in VALUES.items()]
    text = house.ask("notice", "fill", "Mời họp", *filled)["text"]
    assert text.startswith("Kính mời bà con thôn 2 đến dự họp")
    assert "chưa ghi đủ" in house.tienglang("notice", "choose", "meeting", code=1)
    for number in range(1, len(MEETING) + 1):
        file = tmp_path / f"{number}.wav"
        file.write_bytes(take(number))
        assert "Đã giữ" in house.tienglang("notice", "record", "meeting", str(number), file)
    assert house.ask("notice", "parts", "meeting")["complete"]
    assert house.ask("notice", "choose", "meeting", "--person")["chosen"]
    house.kill()
    house.start()
    out = tmp_path / "nghe.ogg"
    assert house.ask("say", text, "--preview", "--out", out)["engine"] == "recorded+espeak-ng"
    assert house.ask("notice", "remove", "meeting", "6")["deleted"]
    assert "Máy đọc" in house.tienglang("notice", "parts", "meeting")
