"""The screen of an order on air: who is missing, by name, and one way to stop it."""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import Page, expect
from sqlalchemy import select, update

from broadcast_server.store.airings import AiringRow
from speaker_client.protocol.ids import MINUTE
from tests.app.aired import aired
from tests.app.horns import commune, furnish, measured, sounding_at
from tests.app.phone import Phone, phone
from tests.app.states import open_order
from tests.faces.office import Office

LONG_MS = 40_000
"""The phone learns what time it is at the station with each beat of the feed, and nobody is missing at first."""


async def measure(held: Phone) -> None:
    """All that plays is measured to sound but the second loudspeaker of one cluster."""
    async with held.office.station.database.transaction() as session:
        for one in await session.scalars(select(AiringRow).filter_by(state="PLAYING")):
            one.measured = [measured(one, n, (one.cluster_id, n) != ("c3", 2)) for n in range(1, 6)]
    await held.office.station.feeding.look()


async def test_who_does_not_play_and_who_is_not_heard_are_named_on_the_bar_and_under_the_number(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        page, office = held.page, held.office
        near = await commune(office)
        office.clock.at_us += MINUTE  # the phone has not heard of it yet: for it the order is from hereafter
        await sounding_at(office, *near)
        await expect(page.locator("section.bar")).to_contain_text("20/21 loa")
        assert "Bãi bồi" not in await page.locator("section.bar").inner_text()
        await expect(page.locator("section.bar")).to_contain_text("Không thấy phát: Bãi bồi", timeout=LONG_MS)
        await measure(held)
        await page.locator("section.bar a").click()
        lacking = page.locator(".big .lack")
        await expect(lacking).to_have_text(["1 loa chưa phát: Bãi bồi", "1 loa không đo thấy tiếng: Ngõ c3 – loa 2"])
        await end_at(office, "far", "MISSED")  # elsewhere it goes on
        await expect(lacking.first).to_have_text("1 loa không phát: Bãi bồi")
        await expect(page.locator("li.trouble .mark")).to_have_text("loa 1: không phát")
        await expect(page.locator(".legend")).to_have_text("đã đo có tiếngđang phátkhông phát")
        async with office.station.database.transaction() as session:
            for one in await session.scalars(select(AiringRow)):
                one.state, one.decided_us = "PLAYED" if one.state == "PLAYING" else "MISSED", office.clock.at_us
        await office.station.feeding.look()
        await expect(lacking).to_have_text(["1 loa không phát: Bãi bồi", "1 loa không đo thấy tiếng: Ngõ c3 – loa 2"])
        await expect(page.locator("article header.warn h2")).to_have_text("ĐÃ XONG")


async def test_how_often_it_was_said_is_told_by_the_clock_on_the_bar_and_on_its_screen(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        page, office = held.page, held.office
        await held.keep_time()
        await page.reload()
        await sounding_at(office, "c", rounds=3)
        bar, title = page.locator("section.bar"), page.locator("article .title")
        await expect(bar).to_contain_text("Đang đọc lần 1/3")
        await expect(bar).to_contain_text("Đang đọc lần 2/3", timeout=LONG_MS)
        await bar.locator("a").click()
        await expect(title).to_contain_text("Đang đọc lần 3/3", timeout=LONG_MS)
        async with office.station.database.transaction() as session:
            await session.execute(update(AiringRow).values(state="PLAYED", decided_us=office.clock.at_us))
        await office.station.feeding.look()
        await expect(title).not_to_contain_text("lần")
        await expect(page.locator("article header.good h2")).to_have_text("ĐÃ XONG")  # nothing fell short


async def test_an_alarm_that_has_ended_is_over_though_a_cluster_that_is_away_never_told_of_it(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        page, office = held.page, held.office
        await furnish(office)
        await sounding_at(office, "c", rounds=3)
        await open_order(held)
        head, stop = page.locator("article h2"), page.get_by_role("button", name="DỪNG PHÁT NGAY")
        await expect(head).to_have_text("ĐANG PHÁT KHẨN")
        await expect(
            page.get_by_role("link", name="Hết nguy hiểm")
        ).to_be_visible()  # one that is lost has no end for long
        await end_at(office, "c", "PARTIAL")
        await expect(head).to_have_text("ĐANG PHÁT KHẨN")  # of its own fault; nobody has stopped it
        await expect(page.locator(".big")).to_contain_text("loa đã phát")
        await held.office.station.commanding.stop((), (), "lan")
        await office.station.feeding.look()
        await expect(head).to_have_text("ĐÃ DỪNG GIỮA CHỪNG")
        await expect(page.locator("article header.wait")).to_have_count(1)
        await expect(page.locator("article header .clock")).to_have_count(0)
        await expect(page.get_by_role("link", name="Hết nguy hiểm")).to_be_visible()
        await expect(stop).to_be_enabled()  # whoever is away may yet have begun
        await end_at(office, "c", "PLAYED")
        async with office.station.database.transaction() as session:
            await session.execute(update(AiringRow).values(withdrawn_by=None))
        await office.station.feeding.look()
        await expect(head).to_have_text("ĐANG PHÁT KHẨN")  # whoever is away may begin until it expires
        office.clock.at_us += 10 * MINUTE
        await held.keep_time()
        await page.reload()
        await expect(page.locator("article header.warn h2")).to_have_text("ĐÃ XONG")
        await expect(page.locator("article .title")).not_to_contain_text("lần")
        await end_at(office, "c", "PARTIAL")  # broken off by itself, elsewhere never heard of: nobody stopped it
        await expect(page.locator("li", has_text="Đầu làng").locator(".soft.wide")).to_contain_text("một phần")
        await expect(page.locator("article header.warn h2")).to_have_text("ĐÃ XONG")
        await expect(page.locator(".big")).to_contain_text("loa đã phát")
        await expect(page.locator(".lack")).to_have_text("1 loa chưa rõ đã phát chưa: Bãi bồi")
        await expect(page.locator("li.trouble .mark.unknown")).to_contain_text("chưa rõ")
        await expect(stop).to_be_enabled()
        await page.get_by_role("link", name="Hết nguy hiểm").click()
        await expect(page.locator(".reach")).to_be_visible()
        await expect(page.get_by_text("Tin này sẽ phát thay ngay")).to_have_count(0)


async def test_where_it_has_ended_it_is_not_counted_as_playing_while_it_sounds_elsewhere(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        page, office = held.page, held.office
        await furnish(office)
        await sounding_at(office, "c", "far")
        await expect(page.locator("section.bar")).to_contain_text("4/4 loa")
        await open_order(held)
        await expect(page.locator(".big")).to_contain_text("4/4")
        ended = page.locator("li", has_text="Bãi bồi")
        for state, told in (("UNKNOWN", "chưa báo về"), ("PARTIAL", "một phần")):
            await end_at(office, "far", state)
            await expect(ended.locator(".soft.wide")).to_contain_text(told)
            await expect(page.locator(".big")).to_contain_text("3/4")
            await expect(ended.locator(".mark")).to_have_text(["loa 1: đã phát"])
            await expect(ended.locator(".soft.wide")).not_to_be_empty()
        await expect(page.locator("li", has_text="Đầu làng").locator(".mark").first).to_have_text("loa 1: đang phát")
        await expect(page.locator(".legend .mark")).to_have_text(["đang phát", "đã phát"])
        signs = await page.locator(".legend path").evaluate_all("all => all.map(one => one.getAttribute('d'))")
        assert await ended.locator(".mark path").get_attribute("d") == signs[1] != signs[0]
        await held.open("/today")
        await expect(page.locator("section.bar")).to_contain_text("3/4 loa")


async def test_a_phone_without_a_line_does_not_say_that_nobody_played_for_its_clock_alone(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        page, office = held.page, held.office
        await page.clock.install()
        await page.reload()
        await furnish(office)
        await sounding_at(office)
        await open_order(held)
        head = page.locator("article h2")
        await expect(head).to_have_text("ĐANG GỬI LỆNH KHẨN")
        await page.context.set_offline(True)
        await expect(page.locator("p.strip.bad")).to_be_visible(timeout=LONG_MS)
        await page.clock.fast_forward(5 * 60_000)
        await page.wait_for_timeout(1500)
        await expect(head).to_have_text("ĐANG GỬI LỆNH KHẨN")


async def test_an_order_that_was_stopped_before_anybody_answered_is_not_on_its_way_any_more(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        page, office = held.page, held.office
        await furnish(office)
        await sounding_at(office)
        await open_order(held)
        await expect(page.locator("article h2")).to_have_text("ĐANG GỬI LỆNH KHẨN")
        await page.get_by_role("button", name="DỪNG PHÁT NGAY").click()
        await expect(page.get_by_text("Đã gửi lệnh dừng")).to_be_visible()
        await office.station.feeding.look()
        await expect(page.locator("article h2")).to_have_text("ĐÃ DỪNG GIỮA CHỪNG")
        await expect(page.get_by_text("Đã dừng trước khi phát")).to_have_count(2)
        async with office.station.database.transaction() as session:
            await session.execute(update(AiringRow).filter_by(cluster_id="c").values(accepted_us=office.clock.at_us))
        await office.station.feeding.look()
        await expect(page.locator("article h2")).to_have_text("ĐANG GỬI LỆNH KHẨN")  # whoever has it may sound it
        await end_at(office, "c", "CANCELLED")
        await expect(page.locator("article h2")).to_have_text("ĐÃ DỪNG GIỮA CHỪNG")


async def end_at(office: Office, cluster: str, state: str) -> None:
    """That cluster says how the order ended there; the others say nothing."""
    async with office.station.database.transaction() as session:
        ended = update(AiringRow).filter_by(cluster_id=cluster)
        await session.execute(ended.values(state=state, decided_us=office.clock.at_us))
    await office.station.feeding.look()


async def test_while_nobody_plays_whoever_has_not_even_answered_is_named(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        await furnish(held.office)
        await sounding_at(held.office)
        await open_order(held)
        await expect(held.page.locator(".big")).to_contain_text("chưa cụm nào trả lời")
        await expect(held.page.locator("article h2")).to_have_text("ĐANG GỬI LỆNH KHẨN")
        await expect(held.page.locator(".lack")).to_have_count(0)
        async with held.office.station.database.transaction() as session:
            for one in await session.scalars(select(AiringRow).filter_by(cluster_id="c")):
                one.accepted_us = held.office.clock.at_us
        await held.office.station.feeding.look()
        await expect(held.page.locator(".lack")).to_have_text("1 loa chưa trả lời: Bãi bồi")
        held.office.clock.at_us += 2 * MINUTE
        await held.keep_time()
        await held.page.reload()
        await expect(held.page.locator("article h2")).to_have_text("CHƯA LOA NÀO PHÁT")


async def bottom_of(page: Page, what: str) -> tuple[float, float]:
    """Its upper and its lower edge on the screen."""
    box = await page.locator(what).bounding_box()
    assert box
    return box["y"], box["y"] + box["height"]


async def test_its_own_screen_has_one_stop_in_the_thumbs_reach_and_the_bar_is_for_what_else_sounds(
    tmp_path: Path,
) -> None:
    async with phone(tmp_path) as held:
        page, office = held.page, held.office
        await commune(office)
        await sounding_at(office, "c", "c2")
        await expect(page.locator("section.bar")).to_contain_text("Lũ")
        await open_order(held)
        await expect(page.get_by_role("button", name="Dừng")).to_have_count(1)
        tabs, _ = await bottom_of(page, ".foot nav")
        upper, lower = await bottom_of(page, "button.tall")
        assert upper > 0
        assert lower <= tabs
        now_us = office.clock.at_us
        await aired(office, "Thời sự", now_us - MINUTE, "PLAYING", started_us=now_us - MINUTE, cluster_id="c4")
        await office.station.feeding.look()
        await expect(page.locator("section.bar")).to_contain_text("Thời sự")
        bar, _ = await bottom_of(page, "section.bar")
        _, lower = await bottom_of(page, "button.tall")
        assert lower <= bar
        await page.locator("section.bar button").click()
        await expect(page.locator(".told")).to_contain_text("tới 1 cụm")
        assert held.posts("/api/v1/stop") == [{"airings": ["Thời sự"], "clusters": [], "dry_run": False}]
        await held.open("/now")
        await expect(page.locator("section.bar")).to_contain_text("Lũ")


async def test_until_its_own_screen_can_stop_it_the_bar_does(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        page = held.page
        await commune(held.office)
        await sounding_at(held.office, "c")
        await page.route("**/api/v1/orders/*", lambda _: None)  # its answer does not come
        await page.locator("section.bar a").click()
        await page.wait_for_url("**/now/order/*")
        await expect(page.locator("main .bars")).to_be_visible()
        await expect(page.locator("section.bar button")).to_be_visible()


async def test_what_it_interrupted_is_told_while_it_sounds_if_that_goes_on_afterwards(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        page, office = held.page, held.office
        now_us = office.clock.at_us
        await furnish(office)
        for title, resumes in (("Thời sự", True), ("Ca nhạc", False)):
            row = await aired(office, title, now_us - MINUTE, "PLAYING", started_us=now_us - MINUTE)
            async with office.station.database.transaction() as session:
                (await session.get_one(AiringRow, row.id)).planned = {**(row.planned or {}), "resumes": resumes}
        await sounding_at(office, "c")
        await open_order(held)
        await expect(page.locator(".notice.wait")).to_have_text("Đã ngắt “Thời sự”. Hết khẩn sẽ phát tiếp.")
        async with office.station.database.transaction() as session:
            for one in await session.scalars(select(AiringRow).where(AiringRow.order_id.is_not(None))):
                one.state, one.decided_us = "PLAYED", now_us
        await office.station.feeding.look()
        await expect(page.locator("article h2")).to_have_text("ĐÃ XONG")
        await expect(page.locator(".notice.wait")).to_have_count(0)
