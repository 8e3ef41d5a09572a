"""Speaking live in the app, with the beeps of the browser's own false microphone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest
from playwright.async_api import WebSocket, expect
from sqlalchemy import update

from broadcast_server.store.airings import AiringRow
from tests.app.alarm import hold
from tests.app.phone import MICROPHONE, Phone, phone
from tests.app.speaking import NO_LEAVE, _open, begin, past, the_only
from tests.live.booth import kept, order_of
from tests.live.road import app_lines
from tests.waiting import until

QUIET = 300
BAD_OPUS = """const encode = AudioEncoder.prototype.encode; let n = 0;
AudioEncoder.prototype.encode = function (sound) { if (++n === 50) this.close(); else encode.call(this, sound); }"""
OTHER_RATE = """const Context = window.AudioContext; delete window.AudioEncoder;
window.AudioContext = class extends Context { constructor(options) {
  if (options.sampleRate) throw new DOMException("", "NotSupportedError"); super({ sampleRate: 44100 }); } }"""
HELD_TRACK = """const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (what) => {
  const stream = await ask(what); window.track = stream.getAudioTracks()[0]; return stream; }"""
TURN = """state => { Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
document.dispatchEvent(new Event("visibilitychange")) }"""
"""The screen is turned off, or on again."""
LEVELS = """() => new Promise((done) => { const seen = []; const look = () => {
  const db = Number(document.querySelector("[role=meter]").ariaValueNow);
  seen.push({ db, word: document.querySelector(".told").textContent.split(".")[0] });
  if (seen.length < 30) setTimeout(look, 100); else done(seen); }; look(); })"""
"""What the bar and the word beneath it say, for three seconds."""
LINES = """window.lines = []; const Socket = window.WebSocket; window.WebSocket = class extends Socket {
  constructor(where) { super(where); if (where.endsWith("/live")) lines.push(this); } }"""


@asynccontextmanager
async def speaker(folder: Path, script: str = "") -> AsyncIterator[tuple[Phone, list[WebSocket]]]:
    """An officer's phone with a microphone, and its lines for a voice; `script` spoils the browser beforehand."""
    async with phone(folder, flags=MICROPHONE) as held:
        lines: list[WebSocket] = []
        held.page.on("websocket", lambda line: lines.append(line) if line.url.endswith("/api/v1/live") else None)
        if script:
            await held.page.add_init_script(script)
            await held.page.reload()
            await held.page.wait_for_selector("nav a[aria-current=page]")
        yield held, lines


def word_of(db: int) -> str:
    """What the meter is to say of so many dB below full scale."""
    return "Nhỏ quá" if db < -38 else "To quá" if db > -9 else "Tốt"


def loudest(folder: Path, seconds: float = 0.0) -> float:
    """Of what was recorded, or of its last seconds."""
    (path,) = (folder / "data" / "speeches").glob("*.pcm")
    sound = np.frombuffer(path.read_bytes(), np.int16)
    return float(np.abs(sound[-round(seconds * 48_000) or None :]).max())


async def test_only_a_whole_hold_opens_an_emergency_voice_and_one_touch_on_any_screen_ends_it(tmp_path: Path) -> None:
    async with speaker(tmp_path) as (held, lines):
        page = held.page
        await held.open("/now/emergency/voice")
        await expect(page.get_by_role("meter")).to_be_visible()
        seen = await page.evaluate(LEVELS)
        assert seen
        assert [one for one in seen if one["word"] != word_of(one["db"])] == []
        await hold(page, 1900)
        await page.locator("button.bar").press("Enter")
        await page.wait_for_timeout(1000)
        assert (lines, await _open(held)) == ([], None)
        await hold(page, 2200)
        speech = await the_only(held)
        sizes: list[int] = []
        lines[0].on("framesent", lambda frame: sizes.append(len(frame)) if isinstance(frame, bytes) else None)
        await past(speech, 150)
        assert max(sizes[-20:]) < 500, "Opus"
        assert sum(not line.is_closed() for line in lines) == app_lines()
        assert loudest(tmp_path) > 1000
        await expect(page.locator(".call")).to_contain_text("đừng nói vội")  # no box is there to report that it plays
        await page.get_by_role("button", name="Tạm ngắt micro").click()
        await past(speech, speech.frames + 200)
        assert loudest(tmp_path, 1.0) < QUIET
        await held.open("/today")
        await page.locator(".bar.live button").click()
        await until(lambda: kept(held.office, speech.order))
        order = await order_of(held.office, speech.order)
        assert (order.kind, order.sound_sha256) == ("live_emergency", speech.digest)
        await held.open("/now/speak")
        await expect(page.locator(".notice.good")).to_contain_text("Đã ghi lại")
        await expect(page.locator("article .big")).to_be_visible()
        await expect(page.get_by_role("button", name="DỪNG")).to_have_count(0)  # though no box has said that it is over
        await expect(page.locator("article header, section.bar")).to_have_count(0)
        await page.get_by_role("button", name="Nói lại từ đầu").click()
        await expect(page.locator("button.bar")).to_be_visible()  # it was an alarm, and is held for again


async def test_what_sounds_on_after_ones_own_alarm_can_be_stopped_and_the_next_is_held_for(tmp_path: Path) -> None:
    async with speaker(tmp_path) as (held, _):
        page, office = held.page, held.office
        await held.open("/now/emergency/voice")
        await expect(page.get_by_role("meter")).to_be_visible()
        await page.wait_for_timeout(800)
        await hold(page, 2300)
        await past(await the_only(held), 20)
        await held.open("/today")
        await page.locator(".bar.live button").click()
        await until(lambda: _closed(held))
        async with office.station.database.transaction() as session:
            await session.execute(update(AiringRow).values(state="PLAYING", started_us=office.clock.at_us))
        await office.station.feeding.look()
        await expect(page.locator(".card.live")).to_be_visible()
        await expect(page.locator("section.bar")).to_have_count(0)  # the boxes may only not have said so yet
        await page.locator("section.bar.emergency button").click(timeout=20_000)
        await expect(page.locator(".told")).to_contain_text("tới 1 cụm")
        await held.open("/now/emergency/voice")
        await expect(page.locator("button.bar")).to_be_visible()


@pytest.mark.parametrize("script", [BAD_OPUS, OTHER_RATE])
async def test_where_opus_fails_or_the_rate_is_another_the_voice_goes_as_it_is(tmp_path: Path, script: str) -> None:
    async with speaker(tmp_path, script) as (held, lines):
        await held.open("/now/speak")
        await begin(held.page)
        speech = await the_only(held)
        await past(speech, 150)
        assert loudest(tmp_path) > 1000
        assert sum(not line.is_closed() for line in lines) == 1
        await held.page.get_by_role("button", name="KẾT THÚC").click()
        await expect(held.page.locator(".notice.good")).to_contain_text("Đã ghi lại", timeout=20_000)
        assert (await order_of(held.office, speech.order)).sound_sha256 == speech.digest


async def test_a_lost_line_is_dialled_again_and_who_is_stopped_reads_by_whom(tmp_path: Path) -> None:
    async with speaker(tmp_path, LINES) as (held, _):
        page = held.page
        await held.open("/now/speak")
        await begin(page)
        speech = await the_only(held)
        await past(speech, 50)
        for _ in range(2):
            before = speech.frames
            await page.evaluate("lines.forEach((line) => line.close(4999))")
            await past(speech, before + 100)
        assert await _open(held) is speech
        left = await page.locator(".card .soft").inner_text()
        await page.get_by_role("button", name="Thêm 5 phút").click()
        await expect(page.locator(".card .soft")).to_contain_text("sau 14:")
        assert "sau 9:" in left
        await held.open("/today")
        await held.office.station.commanding.stop((), (), "lan")
        await expect(page.get_by_role("alert")).to_contain_text("lan đã dừng", timeout=20_000)
        await held.open("/now/speak")
        await expect(page.get_by_role("alert")).to_contain_text("lan đã dừng")
        await page.get_by_role("button", name="Nói lại từ đầu").click()
        await begin(page)
        await past(await the_only(held), 20)
        await page.goto("about:blank")
        await until(lambda: _closed(held))


async def _closed(held: Phone) -> bool:
    return await _open(held) is None


async def test_a_call_that_takes_the_microphone_and_a_screen_that_goes_dark_are_told_while_they_last(
    tmp_path: Path,
) -> None:
    async with speaker(tmp_path, HELD_TRACK) as (held, _):
        page, warning = held.page, held.page.get_by_role("alert")
        await held.open("/now/speak")
        await begin(page)
        await past(await the_only(held), 20)
        await expect(warning).to_have_count(0)
        await page.evaluate("track.dispatchEvent(new Event('mute'))")
        await expect(warning).to_contain_text("Máy đang dùng micro cho việc khác")
        await page.evaluate("track.dispatchEvent(new Event('unmute'))")
        await expect(warning).to_have_count(0)
        await page.evaluate(TURN, "hidden")
        await expect(warning).to_contain_text("Đừng tắt màn hình")
        await page.evaluate(TURN, "visible")
        await expect(warning).to_contain_text("Đừng tắt màn hình")  # who comes back reads why
        await expect(warning).to_have_count(0, timeout=20_000)


async def test_without_leave_to_the_microphone_nothing_can_be_held_and_words_say_what_to_do(tmp_path: Path) -> None:
    async with speaker(tmp_path, NO_LEAVE) as (held, lines):
        await held.open("/now/emergency/voice")
        await expect(held.page.get_by_role("alert")).to_contain_text("Chưa cho phép micro")
        await expect(held.page.locator("button.bar")).to_have_count(0)
        await held.page.get_by_role("button", name="Thử lại").click()
        await expect(held.page.get_by_role("alert")).to_contain_text("ổ khóa")
        assert lines == []
