"""Listening in a browser: it asks for ranges, and plays from wherever the finger is put down."""

from __future__ import annotations

import subprocess
from pathlib import Path

import httpx2
from playwright.async_api import async_playwright

from broadcast_server.people.rights import Role
from tests.app.phone import CHROMIUM
from tests.faces.office import PASSWORD, Office, finished, sound
from tests.live.booth import served

LENGTH_S, FROM_S = 40, 30


async def kept(office: Office, officer: httpx2.AsyncClient, tmp_path: Path) -> str:
    """The place of a recording's sound."""
    body = sound(tmp_path / "a.mp3", seconds=LENGTH_S).read_bytes()
    intake = await finished(officer, (await officer.post("/api/v1/library/uploads", content=body)).json(), 60)
    assert intake["state"] == "ready", intake
    return f"/api/v1/library/{intake['recording_id']}/audio"


async def test_a_range_from_the_middle_is_those_bytes_and_can_be_played(working_office: Office, tmp_path: Path) -> None:
    officer = await working_office.as_(Role.OFFICER)
    place = await kept(working_office, officer, tmp_path)
    first = await officer.get(place, headers={"Range": "bytes=0-"})
    whole, size = first.content, len(first.content)
    assert (first.status_code, first.headers["content-range"]) == (206, f"bytes 0-{size - 1}/{size}")
    assert first.headers["accept-ranges"] == "bytes"
    middle = size // 2
    for more in ({}, {"If-Range": first.headers["etag"]}):
        answer = await officer.get(place, headers={"Range": f"bytes={middle}-"} | more)
        assert (answer.status_code, answer.content) == (206, whole[middle:])
        assert answer.headers["content-range"] == f"bytes {middle}-{size - 1}/{size}"
    changed = await officer.get(place, headers={"Range": f"bytes={middle}-", "If-Range": '"other"'})
    assert (changed.status_code, changed.content) == (200, whole)
    assert (await officer.get(place, headers={"Range": "bytes=-500"})).content == whole[-500:]
    beyond = await officer.get(place, headers={"Range": f"bytes={size}-"})
    assert (beyond.status_code, beyond.json()["code"]) == (416, "range_not_satisfiable")

    pages = [at for at in range(size) if whole.startswith(b"OggS", at)]
    head, page = whole[: pages[2]], next(at for at in pages if at >= middle)
    assert LENGTH_S * 0.4 < heard_s(head + whole[page:]) < LENGTH_S * 0.6


def heard_s(ogg: bytes) -> float:
    """Seconds of sound that come out of it."""
    command = ["ffmpeg", "-v", "error", "-i", "pipe:0", "-f", "s16le", "-ac", "1", "-ar", "8000", "pipe:1"]
    return len(subprocess.run(command, input=ogg, capture_output=True, check=True, timeout=30).stdout) / 16_000


PLAY_FROM = """async ([place, from]) => {
  const sound = new Audio(place), done = (name) => new Promise((ok, no) => {
    sound.addEventListener(name, ok, { once: true });
    sound.addEventListener("error", () => no(sound.error.message)); });
  sound.muted = true; sound.preload = "metadata"; document.body.append(sound);
  await done("loadedmetadata");
  const sought = done("seeked"); sound.currentTime = from; await sought;
  const went = done("timeupdate"); await sound.play(); await went;
  while (sound.currentTime < from + 0.5) await done("timeupdate");
  return { at: sound.currentTime, length: sound.duration };
}"""


async def test_a_real_browser_plays_from_where_it_is_told(tmp_path: Path) -> None:
    async with served(tmp_path / "data") as (office, host), async_playwright() as playwright:
        officer = await office.as_(Role.OFFICER)
        place = await kept(office, officer, tmp_path)
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = await browser.new_page()
        answers: list[int] = []
        page.on("response", lambda answer: answers.append(answer.status) if answer.url.endswith(place) else None)
        await page.goto(f"http://{host}/app/")
        await page.fill("input[name=name]", f"{Role.OFFICER}.test")
        await page.fill("input[name=password]", PASSWORD)
        await page.click("form button.main")
        await page.wait_for_selector("nav a[aria-current=page]")
        played = await page.evaluate(PLAY_FROM, [place, FROM_S])
        await browser.close()
    assert FROM_S + 0.5 <= played["at"] < LENGTH_S
    assert abs(played["length"] - LENGTH_S) < 0.2
    assert set(answers) == {206}
