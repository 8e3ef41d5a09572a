"""What becomes of an upload when its line hangs or breaks, its owner stays away, or the power goes."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest

from broadcast_server.library import receiver
from broadcast_server.library.unfinished import Unfinished
from broadcast_server.people.rights import Role
from broadcast_server.store.library import UploadRow
from tests.faces.office import PASSWORD, Office, open_office
from tests.faces.sending import TUS, add, begin, files, held, intakes_of, refusal

DAY_US = 86_400_000_000


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
