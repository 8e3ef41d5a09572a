"""Which phones are told: whose they are, at which services, and when no more."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from broadcast_server.people.phones import KEPT_US, MOST_PHONES
from broadcast_server.people.rights import Role
from broadcast_server.people.sessions import IDLE_US
from broadcast_server.settings import SettingsUnfit, load
from broadcast_server.store.people import UserRow
from tests.faces.office import PASSWORD, Office, audited, open_office, signed_in
from tests.push.people import owner, phones
from tests.push.service import Pocket, PushService

PUT = "/api/v1/me/notices/phone"


async def test_only_a_push_service_that_the_station_uses_may_be_named_and_by_https(tmp_path: Path) -> None:
    async with open_office(tmp_path / "data") as office:
        browser = await office.as_(Role.OFFICER)
        for endpoint, code in (
            ("http://fcm.googleapis.com/x", "push_not_https"),
            ("https://evil.example/x", "push_service_refused"),
            ("https://fcm.googleapis.com.evil.example/x", "push_service_refused"),
            ("https://127.0.0.1/x", "push_service_refused"),
            ("https://[::1]/x", "push_service_refused"),
            ("https://10.0.0.1/x", "push_service_refused"),
            ("https://me@fcm.googleapis.com/x", "push_service_refused"),
            ("https://fcm.googleapis.com:22/x", "push_service_refused"),
            ("ftp://fcm.googleapis.com/x", "push_service_refused"),
            ("what", "push_service_refused"),
        ):
            answer = await browser.put(PUT, json=Pocket().subscription(endpoint))
            assert (answer.status_code, answer.json()["code"]) == (422, code), endpoint
        for endpoint in (
            "https://fcm.googleapis.com/fcm/send/abc", "https://updates.push.services.mozilla.com/wpush/v2/abc",
            "https://web.push.apple.com/abc", "https://hk2p.notify.windows.com/w/?token=abc",
        ):  # fmt: skip
            assert (await browser.put(PUT, json=Pocket().subscription(endpoint))).status_code == 200, endpoint


async def test_a_station_that_tells_nothing_says_so(tmp_path: Path) -> None:
    async with open_office(tmp_path / "data", push_hosts="") as office:
        browser = await office.as_(Role.OFFICER)
        assert (await browser.get("/api/v1/me/notices")).json() == {"key": None, "phones": [], "items": []}
        answer = await browser.put(PUT, json=Pocket().subscription("https://fcm.googleapis.com/x"))
        assert answer.json()["code"] == "push_off"


async def test_a_token_is_no_phone_and_keys_must_be_keys(office: Office, service: PushService) -> None:
    browser = await office.as_(Role.OFFICER)
    token = (await browser.post("/api/v1/tokens", json={"name": "t"})).json()["token"]
    wish = Pocket().subscription(service.endpoint("x"))
    program = office.visitor(authorization=f"Bearer {token}")
    assert (await program.put(PUT, json=wish)).json()["code"] == "no_browser"
    answer = await browser.put(PUT, json={**wish, "keys": {"p256dh": "AAAA", "auth": "AAAA"}})
    assert answer.json()["code"] == "bad_phone_keys"


async def test_a_phone_is_one_whoever_s_it_is_and_tells_its_owner_how_it_stands(
    office: Office, service: PushService
) -> None:
    lan = await owner(office, service, "lan")
    again = await lan.browser.put(PUT, json={**lan.pocket.subscription(service.endpoint("lan")), "language": "en"})
    assert (again.json()["id"], again.json()["language"]) == (lan.phone, "en")
    assert [action for _, action, _ in await audited(office)].count("phone.add") == 1
    await office.hire("mai", Role.OFFICER)
    mai = await signed_in(office, "mai")  # the same browser, lent to somebody else
    lent = (await mai.put(PUT, json=lan.pocket.subscription(service.endpoint("lan")))).json()["id"]
    assert (await lan.browser.get("/api/v1/me/notices")).json()["phones"] == []
    assert (await lan.browser.delete(f"/api/v1/me/notices/phones/{lan.phone}")).status_code == 404
    assert (await lan.browser.post(f"/api/v1/me/notices/phones/{lan.phone}/trial")).status_code == 404
    assert (await lan.browser.delete(f"/api/v1/me/notices/phones/{lent}")).status_code == 404
    assert (await mai.delete(f"/api/v1/me/notices/phones/{lent}")).status_code == 204
    assert await phones(office) == []


async def test_there_are_not_too_many_of_one_person(office: Office, service: PushService) -> None:
    browser = await office.as_(Role.OFFICER)
    for number in range(MOST_PHONES + 1):
        answer = await browser.put(PUT, json=Pocket().subscription(service.endpoint(str(number))))
        assert answer.status_code == (200 if number < MOST_PHONES else 409)


@pytest.mark.parametrize("how", ["log out", "that device", "all others", "password", "lock out", "disable"])
async def test_a_phone_that_is_signed_out_is_told_nothing_more(office: Office, service: PushService, how: str) -> None:
    lan, other = await owner(office, service, "lan"), await owner(office, service, "mai")
    here = await signed_in(office, "lan", "")
    if how == "log out":
        answer = await lan.browser.post("/api/v1/logout")
    elif how == "that device":
        devices = (await here.get("/api/v1/me/sessions")).json()["items"]
        (that,) = (one for one in devices if not one["this"])
        answer = await here.delete(f"/api/v1/me/sessions/{that['id']}")
    elif how == "all others":
        office.clock.at_us += IDLE_US  # its session lapsed long ago, so no list of devices shows it
        here = await signed_in(office, "lan", "")
        assert len(await phones(office)) == 2, "a session that only lapsed silences nothing"
        answer = await here.delete("/api/v1/me/sessions")
    elif how == "password":
        answer = await here.post("/api/v1/me/password", json={"old": PASSWORD, "new": "sông Chu nước lớn"})
    else:
        admin = await office.as_(Role.ADMIN)
        async with office.station.database.reading() as session:
            user = await session.scalar(select(UserRow.id).where(UserRow.name == "lan"))
        if how == "lock out":
            answer = await admin.post(f"/api/v1/users/{user}/lock-out")
        else:
            answer = await admin.patch(f"/api/v1/users/{user}", json={"disabled": True})
    assert answer.status_code in (200, 204), answer.text
    assert [one.endpoint for one in await phones(office)] == [other.service.endpoint("mai")]


async def test_a_phone_on_which_nobody_opens_the_app_for_months_is_forgotten(
    office: Office, service: PushService
) -> None:
    await owner(office, service, "lan")
    office.clock.at_us += KEPT_US
    await office.as_(Role.CHAIRMAN)
    assert await phones(office) == []


def test_who_answers_for_the_notices_is_a_site_or_an_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIENGLANG_SITES", "http://localhost:8080,https://loa.example.vn:8443")
    assert load(tmp_path).contact == "https://loa.example.vn"
    monkeypatch.setenv("TIENGLANG_PUSH_CONTACT", "mailto:dai@xa.example.vn")
    assert load(tmp_path).contact == "mailto:dai@xa.example.vn"
    monkeypatch.setenv("TIENGLANG_PUSH_CONTACT", "dai@xa.example.vn")
    with pytest.raises(SettingsUnfit, match="TIENGLANG_PUSH_CONTACT"):
        load(tmp_path)
