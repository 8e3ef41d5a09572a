"""Three touches to an emergency, and none by accident."""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import expect
from sqlalchemy import func, select, update

from broadcast_server.people.rights import Role
from broadcast_server.store.airings import AiringRow
from broadcast_server.store.orders import OrderRow, TemplateRow
from speaker_client.protocol.ids import MINUTE
from tests.app.aired import aired
from tests.app.alarm import TEXT, give, give_unanswered, hold, hold_by_finger
from tests.app.lines import lose_the_answer
from tests.app.phone import Phone, phone
from tests.app.shelf import desk
from tests.app.states import made
from tests.server_fleet.bell import bell
from tests.waiting import until

EMERGENCIES = "/api/v1/emergencies"


async def test_a_hold_of_two_seconds_sounds_once_shows_how_it_stands_and_each_stop_is_of_what_it_names(
    tmp_path: Path,
) -> None:
    async with phone(tmp_path) as held:
        now_us = held.office.clock.at_us
        await aired(held.office, "Thời sự", now_us - MINUTE, "PLAYING", started_us=now_us - MINUTE)
        await aired(held.office, "Bản tin trưa", now_us - 60 * MINUTE, "PENDING")
        await held.office.station.feeding.look()
        await expect(held.page.locator("li", has_text="Bản tin trưa")).to_contain_text("cụm loa chưa báo về")
        fetched: list[str] = []
        held.page.on("request", lambda request: fetched.append(request.url))
        await held.open("/now/emergency/text")
        await held.page.fill("textarea", TEXT)
        await held.page.wait_for_timeout(800)
        await give(held.page)
        await held.page.wait_for_url("**/now/order/*")
        (asked,) = held.posts("/api/v1/emergencies")
        assert asked["text"] == TEXT
        assert len(asked["key"]) == 32
        await expect(held.page.locator("article h2")).to_have_text("ĐANG GỬI LỆNH KHẨN")  # none told that it sounds
        await expect(held.page.locator(".big")).to_contain_text("0/1")
        await expect(held.page.locator("li.trouble")).to_have_count(0)  # not before it could have answered
        await expect(held.page.locator("li.trouble")).to_have_count(1, timeout=15_000)
        await held.office.station.feeding.look()
        await held.open("/now")
        await expect(held.page.locator(".card.order")).to_be_visible()
        await expect(held.page.locator("section.bar")).to_contain_text("Thời sự")
        await held.page.get_by_role("button", name="Dừng", exact=True).click()
        await expect(held.page.locator(".told")).to_contain_text("tới 1 cụm")
        await held.page.locator(".card.order").click()
        await held.page.get_by_role("button", name="DỪNG PHÁT NGAY").click()
        await expect(held.page.locator("article .notice")).to_contain_text("tới 1 cụm")
        programme, order = held.posts("/api/v1/stop")
        assert programme == {"airings": ["Thời sự"], "clusters": [], "dry_run": False}
        assert (len(order["airings"]), order["clusters"]) == (1, [])
        assert order["airings"] != programme["airings"]
        async with held.office.station.database.transaction() as session:
            ended = update(AiringRow).where(AiringRow.id == order["airings"][0])
            await session.execute(ended.values(state="PARTIAL", reason="STOPPED", decided_us=now_us))
        await held.office.station.feeding.look()
        await expect(held.page.locator("article header.wait h2")).to_have_text("ĐÃ DỪNG GIỮA CHỪNG")
        await expect(held.page.get_by_role("link", name="Hết nguy hiểm")).to_be_visible()
        await held.page.get_by_role("link", name="Báo nhầm").click()
        await held.page.wait_for_url("**/now/emergency/correction")
        await held.page.get_by_role("link", name="Quay lại").click()
        await expect(held.page.locator("article h2")).to_have_text("ĐÃ DỪNG GIỮA CHỪNG")
        await held.open("/now/drill")
        await held.page.wait_for_selector(".alarm.drill")
        await expect(held.page.locator(".card.order")).to_have_count(0)
        assert not [one for one in fetched if "/app/assets/" in one], "all that an alarm needs is in the first load"


async def test_nothing_short_of_a_whole_hold_by_one_finger_sounds_anything(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        page = held.page
        await held.open("/now/emergency/flood")
        await page.wait_for_selector("button.bar")
        await hold(page, 2300)  # begun within 700 ms after the screen opened
        await page.wait_for_timeout(700)
        await hold(page, 1800)
        await expect(page.locator("#hold-hint")).to_contain_text("trước 2 giây")
        await hold(page, 2600, away=True)
        await hold(page, 2300, button="right")
        await page.locator("button.bar").dblclick()
        await page.locator("button.bar").press("Enter")
        await page.wait_for_timeout(2500)
        assert held.posts("/api/v1/emergencies") == []


async def test_a_finger_that_is_lifted_late_does_not_stop_what_it_has_just_given(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        await bell(held.office.station)
        async with held.office.station.database.transaction() as session:
            await session.execute(update(TemplateRow).values(recording_id="rec"))
        page = held.page
        await held.open("/now/emergency/flood")
        await page.wait_for_timeout(800)
        await hold_by_finger(page, 4500)
        stop = page.get_by_role("button", name="DỪNG PHÁT NGAY")
        await expect(stop).to_be_visible()
        await page.wait_for_timeout(1000)
        assert held.posts("/api/v1/stop") == []
        await stop.click()
        await expect(page.locator("article .notice")).to_contain_text("tới 1 cụm")
        assert len(held.posts("/api/v1/stop")) == 1


async def test_a_village_is_chosen_by_one_touch_where_an_alarm_is_given(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        page = held.page
        await held.office.station.places.add_cluster("v", "Bãi bồi", 1, "hoa")
        await held.office.station.feeding.look()
        await held.open("/now/emergency/text")
        await page.get_by_role("button", name="Đổi nơi phát").click()
        await expect(page.get_by_role("checkbox", name="Tất cả các cụm")).to_be_focused()
        village, *both = (page.get_by_role("checkbox", name=one) for one in ("Cả Thôn Một", "Đầu làng", "Bãi bồi"))
        await village.check()
        for one in both:
            await expect(one).to_be_checked()
        await both[0].uncheck()
        await expect(village).not_to_be_checked()
        await expect(both[1]).to_be_checked()


async def test_who_cannot_hold_types_two_digits(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        page = held.page
        await held.open("/now/emergency/text")
        await page.fill("textarea", TEXT)
        await page.get_by_text("Không giữ được").click()
        told = await page.locator("form label").inner_text()
        await expect(page.locator("form button")).to_have_text("Phát ra 0/1 loa")  # its box was never heard of
        code = "".join(one for one in told.splitlines()[0] if one.isdigit())
        wrong = str((int(code) - 9) % 90 + 10)
        await page.locator("form input").fill(wrong)
        await expect(page.locator("form button")).to_be_disabled()
        await page.locator("form input").press("Enter")
        assert held.posts("/api/v1/emergencies") == []
        await page.locator("form input").fill(code)
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/now/order/*")
        assert len(held.posts("/api/v1/emergencies")) == 1


async def test_an_answer_that_is_lost_is_asked_for_again_with_the_same_key(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        page = held.page
        await held.open("/now/emergency/text")
        await page.fill("textarea", TEXT)
        await page.wait_for_timeout(800)
        await page.route("**/api/v1/emergencies", lose_the_answer)
        await give(page)
        await expect(page.locator("[role=alert]")).to_contain_text("Chưa nhận được trả lời")
        await page.unroute("**/api/v1/emergencies")
        await held.open("/now")
        await held.open("/now/emergency/text")
        await expect(page.locator("textarea")).to_have_value(TEXT)
        await expect(page.locator("textarea")).not_to_be_editable()
        await expect(page.get_by_role("button", name="Đổi nơi phát")).to_have_count(0)
        await page.get_by_role("button", name="Thử lại").click()
        await page.wait_for_url("**/now/order/*")
        first, second = held.posts(EMERGENCIES)
        assert first == second
        assert await orders(held) == 1


async def test_an_order_nobody_answered_is_refused_in_words_and_held_for_anew_when_old(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        page = held.page
        await give_unanswered(held)
        await page.unroute("**/api/v1/emergencies")
        no = {"code": "busy", "vi": "Đài đang bận.", "en": "The station is busy."}
        await page.route("**/api/v1/emergencies", lambda route: route.fulfill(status=429, json=no))
        await page.get_by_role("button", name="Thử lại").click()
        await expect(page.get_by_role("alert").filter(has_text="Đài đang bận.")).to_be_visible()
        await expect(page.get_by_role("button", name="Thử lại")).to_be_visible()
        await page.evaluate("const now = Date.now; Date.now = () => now() + 121_000")
        await expect(page.get_by_text("Lệnh trước không rõ đã tới chưa")).to_be_visible()
        await expect(page.get_by_role("button", name="Thử lại")).to_have_count(0)
        await expect(page.locator("button.bar")).to_be_visible()
        first, second = held.posts("/api/v1/emergencies")
        assert first == second


async def test_an_order_that_its_line_held_up_until_it_expired_is_refused_and_sounds_nothing(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        page = held.page
        await held.open("/now/emergency/text")
        await page.fill("textarea", TEXT)
        await page.wait_for_timeout(800)
        await page.route(f"**{EMERGENCIES}", lambda _: None)  # under way, and nobody knows how long
        await give(page)
        await expect(page.get_by_role("alert")).to_contain_text("Chưa nhận được trả lời", timeout=20_000)
        held.office.clock.at_us += 2 * MINUTE
        (asked,) = held.posts(EMERGENCIES)
        late = await (await desk(held)).post(EMERGENCIES, json=asked)
        assert (late.status_code, late.json()["code"]) == (409, "order_expired")
        await page.unroute(f"**{EMERGENCIES}")
        await page.get_by_role("button", name="Thử lại").click()
        await expect(page.get_by_role("alert")).to_contain_text("quá muộn nên không phát")
        await expect(page.get_by_role("button", name="Thử lại")).to_have_count(0)
        await expect(page.locator("button.bar")).to_be_visible()
        assert await orders(held) == 0


async def test_an_order_that_expired_before_it_could_be_sent_is_not_sent_when_the_line_is_back(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        page = held.page
        await give_unanswered(held)
        await page.context.set_offline(True)
        await expect(page.locator("p.strip[role=alert]")).to_contain_text("không phát được từ máy này")
        await expect(page.get_by_role("button", name="Thử lại")).to_have_count(0)
        await page.evaluate("const now = Date.now; Date.now = () => now() + 121_000")
        await expect(page.get_by_text("Lệnh trước không rõ đã tới chưa")).to_be_visible()
        await page.unroute(f"**{EMERGENCIES}")
        await page.context.set_offline(False)
        await expect(page.locator("button.bar")).to_be_visible(timeout=15_000)
        await page.reload()
        await page.wait_for_selector("textarea")
        await page.wait_for_timeout(2000)  # whatever was kept to be sent would have gone by now
        assert len(held.posts(EMERGENCIES)) == 1
        assert await orders(held) == 0
        await page.fill("textarea", TEXT)
        await page.wait_for_timeout(800)
        await give(page)
        await page.wait_for_url("**/now/order/*")
        first, second = held.posts(EMERGENCIES)
        assert first["key"] != second["key"]
        assert await orders(held) == 1


async def test_after_a_plain_no_the_bar_must_be_held_again(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        await held.open("/now/emergency/flood")  # its sound is not made in this office
        await held.page.wait_for_timeout(1500)
        await give(held.page)
        await expect(held.page.locator("[role=alert]")).to_be_visible()
        await expect(held.page.get_by_role("button", name="Thử lại")).to_have_count(0)
        await expect(held.page.locator("button.bar")).to_be_visible()


async def orders(held: Phone) -> int:
    """How many the station has taken."""
    async with held.office.station.database.reading() as session:
        return await session.scalar(select(func.count()).select_from(OrderRow)) or 0


async def test_a_drill_has_a_desk_a_colour_and_a_route_of_its_own(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        page = held.page
        await held.open("/now/drill")
        await page.wait_for_selector(".alarm a")
        await expect(page.locator(".alarm")).to_have_css("border-top-color", "rgb(91, 42, 134)")
        assert await page.locator(".alarm a").evaluate_all("all => all.map(one => one.hash)") == ["#/now/drill/drill"]
        await held.open("/now/drill/drill")
        await page.wait_for_timeout(800)
        await give(page)
        await expect(page.locator("[role=alert]")).to_be_visible()  # its sound is not made in this office
        assert held.posts("/api/v1/emergencies") == []
        assert len(held.posts("/api/v1/drills")) == 1
        await made(held)
        await page.wait_for_timeout(800)
        await give(page)
        stop = page.get_by_role("button", name="DỪNG DIỄN TẬP")
        await expect(stop).to_have_css("background-color", "rgb(91, 42, 134)")
        await expect(page.get_by_role("button", name="DỪNG PHÁT NGAY")).to_have_count(0)


async def test_without_a_line_nothing_can_be_pressed_and_nothing_waits_to_be_sent(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        page = held.page
        await held.open("/now/emergency/flood")
        await page.wait_for_selector("button.bar")
        await page.context.set_offline(True)
        said = page.get_by_text("Mất mạng –")
        await expect(page.get_by_role("alert")).to_contain_text("không phát được từ máy này")
        await expect(said).to_have_count(1)
        await expect(page.locator("button.bar")).to_have_count(0)
        await held.open("/now")
        await expect(page.get_by_role("alert")).to_contain_text("không phát được từ máy này")
        await expect(said).to_have_count(1)
        assert set(await page.locator(".alarm .tile .soft").all_inner_texts()) == {"Cần có mạng"}
        await held.open("/now/emergency/flood")
        await page.context.set_offline(False)
        await expect(page.locator("button.bar")).to_be_visible(timeout=15_000)
        assert held.posts("/api/v1/emergencies") == []


async def test_who_may_not_sees_who_to_ask_and_nothing_that_would_say_no_only_inside(tmp_path: Path) -> None:
    async with phone(tmp_path, Role.VIEWER) as held:
        await held.open("/now")
        refused = held.page.locator(".notice.wait").filter(has_text="chưa được phép phát thanh, phát khẩn")
        await expect(refused).to_be_visible()
        await expect(held.page.locator(".tile")).to_have_count(0)
        await held.open("/today")
        await expect(held.page.get_by_text("Hôm nay chưa có lịch phát.")).to_be_visible()
        await expect(held.page.locator("main .tiles, main a[href$=new]")).to_have_count(0)


async def test_who_logs_out_leaves_nothing_of_the_station_on_the_phone(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        page = held.page
        await until(lambda: page.evaluate("localStorage.getItem('parts') !== null"))
        await page.context.clear_cookies()
        await page.reload()
        await page.wait_for_selector("form")
        await until(lambda: page.evaluate("localStorage.getItem('parts') === null"))
