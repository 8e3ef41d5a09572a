"""Notices on a phone that is put away: from an order, through a push service, to the screen it leads to.

No browser's maker is reached from here, so what `pushManager` asks of them is answered in their place: the address is
at a push service on this machine, the keys are a pocket's that opens what comes, and what it read is handed to the real
service worker by the browser itself.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from broadcast_server.people.rights import Role
from speaker_client.protocol.ids import MINUTE, BoxId
from tests.app.aired import relayed
from tests.app.phone import ACTIVE, IN_CHARGE, Phone, phone, press
from tests.faces.office import PASSWORD, signed_in
from tests.push.people import looked
from tests.push.service import Pocket, PushService, push_service
from tests.waiting import until

SHOWN_AFTER_S = 1.5
"""Chromium forgets a notification that is asked for while it is being put on the screen."""
MAKER = """({endpoint, keys}) => {
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
  const made = (key) => ({
    options: { applicationServerKey: bytes(key).buffer },
    toJSON: () => ({ endpoint, keys }),
    unsubscribe: async () => { localStorage.removeItem("maker"); return true; },
  });
  PushManager.prototype.getSubscription = async () => {
    const key = localStorage.getItem("maker");
    return key ? made(key) : null;
  };
  PushManager.prototype.subscribe = async ({ userVisibleOnly, applicationServerKey }) => {
    if (!userVisibleOnly) throw new Error("each push must be seen");
    if (localStorage.getItem("unreachable")) throw new DOMException("no service", "AbortError");
    localStorage.setItem("maker", applicationServerKey);
    return made(applicationServerKey);
  };
}"""
"""What the browser's maker would do."""


class Handset:
    """A phone whose pushes come from a service on this machine."""

    def __init__(self, held: Phone, service: PushService, pocket: Pocket) -> None:
        self.held, self.service, self.pocket = held, service, pocket
        self._shown = 0

    async def come(self) -> list[dict[str, Any]]:
        """What the station finds to tell is told, and each push that came since is handed to the service worker."""
        station = self.held.office.station
        await station.noticing.look()
        await station.pushing.look()
        fresh = [self.pocket.read(one.body) for one in self.service.to("here")[self._shown :]]
        self._shown += len(fresh)
        for one in fresh:
            await self.deliver(json.dumps(one))
        return fresh

    async def deliver(self, data: str) -> None:
        """A push, as the browser gives it to the service worker."""
        page = self.held.page
        devtools = await page.context.new_cdp_session(page)
        found: asyncio.Future[str] = asyncio.get_running_loop().create_future()

        def registered(event: dict[str, Any]) -> None:
            for one in event["registrations"]:
                if one["scopeURL"].endswith("/app/") and not one["isDeleted"] and not found.done():
                    found.set_result(one["registrationId"])

        devtools.on("ServiceWorker.workerRegistrationUpdated", registered)
        await devtools.send("ServiceWorker.enable")
        registration = await asyncio.wait_for(found, 10)
        push = {"origin": f"http://{self.held.host}", "registrationId": registration, "data": data}
        await devtools.send("ServiceWorker.deliverPushMessage", push)
        await asyncio.sleep(SHOWN_AFTER_S)

    async def shown(self) -> list[dict[str, Any]]:
        """The notifications that lie on the phone's screen."""
        script = """async () => (await (await navigator.serviceWorker.ready).getNotifications())
            .map(({title, body, lang, data, requireInteraction}) => ({title, body, lang, data, requireInteraction}))"""
        found: list[dict[str, Any]] = await self.held.page.evaluate(script)
        return found

    async def touch(self) -> None:
        """The newest notification is touched."""
        (worker,) = self.held.page.context.service_workers
        await worker.evaluate(
            """async () => {
              const notification = (await registration.getNotifications()).at(-1);
              self.dispatchEvent(new NotificationEvent("notificationclick", { notification }));
            }"""
        )


@pytest.fixture
def service(tmp_path: Path) -> Iterator[PushService]:
    with push_service(tmp_path / "push") as running:
        yield running


async def permit(page: Page, granted: bool) -> None:
    """Its owner lets pages show notifications, or has refused it."""
    devtools = await page.context.new_cdp_session(page)
    target = (await devtools.send("Target.getTargetInfo"))["targetInfo"]
    setting = {"permission": {"name": "notifications"}, "setting": "granted" if granted else "denied"}
    await devtools.send("Browser.setPermission", {**setting, "browserContextId": target["browserContextId"]})


@asynccontextmanager
async def handset(
    folder: Path, service: PushService, role: Role = Role.OFFICER, permission: bool = True
) -> AsyncIterator[Handset]:
    """A phone whose owner lets pages show notifications, or has refused it."""
    pocket = Pocket()
    async with phone(folder / "phone", role, **service.settings) as held:
        page = held.page
        await permit(page, permission)
        subscription = pocket.subscription(service.endpoint("here"))
        await page.add_init_script(f"({MAKER})({json.dumps(subscription)})")
        await page.evaluate(ACTIVE)
        await page.reload()
        await page.evaluate(IN_CHARGE)
        yield Handset(held, service, pocket)


async def turned_on(one: Handset) -> None:
    await one.held.page.locator("a.gear").click()
    await one.held.page.get_by_role("link", name="Báo tin").click()
    await press(one.held.page, "Bật báo tin trên máy này")
    await expect(one.held.page.locator("main .notice.good")).to_contain_text("Đã bật")
    await expect(one.held.page.locator("main")).to_contain_text("Máy này đang nhận báo tin")


async def test_a_relay_that_is_dead_before_air_rings_the_phone_and_leads_to_its_screen(
    tmp_path: Path, service: PushService
) -> None:
    async with handset(tmp_path, service) as one:
        page, office = one.held.page, one.held.office
        await turned_on(one)
        now = office.clock.at_us
        await relayed(office, now + 9 * MINUTE, 30, [looked("VOV1", False, now)])
        (told,) = await one.come()
        (shown,) = await until(one.shown)
        assert shown["title"] == told["title"] == "“Thời sự” lúc 18:15: nguồn chưa phát được"
        assert "Nếu đến giờ vẫn vậy, loa im lặng và đài tự thử lại." in shown["body"]
        assert (shown["lang"], shown["requireInteraction"]) == ("vi", False)
        await one.touch()
        await page.wait_for_url("**/app/#/relay")
        await until(lambda: _none(one))
        await one.held.open("/settings/notices")
        item = page.locator("ul.list li", has_text="nguồn chưa phát được")
        await expect(item).to_contain_text("Đã tới 1/1 máy")
        await item.get_by_role("link", name="Mở xem").click()
        await page.wait_for_url("**/app/#/relay")


async def _none(one: Handset) -> bool:
    return not await one.shown()


async def test_an_emergency_rings_the_chairman_s_phone_and_one_touch_more_stops_it(
    tmp_path: Path, service: PushService
) -> None:
    async with handset(tmp_path, service, Role.CHAIRMAN) as one:
        page, office = one.held.page, one.held.office
        await turned_on(one)
        await one.held.open("/library")
        await office.hire("mai", Role.OFFICER)
        officer = await signed_in(office, "mai")
        wish = {"targets": ["all"], "text": "Nước lên nhanh.", "key": "b" * 32}
        order = (await officer.post("/api/v1/emergencies", json=wish)).json()["id"]
        await one.come()
        (shown,) = await until(one.shown)
        assert shown["title"] == "Phát khẩn lúc 18:06: Khẩn cấp: Nước lên nhanh."
        assert shown["requireInteraction"] is True
        await one.touch()
        await page.wait_for_url(f"**/app/#/now/order/{order}")
        await press(page, "DỪNG PHÁT NGAY")
        await expect(page.locator("article .notice")).to_contain_text("tới 1 cụm")


async def test_a_trial_comes_in_the_language_that_is_read_and_what_cannot_be_read_is_told_all_the_same(
    tmp_path: Path, service: PushService
) -> None:
    async with handset(tmp_path, service) as one:
        page = one.held.page
        await turned_on(one)
        await press(page, "Gửi thử")
        await expect(page.locator("main .notice.good")).to_contain_text("Đã gửi")
        assert [told["title"] for told in await one.come()] == ["Báo tin thử lúc 18:06"]
        await expect(page.locator("ul.list li", has_text="Báo tin thử")).to_contain_text("Đã tới 1/1 máy")
        await one.held.open("/settings/look")
        async with page.expect_response("**/me/notices/phone"):
            await page.get_by_label("English", exact=True).check()
        await one.held.open("/settings/notices")
        await press(page, "Send a trial")
        await expect(page.locator("main .notice.good")).to_contain_text("Sent")
        assert [told["title"] for told in await one.come()] == ["A trial notice at 18:06"]
        (shown,) = await until(one.shown)
        assert (shown["title"], shown["lang"]) == ("A trial notice at 18:06", "en")
        for odd in ("", "no json", '{"body": "no title"}'):
            await one.deliver(odd)
        await until(lambda: _shows(one, "Đài có tin báo. – The station has a notice."))
        assert len(await one.shown()) == 2, "what cannot be read lies there once"


async def _shows(one: Handset, title: str) -> bool:
    return any(shown["title"] == title for shown in await one.shown())


async def test_it_is_given_anew_at_every_start_until_it_is_turned_off_or_signed_out(
    tmp_path: Path, service: PushService
) -> None:
    async with handset(tmp_path, service) as one:
        page = one.held.page
        await turned_on(one)
        async with page.expect_response("**/me/notices/phone") as again:
            await page.reload()
        assert (await again.value).status == 200
        await one.held.open("/settings/account")
        await press(page, "Đăng xuất máy này")
        await page.fill("input[name=name]", "officer.test")
        await page.fill("input[name=password]", PASSWORD)
        async with page.expect_response("**/me/notices/phone"):
            await page.click("form button.main")
        await one.held.open("/settings/account")
        await page.get_by_label("Mật khẩu đang dùng").fill(PASSWORD)
        await page.get_by_label("Mật khẩu mới").fill("sông Chu nước lớn")
        async with page.expect_response("**/me/notices/phone"):
            await press(page, "Lưu mật khẩu mới")
        await one.held.open("/settings/notices")
        await expect(page.locator("main")).to_contain_text("Máy này đang nhận báo tin")
        await press(page, "Tắt trên máy này")
        await expect(page.locator("main")).to_contain_text("Máy này chưa nhận báo tin")
        one.held.asked.clear()
        async with page.expect_response("**/api/v1/me"):
            await page.reload()
        await expect(page.locator("main")).to_contain_text("Máy này chưa nhận báo tin")
        assert one.held.asked == [], "who turned it off is not asked for an address"


async def test_who_has_refused_or_cannot_be_reached_is_told_in_plain_words_what_to_do(
    tmp_path: Path, service: PushService
) -> None:
    async with handset(tmp_path, service, permission=False) as one:
        page = one.held.page
        await one.held.open("/settings/notices")
        await expect(page.locator("main .notice.warn")).to_contain_text("Máy đang chặn thông báo của trang này.")
        await expect(page.locator("main .notice.warn")).to_contain_text("Bấm ổ khóa cạnh địa chỉ")
        await permit(page, True)
        await press(page, "Thử lại")
        await expect(page.get_by_role("button", name="Bật báo tin trên máy này")).to_be_visible()
        await permit(page, False)  # the owner thinks again when asked
        await press(page, "Bật báo tin trên máy này")
        await expect(page.get_by_role("alert")).to_contain_text("Chưa bật: máy chưa được phép")
        await expect(page.locator("main .notice.warn")).to_be_visible()
        await permit(page, True)
        await press(page, "Thử lại")
        await page.evaluate("localStorage.setItem('unreachable', 'yes')")
        await press(page, "Bật báo tin trên máy này")
        await expect(page.get_by_role("alert")).to_contain_text("chưa nối được với dịch vụ báo tin")
        await page.evaluate("localStorage.removeItem('unreachable')")
        await press(page, "Bật báo tin trên máy này")
        await expect(page.locator("main")).to_contain_text("Máy này đang nhận báo tin")
        await page.get_by_text("Tin đến chậm hoặc không đến?").click()
        await expect(page.get_by_text("Không hạn chế").first).to_be_visible()


async def test_who_asked_to_be_reminded_of_a_cluster_is_when_it_is_back(tmp_path: Path, service: PushService) -> None:
    async with handset(tmp_path, service, Role.VIEWER) as one:
        page, office = one.held.page, one.held.office
        await turned_on(one)
        await one.held.open("/clusters/c")
        await press(page, "Nhắc tôi khi có lại")
        await expect(page.locator("main .notice.good")).to_contain_text("Đài sẽ nhắc khi cụm này có lại.")
        await press(page, "Thôi, không cần nhắc")
        await expect(page.locator("main .notice.good")).to_have_count(0)
        await press(page, "Nhắc tôi khi có lại")
        await expect(page.locator("main .notice.good")).to_be_visible()
        assert await one.come() == []
        office.station.monitoring.spoke(BoxId("b"))
        (told,) = await one.come()
        assert told["title"] == "Đầu làng đã có lại lúc 18:06"
        await until(one.shown)
        await one.touch()
        await page.wait_for_url("**/app/#/clusters/c")
