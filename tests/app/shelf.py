"""What lies in the library before a test begins."""

from __future__ import annotations

import httpx2

from tests.app.phone import Phone
from tests.faces.office import finished

PICKER = "input[type=file]"


async def desk(held: Phone) -> httpx2.AsyncClient:
    """The phone's owner at another browser."""
    cookies = "; ".join(f"{one['name']}={one['value']}" for one in await held.page.context.cookies())
    return held.office.visitor(origin="http://dai.test", cookie=cookies)


async def shelved(held: Phone, sound: bytes, title: str) -> str:
    """A recording that lies in the library; its id."""
    visitor = await desk(held)
    answer = await visitor.post("/api/v1/library/uploads", params={"title": title}, content=sound)
    return str((await finished(visitor, answer.json()))["recording_id"])
