"""Pictures of the states of the officer's app: `python -m tests.app.pictures FOLDER`, on a phone and on a desk, by day
and by night. `tests.app.tour` takes those of the screens of a running demo.
"""

from __future__ import annotations

import argparse
import asyncio
import re
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.async_api import Error

from tests.app import states_more, states_plans  # they are entered by being imported
from tests.app.phone import MICROPHONE, Phone, phone
from tests.app.states import STATES, wait
from tests.app.tour import SCHEMES, SIZES, Scheme

assert states_more.__name__ != states_plans.__name__


@asynccontextmanager
async def led_to(name: str, language: str = "vi", width: int = 360, height: int = 800) -> AsyncIterator[Phone]:
    """A phone of its own in that state, for a state is not to be gone back from; its clock goes as the office's."""
    lead, role = STATES[name]
    with TemporaryDirectory() as office:
        async with phone(Path(office), role, width, height, flags=MICROPHONE) as held:
            page = held.page
            await held.keep_time()
            await page.evaluate("language => localStorage.setItem('language', language)", language)
            await page.reload()
            await page.locator("nav a[aria-current=page]").wait_for()
            await lead(held)
            await wait(page)
            yield held


async def take(folder: Path, name: str, language: str, sizes: Iterable[str], schemes: Iterable[Scheme]) -> None:
    """Of the state of that name."""
    async with led_to(name, language) as held:
        for size in sizes:
            width, height = SIZES[size]
            await held.page.set_viewport_size({"width": width, "height": height})
            await wait(held.page)
            for scheme in schemes:
                await held.page.emulate_media(color_scheme=scheme)
                await held.page.screenshot(path=folder / f"{name}.{size}.{scheme}.png")


async def take_all(folder: Path, only: str, language: str, sizes: Iterable[str], schemes: Iterable[Scheme]) -> None:
    """The names of what could not be led to are printed, with why."""
    for name in STATES:
        if re.search(only, name):
            try:
                await take(folder, name, language, sizes, schemes)
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
