"""From an upload to a recording, through the real audio library; and every way in which it is refused."""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from audio_library import room
from audio_library.sound import Intake, Kind
from audio_library.speech import Manner
from broadcast_server.library.incoming import Incoming
from broadcast_server.library.intakes import State, new_intake
from broadcast_server.library.lane import Cuts, Progress
from broadcast_server.library.reception import Reception
from broadcast_server.people.rights import Role
from broadcast_server.store.library import IntakeRow, RecordingRow
from broadcast_server.store.orders import TemplateRow
from broadcast_server.store.programmes import ProgrammeItemRow, ProgrammeRow
from tests.faces.office import Office, finished, open_office, sound

UPLOADS = "/api/v1/library/uploads"


def remains(office: Office) -> list[str]:
    """What lies in the folder of uploads."""
    return [path.name for path in (office.station.settings.data / "incoming").iterdir()]


async def test_an_upload_becomes_a_recording_that_can_be_listened_to(working_office: Office, tmp_path: Path) -> None:
    officer = await working_office.as_(Role.OFFICER)
    body = sound(tmp_path / "ban-tin.m4a").read_bytes()
    answer = await officer.post(f"{UPLOADS}?name=ban-tin.m4a&title=Bản tin sáng", content=body)
    assert answer.status_code == 202, answer.text
    intake = await finished(officer, answer.json())
    assert intake["state"] == "ready", intake
    recording = (await officer.get(f"/api/v1/library/{intake['recording_id']}")).json()
    assert recording["title"] == "Bản tin sáng"
    assert abs(recording["duration_us"] - 3_000_000) < 100_000
    assert abs(recording["loudness_lufs"] + 16) <= 1
    assert len(recording["peaks"]) == 1000
    audio = await officer.get(f"/api/v1/library/{recording['id']}/audio", headers={"Range": "bytes=0-3"})
    assert (audio.status_code, audio.content, audio.headers["content-type"]) == (206, b"OggS", "audio/ogg")
    assert remains(working_office) == []


async def test_two_equal_files_are_two_recordings_of_one_content(working_office: Office, tmp_path: Path) -> None:
    officer = await working_office.as_(Role.OFFICER)
    body = sound(tmp_path / "nhac.mp3", seconds=2).read_bytes()
    first = (await officer.post(f"{UPLOADS}?title=Một", content=body)).json()
    second = (await officer.post(f"{UPLOADS}?title=Hai", content=body)).json()
    for intake in (first, second):
        assert (await finished(officer, intake))["state"] == "ready"
    items = (await officer.get("/api/v1/library")).json()["items"]
    assert {item["title"] for item in items} == {"Một", "Hai"}
    assert len({item["content"] for item in items}) == 1
    one = next(item for item in items if item["title"] == "Một")
    assert (await officer.delete(f"/api/v1/library/{one['id']}")).status_code == 204
    assert working_office.station.content.holds(one["content"])
    assert [item["title"] for item in (await officer.get("/api/v1/library")).json()["items"]] == ["Hai"]


@pytest.mark.parametrize("kind", ["speech", "music"])
async def test_whoever_uploads_may_say_what_it_is(working_office: Office, tmp_path: Path, kind: str) -> None:
    officer = await working_office.as_(Role.OFFICER)
    body = sound(tmp_path / "x.mp3", seconds=2).read_bytes()
    intake = await finished(officer, (await officer.post(f"{UPLOADS}?title=X&kind={kind}", content=body)).json())
    assert (await officer.get(f"/api/v1/library/{intake['recording_id']}")).json()["kind"] == kind


async def test_what_is_no_sound_is_refused_in_words_and_leaves_nothing(working_office: Office) -> None:
    officer = await working_office.as_(Role.OFFICER)
    playlist = b"#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n"
    for body, code in ((b"%PDF-1.7 " * 50, "not_audio"), (playlist, "playlist")):
        intake = await finished(officer, (await officer.post(f"{UPLOADS}?name=a.mp3", content=body)).json())
        assert (intake["state"], intake["refusal"]["code"]) == ("refused", code)
        assert intake["refusal"]["vi"] != intake["refusal"]["en"]
    assert remains(working_office) == []
    assert (await officer.get("/api/v1/library")).json()["items"] == []


async def test_an_empty_upload_is_refused_at_once(office: Office) -> None:
    officer = await office.as_(Role.OFFICER)
    answer = await officer.post(UPLOADS, content=b"")
    assert (answer.status_code, answer.json()["code"]) == (422, "empty")
    assert remains(office) == []


async def test_too_much_is_refused_before_and_while_it_is_read(tmp_path: Path) -> None:
    async with open_office(tmp_path / "data", largest_upload=100_000) as office:
        officer = await office.as_(Role.OFFICER)
        read = 0

        async def endless() -> AsyncIterator[bytes]:
            nonlocal read
            for _ in range(1000):
                read += 10_000
                yield b"x" * 10_000

        declared = await officer.post(UPLOADS, content=endless(), headers={"content-length": "100001"})
        assert (declared.status_code, declared.json()["code"]) == (413, "too_large")
        undeclared = await officer.post(UPLOADS, content=endless())
        assert (undeclared.status_code, undeclared.json()["code"]) == (413, "too_large")
        assert remains(office) == []


async def test_a_nearly_full_disk_takes_no_uploads(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    officer = await office.as_(Role.OFFICER)
    monkeypatch.setattr(room, "RESERVE", 1 << 60)
    answer = await officer.post(UPLOADS, content=b"x" * 100)
    assert (answer.status_code, answer.json()["code"]) == (507, "disk_full")


async def test_a_nearly_full_disk_takes_no_texts(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    officer = await office.as_(Role.OFFICER)
    monkeypatch.setattr(room, "RESERVE", 1 << 60)
    for path in ("/api/v1/library/texts", "/api/v1/announcements"):
        answer = await officer.post(path, json={"text": "Xin mời bà con."})
        assert (answer.status_code, answer.json()["code"]) == (507, "disk_full")
    async with office.station.database.reading() as session:
        assert (await session.scalars(select(IntakeRow))).all() == []


class FullDisk:
    """A Workshop that cannot write a byte."""

    async def take_in(self, file: Path, kind: Kind | None, progress: Progress, cuts: Cuts = ()) -> Intake:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(file))

    async def speak(self, text: str, target: Path, times: int | None, manner: Manner) -> str:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(target))


async def test_a_disk_that_is_full_after_all_ends_the_intake_and_not_the_server(office: Office) -> None:
    officer, station = await office.as_(Role.OFFICER), office.station
    posted = [
        (await officer.post(UPLOADS, content=b"x" * 100)).json(),
        (await officer.post("/api/v1/library/texts", json={"text": "Xin mời bà con."})).json(),
    ]
    folder = Incoming(station.settings.data / "incoming", station.settings.largest_upload)
    reception = Reception(
        station.database, office.clock, station.station_id, station.content, folder, workshop=FullDisk()
    )
    running = asyncio.create_task(reception.run())
    for intake in posted:
        ended = await finished(officer, intake)
        assert (ended["state"], ended["refusal"]["code"]) == ("failed", "intake_failed")
    assert not running.done()
    running.cancel()
    await asyncio.wait([running])
    assert remains(office) == []


async def test_after_a_restart_every_upload_goes_on_or_says_why_not(tmp_path: Path) -> None:
    data = tmp_path / "data"
    async with open_office(data) as office:
        officer = await office.as_(Role.OFFICER)
        body = sound(tmp_path / "a.wav", seconds=2).read_bytes()
        held, lost, doomed = [(await officer.post(UPLOADS, content=body)).json() for _ in range(3)]
        (data / "incoming" / lost["id"]).unlink()
        (data / "incoming" / "torn.part").write_bytes(b"half")
        async with office.station.database.transaction() as session:
            row = await session.get_one(IntakeRow, held["id"])
            row.state, row.step, row.attempts = "working", "transcode", 1
            row = await session.get_one(IntakeRow, doomed["id"])
            row.state, row.step, row.attempts = "working", "transcode", 3
    async with open_office(data, working=True) as office:
        browser = office.visitor(cookie=f"tienglang={officer.cookies.get('tienglang')}")
        assert (await finished(browser, held))["state"] == "ready"
        gone = await finished(browser, lost)
        assert (gone["state"], gone["refusal"]["code"]) == ("failed", "upload_lost")
        given_up = await finished(browser, doomed)
        assert (given_up["state"], given_up["refusal"]["code"]) == ("failed", "intake_failed")
        assert remains(office) == []


async def test_names_with_paths_and_invisible_characters_are_only_names(office: Office) -> None:
    officer = await office.as_(Role.OFFICER)
    query = {"name": "../../etc/pass\x00wd\u202e3pm.exe", "title": "  Bản\u200b tin\n\tsáng  "}
    intake = (await officer.post(UPLOADS, params=query, content=b"x" * 10)).json()
    assert intake["original_name"] == "../../etc/passwd3pm.exe"
    assert intake["title"] == "Bản tin sáng"
    assert remains(office) == [intake["id"]]


async def test_a_recording_in_use_is_not_deleted(office: Office) -> None:
    officer = await office.as_(Role.OFFICER)
    station = office.station
    async with station.database.transaction() as session:
        common = {"station_id": station.station_id, "made_by": "lan", "made_us": 1}
        levels = {"loudness_before_lufs": -20.0, "loudness_lufs": -16.0, "true_peak_dbtp": -2.0, "peaks": []}
        files = {"content": "a" * 64, "size": 9, "original": "b" * 64, "original_size": 9, "original_name": "a.mp3"}
        session.add(RecordingRow(id="r", title="Nhạc", duration_us=1, kind="music", **files, **levels, **common))
        wishes = {"targets": ["all"], "grace_us": 0, "if_busy": "delay", "if_interrupted": "resume", "priority": 40}
        session.add(ProgrammeRow(id="p", title="Bản tin <sáng>", **wishes, **common))
        await session.flush()
        session.add(ProgrammeItemRow(programme_id="p", position=0, station_id=station.station_id, recording_id="r"))
        session.add(RecordingRow(id="s", title="Siren", duration_us=1, kind="music", **files, **levels, **common))
        flood = (await session.scalars(select(TemplateRow).filter_by(name="flood"))).one()
        flood.coming = {"recording": "s"}
    for used, by in (("r", "Bản tin <sáng>"), ("s", flood.title)):
        answer = await officer.delete(f"/api/v1/library/{used}")
        assert (answer.status_code, answer.json()["code"]) == (409, "recording_in_use")
        assert by in answer.json()["vi"]


async def test_a_text_is_spoken_and_kept(working_office: Office) -> None:
    officer = await working_office.as_(Role.OFFICER)
    answer = await officer.post("/api/v1/library/texts", json={"text": "Kính mời bà con nghe bản tin."})
    intake = await finished(officer, answer.json())
    recording = (await officer.get(f"/api/v1/library/{intake['recording_id']}")).json()
    assert (recording["voice"], recording["kind"]) == ("espeak-ng", "speech")
    assert recording["text"] == "Kính mời bà con nghe bản tin."
    assert recording["duration_us"] > 1_000_000


@pytest.mark.parametrize(("text", "code"), [("  \n\u200b ", "text_empty"), ("à" * 2001, "text_too_long")])
async def test_nothing_and_too_much_are_not_spoken(office: Office, text: str, code: str) -> None:
    officer = await office.as_(Role.OFFICER)
    answer = await officer.post("/api/v1/library/texts", json={"text": text})
    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_an_announcement_does_not_wait_behind_uploads(office: Office) -> None:
    station = office.station
    async with station.database.transaction() as session:
        for number in range(3):
            upload = new_intake(station.station_id, f"tệp {number}", "lan", office.clock.now_us())
            session.add(upload)
    officer = await office.as_(Role.OFFICER)
    text = (await officer.post("/api/v1/library/texts", json={"text": "Xin mời."})).json()
    async with station.database.reading() as session:
        rows = await session.scalars(select(IntakeRow).where(IntakeRow.state == State.RECEIVED.value))
        assert {row.text for row in rows} == {None, "Xin mời."}
    assert text["state"] == "received"
