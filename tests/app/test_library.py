"""The library: uploads and recordings that outlive the app, cuts, and out of the loudspeakers now."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from playwright.async_api import Error, Page, Playwright, Route, async_playwright, expect
from sqlalchemy import select

from audio_library.content import hash_file
from broadcast_server.library.intakes import FAILURE
from broadcast_server.people.rights import Role
from broadcast_server.store.airings import AiringRow
from broadcast_server.store.library import RecordingRow
from tests.app.lines import A_MINUTE_LATER, HeldBack, lose_the_answer
from tests.app.phone import CHROMIUM, FLAGS, Phone, browser_at, phone
from tests.app.shelf import PICKER, desk, shelved
from tests.bench.rig.cutter import Cutter
from tests.faces.office import PASSWORD, Office, sound
from tests.faces.sending import begin
from tests.live.booth import served
from tests.waiting import until

MICROPHONE = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
ASKED_FIRST = """() => {
  const { mediaDevices } = navigator, open = mediaDevices.getUserMedia.bind(mediaDevices)
  mediaDevices.getUserMedia = (wish) => new Promise((resolve) => (window.allow = async () => {
    const stream = await open(wish)
    resolve(stream)
    await new Promise((later) => setTimeout(later, 300))
    return stream.getTracks()[0].readyState
  }))
}"""
"""Its owner is asked, and says yes when `allow` is called: what has become of the microphone then."""
SECOND = 1_000_000


async def recordings(office: Office) -> list[RecordingRow]:
    """What the library holds, oldest first."""
    async with office.station.database.reading() as session:
        return list(
            await session.scalars(select(RecordingRow).filter_by(deleted_us=None).order_by(RecordingRow.made_us))
        )


async def failed_at_the_station(route: Route) -> None:
    """Of what is refused for itself it is told that the station could not work on it."""
    if route.request.method != "GET":
        await route.continue_()
        return
    answer = await route.fetch()
    told = await answer.json()
    await route.fulfill(response=answer, json={**told, "refusal": told["refusal"] and FAILURE})


async def sends(held: Phone, times: int) -> bool:
    """Whether so many uploads were begun."""
    return len([one for one in held.asked if one.method == "POST" and one.url.endswith("/api/v1/uploads")]) == times


@asynccontextmanager
async def taken_up(playwright: Playwright, profile: Path, port: int) -> AsyncIterator[Page]:
    """The app as it is opened on a phone that remembers what it kept."""
    context = await playwright.chromium.launch_persistent_context(
        profile, executable_path=CHROMIUM, args=[*FLAGS, *MICROPHONE], locale="vi-VN"
    )
    page = context.pages[0]
    await page.goto(f"http://127.0.0.1:{port}/app/")
    await page.fill("input[name=name]", "officer.test")  # a browser that is killed soon forgets a login
    await page.fill("input[name=password]", PASSWORD)
    await page.click("form button.main")
    await page.wait_for_selector("nav a[aria-current=page]")
    yield page
    with suppress(Error):  # it may have been killed
        await context.close()


async def test_an_upload_outlives_lines_that_break_and_an_app_that_is_killed(tmp_path: Path) -> None:
    file, profile = sound(tmp_path / "bản tin.wav", 24), tmp_path / "phone"
    size = file.stat().st_size
    async with served(tmp_path / "data") as (office, host), async_playwright() as playwright:
        await office.hire("officer.test", Role.OFFICER)
        cutter = Cutter(("127.0.0.1", int(host.split(":")[1])), [size // 4, size // 2, size * 4 // 5], 1_000_000)
        try:
            async with taken_up(playwright, profile, cutter.port) as page:
                await page.evaluate("location.hash = '/library/upload'")
                await page.set_input_files(PICKER, file)
                await expect(page.get_by_text("bản tin", exact=True)).to_be_visible()

                async def half() -> bool:
                    return cutter.sent > size * 6 // 10

                await until(half, 60)
                os.kill(browser_at(profile), signal.SIGKILL)
            async with taken_up(playwright, profile, cutter.port) as page:
                (kept,) = await until(lambda: recordings(office), 60)  # whatever screen the app opens with
                await page.evaluate("location.hash = '/library'")
                await expect(page.locator(".rows")).to_contain_text("bản tin")
        finally:
            cutter.close()
        assert kept.original == hash_file(file)
        assert cutter.made == 3
        assert cutter.sent < size + 400_000, "a cut costs what was under way, never the rest of the file again"


async def test_what_was_recorded_before_a_crash_is_offered_and_can_be_sent(tmp_path: Path) -> None:
    voice = f"--use-file-for-fake-audio-capture={sound(tmp_path / 'voice.wav', 60)}"
    async with phone(tmp_path, flags=[*MICROPHONE, voice]) as held:
        page = held.page
        await held.open("/library/record")
        await page.get_by_role("button", name="Bắt đầu ghi").click()
        await page.get_by_role("button", name="Ghi xong").wait_for()
        begun = time.monotonic()
        await page.wait_for_timeout(6000)
        spoken = time.monotonic() - begun
        async with page.expect_event("crash"):
            with suppress(Error):
                await page.goto("chrome://crash")
        reopened = await page.context.new_page()
        address = f"http://{held.host}/app/#/library"
        with suppress(Error):  # the browser may still be at the crashed one's worker
            await reopened.goto(address, timeout=10_000)
        await reopened.goto(address)
        offer = reopened.get_by_role("region", name="Bản ghi chưa xong")
        await offer.get_by_role("button", name="Nghe").click()
        await expect(offer.get_by_role("button", name="Dừng nghe")).to_be_visible()
        await offer.get_by_label("Tên bản tin").fill("Trước khi sập")
        await offer.get_by_role("button", name="Tải lên").click()
        await expect(reopened.locator(".rows")).to_contain_text("Trước khi sập", timeout=20_000)
        await expect(offer).to_have_count(0)
        (kept,) = await recordings(held.office)
        assert kept.duration_us / SECOND > spoken - 2


async def test_who_left_before_the_microphone_was_allowed_is_not_recorded(tmp_path: Path) -> None:
    async with phone(tmp_path, flags=MICROPHONE) as held:
        page = held.page
        await page.evaluate(ASKED_FIRST)
        await held.open("/library/record")
        await page.get_by_role("button", name="Bắt đầu ghi").click()
        await expect(page.get_by_role("button", name="Đang mở micro…")).to_be_disabled()
        await held.open("/library")
        await expect(page.get_by_text("Kho chưa có bản tin")).to_be_visible()
        assert await page.evaluate("allow()") == "ended"


async def test_a_stretch_is_chosen_by_keys_and_buttons_and_becomes_a_recording(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        page = held.page
        await held.open("/library/" + await shelved(held, sound(tmp_path / "a.wav", 8).read_bytes(), "Bản tin"))
        await page.get_by_role("button", name="Cắt bớt").click()
        start, end = page.get_by_role("slider", name="Bắt đầu"), page.get_by_role("slider", name="Kết thúc")
        await start.press("PageUp")
        await page.get_by_role("button", name="Bắt đầu: tiến nửa giây").click()
        box = await end.bounding_box()
        wave = await page.locator(".wave").bounding_box()
        assert box
        assert wave
        await page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 20)
        await page.mouse.down()
        await page.mouse.move(wave["x"] + wave["width"] / 2, box["y"] + 20, steps=4)
        await page.mouse.up()
        await page.locator("fieldset").filter(has_text="Nhỏ dần ở cuối").get_by_text("0,5 giây").click()
        await page.get_by_role("button", name="Lưu bản đã cắt").click()
        await page.get_by_role("link", name="Mở bản đã cắt").click()
        await expect(page.get_by_role("heading", name="Bản tin (đã cắt)")).to_be_visible()
        (asked,) = held.posts("/cuts")
        assert (asked["from_ms"], asked["fade_in_ms"], asked["fade_out_ms"]) == (1500, 0, 500)
        assert abs(asked["to_ms"] - 4000) < 60
        _, cut = await recordings(held.office)
        assert abs(cut.duration_us - (asked["to_ms"] - 1500) * 1000) < 50_000


async def test_what_is_no_sound_is_not_sent_and_what_the_station_refuses_says_why(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        page = held.page
        await held.open("/library/upload")
        await page.set_input_files(
            PICKER, {"name": "kế hoạch.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7"}
        )
        await expect(page.get_by_role("alert")).to_have_text("kế hoạch.pdf: tệp không phải âm thanh (pdf).")
        assert not held.asked
        text = {"name": "thơ.mp3", "mimeType": "audio/mpeg", "buffer": "Quê hương là chùm khế ngọt".encode() * 50}
        await page.route("**/api/v1/uploads/*", failed_at_the_station)
        await page.set_input_files(PICKER, text)
        row = page.get_by_role("listitem").filter(has_text="thơ")
        await expect(row).to_contain_text(FAILURE["vi"], timeout=20_000)
        await page.unroute("**/api/v1/uploads/*")
        await row.get_by_role("button", name="Thử lại").click()
        await until(lambda: sends(held, 2), 20)  # it is still on the phone
        await expect(row).to_contain_text("Tệp này không phải là tệp âm thanh", timeout=20_000)
        await page.reload()
        await expect(row).to_contain_text("Tệp này không phải là tệp âm thanh", timeout=20_000)
        await expect(row.get_by_role("button")).to_have_text(["Chọn tệp khác", "Đóng"])
        async with page.expect_file_chooser():
            await row.get_by_role("button", name="Chọn tệp khác").click()
        await expect(row).to_have_count(0)
        await expect(page.get_by_text("Kho chưa có bản tin")).to_be_visible()
        await page.keyboard.press("Escape")
        await begin(await desk(held), 1000, filename="ở máy khác.wav")
        await page.reload()
        elsewhere = page.locator(".notice.warn", has_text="Tệp tải dở từ máy khác: ở máy khác")
        await page.route("**/api/v1/uploads/*", lambda route: route.abort())
        for name in ("Bỏ", "Bấm lần nữa để bỏ hẳn"):
            await elsewhere.get_by_role("button", name=name, exact=True).click()
        await expect(page.get_by_role("alert")).to_contain_text("Chưa nhận được trả lời của máy chủ")
        await page.unroute("**/api/v1/uploads/*")
        await elsewhere.get_by_role("button").click()
        await expect(elsewhere).to_have_count(0)


async def test_five_seconds_to_think_again_and_a_cancel_until_it_begins(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        page = held.page
        await held.open("/library/" + await shelved(held, sound(tmp_path / "a.wav").read_bytes(), "Mời họp"))
        await page.get_by_role("button", name="Phát ngay", exact=True).click()
        await page.get_by_role("button", name="Phát ra 1 cụm").click()
        await expect(page.get_by_text("Phát sau 3…")).to_be_visible()
        await page.get_by_role("button", name="Hủy").click()
        await expect(page.get_by_text("Đã hủy")).to_be_visible()
        await page.wait_for_timeout(4000)
        assert held.posts("/api/v1/announcements") == []
        await page.get_by_role("button", name="Đổi nơi phát").click()
        await page.get_by_role("checkbox", name="Đầu làng").check()
        await page.route("**/api/v1/announcements", lose_the_answer, times=1)
        await page.get_by_role("button", name="Phát ra 1 cụm").click()
        await expect(page.get_by_role("alert")).to_contain_text("Chưa nhận được trả lời", timeout=15_000)
        await page.get_by_role("button", name="Đóng").click()
        await page.get_by_role("button", name="Phát ngay", exact=True).click()
        await page.get_by_role("button", name="Gửi lại").click()
        await expect(page.get_by_text("Đã nhận lệnh.")).to_be_visible(timeout=15_000)
        asked, again = held.posts("/api/v1/announcements")
        assert asked["targets"] == ["cluster:c"]
        assert again == asked, "with the same key it is the same announcement"
        async with held.office.station.database.reading() as session:
            assert len((await session.scalars(select(AiringRow))).all()) == 1
        await page.get_by_role("button", name="Hủy").click()
        await expect(page.get_by_text("Đã hủy")).to_be_visible()
        assert held.asked[-1].method == "DELETE"


async def put_on_air_by_a_slow_line(held: Phone, tmp_path: Path) -> HeldBack:
    """A recording put on air; the phone has given up the line that holds it back."""
    line, page = HeldBack(), held.page
    await held.open("/library/" + await shelved(held, sound(tmp_path / "a.wav").read_bytes(), "Mời họp"))
    await page.get_by_role("button", name="Phát ngay", exact=True).click()
    await page.route("**/api/v1/announcements", line, times=1)
    await page.get_by_role("button", name="Phát ra 1 cụm").click()
    await expect(page.get_by_role("alert")).to_contain_text("Chưa nhận được trả lời", timeout=30_000)
    await page.get_by_role("button", name="Hủy lệnh này").click()
    await expect(page.get_by_role("status").filter(has_text="Đang hỏi lại")).to_be_visible()
    return line


async def test_what_was_still_on_its_way_is_called_off_when_it_comes(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        page = held.page
        line = await put_on_air_by_a_slow_line(held, tmp_path)
        await page.get_by_role("button", name="Đóng").click()
        await page.get_by_role("button", name="Phát ngay", exact=True).click()
        await expect(page.get_by_role("status").filter(has_text="Đang hỏi lại")).to_be_visible()
        assert await line.let_go() == 201
        await expect(page.get_by_text("Đã hủy, loa không phát.")).to_be_visible(timeout=15_000)
        async with held.office.station.database.reading() as session:
            (airing,) = await session.scalars(select(AiringRow))
        assert airing.withdrawn_plan is not None


async def test_what_seems_never_to_have_come_and_what_is_sent_after_it_start_once(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        page = held.page
        line = await put_on_air_by_a_slow_line(held, tmp_path)
        await page.evaluate(A_MINUTE_LATER)
        await expect(page.get_by_text("Lệnh chưa tới đài: không phát gì.")).to_be_visible(timeout=15_000)
        await page.get_by_role("button", name="Phát ra 1 cụm").click()
        await expect(page.get_by_text("Đã nhận lệnh.")).to_be_visible(timeout=30_000)
        assert await line.let_go() == 201
        first, second = held.posts("/api/v1/announcements")
        assert first == second
        async with held.office.station.database.reading() as session:
            assert len((await session.scalars(select(AiringRow))).all()) == 1


async def test_it_is_found_without_accents_renamed_and_deleted_unless_in_use(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        page = held.page
        await shelved(held, sound(tmp_path / "a.wav").read_bytes(), "Thông báo cúp điện")
        used = await shelved(held, sound(tmp_path / "b.wav", frequency=600).read_bytes(), "Mời họp thôn")
        programme = {"title": "Buổi chiều", "items": [used], "targets": ["all"]}
        assert (await (await desk(held)).post("/api/v1/programmes", json=programme)).status_code == 201
        await held.open("/library")
        await page.get_by_role("searchbox").fill("cup dien")
        rows = page.locator(".rows li")
        await expect(rows).to_have_count(1)
        await rows.get_by_role("link").click()
        await page.get_by_role("button", name="Đổi tên").click()
        await page.get_by_label("Tên bản tin").fill("Cúp điện thứ Bảy")
        await page.get_by_role("button", name="Lưu").click()
        await expect(page.get_by_role("heading", name="Cúp điện thứ Bảy")).to_be_visible()
        await page.get_by_role("button", name="Xóa bản tin").click()
        await page.get_by_role("button", name="Xóa", exact=True).click()
        await expect(rows).to_have_count(1)
        await expect(rows).to_contain_text("Mời họp thôn")
        await rows.get_by_role("link").click()
        await page.get_by_role("button", name="Xóa bản tin").click()
        await page.get_by_role("button", name="Xóa", exact=True).click()
        await expect(page.get_by_role("alert")).to_have_text("Bản ghi đang được dùng trong: Buổi chiều.")
