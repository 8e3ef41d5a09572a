"""Sound by its hash: whole, from anywhere in it, only ours, and cheap to refuse."""

from __future__ import annotations

import os
import time

import pytest

from audio_library.content import ContentId
from broadcast_server.store.library import RecordingRow
from tests.server_fleet.ground import Ground


async def recording(ground: Ground, data: bytes) -> ContentId:
    """A recording of the library with these bytes."""
    content = await stray(ground, data)
    row = RecordingRow(
        id=content[:16],
        station_id=ground.station.station_id,
        title="Bản tin",
        content=content,
        size=len(data),
        duration_us=1,
        original=content,
        original_size=len(data),
        original_name="b.m4a",
        kind="speech",
        loudness_before_lufs=-20.0,
        loudness_lufs=-16.0,
        true_peak_dbtp=-2.0,
        peaks=[],
        made_by="hoa",
        made_us=0,
    )
    async with ground.station.database.transaction() as session:
        session.add(row)
    return content


async def stray(ground: Ground, data: bytes) -> ContentId:
    """Bytes in the store that no recording airs."""
    file = ground.station.settings.data / "some.file"
    file.write_bytes(data)
    return ground.station.content.put(file)


SOUND = os.urandom(300_000)


@pytest.mark.parametrize(
    ("header", "first", "last"),
    [
        ("bytes=0-", 0, 300_000),
        ("bytes=297000-", 297_000, 300_000),
        ("bytes=5-9", 5, 10),
        ("bytes=-7", 299_993, 300_000),
    ],
)
async def test_one_range_is_given_as_asked(ground: Ground, header: str, first: int, last: int) -> None:
    box = await ground.box(await ground.cluster())
    content = await recording(ground, SOUND)
    answer = await box.http.get(f"/box/v1/content/{content}", headers={"Range": header})
    assert answer.status_code == 206
    assert answer.content == SOUND[first:last]
    assert answer.headers["content-range"] == f"bytes {first}-{last - 1}/300000"
    assert answer.headers["etag"] == f'"{content}"'


async def test_the_whole_is_given_and_never_again_to_who_has_it(ground: Ground) -> None:
    box = await ground.box(await ground.cluster())
    content = await recording(ground, SOUND)
    answer = await box.http.get(f"/box/v1/content/{content}")
    assert (answer.status_code, answer.content) == (200, SOUND)
    assert answer.headers["accept-ranges"] == "bytes"
    again = await box.http.get(f"/box/v1/content/{content}", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


TEN_THOUSAND = "bytes=" + ",".join(f"{n}-{n + 1}" for n in range(10_000))
UNFIT = ["bytes=300000-", "bytes=9-5", "bytes=-", "bytes=-0", "bytes=0-1,5-6", "bits=0-1", "bytes=a-b", "bytes=٣-٤"]


@pytest.mark.parametrize("header", [*UNFIT, TEN_THOUSAND])
async def test_any_other_range_is_refused_at_once(ground: Ground, header: str) -> None:
    box = await ground.box(await ground.cluster())
    content = await recording(ground, SOUND)
    await box.http.get("/box/v1/bundle")
    took = []
    for _ in range(3):
        began = time.perf_counter()
        answer = await box.http.get(f"/box/v1/content/{content}", headers={b"Range": header.encode()})
        took.append(time.perf_counter() - began)
        assert answer.status_code in (416, 431, 400)
    assert min(took) < 0.1


async def test_nothing_but_the_stations_recordings_is_given(ground: Ground) -> None:
    box = await ground.box(await ground.cluster())
    original = await stray(ground, b"an original as it was uploaded")
    for name in (original, "0" * 64, "..%2f..%2fkeys%2froot.key", "x", "A" * 64):
        answer = await box.http.get(f"/box/v1/content/{name}")
        assert answer.status_code == 404, name
    content = await recording(ground, SOUND)
    assert (await ground.client().get(f"/box/v1/content/{content}")).status_code == 401
