"""The app on a phone's home screen: what its maker's browser asks of one, and a new version of it."""

from __future__ import annotations

import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, async_playwright, expect

from broadcast_server.web import app_files
from tests.app.phone import ACTIVE, CHROMIUM, FLAGS, IN_CHARGE, must_be_built, phone
from tests.live.booth import served

DECODED = """async (address) => {
  const answer = await fetch(address);
  const picture = await createImageBitmap(await answer.blob());
  const { width, height } = picture;
  const drawn = new OffscreenCanvas(width, height).getContext("2d");
  drawn.drawImage(picture, 0, 0);
  const corners = [[0, 0], [width - 1, 0], [0, height - 1], [width - 1, height - 1]];
  const clear = corners.map(([x, y]) => 255 - drawn.getImageData(x, y, 1, 1).data[3]);
  return { type: answer.headers.get("Content-Type"), size: `${width}x${height}`, clear: Math.max(...clear) };
}"""
"""A picture by its address, and how clear the clearest of its corners is, 255 for not there at all."""
LONGEST_SHORT_NAME = 12


@asynccontextmanager
async def own_phone(folder: Path) -> AsyncIterator[Page]:
    """The app at its login in a browser that keeps what it is given: one that forgets installs nothing."""
    must_be_built()
    async with served(folder / "data") as (_, host), async_playwright() as playwright:
        context = await playwright.chromium.launch_persistent_context(
            folder / "phone", executable_path=CHROMIUM, args=FLAGS, locale="vi-VN"
        )
        page = context.pages[0]
        await page.goto(f"http://{host}/app/")
        await page.evaluate(ACTIVE)
        await page.evaluate(IN_CHARGE)
        yield page
        await context.close()


async def manifest_of(page: Page) -> Any:
    return await page.evaluate(
        "fetch(document.querySelector('link[rel=manifest]').href).then((answer) => answer.json())"
    )


async def test_the_browser_has_nothing_against_installing_it(tmp_path: Path) -> None:
    async with own_phone(tmp_path) as page:
        devtools = await page.context.new_cdp_session(page)
        assert (await devtools.send("Page.getAppManifest"))["errors"] == []
        assert (await devtools.send("Page.getInstallabilityErrors"))["installabilityErrors"] == []


async def test_the_manifest_names_the_app_within_its_own_scope_and_opens_without_an_address_bar(
    tmp_path: Path,
) -> None:
    async with own_phone(tmp_path) as page:
        manifest = await manifest_of(page)
        assert manifest["name"]
        assert len(manifest["short_name"]) <= LONGEST_SHORT_NAME
        assert manifest["display"] == "standalone"
        assert manifest["id"] == manifest["start_url"]
        assert await page.evaluate("navigator.serviceWorker.controller.scriptURL") == page.url + "worker.js"
        worker = await page.evaluate("navigator.serviceWorker.ready.then((one) => new URL(one.scope).pathname)")
        addresses = [manifest["start_url"], *(one["url"] for one in manifest["shortcuts"])]
        assert all(address.startswith(manifest["scope"]) for address in addresses)
        assert worker == manifest["scope"]
        assert await page.locator(f"meta[name=theme-color][content='{manifest['theme_color']}']").count() == 1


async def test_every_icon_is_of_the_size_and_kind_that_is_said_and_one_may_be_cut_to_any_shape(
    tmp_path: Path,
) -> None:
    async with own_phone(tmp_path) as page:
        icons = {one["src"]: one for one in (await manifest_of(page))["icons"]}
        drawn = {src: one for src, one in icons.items() if one["type"] == "image/png"}
        assert {one["sizes"] for one in drawn.values() if "purpose" not in one} >= {"192x192", "512x512"}
        assert [one["sizes"] for one in drawn.values() if one.get("purpose") == "maskable"] == ["512x512"]
        for src, one in drawn.items():
            found = await page.evaluate(DECODED, src)
            clear = 0 if one.get("purpose") == "maskable" else 255
            assert found == {"type": one["type"], "size": one["sizes"], "clear": clear}, src
        (vector,) = icons.keys() - drawn.keys()
        assert await page.evaluate("address => fetch(address).then((answer) => answer.ok)", vector)


async def test_its_shortcuts_lead_to_an_alarm_and_to_a_recording(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        alarm, recording = (await manifest_of(held.page))["shortcuts"]
        assert (alarm["name"], recording["name"]) == ("Phát ngay", "Ghi âm")
        await held.page.goto(f"http://{held.host}{alarm['url']}")
        await expect(held.page.locator(".alarm .tile").first).to_be_visible()
        await held.page.goto(f"http://{held.host}{recording['url']}")
        await expect(held.page.get_by_role("button", name="Bắt đầu ghi")).to_be_visible()


async def test_a_new_version_waits_until_it_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    must_be_built()
    built = Path(shutil.copytree(app_files.BUILT, tmp_path / "app"))
    monkeypatch.setattr(app_files, "BUILT", built)
    async with phone(tmp_path) as held:
        page, take_over = held.page, held.page.get_by_role("button", name="Dùng bản mới")
        await page.evaluate(ACTIVE)
        await page.reload()
        await page.evaluate(IN_CHARGE)
        renew(built)
        await page.evaluate("navigator.serviceWorker.ready.then((one) => one.update())")
        await expect(take_over).to_be_visible()
        await page.reload()
        await expect(take_over).to_be_visible()
        await expect(page).to_have_title("Tiếng Làng")
        await take_over.click()
        await expect(page).to_have_title("Bản mới")
        await expect(page.locator("nav a[aria-current=page]")).to_be_visible()
        await expect(take_over).to_have_count(0)
        assert len(await page.evaluate("caches.keys()")) == 1


def renew(built: Path) -> None:
    """Another version of the app lies there now."""
    for name, old, new in (("worker.js", r"\b[0-9a-f]{16}\b", "0" * 16), ("index.html", "Tiếng Làng<", "Bản mới<")):
        file = built / name
        text, times = re.subn(old, new, file.read_text())
        assert times, name
        file.write_text(text)
        for squeezed in (f"{name}.gz", f"{name}.br"):
            (built / squeezed).unlink()
