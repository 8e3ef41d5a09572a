"""An emergency by hand: the bar that is held, and what is ordered."""

from __future__ import annotations

from playwright.async_api import Page, expect

from tests.app.phone import Phone

TEXT = "Nước sông Chu lên nhanh. Bà con thôn Một lên nhà văn hóa ngay."


async def hold(page: Page, ms: int, away: bool = False, button: str = "left") -> None:
    """Press the bar for so long, perhaps leaving it halfway."""
    box = await page.locator("button.bar").bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    await page.mouse.move(x, y)
    await page.mouse.down(button=button)
    if away:
        await page.wait_for_timeout(ms // 2)
        await page.mouse.move(x, y - 200, steps=4)
        await page.mouse.move(x, y, steps=4)
        ms -= ms // 2
    await page.wait_for_timeout(ms)
    await page.mouse.up(button=button)


async def hold_by_finger(page: Page, ms: int) -> None:
    """Touch the bar for so long, whatever comes under the finger meanwhile."""
    box = await page.locator("button.bar").bounding_box()
    assert box
    devtools = await page.context.new_cdp_session(page)
    await devtools.send("Emulation.setTouchEmulationEnabled", {"enabled": True})
    point = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    await devtools.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [point]})
    await page.wait_for_timeout(ms)
    await devtools.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


async def give_unanswered(held: Phone) -> None:
    """Type an emergency and give it, and no line carries it to the station."""
    page = held.page
    await held.open("/now/emergency/text")
    await page.fill("textarea", TEXT)
    await page.wait_for_timeout(800)
    await page.route("**/api/v1/emergencies", lambda route: route.abort())
    await give(page)
    await expect(page.get_by_role("alert")).to_contain_text("Chưa nhận được trả lời")


async def give(page: Page) -> None:
    """Hold until it is given: on a busy machine a hold that was not seen to grow counts for nothing, twice at most."""
    for _ in range(3):
        await hold(page, 2300)
        if not await page.get_by_text("Buông tay trước 2 giây").is_visible():
            return
    raise AssertionError("the bar was held three times and gave nothing")
