"""What nobody says anew shows its age: on a line that carries nothing, and in an app that is opened without one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.async_api import WebSocketRoute, expect

from speaker_client.protocol.ids import MINUTE
from tests.app.aired import aired
from tests.app.axe import misfits
from tests.app.horns import furnish
from tests.app.phone import ACTIVE, IN_CHARGE, phone
from tests.app.timetable import programme

WORDS = {
    "vi": (re.compile("Trực tuyến|4G yếu"), "Đang chờ đài", "Đang xem dữ liệu lúc", "Mất mạng"),
    "en": (re.compile("Online|Weak 4G"), "Waiting for the station", "Shown as of", "No network"),
}
GREY = "grayscale(1)"
SOFT = "rgb(85, 88, 94)"
SECOND_MS = 1000


class Swallowing:
    """A line that carries everything, until it is told to carry nothing."""

    def __init__(self) -> None:
        self.swallows = False

    def __call__(self, page: WebSocketRoute) -> None:
        station = page.connect_to_server()
        page.on_message(lambda said: None if self.swallows else station.send(said))
        station.on_message(lambda said: None if self.swallows else page.send(said))


@pytest.mark.parametrize("language", WORDS)
async def test_after_twenty_seconds_without_a_word_the_age_is_told_and_after_a_minute_figures_are_grey(
    tmp_path: Path, language: str
) -> None:
    fast, waiting, as_of, offline = WORDS[language]
    async with phone(tmp_path, width=320) as held:
        page, line, pill = held.page, Swallowing(), held.page.locator("a.line")
        begun = held.office.clock.at_us - MINUTE
        await aired(held.office, "Thời sự", begun, "PLAYING", started_us=begun)
        await held.office.station.feeding.look()
        await page.route_web_socket(re.compile("/api/v1/feed"), line)
        await page.clock.install()
        await held.keep_time()
        await page.evaluate("language => localStorage.setItem('language', language)", language)
        await page.reload()
        await expect(pill).to_have_text(fast)
        await expect(page.locator("section.bar")).to_be_visible()
        line.swallows = True
        await page.clock.fast_forward(15 * SECOND_MS)
        await expect(pill).to_have_text(fast)
        await expect(page.locator("p.strip")).to_have_count(0)
        await page.clock.fast_forward(6 * SECOND_MS)
        await expect(pill).to_have_text(waiting)
        await expect(page.locator("p.strip.warn")).to_contain_text(as_of)
        await expect(page.locator(".health")).not_to_have_css("filter", GREY)
        assert await misfits(page) == []
        await page.clock.fast_forward(26 * SECOND_MS)
        await expect(pill).to_have_text(offline)
        await page.clock.fast_forward(15 * SECOND_MS)
        await expect(page.locator(".health")).to_have_css("filter", GREY)
        await expect(page.locator("section.bar")).to_have_css("background-color", "rgb(85, 88, 94)")
        line.swallows = False
        held.office.clock.at_us += MINUTE  # or the phone's would be told to be wrong
        await page.clock.fast_forward(16 * SECOND_MS)
        await expect(pill).to_have_text(fast)
        await expect(page.locator(".health")).not_to_have_css("filter", GREY)
        await expect(page.locator("p.strip")).to_have_count(0)


async def test_an_app_opened_without_a_line_has_the_day_the_week_and_the_clusters_with_their_age(
    tmp_path: Path,
) -> None:
    async with phone(tmp_path) as held:
        page, main = held.page, held.page.locator("main")
        await furnish(held.office)
        await programme(held, "Bản tin tối", "20:00")
        await held.keep_time()
        await page.evaluate(ACTIVE)
        await page.reload()
        await page.evaluate(IN_CHARGE)
        await expect(main.locator("li", has_text="Bản tin tối")).to_be_visible()
        await expect(page.locator(".health")).to_contain_text("3/4 loa sẵn sàng")
        for place in ("/schedule", "/clusters"):
            await held.open(place)
            await expect(main.locator("li").first).to_be_visible()
        await held.open("/clusters/c")
        await expect(page.get_by_role("button", name="Tắt tạm")).to_be_enabled()
        await page.context.set_offline(True)
        await held.open("/today")
        await page.reload()

        await expect(page.locator("a.line")).to_have_text("Mất mạng")
        await expect(page.locator("p.strip.bad")).to_contain_text("Đang xem dữ liệu lúc")
        await expect(page.locator(".health")).to_contain_text("3/4 loa sẵn sàng")
        await expect(main.locator("li", has_text="Bản tin tối")).to_be_visible()
        await expect(main.get_by_text("Đang xem dữ liệu lúc")).to_be_visible()

        await held.open("/schedule")
        await expect(main.locator(".notice.warn")).to_contain_text("chưa sửa được lịch. Đây là lịch xem lúc")
        await expect(page.get_by_role("link", name="Thêm lịch")).to_have_count(0)
        await main.locator("li button", has_text="Bản tin tối").click()
        await expect(page.locator("dialog .notice.warn")).to_contain_text("chưa sửa được lịch")
        await expect(page.locator("dialog").get_by_role("button")).to_have_count(1)  # it closes
        await page.keyboard.press("Escape")

        await held.open("/clusters")
        await expect(main.locator("li")).to_have_count(2)
        await expect(main.locator(".notice.warn").first).to_contain_text("Đang xem dữ liệu lúc")
        await main.locator("li a", has_text="Đầu làng").click()
        await expect(main.locator(".notice.warn").first).to_contain_text("Đang xem dữ liệu lúc")
        for name in ("Tắt tạm", "Thử loa 2"):
            act = page.get_by_role("button", name=name)
            await expect(act).to_be_disabled()
            await expect(main.locator("section", has=act)).to_contain_text("đang mất mạng nên chưa làm được")
        await expect(main.locator("section").first).to_contain_text(re.compile(r"Lúc \d\d:\d\d: Có kết nối"))
        await expect(main.locator(".horn.ready").first).to_have_css("color", SOFT)

        await held.open("/library")
        await expect(page.locator("p.strip.bad")).to_have_text("Mất mạng – lịch vẫn tự phát.")
        await held.open("/today")
        coming = page.locator("section", has=page.locator("#next"))
        await expect(coming).to_contain_text("Bản tin tối")
        await page.evaluate("const now = Date.now; Date.now = () => now() + 3 * 3_600_000")
        await expect(coming).to_contain_text("Chưa tải được")  # what was next has passed
        await page.evaluate("localStorage.removeItem('parts')")
        await held.open("/today")
        await page.reload()
        await expect(page.locator("section[aria-labelledby=next]")).to_contain_text("Chưa tải được.")
