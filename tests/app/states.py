"""Every state of the officer's app that a running demo does not show by itself, each led to on a phone of its own.

`python -m tests.app.pictures FOLDER` takes a picture of each.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from functools import partial

from playwright.async_api import Locator, Page, Route
from sqlalchemy import delete, select, update

from broadcast_server.people.rights import Role
from broadcast_server.store.airings import AiringRow
from broadcast_server.store.fleet import BoxRow
from broadcast_server.store.orders import OrderRow, TemplateRow
from broadcast_server.store.station import ClusterRow, LoudspeakerRow
from speaker_client.protocol.ids import MINUTE
from tests.app.aired import aired
from tests.app.alarm import TEXT, give
from tests.app.horns import commune, furnish, measured, sounding_at
from tests.app.phone import Phone
from tests.app.shelf import shelved
from tests.app.timetable import keep, programme, recording, some_days_ago
from tests.faces.office import sound
from tests.server_fleet.bell import bell

Lead = Callable[[Phone], Awaitable[None]]
SETTLED_MS = 500
SLOW_MS = 5600
"""After that the app says that the line is slow."""
LISTS = {
    "today": ("/today", "**/api/v1/today"),
    "schedule": ("/schedule", "**/api/v1/schedule/agenda?*"),
    "library": ("/library", "**/api/v1/library"),
    "log": ("/log", "**/api/v1/log/broadcasts?*"),
    "relay": ("/relay", "**/api/v1/relays*"),
    "reports": ("/clusters/reports", "**/api/v1/complaints?cluster=*"),
    "cluster": ("/clusters/c", "**/api/v1/clusters"),
    "devices": ("/settings/devices", "**/api/v1/me/sessions*"),
}
FAULT = {"code": "internal", "vi": "Máy chủ gặp lỗi. Thử lại sau.", "en": "The server has a fault. Try again later."}
STATES: dict[str, tuple[Lead, Role]] = {}


def state(name: str, role: Role = Role.OFFICER) -> Callable[[Lead], Lead]:
    """What leads to the state of that name."""

    def enter(lead: Lead) -> Lead:
        STATES[name] = lead, role
        return lead

    return enter


def button(page: Page, *words: str) -> Locator:
    """By its words in either language."""
    return page.get_by_role("button", name=re.compile(f"^({'|'.join(words)})"))


async def wait(page: Page, ms: int = SETTLED_MS) -> None:
    await page.wait_for_timeout(ms)


async def looked_after(held: Phone) -> None:
    """Two of the clusters have somebody to call, and the phone knows of it."""
    keepers = {"far": ("Ông Bình", "0912 345 678"), "c": ("Bà Nguyễn Thị Lan", "0987.654.321")}
    async with held.office.station.database.transaction() as session:
        for cluster, (keeper, number) in keepers.items():
            row = await session.get_one(ClusterRow, cluster)
            row.keeper, row.keeper_phone = keeper, number
    await held.page.reload()
    await wait(held.page)


# -- each list: empty, slow, refused, without a line ------------------------------------------------------


async def _empty(place: str, held: Phone) -> None:
    await held.open(place)


async def _slow(place: str, path: str, held: Phone) -> None:
    await held.page.route(path, lambda _: None)
    await held.page.reload()
    await held.open(place)
    await wait(held.page, SLOW_MS)


async def _refused(place: str, path: str, held: Phone) -> None:
    async def refuse(route: Route) -> None:
        await route.fulfill(status=500, json=FAULT)

    await held.page.route(path, refuse)
    await held.open("/now")
    await held.open(place)


async def _offline(place: str, held: Phone) -> None:
    await furnish(held.office)
    await looked_after(held)
    await programme(held, "Bản tin sáng", "05:30")
    await shelved(held, sound(held.office.station.settings.data / "a.wav").read_bytes(), "Mời họp thôn")
    await held.page.reload()
    await held.open(place)
    await wait(held.page, 1500)
    await held.page.context.set_offline(True)
    await held.page.locator("p.strip.bad").wait_for(timeout=30_000)
    await held.open("/settings")
    await held.open(place)


for _name, (_place, _path) in LISTS.items():
    STATES[f"{_name}-empty"] = partial(_empty, _place), Role.OFFICER
    STATES[f"{_name}-slow"] = partial(_slow, _place, _path), Role.OFFICER
    STATES[f"{_name}-error"] = partial(_refused, _place, _path), Role.OFFICER
    STATES[f"{_name}-offline"] = partial(_offline, _place), Role.OFFICER
for _name, _place in {"now": "/now", "clusters": "/clusters", "type": "/type", "flood": "/now/emergency/flood"}.items():
    STATES[f"{_name}-offline"] = partial(_offline, _place), Role.OFFICER


@state("clusters-empty", Role.ADMIN)
async def _no_cluster(held: Phone) -> None:
    async with held.office.station.database.transaction() as session:
        for table in (BoxRow, LoudspeakerRow, ClusterRow):
            await session.execute(delete(table))
    await held.office.station.doors.refresh()
    await held.page.reload()
    await held.open("/clusters")


@state("firstrun-empty", Role.ADMIN)
async def _first_run(held: Phone) -> None:
    await _no_cluster(held)
    await held.open("/today")


# -- the schedule -----------------------------------------------------------------------------------------


@state("schedule-missed")
async def _missed(held: Phone) -> None:
    await some_days_ago(held, ("Bản tin sáng", "05:30"), ("Nhạc quê hương", "06:00"), missed="Nhạc quê hương")
    await held.open("/schedule/2026-11-17")
    await held.page.locator(".list li button, td button").nth(1).wait_for()


@state("schedule-other-week")
async def _other_week(held: Phone) -> None:
    await held.open("/schedule/2026-10-06")
    await button(held.page, "Hôm nay", "Today").wait_for()


@state("schedule-why")
async def _why(held: Phone) -> None:
    await _missed(held)
    await held.page.locator(".list li button.bad, .list li:nth-child(2) button, td button.bad").first.click()
    await held.page.locator("dialog").wait_for()


@state("schedule-conflict")
async def _conflict(held: Phone) -> None:
    await programme(held, "Tiếp sóng VOV1", "05:20", 30)
    await held.open(f"/schedule/new/{await recording(held.office, 'Bản tin sáng')}")
    await button(held.page, "Lưu lịch", "Save").click()
    await held.page.locator("dialog").wait_for()


@state("schedule-undo")
async def _undo(held: Phone) -> None:
    await programme(held, "Nhạc quê hương", "17:00")
    await held.open(f"/schedule/new/{await recording(held.office, 'Bản tin sáng')}")
    await button(held.page, "Lưu lịch", "Save").click()
    await held.page.locator(".snack").wait_for()


@state("schedule-edit")
async def _edit(held: Phone) -> None:
    await programme(held, "Bản tin sáng", "05:30")
    await held.open("/schedule/2026-11-20")
    await held.page.locator(".list li button").click()
    await held.page.get_by_role("link", name=re.compile("Sửa lịch này|Change this")).click()
    await held.page.locator(".rows").wait_for()


@state("schedule-remove")
async def _remove(held: Phone) -> None:
    await programme(held, "Bản tin sáng", "05:30")
    await held.open("/schedule/2026-11-20")
    await held.page.locator(".list li button").click()
    await button(held.page, "Bỏ khỏi lịch", "Take off the schedule").click()


async def _sheet(number: int, held: Phone) -> None:
    await commune(held.office)
    await held.open(f"/schedule/new/{await recording(held.office, 'Bản tin sáng')}")
    await held.page.locator(".rows button[aria-haspopup]").nth(number).click()
    await held.page.locator("dialog").wait_for()


for _number, _name in enumerate(("what", "when", "where", "volume", "strength")):
    STATES[f"schedule-{_name}"] = partial(_sheet, _number), Role.OFFICER


@state("quiet-refused")
async def _quiet(held: Phone) -> None:
    await keep(held, "21:00", "05:00")
    await held.open(f"/schedule/new/{await recording(held.office, 'Họp dân')}")
    await held.page.locator(".rows button[aria-haspopup]").nth(1).click()
    await held.page.locator("input[type=time]").fill("22:00")
    await button(held.page, "Xong", "Done").click()
    await button(held.page, "Lưu lịch", "Save").click()
    await held.page.locator("[role=alert]").wait_for()


@state("quiet-typed")
async def _quiet_typed(held: Phone) -> None:
    await keep(held, "18:00", "05:00")
    await held.open("/type")
    await held.page.fill("textarea", "Sáng mai cắt điện từ bảy giờ.")
    await button(held.page, "Phát ngay", "Put on air").click()
    await held.page.locator("[role=alert]").wait_for()


@state("quiet-settings")
async def _quiet_settings(held: Phone) -> None:
    await programme(held, "Thể dục buổi sáng", "04:30")
    await held.open("/settings/quiet")
    await held.page.locator("form input[type=checkbox]").check()
    await button(held.page, "Lưu giờ", "Save the").click()
    await held.page.locator(".notice.warn").wait_for()


# -- emergencies ------------------------------------------------------------------------------------------


async def made(held: Phone) -> None:
    """The sound of every template is there."""
    await bell(held.office.station)
    async with held.office.station.database.transaction() as session:
        await session.execute(update(TemplateRow).values(recording_id="rec"))
    await held.page.reload()


async def _sounding(held: Phone) -> None:
    near = await commune(held.office)
    await looked_after(held)
    await sounding_at(held.office, *near[:-1], rounds=3)
    async with held.office.station.database.transaction() as session:
        waiting = await session.scalars(select(AiringRow).filter_by(state="PENDING", cluster_id=near[-1]))
        for one in waiting:
            one.accepted_us = held.office.clock.at_us
        for one in await session.scalars(select(AiringRow).filter_by(state="PLAYING")):
            one.measured = [measured(one, n, (one.cluster_id, n) != ("c3", 2)) for n in range(1, 6)]
    await held.office.station.feeding.look()


async def open_order(held: Phone) -> None:
    """The screen of the only one."""
    async with held.office.station.database.reading() as session:
        order = (await session.scalars(select(OrderRow))).one()
    await held.open(f"/now/order/{order.id}")
    await held.page.locator(".big").wait_for()


@state("order-ladder")
async def _ladder(held: Phone) -> None:
    await _sounding(held)
    await open_order(held)


@state("order-bar")
async def _bar(held: Phone) -> None:
    await _sounding(held)
    await held.open("/today")


@state("order-over")
async def _over(held: Phone) -> None:
    await _sounding(held)
    async with held.office.station.database.transaction() as session:
        for one in await session.scalars(select(AiringRow)):
            one.state, one.reason = ("PLAYED", None) if one.state == "PLAYING" else ("MISSED", "POWER_OFF")
    held.office.clock.at_us += 20 * MINUTE
    await held.office.station.feeding.look()
    await open_order(held)


@state("order-nowhere")
async def _nowhere(held: Phone) -> None:
    await commune(held.office)
    await looked_after(held)
    await sounding_at(held.office)
    async with held.office.station.database.transaction() as session:
        for one in await session.scalars(select(AiringRow)):
            one.state, one.reason = "MISSED", "POWER_OFF"
    held.office.clock.at_us += 20 * MINUTE
    await held.office.station.feeding.look()
    await open_order(held)


@state("order-interrupts")
async def _interrupts(held: Phone) -> None:
    now_us = held.office.clock.at_us
    row = await aired(held.office, "Tiếp sóng VOV1", now_us - MINUTE, "PLAYING", started_us=now_us - MINUTE)
    async with held.office.station.database.transaction() as session:
        (await session.get_one(AiringRow, row.id)).planned = {**(row.planned or {}), "resumes": True}
    await _ladder(held)


@state("order-beside")
async def _beside(held: Phone) -> None:
    await _ladder(held)
    now_us = held.office.clock.at_us
    await aired(held.office, "Nhạc quê hương", now_us, "PLAYING", started_us=now_us, cluster_id="far")
    await held.office.station.feeding.look()


@state("order-sent")
async def _sent(held: Phone) -> None:
    await commune(held.office)
    await held.open("/now/emergency/text")
    await held.page.fill("textarea", TEXT)
    await wait(held.page, 800)
    await give(held.page)
    await held.page.wait_for_url("**/now/order/*")
    await held.page.locator(".big").wait_for()


@state("order-unanswered")
async def _unanswered(held: Phone) -> None:
    await commune(held.office)
    await looked_after(held)
    await held.open("/now/emergency/text")
    await held.page.fill("textarea", TEXT)
    await wait(held.page, 800)
    await held.page.route("**/api/v1/emergencies", lambda route: route.abort())
    await give(held.page)
    await held.page.locator("[role=alert]").wait_for()


@state("now-desk")
async def _desk(held: Phone) -> None:
    await commune(held.office)
    await made(held)
    await held.open("/now")


async def _confirm(name: str, held: Phone) -> None:
    await commune(held.office)
    await looked_after(held)
    await made(held)
    await held.open(f"/now/{name}")
    await held.page.locator("button.bar").wait_for()


for _name in ("flood", "correction", "all_clear", "siren"):
    STATES[f"confirm-{_name}"] = partial(_confirm, f"emergency/{_name}"), Role.OFFICER


@state("confirm-code")
async def _code(held: Phone) -> None:
    await _confirm("emergency/flood", held)
    await held.page.get_by_text(re.compile("Không giữ được|Cannot hold")).click()


@state("confirm-where")
async def _where(held: Phone) -> None:
    await _confirm("emergency/flood", held)
    await button(held.page, "Đổi nơi phát", "Change where").click()


@state("drill-order")
async def _drill(held: Phone) -> None:
    await _confirm("drill/drill", held)
    await wait(held.page, 800)
    await give(held.page)
    await held.page.wait_for_url("**/now/order/*")
    await held.page.locator(".big").wait_for()


@state("now-viewer", Role.VIEWER)
async def _viewer(held: Phone) -> None:
    await held.open("/now")
