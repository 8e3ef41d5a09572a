"""What a look at the pictures of the app found, so that it stays mended."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import expect
from sqlalchemy import select

from broadcast_server.people.rights import Role
from broadcast_server.store.airings import AiringRow
from broadcast_server.store.station import ClusterRow
from speaker_client.protocol.ids import MINUTE, BoxId
from tests.app.aired import aired
from tests.app.horns import commune, furnish, heard_of, sounding_at
from tests.app.phone import phone
from tests.app.states import open_order


async def test_what_has_begun_is_not_told_as_what_comes_next(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        await commune(held.office)
        await sounding_at(held.office, "c2")  # the others have not begun
        await expect(held.page.locator("section.live")).to_contain_text("Lũ")
        await expect(held.page.locator("#next")).to_have_count(0)


async def test_a_desk_keeps_its_tabs_beside_a_confirmation_and_a_phone_gives_its_edge_to_the_hand(
    tmp_path: Path,
) -> None:
    async with phone(tmp_path) as held:
        await held.open("/now/emergency/text")
        tabs = held.page.locator("nav a[aria-current=page]")
        await expect(held.page.locator("textarea")).to_be_visible()
        await expect(tabs).to_be_hidden()
        await held.page.set_viewport_size({"width": 1280, "height": 800})
        await expect(tabs).to_be_visible()


async def test_a_box_that_was_joined_and_not_heard_of_yet_is_no_missing_box(tmp_path: Path) -> None:
    async with phone(tmp_path, Role.ADMIN) as held:
        await held.open("/clusters/c")
        await expect(held.page.locator("section.card").first).to_contain_text("Hộp chưa báo về")
        await expect(held.page.locator("section.card").first).not_to_contain_text("Chưa gắn hộp")


async def test_when_an_order_is_over_what_was_only_received_is_told_as_not_played(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        page, office = held.page, held.office
        await furnish(office)
        await sounding_at(office, "c")
        async with office.station.database.transaction() as session:
            for one in await session.scalars(select(AiringRow)):
                one.accepted_us = office.clock.at_us
                one.state, one.reason = ("PLAYED", None) if one.cluster_id == "c" else ("MISSED", "POWER_OFF")
        office.clock.at_us += 20 * MINUTE
        await office.station.feeding.look()
        await open_order(held)
        await expect(page.locator("li.trouble")).to_have_count(1)
        await expect(page.locator("li.trouble .mark")).to_have_text("loa 1: không phát")
        await expect(page.locator(".legend")).not_to_contain_text("đã nhận lệnh")


async def test_the_day_of_the_log_is_written_out_and_all_of_it_opens_the_calendar(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        await held.open("/log")
        await expect(held.page.get_by_role("heading", name="Nhật ký phát sóng")).to_be_visible()
        await expect(held.page.get_by_role("link", name="Quay lại")).to_have_attribute("href", "#/today")
        day = held.page.locator(".days label")
        await expect(day).to_have_text("Hôm nay, 18/11/2026")
        await held.page.get_by_label("Chọn ngày").fill("2026-11-16")
        await expect(day).to_have_text("Thứ Hai, 16/11/2026")
        words, field = await day.bounding_box(), await held.page.get_by_label("Chọn ngày").bounding_box()
        assert words
        assert field
        assert field["width"] >= words["width"] - 5


@pytest.mark.parametrize(("boxes", "said"), [(1, "1/1 loudspeaker ready"), (2, "3/4 loudspeakers ready")])
async def test_one_and_many_are_told_apart_in_english(tmp_path: Path, boxes: int, said: str) -> None:
    async with phone(tmp_path) as held:
        if boxes > 1:
            await furnish(held.office)
        else:
            await heard_of(held.office, BoxId("b"))
        await held.page.evaluate("localStorage.setItem('language', 'en')")
        await held.page.reload()
        await expect(held.page.locator(".health")).to_contain_text(said)
        await aired(held.office, "News", held.office.clock.at_us, "PLAYING", started_us=held.office.clock.at_us)
        await held.office.station.feeding.look()
        await expect(held.page.locator("section.bar")).to_contain_text("1/1 loudspeaker ·")


async def test_without_a_line_the_clusters_are_still_there_with_their_age_and_who_to_call(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        page = held.page
        async with held.office.station.database.transaction() as session:
            place = await session.get_one(ClusterRow, "c")
            place.keeper, place.keeper_phone = "Ông Bình", "0912 345 678"
        await held.open("/clusters")
        await expect(page.locator("main li")).to_have_count(1)
        await held.open("/clusters/c")
        await expect(page.get_by_role("link", name="Gọi Ông Bình")).to_be_visible()
        await page.context.set_offline(True)
        await expect(page.locator("p.strip.bad")).to_be_visible(timeout=30_000)
        await held.open("/clusters")
        await expect(page.locator("main .notice.warn").first).to_contain_text("Đang xem dữ liệu lúc")
        await page.locator("main li a").click()
        await expect(page.locator("main .notice.warn").first).to_contain_text("Đang xem dữ liệu lúc")
        await expect(page.get_by_role("link", name="Gọi Ông Bình")).to_be_visible()
