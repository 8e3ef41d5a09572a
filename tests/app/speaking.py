"""Somebody speaks live."""

from __future__ import annotations

from playwright.async_api import Page

from broadcast_server.live.speech import Speech
from tests.app.phone import Phone
from tests.waiting import until

NO_LEAVE = """navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("", "NotAllowedError"))"""


async def the_only(held: Phone) -> Speech:
    found = await until(lambda: _open(held))
    assert isinstance(found, Speech)
    return found


async def _open(held: Phone) -> Speech | None:
    return next((floor.speech for floor in held.office.station.speaking._open.values()), None)


async def past(speech: Speech, frames: int) -> None:
    async def enough() -> bool:
        return speech.frames >= frames

    await until(enough, 30)


async def begin(page: Page) -> None:
    await page.get_by_role("button", name="BẮT ĐẦU NÓI").click()
