"""The screen of the clusters: what is counted, tried, joined and drawn."""

from __future__ import annotations

import re
from pathlib import Path

import httpx2
import pytest
from playwright.async_api import expect
from sqlalchemy import select

from broadcast_server import announcing
from broadcast_server.people.rights import Role
from broadcast_server.store.airings import AiringRow
from broadcast_server.store.fleet import PresenceSpanRow
from broadcast_server.store.people import AuditRow
from broadcast_server.store.station import ClusterRow
from speaker_client.protocol.ids import HOUR, MINUTE, SECOND, BoxId
from speaker_client.protocol.signature import SigningKey
from tests.app.horns import commune, furnish, heard_of, measured, sounding_at
from tests.app.phone import phone
from tests.server_fleet.bell import bell
from tests.server_fleet.ground import enrol_form

FINE = "let ms = 0; performance.now = () => (ms += 0.0005)"
"""A browser whose time has fractions of a microsecond."""


async def test_loudspeakers_are_counted_and_trouble_stands_first(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        page, station = held.page, held.office.station
        await furnish(held.office)
        await held.open("/now")
        await expect(page.locator(".head .notice")).to_contain_text("3/4 loa sẵn sàng")
        await station.places.adjust_loudspeaker("c", 2, None, True, "hoa")
        await station.feeding.look()
        await expect(page.locator(".head .notice")).to_contain_text("2/4 loa sẵn sàng")
        await held.open("/clusters")
        await expect(page.locator("main li")).to_have_count(2)
        await expect(page.locator("main li").nth(0)).to_contain_text("Bãi bồi")
        await expect(page.locator("main li").nth(1)).to_contain_text("Loa 2: đang tắt")
        await sounding_at(held.office, "c")
        await expect(page.locator(".bar.emergency")).to_contain_text("3/4 loa")  # the far one was told too
        for place in ("/clusters/new", "/clusters/c/box"):
            await held.open(place)
            await expect(page.get_by_role("alert")).to_contain_text("Nhờ kỹ thuật viên hoặc người quản trị")
            await expect(page.get_by_text(re.compile(r"Bước \d"))).to_have_count(0)


async def test_of_twenty_one_the_lost_and_the_silent_loudspeaker_are_named_and_the_others_sound(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        page, station = held.page, held.office.station
        near = await commune(held.office)
        await station.trying_out.heard("c3", 2, False, None, "hoa")
        await station.feeding.look()
        await expect(page.locator("main .health")).to_contain_text("19/21 loa sẵn sàng · xem lại Bãi bồi, Ngõ c3")
        await sounding_at(held.office, *near)
        async with station.database.transaction() as session:
            for airing in await session.scalars(select(AiringRow).filter_by(state="PLAYING")):
                airing.measured = [measured(airing, n, (airing.cluster_id, n) != ("c3", 2)) for n in range(1, 6)]
        await station.feeding.look()
        await page.locator(".bar.emergency a").click()
        await expect(page.locator(".big")).to_contain_text("20/21")
        await expect(page.locator(".big")).to_contain_text("19 loa đã đo có tiếng")
        await expect(page.locator("li.trouble")).to_have_count(1, timeout=15_000)
        await expect(page.locator("li.trouble")).to_contain_text("Bãi bồi")
        await expect(page.locator(".places .sounded")).to_have_count(19)
        silent = page.locator(".places li", has_text="Ngõ c3")
        await expect(silent.locator(".playing")).to_have_text("loa 2: đang phát")
        await expect(silent.locator(".sounded")).to_have_count(4)


async def test_a_loudspeaker_is_rung_alone_and_what_was_heard_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(announcing, "SOONEST_US", SECOND)
    async with phone(tmp_path) as held:
        page, station = held.page, held.office.station
        await furnish(held.office)
        await bell(station, seconds=1)
        held.office.clock.at_us += 4 * HOUR  # 22:06 in the village
        await heard_of(held.office, BoxId("b"))
        await page.reload()
        await held.open("/clusters/c")
        await page.get_by_role("button", name="Thử loa 2").click()
        await expect(page.get_by_role("alert")).to_contain_text("giờ nghỉ")
        assert held.posts("/loudspeakers/2/test") == [{"at_night": False}]
        await page.get_by_role("button", name="Vẫn thử bây giờ").click()
        await expect(page.locator(".trial .notice.wait")).to_contain_text("Chuông kêu ở loa 2 sau")
        await expect(page.get_by_role("button", name="Thử loa 1")).to_be_disabled()
        await page.get_by_role("button", name="Không kêu").click()
        await expect(page.locator(".trial .notice.bad")).to_contain_text("loa 2 không kêu")
        await station.feeding.look()
        await expect(page.locator(".horn.silent")).to_have_count(1)
        await expect(page.locator("header p.soft")).to_contain_text("2/3 loa sẵn sàng")
        async with station.database.reading() as session:
            noted = await session.scalar(select(AuditRow).filter_by(action="loudspeaker.heard"))
        assert noted is not None
        assert (noted.subject, noted.detail["heard"]) == ("c:2", False)
        assert noted.detail["programme"]


async def test_a_cluster_is_named_its_box_joins_by_eight_letters_and_its_loudspeakers_can_be_tried(
    tmp_path: Path,
) -> None:
    async with phone(tmp_path, Role.ADMIN) as held:
        page, station = held.page, held.office.station
        await held.open("/clusters")
        await page.get_by_role("link", name="Thêm cụm loa").click()
        await page.get_by_label("Tên cụm loa").fill("Nhà văn hóa")
        await page.get_by_label("Thôn").select_option(label="Thôn khác…")
        await page.get_by_label("Tên thôn").fill("Thôn Đoài")
        await page.get_by_role("button", name="Tiếp tục").click()
        await page.get_by_role("button", name="Hiện mã gắn hộp").click()
        await expect(page.get_by_role("img", name="Mã QR để gắn hộp")).to_be_visible()
        typed = await page.locator(".typed").inner_text()
        async with httpx2.AsyncClient(base_url=f"http://{held.host}", trust_env=False) as box:
            answer = await box.post("/box/v1/enrol", json=enrol_form(typed, SigningKey.born()))
        assert answer.status_code == 200, answer.text
        await expect(page.locator("main [role=status]")).to_contain_text("đang chờ hộp báo về")
        await heard_of(held.office, BoxId(answer.json()["box"]))
        await expect(page.locator("main [role=status]")).to_contain_text("Hộp đã kết nối")
        await expect(page.get_by_role("button", name="Thử loa")).to_have_count(3)
        assert station.doors.present(BoxId(answer.json()["box"])) is not None


async def test_the_day_of_a_cluster_is_told_in_a_sentence_and_its_keeper_can_be_called(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        page, station, now = held.page, held.office.station, held.office.clock.at_us
        async with station.database.transaction() as session:
            place = await session.get_one(ClusterRow, "c")
            place.keeper, place.keeper_phone = "Ông Bình", "0912 345 678"
            spans = ((23 * HOUR, HOUR, True), (HOUR, 40 * MINUTE, False), (40 * MINUTE, 0, True))
            for before, until, up in spans:
                times = {"from_us": now - before, "until_us": now - until}
                session.add(PresenceSpanRow(station_id=station.station_id, cluster_id="c", up=up, **times))
        await held.open("/clusters/c")
        await expect(page.locator("section", has=page.locator("#day"))).to_contain_text(
            "Mất kết nối 1 lần, tổng cộng 20 phút"
        )
        await expect(page.locator("section", has=page.locator("#day"))).to_contain_text("60 phút đài không theo dõi")
        await expect(page.get_by_role("link", name="Gọi Ông Bình")).to_have_attribute("href", "tel:0912345678")
        await expect(page.get_by_role("switch")).to_have_count(0)  # figures are the technician's


async def test_where_a_cluster_stands_is_written_down_and_drawn(tmp_path: Path) -> None:
    async with phone(tmp_path, Role.ADMIN, width=320) as held:
        page = held.page
        await furnish(held.office)
        await held.open("/clusters/map")
        await expect(page.locator("main .notice.wait")).to_contain_text("Chưa cụm nào ghi vị trí")
        await held.open("/clusters/c")
        await page.get_by_role("button", name="Sửa thông tin cụm").click()
        await page.get_by_label("Vị trí").fill("đầu làng")
        await page.get_by_role("button", name="Lưu").click()
        await expect(page.get_by_role("alert")).to_contain_text("hai số")
        await page.get_by_label("Vị trí").fill("19.8067, 105.7852")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("status").filter(has_text="Đã lưu")).to_be_visible()
        await page.get_by_role("switch", name="Kỹ thuật").click()
        await expect(page.locator("dl")).to_contain_text("Phiên bản")
        assert await page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        await held.open("/clusters/map")
        await page.get_by_role("link", name="Đầu làng: Có kết nối, 3/3 loa sẵn sàng").focus()
        await expect(page.locator("main")).to_contain_text("Chưa ghi vị trí: Bãi bồi")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/clusters/c")


async def test_a_cluster_is_switched_off_until_the_morning_and_on_again_and_the_list_says_since_when(
    tmp_path: Path,
) -> None:
    async with phone(tmp_path) as held:
        page, office = held.page, held.office
        await furnish(office)
        await held.open("/clusters/c")
        await page.get_by_role("button", name="Tắt tạm cụm này").click()
        sheet = page.locator("dialog")
        await expect(sheet).to_contain_text("Bản tin khẩn cấp vẫn phát")
        await sheet.get_by_text("Đến 05:00, 19/11/2026").click()
        await sheet.locator("input[name=why]").fill("Nhà có đám tang.")
        await sheet.get_by_role("button", name="Tắt tạm", exact=True).click()
        told = page.locator(".notice.warn", has_text="Đang tắt tạm từ 18:06")
        await expect(told).to_contain_text(
            "Tự bật lại lúc 05:00, 19/11/2026. Người tắt: Officer.Test. Nhà có đám tang."
        )
        async with office.station.database.reading() as session:
            row = await session.get_one(ClusterRow, "c")
        assert row.rests_until_us - office.clock.at_us == 10 * HOUR + 53 * MINUTE + 20 * SECOND
        office.clock.at_us += 20 * MINUTE
        await held.open("/clusters")
        await expect(page.locator("li", has_text="Đầu làng")).to_contain_text("Đang tắt tạm từ 18:06")
        await expect(page.locator("li", has_text="Bãi bồi")).not_to_contain_text("tắt tạm")
        await held.open("/clusters/c")
        await page.get_by_role("button", name="Bật lại ngay").click()
        await expect(page.locator(".notice.good")).to_contain_text("Đã bật lại")
        await expect(page.get_by_role("button", name="Tắt tạm cụm này")).to_be_visible()
        office.clock.at_us += 6 * HOUR + 4 * MINUTE  # past midnight
        await heard_of(office, BoxId("b"))
        await page.add_init_script(FINE)
        await page.reload()
        await page.get_by_role("button", name="Tắt tạm cụm này").click()
        await expect(sheet.get_by_text("Đến 05:00", exact=True)).to_be_visible()  # of this morning
        await sheet.get_by_role("button", name="Tắt tạm", exact=True).click()  # for an hour: what was ticked
        await expect(page.locator(".notice.warn", has_text="Đang tắt tạm từ 00:30")).to_be_visible()
        async with office.station.database.reading() as session:
            row = await session.get_one(ClusterRow, "c")
        assert abs(row.rests_until_us - office.clock.at_us - HOUR) < 5 * MINUTE


async def test_a_cluster_is_softer_in_the_hours_that_were_chosen_by_button_or_slider(tmp_path: Path) -> None:
    async def kept() -> list[int] | None:
        async with held.office.station.database.reading() as session:
            return (await session.get_one(ClusterRow, "c")).hours_cb

    async with phone(tmp_path, Role.ADMIN) as held:
        page = held.page
        card = page.get_by_role("region", name="Âm lượng theo giờ")
        await held.open("/clusters/c")
        await expect(card).to_contain_text("Cả ngày như nhau (100).")
        await card.get_by_role("button", name="Chỉnh theo giờ").click()
        for _ in range(2):
            await page.get_by_role("button", name="Nhỏ hơn: 05:00").click()
        await page.get_by_role("slider", name="22:00").fill("50")
        await page.get_by_role("button", name="Lưu", exact=True).click()
        await expect(card).to_contain_text("05:00–06:00: 90 · 06:00–22:00: 100 · 22:00–23:00: 50")
        assert await kept() == [-400 if hour == 5 else -2000 if hour == 22 else 0 for hour in range(24)]
        await card.get_by_role("button", name="Chỉnh theo giờ").click()
        await page.get_by_role("button", name="Cả ngày hết cỡ (100)").click()
        await page.get_by_role("button", name="Lưu", exact=True).click()
        await expect(card).to_contain_text("Cả ngày như nhau (100).")
