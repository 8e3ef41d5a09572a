"""Pictures of the states of the officer's app: `python -m tests.app.pictures FOLDER`, on a phone and on a desk, by day
and by night. `tests.app.tour` takes those of the screens of a running demo.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import time
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.async_api import Error

from broadcast_server.people.rights import Role
from tests.app import states_more  # they are entered by being imported
from tests.app.phone import MICROPHONE, phone
from tests.app.states import STATES, Lead, wait
from tests.app.tour import SCHEMES, SIZES, Scheme

assert states_more.__name__


async def take(
    folder: Path, name: str, lead: Lead, role: Role, language: str, sizes: Iterable[str], schemes: Iterable[Scheme]
) -> None:
    """On a phone of its own, for a state is not to be gone back from; its clock goes as the office's."""
    with TemporaryDirectory() as office:
        async with phone(Path(office), role, flags=MICROPHONE) as held:
            page, behind_ms = held.page, int(time.time() * 1000) - held.office.clock.at_us // 1000
            await page.add_init_script(f"const now = Date.now; Date.now = () => now() - {behind_ms}")
            await page.evaluate("language => localStorage.setItem('language', language)", language)
            await page.reload()
            await page.locator("nav a[aria-current=page]").wait_for()
            await lead(held)
            for size in sizes:
                width, height = SIZES[size]
                await page.set_viewport_size({"width": width, "height": height})
                await wait(page)
                for scheme in schemes:
                    await page.emulate_media(color_scheme=scheme)
                    await page.screenshot(path=folder / f"{name}.{size}.{scheme}.png")


async def take_all(folder: Path, only: str, language: str, sizes: Iterable[str], schemes: Iterable[Scheme]) -> None:
    """The names of what could not be led to are printed, with why."""
    for name, (lead, role) in STATES.items():
        if re.search(only, name):
            try:
                await take(folder, name, lead, role, language, sizes, schemes)
            except* (Error, AssertionError) as failed:
                print(f"{name}: {failed.exceptions}", flush=True)


def main() -> None:
    """Take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default="", help="a part of the names of the states")
    parser.add_argument("--size", choices=SIZES, action="append", help="all of them if none is named")
    parser.add_argument("--scheme", choices=SCHEMES, action="append")
    parser.add_argument("--language", choices=("vi", "en"), default="vi")
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    looks = asked.size or list(SIZES), asked.scheme or SCHEMES
    asyncio.run(take_all(asked.folder, asked.only, asked.language, *looks))


if __name__ == "__main__":
    main()
