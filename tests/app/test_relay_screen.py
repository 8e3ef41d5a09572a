"""Relays on a phone: sources that the station judges, one put on air with time to think again, one that is stopped."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from playwright.async_api import expect
from sqlalchemy import select

from broadcast_server.local_time import local
from broadcast_server.relay import by_hand
from broadcast_server.store.programmes import ProgrammeRow
from broadcast_server.store.relays import RelayRow
from speaker_client.protocol.ids import MINUTE, SECOND, Micros
from tests.app.aired import add_source, relay_on_air, relay_to_come
from tests.app.lines import A_MINUTE_LATER, lose_the_answer
from tests.app.phone import Phone, phone
from tests.app.timetable import programme
from tests.faces.office import Hand, sound


async def test_the_station_says_why_an_address_may_not_be_relayed_and_tries_the_one_that_may(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "relays" / "xa"
    folder.mkdir(parents=True)
    file = sound(folder / "tin.mp3", seconds=5)
    os.utime(file, (file.stat().st_mtime - 60,) * 2)
    monkeypatch.setenv("TIENGLANG_RELAY_ROOT", str(folder.parent))
    async with phone(tmp_path / "phone") as held:
        page = held.page
        await held.open("/relay")
        await page.get_by_role("link", name="Thêm nguồn").click()
        await page.fill("input[name=name]", "Tin xã")
        await page.fill("input[name=address]", "http://10.0.0.5/radio")
        await page.get_by_role("button", name="Lưu nguồn").click()
        await expect(page.locator("[role=alert]")).to_contain_text("mạng riêng")
        await page.fill("input[name=address]", "xa")
        await expect(page.locator("select[name=kind]")).to_have_value("folder")
        await page.get_by_role("button", name="Lưu nguồn").click()
        await expect(page.locator("article")).to_contain_text("Tin xã")
        await expect(page.locator("article .state")).to_contain_text("Có tiếng", timeout=15_000)
        await expect(page.locator("article .state")).to_contain_text("Thử lúc")


async def test_a_relay_is_sent_again_without_a_second_one_and_called_off_while_seconds_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    began_s = time.monotonic()
    monkeypatch.setattr(Hand, "now_us", lambda self: Micros(self.at_us + int((time.monotonic() - began_s) * SECOND)))
    monkeypatch.setattr(by_hand, "COUNTDOWN_US", 60 * SECOND)
    async with phone(tmp_path) as held:
        page = held.page
        await add_source(held.office, "VOV1", "one")
        await held.open("/relay/one/start")
        await page.get_by_role("button", name="1 giờ").click()
        await expect(page.locator("main")).to_contain_text("trong 60 phút")
        await page.route("**/start", lose_the_answer)
        await page.get_by_role("button", name="Tiếp sóng ngay").click()
        await expect(page.locator("[role=alert]")).to_contain_text("Chưa nhận được trả lời")
        await page.unroute("**/start")
        await page.get_by_role("button", name="Gửi lại").click()
        await expect(page.locator("[role=timer]")).to_be_visible()
        first, second = [one for one in held.posts("/start") if not one["dry_run"]]
        assert first == second
        assert first["length_s"] == 3600
        await page.get_by_role("button", name="HỦY").click()
        await expect(page.locator("main [role=status]").first).to_contain_text("Đã hủy")
        async with held.office.station.database.reading() as session:
            (row,) = await session.scalars(select(ProgrammeRow))
        assert row.deleted_us is not None


async def start_unanswered(held: Phone) -> None:
    """A relay is started, its answer is lost, and the screen is left."""
    page = held.page
    await add_source(held.office, "VOV1", "one")
    async with page.expect_response("**/start"):  # tried beforehand
        await held.open("/relay/one/start")
    await page.route("**/start", lose_the_answer)
    await page.get_by_role("button", name="Tiếp sóng ngay").click()
    await expect(page.locator("[role=alert]")).to_contain_text("Chưa nhận được trả lời")
    await page.unroute("**/start")
    await held.open("/relay")


async def test_a_start_whose_answer_was_lost_is_known_again_when_the_screen_was_left(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        page = held.page
        await start_unanswered(held)
        await held.open("/relay/one/start")
        await page.get_by_role("button", name="2 giờ").click()
        await page.get_by_role("button", name="Đổi nơi phát").click()
        everywhere = page.get_by_label("Tất cả các cụm")
        await everywhere.click()  # they are meant already
        await expect(everywhere).to_be_checked()
        await page.get_by_role("button", name="Tiếp sóng ngay").click()
        told = page.get_by_role("status").filter(has_text="Lệnh tiếp sóng lúc trước đã tới đài")
        await expect(told).to_contain_text("Lệnh vừa bấm chưa gửi.")
        first, second = [one for one in held.posts("/start") if not one["dry_run"]]
        assert first["key"] == second["key"]
        async with held.office.station.database.reading() as session:
            assert len(list(await session.scalars(select(ProgrammeRow)))) == 1
        await told.get_by_role("link", name="Xem mục Tiếp sóng").click()
        await page.wait_for_url("**/relay")


async def test_a_dead_source_is_told_of_before_air_with_what_will_be_played_instead(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        page, office = held.page, held.office
        station, now_us = office.station, office.clock.at_us
        made, dead = await relay_to_come(office)
        await station.feeding.look()
        for place in ("/today", "/relay"):
            await held.open(place)
            told = page.get_by_role("alert")
            await expect(told).to_contain_text(f"“Thời sự” lúc {at(made.start_us)}: nguồn chưa phát được")
            await expect(told).to_contain_text("Không kết nối được nguồn “VOV1”. Đài thử lúc 18:06.")
            await expect(told).to_contain_text("Nếu đến giờ vẫn vậy, loa phát “Nhạc quê hương”.")
        async with station.database.transaction() as session:  # a minute before air the second sounds
            kept = await session.get_one(RelayRow, "o")
            kept.probes = [*dead, {**dead[1], "ok": True, "reason": None, "at_us": now_us + 8 * MINUTE}]
        await station.feeding.look()
        await expect(told).to_contain_text("Đến giờ, đài lấy nguồn “Đài tỉnh”.")
        async with station.database.transaction() as session:
            kept = await session.get_one(RelayRow, "o")
            kept.probes = [{**one, "ok": True} for one in kept.probes]
        await station.feeding.look()
        await expect(told).to_have_count(0)


def at(moment_us: int) -> str:
    """On the station's clock."""
    return f"{local('Asia/Ho_Chi_Minh', moment_us):%H:%M}"


async def test_a_relay_on_air_tells_from_where_until_when_what_if_and_is_stopped_alone(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        page = held.page
        await relay_on_air(held.office)
        await held.open("/relay")
        card = page.locator("section.begun")
        await expect(card).to_contain_text("Nguồn “VOV1” không có tiếng. Tạm im lặng.")
        await expect(card).to_contain_text("Tự kết thúc lúc")
        await expect(card).to_contain_text("Nếu không nguồn nào có tiếng: loa im lặng, đài tự thử lại.")
        await page.context.set_offline(True)
        await expect(card).to_contain_text("bấm dừng có thể không tới được đài")
        await expect(card.get_by_role("button", name="Dừng tiếp sóng")).to_be_enabled()
        await page.context.set_offline(False)
        await card.get_by_role("button", name="Dừng tiếp sóng").click()
        await expect(card).to_contain_text("Đã gửi lệnh dừng tới 1 cụm.")
        assert held.posts("/api/v1/stop") == [{"airings": ["Thời sự"], "clusters": [], "dry_run": False}]


async def test_a_minute_after_it_was_sent_a_start_is_another_one(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        page = held.page
        await start_unanswered(held)
        await page.evaluate(A_MINUTE_LATER)
        await held.open("/relay/one/start")
        await page.get_by_role("button", name="Tiếp sóng ngay").click()
        await page.wait_for_url("**/relay")  # by the phone's clock it is on air
        first, second = [one for one in held.posts("/start") if not one["dry_run"]]
        assert first["key"] != second["key"]
        async with held.office.station.database.reading() as session:
            assert {row.id for row in await session.scalars(select(ProgrammeRow))} == {first["key"], second["key"]}


async def test_a_call_off_whose_screen_was_left_takes_nothing_that_is_started_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(by_hand, "COUNTDOWN_US", 60 * SECOND)
    async with phone(tmp_path) as held:
        page = held.page
        await add_source(held.office, "VOV1", "one")
        await held.open("/relay/one/start")
        await page.route("**/start", lambda route: route.abort())
        await page.get_by_role("button", name="Tiếp sóng ngay").click()
        await expect(page.locator("[role=alert]")).to_contain_text("Chưa nhận được trả lời")
        await page.unroute("**/start")
        async with page.expect_response("**/announcements/*"):
            await page.get_by_role("button", name="Hủy lệnh này").click()
        await expect(page.get_by_role("status").filter(has_text="Đang hỏi lại đài")).to_be_visible()
        await held.open("/relay")
        await held.open("/relay/one/start")
        await page.get_by_role("button", name="Tiếp sóng ngay").click()
        await expect(page.locator("[role=timer]")).to_be_visible()
        await page.wait_for_timeout(4000)  # longer than from one asking to the next
        assert [one.method for one in held.asked].count("DELETE") == 1
        async with held.office.station.database.reading() as session:
            (row,) = await session.scalars(select(ProgrammeRow))
        assert row.deleted_us is None


async def test_what_the_station_said_beforehand_stands_while_it_cannot_be_asked_again(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        page = held.page
        await add_source(held.office, "VOV1", "one")
        await programme(held, "Bản tin tối", "18:20")
        await held.open("/relay/one/start")
        clash = page.locator(".notice.warn").filter(has_text="Bản tin tối")
        await expect(clash).to_be_visible()
        await page.route("**/start", lambda route: route.abort())
        await page.evaluate(A_MINUTE_LATER)
        unasked = page.get_by_role("status").filter(has_text="Chưa hỏi được đài")
        await expect(unasked).to_be_visible()
        await expect(clash).to_be_visible()
        await expect(page.get_by_role("alert")).to_have_count(0)
        await page.get_by_role("button", name="2 giờ").click()
        await expect(clash).to_have_count(0)
        await page.unroute("**/start")
        await page.get_by_role("button", name="30 phút").click()
        await expect(clash).to_be_visible()
        await expect(unasked).to_have_count(0)
