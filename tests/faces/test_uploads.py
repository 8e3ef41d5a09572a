"""Uploads that go on after the line broke, by tus 1.0.0: every byte once, every refusal in words."""

from __future__ import annotations

import asyncio
import base64
import errno
import hashlib
import os
import threading
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import select

from audio_library import room
from broadcast_server.library import receiver, resuming
from broadcast_server.library.unfinished import Unfinished
from broadcast_server.people.rights import Role
from broadcast_server.store.library import IntakeRow, UploadRow
from tests.faces.office import PASSWORD, Office, finished, open_office, sound

UPLOADS = "/api/v1/uploads"
TUS = {"Tus-Resumable": "1.0.0"}
DAY_US = 86_400_000_000


def described(**pairs: str) -> str:
    """The header Upload-Metadata."""
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in pairs.items())


async def begin(officer: httpx2.AsyncClient, size: int, **pairs: str) -> str:
    """Where the bytes of a new upload go."""
    headers = TUS | {"Upload-Length": str(size), "Upload-Metadata": described(**pairs)}
    answer = await officer.post(UPLOADS, headers=headers)
    assert answer.status_code == 201, answer.text
    return str(answer.headers["location"])


async def add(officer: httpx2.AsyncClient, place: str, offset: int, body: Any, **more: str) -> httpx2.Response:
    """PATCH."""
    headers = TUS | {"Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"} | more
    return await officer.patch(place, content=body, headers=headers)


async def held(officer: httpx2.AsyncClient, place: str) -> int:
    """HEAD."""
    answer = await officer.head(place, headers=TUS)
    assert answer.status_code == 204, answer.text
    return int(answer.headers["upload-offset"])


def refusal(answer: httpx2.Response) -> tuple[int, str]:
    """Status and code of a refusal that is told in both languages, in tus."""
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["tus-resumable"] == "1.0.0"
    code = answer.headers["problem-code"]
    if answer.request.method == "HEAD":
        return answer.status_code, code
    said = answer.json()
    assert said["code"] == code
    assert said["vi"]
    assert said["en"]
    assert said["vi"] != said["en"]
    return answer.status_code, code


def files(office: Office, folder: str = "uploads") -> list[str]:
    """What lies in a folder of the station."""
    return sorted(path.name for path in (office.station.settings.data / folder).iterdir())


async def intakes_of(office: Office) -> list[IntakeRow]:
    """All that the reception has taken."""
    async with office.station.database.reading() as session:
        return list((await session.scalars(select(IntakeRow))).all())


async def test_an_upload_in_parts_becomes_a_recording_of_the_very_bytes(working_office: Office, tmp_path: Path) -> None:
    officer = await working_office.as_(Role.OFFICER)
    body = sound(tmp_path / "a.wav", seconds=2).read_bytes()
    told = await officer.options(UPLOADS)
    assert (told.status_code, told.headers["tus-version"], told.headers["tus-max-size"]) == (204, "1.0.0", "500000000")
    assert {"creation", "termination", "expiration"} <= set(told.headers["tus-extension"].split(","))
    place = await begin(officer, len(body), filename="bản tin.wav", title="Bản tin sáng", filetype="audio/wav")
    first = await add(officer, place, 0, body[:100_000])
    assert (first.status_code, first.headers["upload-offset"]) == (204, "100000")
    assert first.headers["upload-expires"].endswith(" GMT")
    where = await officer.head(place, headers=TUS)
    assert where.headers["upload-offset"] == "100000"
    assert where.headers["upload-length"] == str(len(body))
    assert where.headers["upload-metadata"] == described(
        filename="bản tin.wav", title="Bản tin sáng", filetype="audio/wav"
    )
    assert where.headers["cache-control"] == "no-store"
    shown = (await officer.get(place)).json()
    assert (shown["state"], shown["offset"], shown["size"]) == ("uploading", 100_000, len(body))
    assert [one["title"] for one in (await officer.get(UPLOADS)).json()["items"]] == ["Bản tin sáng"]

    last = await add(officer, place, 100_000, body[100_000:])
    assert (last.status_code, last.headers["upload-offset"]) == (204, str(len(body)))
    intake = await finished(officer, {"id": place.rpartition("/")[2], "state": "received"})
    assert intake["state"] == "ready", intake
    assert (await officer.get(place)).json()["recording_id"] == intake["recording_id"]
    recording = (await officer.get(f"/api/v1/library/{intake['recording_id']}")).json()
    assert (recording["title"], recording["original_name"]) == ("Bản tin sáng", "bản tin.wav")
    kept = working_office.station.content.path(recording["original"])
    assert kept.read_bytes() == body
    assert (await officer.get(UPLOADS)).json()["items"] == []
    assert files(working_office) == []


async def test_a_whole_upload_is_handed_over_once_however_often_its_end_is_sent(office: Office) -> None:
    officer = await office.as_(Role.OFFICER)
    place = await begin(officer, 10)
    assert (await add(officer, place, 0, b"0123456789")).status_code == 204
    again = await add(officer, place, 0, b"0123456789")
    assert (*refusal(again), again.json()["offset"]) == (409, "offset_conflict", 10)
    assert await held(officer, place) == 10
    assert (await add(officer, place, 10, b"")).status_code == 204
    assert refusal(await officer.delete(place, headers=TUS)) == (409, "upload_complete")
    assert [(row.id, row.size) for row in await intakes_of(office)] == [(place.rpartition("/")[2], 10)]
    assert (files(office), files(office, "incoming")) == ([], [place.rpartition("/")[2]])


async def test_only_who_began_it_goes_on_with_it(office: Office) -> None:
    officer = await office.as_(Role.OFFICER)
    other = await office.as_(Role.CHAIRMAN)
    place = await begin(officer, 10)
    await add(officer, place, 0, b"01234")
    for answer in (
        await add(other, place, 5, b"evil!"),
        await other.head(place, headers=TUS),
        await other.get(place),
        await other.delete(place, headers=TUS),
    ):
        assert refusal(answer) == (404, "not_found")
    assert refusal(await add(office.visitor(), place, 5, b"evil!")) == (401, "login_required")
    assert (await other.get(UPLOADS)).json()["items"] == []
    assert (await officer.get(place)).json()["offset"] == 5


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Upload-Length": "10"}, 412, "tus_version"),
        ({"Tus-Resumable": "0.2.2", "Upload-Length": "10"}, 412, "tus_version"),
        (TUS, 400, "bad_upload_header"),
        (TUS | {"Upload-Defer-Length": "1"}, 400, "bad_upload_header"),
        (TUS | {"Upload-Length": "-1"}, 400, "bad_upload_header"),
        (TUS | {"Upload-Length": "1" * 30}, 400, "bad_upload_header"),
        (TUS | {"Upload-Length": "0"}, 422, "empty"),
        (TUS | {"Upload-Length": "500000001"}, 413, "too_large"),
        (TUS | {"Upload-Length": "10", "Upload-Metadata": "filename ?"}, 400, "bad_upload_header"),
        (TUS | {"Upload-Length": "10", "Upload-Metadata": "filename /w=="}, 400, "bad_upload_header"),
        (TUS | {"Upload-Length": "10", "Upload-Metadata": "a YQ==,a YQ=="}, 400, "bad_upload_header"),
        (TUS | {"Upload-Length": "10", "Upload-Metadata": "a " + "YWFh" * 2000}, 400, "bad_upload_header"),
    ],
)
async def test_what_cannot_be_begun_is_refused_in_words(
    office: Office, headers: dict[str, str], status: int, code: str
) -> None:
    officer = await office.as_(Role.OFFICER)
    answer = await officer.post(UPLOADS, headers=headers)
    assert refusal(answer) == (status, code)
    assert (answer.headers.get("tus-version") == "1.0.0") == (status == 412)
    assert files(office) == []


@pytest.mark.parametrize(
    ("headers", "body", "status", "code"),
    [
        ({"Tus-Resumable": "2.0.0"}, b"5", 412, "tus_version"),
        ({"Content-Type": "application/octet-stream"}, b"5", 415, "unsupported_media_type"),
        ({"Upload-Offset": "five"}, b"5", 400, "bad_upload_header"),
        ({"Upload-Offset": "4"}, b"5", 409, "offset_conflict"),
        ({"Upload-Offset": "6"}, b"5", 409, "offset_conflict"),
        ({}, b"56789+", 413, "beyond_upload_length"),
        ({"Upload-Checksum": "crc32 AAAA"}, b"5", 400, "bad_upload_header"),
        ({"Upload-Checksum": "sha1 ???"}, b"5", 400, "bad_upload_header"),
        ({"Upload-Checksum": "sha1 AAAA"}, b"5", 460, "checksum_mismatch"),
    ],
)
async def test_what_cannot_be_added_is_refused_in_words_and_changes_nothing(
    office: Office, headers: dict[str, str], body: bytes, status: int, code: str
) -> None:
    officer = await office.as_(Role.OFFICER)
    place = await begin(officer, 10)
    await add(officer, place, 0, b"01234")
    assert refusal(await add(officer, place, 5, body, **headers)) == (status, code)
    assert await held(officer, place) == 5
    good = base64.b64encode(hashlib.sha256(b"56789").digest()).decode()
    assert (await add(officer, place, 5, b"56789", **{"Upload-Checksum": f"sha256 {good}"})).status_code == 204
    (intake,) = await intakes_of(office)
    assert (office.station.settings.data / "incoming" / intake.id).read_bytes() == b"0123456789"


async def test_an_upload_can_be_dropped(office: Office) -> None:
    officer = await office.as_(Role.OFFICER)
    place = await begin(officer, 10)
    assert refusal(await officer.delete(place)) == (412, "tus_version")
    assert (await officer.delete(place, headers=TUS)).status_code == 204
    assert refusal(await officer.head(place, headers=TUS)) == (404, "not_found")
    assert files(office) == []


async def test_whoever_can_only_post_says_what_is_meant(office: Office) -> None:
    officer = await office.as_(Role.OFFICER)
    place = await begin(officer, 10)
    headers = TUS | {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    posted = await officer.post(place, content=b"01234", headers=headers | {"X-HTTP-Method-Override": "PATCH"})
    assert (posted.status_code, posted.headers["upload-offset"]) == (204, "5")
    assert refusal(await officer.post(place, content=b"5", headers=headers)) == (405, "method_not_allowed")
    dropped = await officer.post(place, headers=TUS | {"X-HTTP-Method-Override": "DELETE"})
    assert (dropped.status_code, files(office)) == (204, [])


async def test_nobody_may_leave_too_many_unfinished(office: Office) -> None:
    officer, other = await office.as_(Role.OFFICER), await office.as_(Role.CHAIRMAN)
    places = [await begin(officer, 10) for _ in range(resuming.MOST_EACH)]
    more = TUS | {"Upload-Length": "10"}
    assert refusal(await officer.post(UPLOADS, headers=more)) == (409, "too_many_uploads")
    await begin(other, 10)
    await officer.delete(places[0], headers=TUS)
    await begin(officer, 10)


async def test_all_the_unfinished_together_stay_within_a_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resuming, "MOST_WHOLE", 2)
    async with open_office(tmp_path / "data", largest_upload=1000) as office:
        officer = await office.as_(Role.OFFICER)
        for size in (1000, 500):
            await begin(officer, size)
        answer = await officer.post(UPLOADS, headers=TUS | {"Upload-Length": "501"})
        assert refusal(answer) == (507, "uploads_full")
        assert len(files(office)) == 2
        await begin(officer, 500)


async def test_what_others_were_promised_is_not_promised_again(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    officer = await office.as_(Role.OFFICER)
    monkeypatch.setattr(room.shutil, "disk_usage", lambda _folder: Free(room.RESERVE + 2500))
    await begin(officer, 1000)
    assert refusal(await officer.post(UPLOADS, headers=TUS | {"Upload-Length": "800"})) == (507, "disk_full")
    await begin(officer, 700)


class Free:
    """A disk with so much room."""

    def __init__(self, free: int) -> None:
        self.free = free


async def test_a_disk_that_fills_up_meanwhile_costs_nothing_that_was_counted(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    officer = await office.as_(Role.OFFICER)
    place = await begin(officer, 10)
    await add(officer, place, 0, b"01234")
    with monkeypatch.context() as full:
        full.setattr(room, "RESERVE", 1 << 60)
        assert refusal(await add(officer, place, 5, b"56789")) == (507, "disk_full")
        assert refusal(await officer.post(UPLOADS, headers=TUS | {"Upload-Length": "9"})) == (507, "disk_full")
    assert await held(officer, place) == 5
    assert (await add(officer, place, 5, b"56789")).status_code == 204


async def test_what_did_not_reach_the_disk_is_not_counted(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    officer = await office.as_(Role.OFFICER)
    place = await begin(officer, 10)

    def fail(_handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", fail)
        assert refusal(await add(officer, place, 0, b"01234")) == (507, "disk_full")
    assert await held(officer, place) == 0


async def back(office: Office) -> httpx2.AsyncClient:
    """The officer, logged in anew."""
    browser = office.visitor(origin="http://dai.test")
    answer = await browser.post("/api/v1/login", json={"name": f"{Role.OFFICER}.test", "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    return browser


async def test_an_unfinished_upload_expires_a_week_after_its_last_byte(office: Office) -> None:
    officer = await office.as_(Role.OFFICER)
    place, fresh = await begin(officer, 10), await begin(officer, 10)
    office.clock.at_us += 6 * DAY_US
    officer = await back(office)
    await add(officer, fresh, 0, b"01234")
    office.clock.at_us += 1 * DAY_US
    officer = await back(office)
    assert refusal(await officer.head(place, headers=TUS)) == (410, "upload_expired")
    assert refusal(await add(officer, place, 0, b"0")) == (410, "upload_expired")
    assert await held(officer, fresh) == 5
    await office.station.resuming.sweep()
    assert files(office) == [fresh.rpartition("/")[2]]
    assert refusal(await officer.head(place, headers=TUS)) == (404, "not_found")
    assert await held(officer, fresh) == 5


class Slow:
    """A body of which the second half never comes."""

    def __init__(self, first: bytes) -> None:
        self._first, self.waiting, self._never = first, asyncio.Event(), asyncio.Event()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._first
        self.waiting.set()
        await self._never.wait()


@pytest.mark.parametrize("how", ["HEAD", "PATCH"])
async def test_a_phone_that_comes_back_is_not_kept_waiting_by_its_own_dead_line(office: Office, how: str) -> None:
    officer = await office.as_(Role.OFFICER)
    place = await begin(officer, 10)
    dead = Slow(b"01234")
    sending = asyncio.create_task(add(officer, place, 0, dead))
    async with asyncio.timeout(10):
        await dead.waiting.wait()
        if how == "HEAD":
            assert await held(officer, place) == 5
        else:
            assert refusal(await add(officer, place, 0, b"01234")) == (409, "offset_conflict")
        ended = await sending
    assert refusal(ended) == (409, "upload_taken_over")
    assert ended.headers["connection"] == "close"
    assert (await add(officer, place, 5, b"56789")).status_code == 204
    (intake,) = await intakes_of(office)
    assert (office.station.settings.data / "incoming" / intake.id).read_bytes() == b"0123456789"


async def test_of_two_that_wait_the_last_goes_on(office: Office) -> None:
    officer = await office.as_(Role.OFFICER)
    place = await begin(officer, 10)
    lines = [Slow(b"01234"), Slow(b""), Slow(b"")]
    first = asyncio.create_task(add(officer, place, 0, lines[0]))
    async with asyncio.timeout(10):
        await lines[0].waiting.wait()
        second = asyncio.create_task(add(officer, place, 5, lines[1]))
        third = asyncio.create_task(add(officer, place, 5, lines[2]))
        done, _ = await asyncio.wait([first, second, third], return_when="FIRST_COMPLETED")
        assert await held(officer, place) == 5
        assert [refusal(await task)[0] for task in (first, second, third)] == [409, 409, 409]
    assert done


async def test_a_line_that_falls_silent_is_let_go_and_what_it_brought_is_kept(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiver, "PATIENCE_S", 0.05)
    officer = await office.as_(Role.OFFICER)
    place = await begin(officer, 10)
    assert refusal(await add(officer, place, 0, Slow(b"01234"))) == (408, "upload_stalled")
    assert await held(officer, place) == 5


async def test_a_long_body_is_made_durable_as_it_comes(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiver, "BATCH", 4)
    officer = await office.as_(Role.OFFICER)
    place = await begin(officer, 10)
    line = Slow(b"01234")
    sending = asyncio.create_task(add(officer, place, 0, line))
    async with asyncio.timeout(10):
        await line.waiting.wait()
        assert (await officer.get(place)).json()["offset"] == 5
    sending.cancel()
    await asyncio.wait([sending])


async def test_after_a_restart_every_upload_goes_on_where_it_stood(tmp_path: Path) -> None:
    data = tmp_path / "data"
    async with open_office(data) as office:
        officer = await office.as_(Role.OFFICER)
        torn, gone, whole = [await begin(officer, 10) for _ in range(3)]
        for place in (torn, gone):
            await add(officer, place, 0, b"01234")
        names = {place: place.rpartition("/")[2] for place in (torn, gone, whole)}
        with (data / "uploads" / names[torn]).open("ab") as file:
            file.write(b"\0\0\0")  # what a power cut may leave beyond what was counted
        (data / "uploads" / names[gone]).unlink()
        (data / "uploads" / "nobody's").write_bytes(b"half")
        (data / "uploads" / names[whole]).write_bytes(b"0123456789")
        async with office.station.database.transaction() as session:
            (await session.get_one(UploadRow, names[whole])).held = 10
    async with open_office(data) as office:
        browser = office.visitor(cookie=f"tienglang={officer.cookies.get('tienglang')}", origin="http://dai.test")
        await office.station.resuming.clear_up()
        assert files(office) == [names[torn]]
        assert refusal(await browser.head(gone, headers=TUS)) == (404, "not_found")
        assert (await browser.get(whole)).json()["state"] == "received"
        assert await held(browser, torn) == 5
        assert (await add(browser, torn, 5, b"56789")).status_code == 204
        for place in (torn, whole):
            assert (data / "incoming" / names[place]).read_bytes() == b"0123456789"


async def test_what_was_whole_when_the_power_went_is_handed_over_after_the_holidays(office: Office) -> None:
    officer = await office.as_(Role.OFFICER)
    name = (await begin(officer, 10, title="Trước Tết")).rpartition("/")[2]
    (office.station.settings.data / "uploads" / name).write_bytes(b"0123456789")
    async with office.station.database.transaction() as session:
        (await session.get_one(UploadRow, name)).held = 10
    office.clock.at_us += 9 * DAY_US
    await office.station.resuming.sweep()
    await office.station.resuming.clear_up()
    assert [(row.id, row.title) for row in await intakes_of(office)] == [(name, "Trước Tết")]
    assert files(office, "incoming") == [name]


async def test_a_whole_upload_whose_file_is_gone_says_so_once(office: Office) -> None:
    officer = await office.as_(Role.OFFICER)
    place = await begin(officer, 10)
    async with office.station.database.transaction() as session:
        (await session.get_one(UploadRow, place.rpartition("/")[2])).held = 10
    assert refusal(await officer.head(place, headers=TUS)) == (410, "upload_lost")
    assert refusal(await officer.head(place, headers=TUS)) == (404, "not_found")


async def test_a_disk_that_hangs_keeps_uploads_waiting_and_nothing_else(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    officer = await office.as_(Role.OFFICER)
    place = await begin(officer, 10)
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
    loop, stuck, well = asyncio.get_running_loop(), asyncio.Event(), threading.Event()
    write = Unfinished.write

    def hang(folder: Unfinished, upload_id: str, offset: int, batch: Sequence[bytes]) -> None:
        loop.call_soon_threadsafe(stuck.set)
        well.wait(30)
        write(folder, upload_id, offset, batch)

    monkeypatch.setattr(Unfinished, "write", hang)
    adding = asyncio.create_task(add(officer, place, 0, b"01234"))
    async with asyncio.timeout(20):
        try:
            await stuck.wait()
            assert (await officer.get(place)).json()["offset"] == 0
            assert await asyncio.to_thread(int) == 0
        finally:
            well.set()
        assert (await adding).headers["upload-offset"] == "5"
