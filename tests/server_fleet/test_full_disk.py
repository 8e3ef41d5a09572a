"""A request that meets a full disk is refused in words, not accepted and not an accident; afterwards all is well."""

from __future__ import annotations

import shutil
import uuid
from pathlib import Path

import httpx2
import pytest

from broadcast_server.ballast import FILE, LAST, Ballast
from tests.server_fleet.ground import Ground, ground_in, press
from tests.speaker_client.small_disk import small_disk

MANY = 400
"""More requests than the log that SQLite writes ahead has room for on a disk that was filled."""


async def first_refusal(ground: Ground, path: str, **body: object) -> httpx2.Response:
    """The first answer that is no yes."""
    person = ground.technician()
    for _ in range(MANY):
        answer = await person.post(f"/api/v1{path}", json={**body, **({"key": uuid.uuid4().hex} if body else {})})
        if not answer.is_success:
            return answer
    raise AssertionError("the disk was never full")


async def test_it_is_told_and_nothing_was_accepted(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "4m") as disk:
        async with ground_in(disk.folder / "station", background=lambda _: ()) as ground:
            await ground.box(await ground.cluster())
            await press(ground)
            disk.fill()
            for answer in (
                await first_refusal(ground, "/emergencies", template="flood"),
                await first_refusal(ground, "/stop"),
                await first_refusal(ground, "/emergencies", text="Nước lũ đang về."),
            ):
                said = answer.json()
                assert (answer.status_code, said["code"]) == (507, "disk_full")
                assert "đã đầy" in said["vi"]
                assert "is full" in said["en"]
            given = (await ground.technician().get("/api/v1/orders")).json()["items"]
            disk.empty()
            again = await ground.technician().post(
                "/api/v1/emergencies", json={"template": "flood", "key": uuid.uuid4().hex}
            )
            assert again.status_code == 202
            assert len((await ground.technician().get("/api/v1/orders")).json()["items"]) == min(50, len(given) + 1)


async def test_an_alarm_and_a_stop_are_taken_all_the_same_while_there_is_ballast(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "12m") as disk:
        async with ground_in(disk.folder / "station", background=lambda _: ()) as ground:
            ballast = Ballast(disk.folder / "station", 1_000_000)
            object.__setattr__(ground.station, "ballast", ballast)
            await ground.box(await ground.cluster())
            await press(ground)
            ballast.lay()
            disk.fill()
            person = ground.technician()
            for _ in range(MANY):
                key = uuid.uuid4().hex
                alarm = await person.post("/api/v1/emergencies", json={"template": "flood", "key": key})
                stop = await person.post("/api/v1/stop", json={})
                assert (alarm.status_code, stop.status_code) == (202, 202)
                if not (disk.folder / "station" / FILE).exists():
                    break
            else:
                raise AssertionError("the disk was never full")
            ballast.lay()
            assert not (disk.folder / "station" / FILE).exists(), "what is left is for others"
            disk.fill()
            assert (await first_refusal(ground, "/emergencies", template="flood")).status_code == 507
            assert (disk.folder / "station" / LAST).exists(), "an alarm leaves it to the stop"
            for _ in range(MANY):
                assert (await person.post("/api/v1/stop", json={})).status_code == 202
                if not (disk.folder / "station" / LAST).exists():
                    break
            else:
                raise AssertionError("the disk was never full")
            disk.empty()
            ballast.lay()
            assert (disk.folder / "station" / FILE).stat().st_blocks * 512 >= 1_000_000


def test_room_that_cannot_grow_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("broadcast_server.ballast.SPARE", 0)  # as where a quota ends before the disk does
    with small_disk(tmp_path / "disk", "4m") as disk:
        Ballast(disk.folder, 1_000_000).lay()
        Ballast(disk.folder, 8_000_000).lay()
        assert (disk.folder / FILE).stat().st_blocks * 512 >= 1_000_000
        assert shutil.disk_usage(disk.folder).free > 500_000, "what was taken in vain is free again"


async def test_half_a_character_that_is_quoted_is_told_as_well(ground: Ground) -> None:
    await ground.cluster()
    body = b'{"template":"flood","key":"12345678","targets":["\\ud800"]}'
    await press(ground)
    headers = {"Content-Type": "application/json"}
    answer = await ground.technician().post("/api/v1/emergencies", content=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "target_unreadable")
