"""More states of the officer's app: the voice, the library, the clusters, texts, and who may come in."""

from __future__ import annotations

import re

from sqlalchemy import select

from broadcast_server.people.rights import Role
from broadcast_server.store.airings import AiringRow
from broadcast_server.store.station import ClusterRow
from tests.app.horns import CRACKLES, commune, furnish, tell
from tests.app.phone import Phone
from tests.app.shelf import PICKER, shelved
from tests.app.speaking import NO_LEAVE, past, the_only
from tests.app.states import button, state, wait
from tests.faces.office import sound
from tests.server_fleet.bell import bell

# -- the voice --------------------------------------------------------------------------------------------


@state("speak-ready")
async def _ready(held: Phone) -> None:
    await commune(held.office)
    await held.open("/now/speak")
    await held.page.get_by_role("meter").wait_for()


@state("speak-joining")
async def _joining(held: Phone) -> None:
    await _ready(held)
    await button(held.page, "BẮT ĐẦU NÓI", "BEGIN TO SPEAK").click()
    await past(await the_only(held), 50)


@state("speak-air")
async def _on_air(held: Phone) -> None:
    await _joining(held)
    async with held.office.station.database.transaction() as session:
        for one in await session.scalars(select(AiringRow)):
            one.state, one.accepted_us, one.started_us = "PLAYING", one.start_us, one.start_us
    await held.office.station.feeding.look()
    await wait(held.page, 6500)


@state("speak-bar")
async def _voice_bar(held: Phone) -> None:
    await _on_air(held)
    await held.open("/today")


@state("speak-ended")
async def _ended(held: Phone) -> None:
    await _on_air(held)
    await held.page.locator(".pinned button.stop").click()
    await held.page.locator(".notice.good").wait_for(timeout=20_000)


@state("speak-denied")
async def _denied(held: Phone) -> None:
    await held.page.add_init_script(NO_LEAVE)
    await held.page.reload()
    await held.open("/now/emergency/voice")
    await held.page.get_by_role("alert").wait_for()


# -- the library ------------------------------------------------------------------------------------------


async def _send(held: Phone, seconds: int = 24, name: str = "Bản tin sáng thứ Hai.wav") -> None:
    file = sound(held.office.station.settings.data / name, seconds)
    await held.open("/library/upload")
    await held.page.set_input_files(PICKER, file)
    await held.page.keyboard.press("Escape")


@state("library-add")
async def _add(held: Phone) -> None:
    await held.open("/library/upload")
    await held.page.locator("dialog").wait_for()


@state("upload-running")
async def _running(held: Phone) -> None:
    await held.page.route("**/api/v1/uploads/*", lambda _: None)  # under way for ever
    await _send(held)
    await wait(held.page, 2500)


@state("upload-paused")
async def _paused(held: Phone) -> None:
    await _running(held)
    await button(held.page, "Tạm dừng", "Pause").click()


@state("upload-refused")
async def _no_sound(held: Phone) -> None:
    await held.open("/library/upload")
    file = held.office.station.settings.data / "thơ.mp3"
    file.write_text("Quê hương là chùm khế ngọt" * 50)
    await held.page.set_input_files(PICKER, file)
    await held.page.get_by_text(re.compile("không phải là tệp âm thanh|not audio")).wait_for(timeout=20_000)


@state("upload-pdf")
async def _pdf(held: Phone) -> None:
    await held.open("/library/upload")
    file = held.office.station.settings.data / "kế hoạch.pdf"
    file.write_bytes(b"%PDF-1.7")
    await held.page.set_input_files(PICKER, file)
    await held.page.get_by_role("alert").wait_for()


@state("upload-done")
async def _done(held: Phone) -> None:
    await _send(held, 3)
    await held.page.locator(".rows").wait_for(timeout=30_000)


@state("record-ready")
async def _to_record(held: Phone) -> None:
    await held.open("/library/record")


@state("recording")
async def _recording(held: Phone) -> None:
    await _to_record(held)
    await button(held.page, "Bắt đầu ghi", "Start recording").click()
    await button(held.page, "Ghi xong", "Finish").wait_for()
    await wait(held.page, 2500)


@state("recorded")
async def _recorded(held: Phone) -> None:
    await _recording(held)
    await button(held.page, "Ghi xong", "Finish").click()
    await button(held.page, "Tải lên", "Upload").wait_for()


@state("phrases")
async def _phrases(held: Phone) -> None:
    await held.open("/settings/phrases")
    await held.page.locator("summary").nth(1).click()


@state("phrases-reading")
async def _reading_phrases(held: Phone) -> None:
    await held.open("/settings/phrases")
    await button(held.page, "Bắt đầu ghi", "Start recording").click()
    await held.page.locator(".phrase").wait_for()


@state("phrases-taken")
async def _taken(held: Phone) -> None:
    await _reading_phrases(held)
    await held.page.locator("button.tall").click()
    await wait(held.page, 2500)
    await button(held.page, "Đọc xong", "Done").click()
    await button(held.page, "Ghi lại", "Record again").wait_for(timeout=20_000)


async def _item(held: Phone) -> None:
    await commune(held.office)
    file = sound(held.office.station.settings.data / "a.wav", 8)
    await held.open("/library/" + await shelved(held, file.read_bytes(), "Lịch tiêm phòng cho trẻ em"))
    await held.page.locator(".wave, svg").first.wait_for()


@state("library-item-office")
async def _opened(held: Phone) -> None:
    await _item(held)


@state("trim")
async def _trim(held: Phone) -> None:
    await _item(held)
    await button(held.page, "Cắt bớt", "Trim").click()


@state("announce")
async def _announce(held: Phone) -> None:
    await _item(held)
    await button(held.page, "Phát ngay", "Put on air").click()
    await held.page.locator("dialog").wait_for()


@state("announce-counting")
async def _counting(held: Phone) -> None:
    await _announce(held)
    await button(held.page, "Phát ra", "Put on air on").click()
    await wait(held.page, 700)


@state("announced")
async def _announced(held: Phone) -> None:
    await _counting(held)
    await held.page.get_by_text(re.compile("Đã nhận lệnh|The station has it")).wait_for(timeout=20_000)


@state("delete")
async def _delete(held: Phone) -> None:
    await _item(held)
    await button(held.page, "Xóa bản tin", "Delete").click()


# -- texts ------------------------------------------------------------------------------------------------


@state("type-written")
async def _written(held: Phone) -> None:
    await commune(held.office)
    await held.open("/type")
    await held.page.fill("textarea", "Kính mời bà con đến nhà văn hóa họp thôn lúc bảy giờ tối nay.")
    await wait(held.page, 1500)


@state("type-worded")
async def _worded(held: Phone) -> None:
    await held.open("/type")
    await held.page.fill(
        "textarea", "Mời họp. Họp lúc 7h30 ngày 24/12 tại nhà văn hóa. Chiều mai, 2 giờ, đo đất ở đồi Chè."
    )
    await held.page.locator("ul[aria-labelledby=worth] button").first.click()
    await held.page.locator("ul[aria-labelledby=worth]").wait_for()
    await held.page.locator("summary", has_text=re.compile("Lời mở đầu|Words before")).click()
    await held.page.locator("input[value=again]").check()


@state("type-samples")
async def _samples(held: Phone) -> None:
    await held.open("/type")
    await button(held.page, "Chèn mẫu", "Use a sample").click()


@state("type-blanks")
async def _blanks(held: Phone) -> None:
    await _samples(held)
    await button(held.page, "Cúp điện", "Power cut").click()


@state("type-recital")
async def _recital(held: Phone) -> None:
    await held.open("/type/recite/power")


@state("type-air")
async def _typed_on_air(held: Phone) -> None:
    await _written(held)
    await button(held.page, "Phát ngay", "Put on air").click()
    await held.page.locator("article .big").wait_for(timeout=30_000)


# -- clusters ---------------------------------------------------------------------------------------------


@state("clusters-trouble")
async def _trouble(held: Phone) -> None:
    await commune(held.office)
    async with held.office.station.database.transaction() as session:
        place = await session.get_one(ClusterRow, "c")
        place.keeper, place.keeper_phone = "Ông Bình", "0912 345 678"
    await held.office.station.trying_out.heard("c3", 2, False, None, "hoa")
    await held.office.station.feeding.look()
    await held.open("/clusters")


@state("cluster-never")
async def _never(held: Phone) -> None:
    await _trouble(held)
    await held.open("/clusters/far")


@state("cluster-new", Role.ADMIN)
async def _new(held: Phone) -> None:
    await held.open("/clusters/new")
    await held.page.locator("input[name=name]").wait_for()


@state("cluster-refused")
async def _not_for_them(held: Phone) -> None:
    await held.open("/clusters/new")
    await held.page.get_by_role("alert").wait_for()


@state("cluster-code", Role.ADMIN)
async def _enrol(held: Phone) -> None:
    await _new(held)
    await held.page.fill("input[name=name]", "Nhà văn hóa")
    await button(held.page, "Tiếp tục", "Go on").click()
    await button(held.page, "Hiện mã", "Show the code").click()
    await held.page.locator(".typed").wait_for()


@state("cluster-technical", Role.ADMIN)
async def _technical(held: Phone) -> None:
    await furnish(held.office)
    await held.open("/clusters/c")
    await held.page.get_by_role("switch").click()


@state("cluster-edit", Role.ADMIN)
async def _edit(held: Phone) -> None:
    await furnish(held.office)
    await held.open("/clusters/c")
    await button(held.page, "Sửa thông tin", "Change what").click()


@state("cluster-trial", Role.ADMIN)
async def _trial(held: Phone) -> None:
    await furnish(held.office)
    await bell(held.office.station)
    await held.open("/clusters/c")
    await button(held.page, "Thử loa 2", "Test loudspeaker 2").click()
    await held.page.locator(".trial .notice").wait_for()


@state("cluster-rest")
async def _rest(held: Phone) -> None:
    await furnish(held.office)
    await held.open("/clusters/c")
    await button(held.page, "Tắt tạm", "Switch this").click()
    await held.page.locator("dialog").wait_for()


@state("cluster-rests")
async def _rests(held: Phone) -> None:
    await _rest(held)
    await held.page.locator("input[name=why]").fill("Nhà có đám tang.")
    await held.page.locator("dialog").get_by_role("button", name=re.compile("^(Tắt tạm|Switch off)$")).click()
    await held.page.locator(".notice.warn").wait_for()


@state("reports")
async def _reports(held: Phone) -> None:
    await tell(held, CRACKLES, {"cluster": "", "matter": "loud", "text": "Sáng sớm to quá, nhà có trẻ nhỏ."})
    await held.open("/clusters/reports")
    await held.page.locator("main li").first.wait_for()


@state("report-closing")
async def _closing(held: Phone) -> None:
    await _reports(held)
    await button(held.page, "Đã xử lý", "Dealt with").first.click()


# -- who may come in --------------------------------------------------------------------------------------


@state("lost-phone", Role.CHAIRMAN)
async def _lost(held: Phone) -> None:
    await held.office.hire("hoa", Role.OFFICER)
    await held.open("/settings/lost")


@state("login-refused")
async def _stranger(held: Phone) -> None:
    await held.page.context.clear_cookies()
    await held.page.reload()
    await held.page.fill("input[name=name]", "officer.test")
    await held.page.fill("input[name=password]", "không phải mật khẩu này")
    await held.page.click("form button.main")
    await held.page.get_by_role("alert").wait_for()


@state("clock-wrong")
async def _clock(held: Phone) -> None:
    await held.page.add_init_script("const real = Date.now; Date.now = () => real() + 3_600_000")
    await held.page.reload()
    await held.page.locator(".strip").wait_for()
