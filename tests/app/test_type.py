"""A typed announcement: heard, on air in five touches at most, later, called off; its draft is never lost."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.async_api import expect
from sqlalchemy import delete, func, select, update

from audio_library.speech import Espeak, SpeechFailed, Spoken
from broadcast_server.local_time import local_text
from broadcast_server.store.airings import AiringRow
from broadcast_server.store.library import IntakeRow
from broadcast_server.store.station import LoudspeakerRow
from speaker_client.protocol.ids import MINUTE
from tests.app.aired import ANNOUNCEMENTS, SPOKEN_MS
from tests.app.axe import misfits
from tests.app.lines import A_MINUTE_LATER, HeldBack, lose_the_answer
from tests.app.phone import Phone, button, phone
from tests.faces.office import PASSWORD
from tests.waiting import until

TEXT = "Kính mời bà con đến nhà văn hóa họp thôn lúc bảy giờ tối nay."
ZONE = "Asia/Ho_Chi_Minh"


async def test_from_today_to_the_air_in_five_touches_at_most_and_called_off_in_the_countdown(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        page, touches = held.page, 0
        for place in (page.get_by_role("link", name="Gõ để đọc"), page.get_by_label("Nội dung thông báo")):
            await place.click()
            touches += 1
        await page.keyboard.type(TEXT)
        await expect(page.locator("#count")).to_have_text("15 từ ≈ 4 giây")
        await button(page, "Phát ngay").click()
        touches += 1
        assert touches <= 5
        await page.wait_for_url("**/type/air/*")
        (asked,) = held.posts(ANNOUNCEMENTS)
        assert (asked["text"], asked["targets"], asked["times"], asked["at_us"]) == (TEXT, ["all"], 2, None)
        await expect(page.locator("article .big")).to_contain_text("Phát sau", timeout=SPOKEN_MS)
        await button(page, "Hủy, không phát").click()
        await expect(page.locator("article h2")).to_have_text("ĐÃ HỦY")
        assert await airings(held, withdrawn=True) == 1
        await button(page, "Sửa lại tin này").click()
        await expect(page.locator("textarea")).to_have_value(TEXT)


async def test_a_draft_outlives_a_reload_a_line_that_is_gone_and_a_session(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        page = held.page
        await held.open("/type")
        await page.locator("textarea").fill(TEXT)
        await page.get_by_role("radio", name="3 lần").check()
        await expect(page.get_by_text("Đã lưu nháp")).to_be_visible()
        await page.context.set_offline(True)
        await expect(page.get_by_role("status").filter(has_text="chưa nghe thử, chưa phát được")).to_have_count(1)
        await expect(button(page, "Phát ngay")).to_be_disabled()
        await expect(button(page, "Nghe thử")).to_be_disabled()
        await page.locator("textarea").fill(f"{TEXT} Xin cảm ơn.")
        await page.wait_for_timeout(1200)
        await page.context.set_offline(False)
        await page.reload()
        await expect(page.locator("textarea")).to_have_value(f"{TEXT} Xin cảm ơn.")
        await expect(page.get_by_role("radio", name="3 lần")).to_be_checked()
        await expect(button(page, "Phát ngay")).to_be_enabled()
        assert held.posts(ANNOUNCEMENTS) == []
        await page.wait_for_load_state("networkidle")  # what was asked before would be told of the session first
        await page.context.clear_cookies()
        await button(page, "Phát ngay").click()
        await page.fill("input[name=name]", "officer.test")
        await page.fill("input[name=password]", PASSWORD)
        await page.click("form button.main")
        await expect(page.locator("textarea")).to_have_value(f"{TEXT} Xin cảm ơn.")
        await expect(page.locator("textarea")).to_be_editable()  # the station says that it has nothing of it


async def test_a_sample_is_filled_in_and_set_for_tomorrow_on_one_cluster(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        page = held.page
        await held.open("/type")
        await button(page, "Chèn mẫu").click()
        await page.get_by_role("button", name="Cúp điện").click()
        await button(page, "Điền sau, ngay trong tin").click()
        await expect(page.locator(".blanks")).to_contain_text("Còn 5 chỗ trống")
        await expect(button(page, "Thêm lịch")).to_be_disabled()
        for word in ("sửa đường dây", "thôn Một", "bảy giờ", "chín giờ", "ngày hai mươi"):
            await page.keyboard.type(word)
            if await page.locator(".blanks").count():
                await button(page, "Tới chỗ trống").click()
        await expect(page.locator(".blanks")).to_have_count(0)
        await page.get_by_role("button", name="Nơi phát").click()
        await page.get_by_role("checkbox", name="Đầu làng").check()
        await button(page, "Xong").click()
        await button(page, "Thêm lịch").click()
        await page.get_by_role("radio", name="Ngày mai").check()
        await page.get_by_role("combobox", name="Giờ").select_option("17")
        await page.get_by_role("combobox", name="Phút").select_option("05")
        await expect(page.locator("#later-said")).to_contain_text("Phát lúc 17:05 ngày mai")
        await button(page, "Lưu lịch").click()
        await page.wait_for_url("**/type/air/*")
        (asked,) = held.posts(ANNOUNCEMENTS)
        assert asked["targets"] == ["cluster:c"]
        assert "tại thôn Một, từ bảy giờ đến chín giờ, ngày hai mươi." in asked["text"]
        tomorrow = local_text(ZONE, held.office.clock.now_us() + 86_400_000_000)[:10]
        assert local_text(ZONE, asked["at_us"])[:16] == f"{tomorrow}T17:05"
        await expect(page.locator("article .big strong")).to_have_text("17:05", timeout=SPOKEN_MS)


async def test_a_notice_is_filled_in_by_its_blanks_and_what_does_not_fit_is_said_beside_it(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        page = held.page
        await held.open("/type")
        await button(page, "Chèn mẫu").click()
        await page.get_by_role("button", name="Mời họp").click()
        for name, value in (("Ai", "bà con thôn Đông"), ("Địa điểm", "nhà văn hóa"), ("Từ mấy giờ", "25h")):
            await page.get_by_role("textbox", name=name).fill(value)
        await page.get_by_role("textbox", name="Nội dung", exact=True).fill("làm đường")
        await button(page, "Đưa vào tin").click()
        await expect(page.get_by_text("Giờ viết như 7 giờ, 7h30")).to_be_visible()
        await expect(page.get_by_text("Chỗ này chưa điền.")).to_be_visible()
        assert await misfits(page) == []
        await expect(page.get_by_role("textbox", name="Từ mấy giờ")).to_be_focused()
        await page.get_by_role("textbox", name="Từ mấy giờ").fill("19h30")
        await page.get_by_role("textbox", name="Ngày", exact=True).fill("ngày mai")
        await button(page, "Đưa vào tin").click()
        await expect(page.locator("textarea")).to_have_value(
            re.compile("^Kính mời bà con thôn Đông đến dự họp tại nhà văn hóa, vào hồi 19 giờ 30 phút, ")
        )
        await expect(button(page, "Phát ngay")).to_be_enabled()


async def test_a_text_is_heard_on_the_phone_or_the_voice_is_said_to_be_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> Spoken:
        raise SpeechFailed("broken")

    async with phone(tmp_path) as held:
        page = held.page
        await held.open("/type")
        await page.locator("textarea").fill(TEXT)
        await page.locator("summary", has_text="Giọng và tốc độ").click()
        await page.get_by_role("radio", name="Nam").check()
        await button(page, "Nghe thử").click()
        await until(lambda: page.locator("audio").evaluate("sound => sound.duration > 2 && !sound.error"))
        assert held.posts(f"{ANNOUNCEMENTS}/preview") == [{"text": TEXT, "voice": "vi-vn-x-south", "pace": 100}]
        await page.get_by_role("radio", name="chậm").check()
        await expect(page.locator("audio")).to_have_count(0)
        monkeypatch.setattr(Espeak, "speak", fail)
        await button(page, "Nghe thử").click()
        await expect(page.get_by_role("alert")).to_contain_text("Máy đọc đang lỗi. Bác ghi âm thay nhé?")


async def test_a_lost_answer_airs_once_and_the_airing_is_followed_to_its_end(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        page = held.page
        await held.open("/type")
        await page.locator("textarea").fill(TEXT)
        await page.route(f"**{ANNOUNCEMENTS}", lose_the_answer)
        await button(page, "Phát ngay").click()
        await expect(page.get_by_role("alert")).to_contain_text("Chưa nhận được trả lời")
        await expect(page.locator("textarea")).not_to_be_editable()
        await expect(button(page, "Phát ngay")).to_be_disabled()
        await expect(button(page, "Bỏ, soạn lại")).to_be_visible()
        await page.unroute(f"**{ANNOUNCEMENTS}")
        await button(page, "Thử lại").click()
        await page.wait_for_url("**/type/air/*")
        first, second = held.posts(ANNOUNCEMENTS)
        assert first == second
        async with held.office.station.database.reading() as session:
            assert await session.scalar(select(func.count()).select_from(IntakeRow)) == 1
        await expect(page.locator("article .big")).to_contain_text("Phát sau", timeout=SPOKEN_MS)
        await expect(page.locator("article li")).to_contain_text("Đầu làng")
        await held.office.station.feeding.look()
        await report(held, state="PLAYING", started_us=held.office.clock.now_us(), evidence=3)
        await expect(page.locator("article h2")).to_have_text("ĐANG PHÁT")
        await expect(page.locator("article .big")).to_have_text("1/1cụm đang phát (chưa đo được tiếng)")
        await page.context.set_offline(True)
        await expect(page.get_by_text("bấm dừng có thể không tới được đài")).to_be_visible()
        await expect(button(page, "Dừng phát")).to_be_enabled()
        await page.context.set_offline(False)
        await report(held, state="PARTIAL", decided_us=held.office.clock.now_us())
        await held.office.station.feeding.look()
        await expect(page.locator("article h2")).to_have_text("ĐÃ DỪNG GIỮA CHỪNG")
        await expect(page.locator("article header.good")).to_have_count(0)
        await page.reload()
        await report(held, state="PLAYED")
        await expect(page.locator("article header.good h2")).to_have_text("ĐÃ XONG")
        await expect(page.locator("article .big")).to_have_text("1/1cụm đã phát (chưa đo được tiếng)")
        await expect(button(page, "Dừng phát")).to_have_count(0)


async def test_what_no_loudspeaker_plays_has_no_stop_for_it_would_silence_all_others(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        page, office = held.page, held.office
        async with office.station.database.transaction() as session:
            await session.execute(delete(LoudspeakerRow))
        await held.open("/type")
        await page.locator("textarea").fill(TEXT)
        await button(page, "Phát ngay").click()
        await page.wait_for_url("**/type/air/*")
        await expect(page.locator("article .big")).to_contain_text("Phát sau", timeout=SPOKEN_MS)
        await expect(button(page, "Hủy, không phát")).to_be_visible()
        office.clock.at_us += MINUTE
        await office.station.feeding.look()
        await expect(button(page, "Hủy, không phát")).to_have_count(0, timeout=SPOKEN_MS)
        await expect(button(page, "Dừng phát")).to_have_count(0)


async def given_up(held: Phone) -> HeldBack:
    """A text is sent by a line that holds it back; whoever sent it would type another."""
    line, page = HeldBack(), held.page
    await held.open("/type")
    await page.locator("textarea").fill(TEXT)
    await page.route(f"**{ANNOUNCEMENTS}", line, times=1)
    await button(page, "Phát ngay").click()
    await expect(page.get_by_role("alert")).to_contain_text("Chưa nhận được trả lời", timeout=30_000)
    await button(page, "Bỏ, soạn lại").click()
    await expect(page.get_by_role("status").filter(has_text="Đang hỏi lại")).to_be_visible()
    await expect(page.locator("textarea")).not_to_be_editable()
    return line


async def texts(held: Phone) -> list[str | None]:
    """What the station was given to say."""
    async with held.office.station.database.reading() as session:
        return list(await session.scalars(select(IntakeRow.text).order_by(IntakeRow.made_us)))


async def test_what_is_still_on_its_way_is_asked_for_until_it_has_come(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        line = await given_up(held)
        await held.page.reload()
        await expect(held.page.get_by_role("status").filter(has_text="Đang hỏi lại")).to_be_visible()
        assert await line.let_go() == 202
        await held.page.wait_for_url("**/type/air/*")
        assert await texts(held) == [TEXT]


@pytest.mark.parametrize("late", [True, False], ids=["comes after the next", "comes before the next"])
async def test_of_what_seems_never_to_have_come_and_what_is_sent_after_it_one_starts(
    tmp_path: Path, late: bool
) -> None:
    other = "Hoãn họp thôn tối nay."
    async with phone(tmp_path) as held:
        page, line = held.page, await given_up(held)
        await page.evaluate(A_MINUTE_LATER)
        await expect(page.get_by_role("status").filter(has_text="Thông báo chưa tới đài")).to_be_visible(timeout=15_000)
        await page.locator("textarea").fill(other)
        if not late:
            assert await line.let_go() == 202
        await button(page, "Phát ngay").click()
        if late:
            await page.wait_for_url("**/type/air/*")
            assert await line.let_go() == 422
            assert await texts(held) == [other]
            return
        await expect(page.get_by_role("alert")).to_contain_text("Thông báo gửi lúc trước đã tới đài")
        assert await texts(held) == [TEXT]
        await expect(page.locator("textarea")).to_have_value(other)
        await button(page, "Phát ngay").click()
        await page.wait_for_url("**/type/air/*")
        assert await texts(held) == [TEXT, other]


async def report(held: Phone, **said: object) -> None:
    """What the box says of the only airing."""
    async with held.office.station.database.transaction() as session:
        await session.execute(update(AiringRow).values(**said))


async def airings(held: Phone, withdrawn: bool) -> int:
    """How many there are of which the plan was, or was not, taken back."""
    async with held.office.station.database.reading() as session:
        taken = AiringRow.withdrawn_plan.is_not(None) if withdrawn else AiringRow.withdrawn_plan.is_(None)
        return await session.scalar(select(func.count()).select_from(AiringRow).where(taken)) or 0
