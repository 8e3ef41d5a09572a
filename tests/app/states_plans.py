"""More states of the officer's app: what is planned, what waits to be, and relays."""

from __future__ import annotations

from broadcast_server.relay.by_hand import Wish
from broadcast_server.store.relays import RelayRow
from speaker_client.protocol.ids import MINUTE
from tests.app.aired import add_source, aired, relayed
from tests.app.phone import Phone
from tests.app.states import button, state, wait
from tests.app.timetable import programme, recording


@state("today-todo")
async def todo(held: Phone) -> None:
    """A citizen has told of a loudspeaker; a plan is not saved, and a text not aired."""
    async with held.office.visitor() as visitor:
        assert (await visitor.post("/report", data={"cluster": "c", "matter": "broken"})).status_code == 303
    await held.open(f"/schedule/new/{await recording(held.office, 'Bản tin sáng')}")
    await held.page.locator(".sentence").wait_for()
    await held.page.context.set_offline(True)
    await button(held.page, "Lưu nháp", "Keep as a draft").click()
    await held.page.context.set_offline(False)
    await held.open("/type")
    await held.page.fill("textarea", "Mời bà con đi họp thôn.")
    await wait(held.page, 1500)  # it is kept each second
    await held.open("/today")
    await held.page.locator("#todo").wait_for()


@state("schedule-cut")
async def _cut(held: Phone) -> None:
    await add_source(held.office, "Đài tỉnh", "one")
    await programme(held, "Tiếp sóng đài tỉnh", "05:10", 25, source="one")
    await held.open(f"/schedule/new/{await recording(held.office, 'Bản tin sáng')}")
    await button(held.page, "Lưu lịch", "Save").click()
    await held.page.locator("dialog").wait_for()


@state("schedule-sample")
async def _sample(held: Phone) -> None:
    await add_source(held.office, "VOV1", "one")
    await recording(held.office, "Bản tin xã")
    await held.open("/schedule")
    await button(held.page, "Dùng lịch mẫu", "Use the sample").wait_for()


# -- relays -----------------------------------------------------------------------------------------------


@state("relay-sources")
async def _sources(held: Phone) -> None:
    await add_source(held.office, "VOV1", "one")
    await add_source(held.office, "Đài tỉnh", "two")
    await held.open("/relay")


@state("relay-start")
async def _start(held: Phone) -> None:
    await _sources(held)
    await held.open("/relay/one/start")


@state("relay-warning")
async def _dead(held: Phone) -> None:
    station, now_us = held.office.station, held.office.clock.at_us
    await _sources(held)
    song = await recording(held.office, "Nhạc quê hương")
    made = await station.starting.start(
        Wish(("one", "two"), 1800, ("all",), now_us + 9 * MINUTE, "Thời sự", (song,)), "lan"
    )
    look = {"reason": "unreachable", "level_db": None, "at_us": now_us, "en": "“VOV1” cannot be reached."}
    dead = [{**look, "source": "one", "name": "VOV1", "ok": False, "vi": "Không kết nối được nguồn “VOV1”."}]
    row = RelayRow(
        occurrence_id="o", station_id=station.station_id, programme_id=made.programme, title="Thời sự",
        start_us=made.start_us, end_us=made.start_us + 30 * MINUTE, probes=dead, switches=[],
    )  # fmt: skip
    async with station.database.transaction() as session:
        session.add(row)
    await station.feeding.look()
    await held.open("/today")
    await held.page.get_by_role("alert").wait_for()


@state("relay-air")
async def _relayed(held: Phone) -> None:
    start = held.office.clock.at_us - 5 * MINUTE
    row = await aired(held.office, "Thời sự", start, "PLAYING", started_us=start)
    async with held.office.station.database.transaction() as session:
        session.add(row)
        relay = {"stream": "s", "key": "k", "start_us": start, "length_us": 10 * MINUTE}
        row.planned = {**(row.planned or {}), "items": [], "relay": relay}
    told = {"reason": "silent", "old": "VOV1", "new": None, "at_us": start + MINUTE}
    vi, en = "Nguồn “VOV1” không có tiếng. Tạm im lặng.", "“VOV1” is silent. Silence for now."
    await relayed(held.office, row, {**told, "vi": vi, "en": en})
    await held.open("/relay")
