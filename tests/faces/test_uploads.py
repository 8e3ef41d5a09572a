"""Uploads that go on after the line broke, by tus 1.0.0: every byte once, every refusal in words."""

from __future__ import annotations

import base64
import errno
import hashlib
import os
from pathlib import Path

import pytest

from audio_library import room
from broadcast_server.library import resuming
from broadcast_server.people.rights import Role
from tests.faces.office import Office, finished, open_office, sound
from tests.faces.sending import TUS, UPLOADS, add, begin, described, files, held, intakes_of, refusal


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
