"""What sounds can be silenced by one touch, also where a hold has the lower edge of the screen and beneath a sheet."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import FloatRect, Locator, Route, expect
from sqlalchemy import update

from broadcast_server.store.airings import AiringRow
from speaker_client.protocol.ids import MINUTE
from tests.app.aired import aired
from tests.app.axe import TWICE
from tests.app.horns import furnish
from tests.app.phone import MICROPHONE, Phone, phone
from tests.app.speaking import begin, the_only
from tests.live.booth import kept
from tests.waiting import until

STOP = "/api/v1/stop"
HELD = {
    "/now/emergency/flood": "button.bar",
    "/now/drill/drill": "button.bar",
    "/now/emergency/voice": "button.bar",
    "/now/speak": ".pinned button",
}
"""Where a thumb rests at the lower edge, and on what."""
SMALL, USUAL = {"width": 320, "height": 640}, {"width": 360, "height": 800}


async def sounds(held: Phone, **more: Any) -> None:
    """A programme is on air."""
    begun = held.office.clock.at_us - MINUTE
    await aired(held.office, "Thời sự", begun, "PLAYING", started_us=begun, **more)
    await held.office.station.feeding.look()


async def box(one: Locator) -> FloatRect:
    found = await one.bounding_box()
    assert found
    return found


async def silences(held: Phone, bar: Locator) -> None:
    """One touch on its button, where it is, asks once for silence."""
    seen, size = await box(bar.get_by_role("button")), held.page.viewport_size
    assert size
    assert seen["y"] >= 0
    assert seen["y"] + seen["height"] <= size["height"]
    before = len(held.posts(STOP))
    await held.page.mouse.click(seen["x"] + seen["width"] / 2, seen["y"] + seen["height"] / 2)

    async def asked() -> bool:
        return len(held.posts(STOP)) > before

    await until(asked)
    await held.page.wait_for_timeout(300)
    assert len(held.posts(STOP)) == before + 1


@pytest.mark.parametrize(("size", "large"), [(USUAL, False), (SMALL, False), (USUAL, True)], ids=["360", "320", "200%"])
async def test_beside_a_hold_one_touch_silences_and_never_lies_where_the_thumb_does(
    tmp_path: Path, size: Any, large: bool
) -> None:
    async with phone(tmp_path, flags=MICROPHONE) as held:
        page = held.page
        await page.set_viewport_size(size)
        await sounds(held)
        if large:
            await page.evaluate(TWICE)
        for place, thumb in HELD.items():
            await held.open(place)
            await expect(page.locator(thumb)).to_be_visible()
            bar = page.locator("section.bar")
            await expect(bar).to_contain_text("Thời sự")
            for down in (0, 100_000):
                await page.evaluate("down => scrollTo(0, down)", down)
                held_at, told_at = await box(page.locator(thumb)), await box(bar)
                assert told_at["y"] + told_at["height"] < held_at["y"], place
            await silences(held, bar)


async def test_an_open_sheet_has_the_bar_in_it_however_far_it_was_scrolled(tmp_path: Path) -> None:
    async with phone(tmp_path, height=480) as held:
        page = held.page
        await sounds(held)
        await held.open("/library/upload")
        sheet = page.locator("dialog")
        await expect(sheet.get_by_role("button", name="Đóng")).to_be_focused()
        await page.evaluate(TWICE)
        for down in (0, 100_000):
            await sheet.evaluate("(sheet, down) => sheet.scrollTo(0, down)", down)
            await silences(held, sheet.locator("section.bar"))
        await expect(sheet).to_be_visible()


async def test_who_speaks_can_silence_what_else_sounds_and_end_the_voice_from_a_sheet(tmp_path: Path) -> None:
    async with phone(tmp_path, flags=MICROPHONE) as held:
        page = held.page
        await furnish(held.office)
        await sounds(held, cluster_id="far")
        await held.open("/now/speak")
        await begin(page)
        speech = await the_only(held)
        await expect(page.locator("section.bar")).to_contain_text("Thời sự")
        await silences(held, page.locator("section.bar"))
        assert [one["airings"] for one in held.posts(STOP)] == [["Thời sự"]]
        await expect(page.get_by_role("button", name="KẾT THÚC")).to_be_enabled()
        await held.open("/library/upload")
        await page.locator("dialog section.bar.live button").click()
        await until(lambda: kept(held.office, speech.order))


async def test_a_stop_that_failed_is_told_though_what_it_was_pressed_for_is_over_by_then(tmp_path: Path) -> None:
    """On a weak line the answer takes seconds; whoever pressed must not believe that the stop is on its way."""
    async with phone(tmp_path) as held:
        page, office = held.page, held.office
        await sounds(held)
        answered = asyncio.Event()

        async def fail_late(route: Route) -> None:
            await answered.wait()
            await route.abort()

        await page.route(f"**{STOP}", fail_late)
        bar = page.locator("section.bar")
        await bar.get_by_role("button").click()
        await expect(page.locator("p.told")).to_be_visible()
        async with office.station.database.transaction() as session:
            await session.execute(update(AiringRow).values(state="PLAYED", decided_us=office.clock.at_us))
        await office.station.feeding.look()
        await expect(bar).to_have_count(0)
        answered.set()
        await expect(page.locator("p.told.bad")).to_contain_text("Thời sự: ")
