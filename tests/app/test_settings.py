"""Settings: keys, devices, a lost phone, how the app looks; and a new station's first steps."""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import expect
from sqlalchemy import update

from broadcast_server.people.rights import Role
from broadcast_server.store.airings import AiringRow
from broadcast_server.store.library import RecordingRow
from broadcast_server.store.people import UserRow
from tests.app.phone import phone, press
from tests.faces.authenticator import PHONE as READER
from tests.faces.office import PASSWORD, PHONE, signed_in
from tests.faces.seeds import seeded
from tests.waiting import until

NEW = "sông Chu nước lớn"


EDGE = "rgb(127, 141, 166)"
"""The edge of what can be chosen, in the dark."""
LEAST_GAP = 6
BETWEEN_TABS = """() => {
  const words = [...document.querySelectorAll(".foot nav a")].map((tab) => {
    const range = document.createRange()
    range.selectNodeContents(tab.lastChild)
    return range.getBoundingClientRect()
  })
  return words.slice(1).map((one, n) => one.left - words[n].right)
}"""
"""px between the names of the tabs."""


async def test_a_password_is_changed_and_a_phone_opens_by_its_own_lock(tmp_path: Path) -> None:
    async with phone(tmp_path, name="localhost") as held:
        page = held.page
        devtools = await page.context.new_cdp_session(page)
        await devtools.send("WebAuthn.enable")
        await devtools.send("WebAuthn.addVirtualAuthenticator", {"options": READER})
        await page.locator("a.gear").click()
        await page.get_by_role("link", name="Tài khoản").click()
        for old, told in (("không phải mật khẩu này", "không đúng"), (PASSWORD, "Đã đổi mật khẩu")):
            await page.get_by_label("Mật khẩu đang dùng").fill(old)
            await page.get_by_label("Mật khẩu mới").fill(NEW)
            await press(page, "Lưu mật khẩu mới")
            await expect(page.locator("form .notice")).to_contain_text(told)
        await held.open("/settings/passkeys")
        for password, told in (("đoán mò", "Mật khẩu không đúng"), (NEW, "Đã thêm")):
            await page.get_by_label("Mật khẩu đang dùng").fill(password)
            await press(page, "Thêm máy này")
            await expect(page.locator("main .notice")).to_contain_text(told)
        assert len(held.posts("/api/v1/me/passkeys")) == 1, "a wrong password asks the phone for nothing"
        await held.open("/settings/account")
        await press(page, "Đăng xuất máy này")
        await press(page, "Mở bằng khóa màn hình")
        await expect(page.locator("main h2").first).to_have_text("Tài khoản")
        await held.open("/settings/passkeys")
        await press(page, "Gỡ: Chrome trên Linux")
        await press(page, "Gỡ máy này")
        await expect(page.locator("main")).to_contain_text("Chưa có máy nào")


async def test_who_came_with_a_password_for_one_time_chooses_another_before_anything_else(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        page = held.page
        async with held.office.station.database.transaction() as session:
            await session.execute(update(UserRow).values(must_change=True))
        await page.reload()
        await expect(page.get_by_role("heading", name="Đặt mật khẩu riêng")).to_be_visible()
        await expect(page.locator("nav")).to_have_count(0)
        for old, told in (("không phải mật khẩu này", "không đúng"), (PASSWORD, None)):
            await page.get_by_label("Mật khẩu dùng một lần").fill(old)
            await page.get_by_label("Mật khẩu mới").fill(NEW)
            await press(page, "Lưu mật khẩu")
            if told:
                await expect(page.get_by_role("alert")).to_contain_text(told)
        await expect(page.locator("nav a[aria-current=page]")).to_have_text("Hôm nay")


async def test_the_password_for_one_time_is_typed_once_and_the_new_one_can_be_seen(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        page = held.page
        async with held.office.station.database.transaction() as session:
            await session.execute(update(UserRow).values(must_change=True))
        await page.context.clear_cookies()
        await page.reload()
        await page.fill("input[name=name]", "officer.test")
        await page.fill("input[name=password]", PASSWORD)
        await page.click("form button.main")
        fresh = page.get_by_label("Mật khẩu mới")
        await fresh.fill(NEW[:7])
        await press(page, "Lưu mật khẩu")
        await expect(page.get_by_role("alert")).to_contain_text("còn thiếu 3 ký tự")
        await expect(page.get_by_label("Mật khẩu dùng một lần")).to_have_count(0)
        await page.get_by_label("Hiện mật khẩu").check()
        await expect(fresh).to_have_attribute("type", "text")
        await fresh.fill(NEW)
        await press(page, "Lưu mật khẩu")
        await expect(page.locator("nav a[aria-current=page]")).to_have_text("Hôm nay")


async def test_the_chairman_signs_devices_out_and_locks_a_lost_phone_out(tmp_path: Path) -> None:
    async with phone(tmp_path, Role.CHAIRMAN) as held:
        page, office = held.page, held.office
        await office.hire("mai", Role.OFFICER)
        lost, old = await signed_in(office, "mai"), await signed_in(office, "officer.test", PHONE)
        await signed_in(office, "officer.test", "")
        await held.open("/settings/devices")
        await expect(page.locator("main li")).to_have_count(3)
        await expect(page.locator("main li").first).to_contain_text("Máy này")
        await page.get_by_role("button", name="Đăng xuất: Chrome trên Android").click()
        await expect(page.locator("main .notice")).to_have_text("Đã đăng xuất Chrome trên Android.")
        assert (await old.get("/api/v1/me")).status_code == 401
        await press(page, "Đăng xuất mọi máy khác")
        await expect(page.locator("main li")).to_have_count(1)
        await held.open("/settings/lost")
        await press(page, "Khóa tài khoản Mai")
        await expect(page.get_by_role("dialog")).to_contain_text("Mai sẽ bị ngắt khỏi mọi máy")
        assert (await lost.get("/api/v1/me")).status_code == 200, "asked once before anything is done"
        await press(page, "Khóa ngay")
        await expect(page.locator("main")).to_contain_text("Đã khóa Mai: 1 máy bị ngắt")
        assert (await lost.get("/api/v1/me")).status_code == 401
        await expect(page.get_by_role("button", name="Cấp mật khẩu dùng một lần")).to_have_count(0)


async def test_how_it_looks_is_kept_on_the_phone(tmp_path: Path) -> None:
    async with phone(tmp_path, width=320) as held:
        page = held.page
        await held.open("/settings/look")
        for choice in ("Tối", "Rất lớn", "English"):
            await page.get_by_label(choice, exact=True).check()
        await page.reload()
        await expect(page.get_by_role("heading", name="Language and text size")).to_be_visible()
        await expect(page.locator("html")).to_have_css("font-size", "23px")
        await expect(page.locator("body")).to_have_css("background-color", "rgb(11, 18, 32)")
        await expect(page.get_by_label("Light", exact=True)).to_have_css("border-top-color", EDGE)
        for place in (
            "",
            "/account",
            "/passkeys",
            "/devices",
            "/lost",
            "/notices",
            "/look",
            "/station",
            "/samples",
            "/about",
        ):
            await held.open(f"/settings{place}")
            await expect(page.locator("main .card, main p").first).to_be_visible()
            assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), place
        await held.open("/today")
        await press(page, "Do not show again")
        async with page.expect_response("**/api/v1/first-run"):
            await page.reload()
        await expect(page.locator("section[aria-labelledby=next]")).to_be_visible()
        await expect(page.locator("section[aria-labelledby=first-run]")).to_have_count(0)
        assert min(await page.evaluate(BETWEEN_TABS)) >= LEAST_GAP
        await page.emulate_media(color_scheme="dark")
        await held.open("/settings/look")
        await page.get_by_label("Light", exact=True).check()
        await expect(page.locator("body")).to_have_css("background-color", "rgb(243, 245, 248)")


async def test_the_first_steps_tick_by_themselves_and_the_sample_data_goes_when_it_is_asked_for(tmp_path: Path) -> None:
    async with phone(tmp_path, width=360) as held:
        page = held.page
        steps = page.locator("section[aria-labelledby=first-run] li")
        done = page.locator("section[aria-labelledby=first-run] li.done strong")
        await expect(done).to_have_text(["Kết nối cụm loa"])
        await seeded(held.office)
        async with held.office.station.database.transaction() as session:
            own = RecordingRow.title == "Bản tin của xã"
            await session.execute(update(RecordingRow).where(own).values(deleted_us=1))
        await page.reload()
        await expect(done).to_have_text(["Kết nối cụm loa", "Thêm lịch"])
        await expect(steps.first).to_contain_text("3 cụm, trong đó 1 cụm mô phỏng")
        await page.get_by_role("link", name="Xem và xóa").click()
        for name in ("Mẫu (1 mốc giờ)", "Bài mẫu", "Cụm mẫu", "Thôn mẫu"):
            await expect(page.locator("main li", has_text=name).first).to_be_visible()
        async with held.office.station.database.transaction() as session:
            await session.execute(update(AiringRow).values(start_us=held.office.clock.at_us))
        for told in ("sắp phát trong một phút", "Đã xóa dữ liệu mẫu"):
            await press(page, "Xóa dữ liệu mẫu")
            await expect(page.get_by_role("dialog")).to_contain_text("1 chương trình, 1 bản tin, 1 cụm loa mô phỏng")
            await press(page, "Xóa hẳn")
            await expect(page.locator("main .notice")).to_contain_text(told)
            async with held.office.station.database.transaction() as session:
                await session.execute(update(AiringRow).values(state="PLAYED"))
        await until(lambda: page.evaluate("document.body.innerText.includes('Đài không còn dữ liệu mẫu')"))
        await held.office.station.feeding.look()
        async with page.expect_response("**/api/v1/first-run"):
            await held.open("/today")
        await expect(page.locator("main .health")).to_contain_text("xem lại Đầu làng, Cụm nhà")
        await expect(page.locator("main .sample")).to_have_count(0)
        await expect(steps).to_have_count(0)  # what was kept, a tune, is the commune's own now: all three are done
