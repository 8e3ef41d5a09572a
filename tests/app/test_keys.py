"""The app by keys alone: from the login to silence, and in and out of a sheet."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.async_api import Page, expect
from sqlalchemy import update

from broadcast_server.store.airings import AiringRow
from tests.app.horns import commune
from tests.app.phone import Phone, phone
from tests.app.states import made
from tests.app.timetable import recording
from tests.faces.office import PASSWORD
from tests.waiting import until

MOST_STEPS = 60
WITHIN = "() => document.activeElement === document.body || !!document.activeElement.closest('dialog')"
FOCUSED = """() => {
  const one = document.activeElement;
  const seen = one.matches(":focus-visible") && getComputedStyle(one).outlineStyle !== "none";
  return [one.ariaLabel || one.innerText || one.labels?.[0]?.innerText || "", seen];
}"""
"""What the one that has the focus is called, and whether that is to be seen."""


async def reach(page: Page, name: str) -> None:
    """Step on until that has the focus, for all to see."""
    for _ in range(MOST_STEPS):
        await page.keyboard.press("Tab")
        called, seen = await page.evaluate(FOCUSED)
        if called.strip().startswith(name):
            assert seen, name
            return
    raise AssertionError(f"{name} is not to be reached by keys")


async def press(page: Page, name: str) -> None:
    """Step there, and Enter."""
    await reach(page, name)
    await page.keyboard.press("Enter")


async def asked(held: Phone, path: str) -> bool:
    return len(held.posts(path)) == 1


async def test_from_the_login_to_a_flood_alarm_and_to_silence_by_keys_alone(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        page = held.page
        await commune(held.office)
        await made(held)
        await page.context.clear_cookies()
        await page.reload()
        await expect(page.locator("input[name=name]")).to_be_visible()
        await page.evaluate("document.activeElement.blur()")
        await reach(page, "Tên")
        await page.keyboard.type("officer.test")
        await reach(page, "Mật khẩu")
        await page.keyboard.type(PASSWORD)
        await page.keyboard.press("Enter")
        await expect(page.locator("nav a[aria-current=page]")).to_be_visible()
        await press(page, "Phát ngay")
        await expect(page.locator(".alarm .tile").first).to_be_visible()
        await press(page, "Lũ")
        await expect(page.locator("button.bar")).to_be_visible()
        await press(page, "Không giữ được")
        told = await page.locator("form label").inner_text()
        await page.keyboard.type("".join(re.findall(r"\d", told.splitlines()[0])))
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/now/order/*")
        assert await asked(held, "/api/v1/emergencies")
        await expect(page.get_by_role("button", name="DỪNG PHÁT NGAY")).to_be_visible()
        await press(page, "DỪNG PHÁT NGAY")
        await until(lambda: asked(held, "/api/v1/stop"))
        async with held.office.station.database.transaction() as session:
            await session.execute(update(AiringRow).values(state="CANCELLED", decided_us=held.office.clock.at_us))
        await held.office.station.feeding.look()
        await expect(page.get_by_role("button", name="DỪNG PHÁT NGAY")).to_have_count(0)
        await expect(page.locator("main")).to_be_focused()


@pytest.mark.parametrize("way_out", ["Escape", "Đóng"])
async def test_a_sheet_that_is_closed_gives_the_focus_back_to_what_opened_it(tmp_path: Path, way_out: str) -> None:
    async with phone(tmp_path) as held:
        page = held.page
        await held.open(f"/schedule/new/{await recording(held.office, 'Bản tin sáng')}")
        opener = page.locator(".rows button[aria-haspopup]").nth(1)
        await expect(opener).to_be_visible()
        await opener.focus()
        await page.keyboard.press("Enter")
        sheet = page.locator("dialog")
        await expect(sheet).to_be_visible()
        for _ in range(MOST_STEPS // 2):  # round and round, and never beneath it
            await page.keyboard.press("Tab")
            assert await page.evaluate(WITHIN)
        await (page.keyboard.press("Escape") if way_out == "Escape" else press(page, way_out))
        await expect(sheet).to_have_count(0)
        await expect(opener).to_be_focused()
