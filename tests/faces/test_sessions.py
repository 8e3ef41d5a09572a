"""Signed-in devices, and the account of somebody who has lost their phone."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from broadcast_server.people.accounts import make_operator
from broadcast_server.people.devices import device_words
from broadcast_server.people.rights import Role
from broadcast_server.people.secret import secret_hash
from broadcast_server.people.sessions import IDLE_US, TOUCH_EVERY_US
from tests.faces.office import PASSWORD, PHONE, Office, audited, signed_in


async def devices_of(browser: httpx2.AsyncClient) -> list[dict[str, Any]]:
    answer = await browser.get("/api/v1/me/sessions")
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


@pytest.mark.parametrize(
    ("user_agent", "vi"),
    [
        (PHONE, "Chrome trên Android"),
        (PHONE + " EdgA/139.0.0.0", "Edge trên Android"),
        (PHONE.replace("Chrome", "SamsungBrowser/28.0 Chrome"), "Samsung Internet trên Android"),
        (PHONE + " Zalo android/25071234", "Zalo trên Android"),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
            "coc_coc_browser/137.0.190 Chrome/131.0.0.0 Safari/537.36",
            "Cốc Cốc trên Windows",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
            "Version/18.5 Mobile/15E148 Safari/604.1",
            "Safari trên iPhone",
        ),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0", "Firefox trên Linux"),
        ("Mozilla/5.0 (Linux; Android 14)", "Trình duyệt trên Android"),
        ("", "Thiết bị không rõ"),
        ("curl/8", "Thiết bị không rõ"),
    ],
)
def test_a_device_is_called_what_its_owner_knows_it_by(user_agent: str, vi: str) -> None:
    words = device_words(user_agent)
    assert words["vi"] == vi
    assert words["en"]


async def test_one_sees_where_one_is_signed_in(office: Office) -> None:
    desk = await office.as_(Role.OFFICER)
    office.clock.at_us += TOUCH_EVERY_US
    phone = await signed_in(office, "officer.test")
    await office.as_(Role.VIEWER)
    here, there = await devices_of(phone)
    assert (here["this"], there["this"]) == (True, False)
    assert here["device"] == {"vi": "Chrome trên Android", "en": "Chrome on Android"}
    assert here["address"] == there["address"] == "127.0.0.1"
    assert here["made_us"] == here["used_us"] == office.clock.at_us
    assert there["used_us"] == office.clock.at_us - TOUCH_EVERY_US
    assert (await desk.get("/api/v1/me")).status_code == 200
    assert [one["used_us"] for one in await devices_of(phone)] == [office.clock.at_us] * 2
    office.clock.at_us += IDLE_US - 1
    assert (await phone.get("/api/v1/me")).status_code == 200
    office.clock.at_us += 1
    assert [one["this"] for one in await devices_of(phone)] == [True], "what has lapsed is not shown"


async def test_what_a_session_is_called_opens_nothing(office: Office) -> None:
    officer = await office.as_(Role.OFFICER)
    secret = officer.cookies.get("tienglang") or ""
    text = (await officer.get("/api/v1/me/sessions")).text
    assert secret not in text
    assert secret_hash(secret) not in text
    (mine,) = await devices_of(officer)
    assert (await office.visitor(cookie=f"tienglang={mine['id']}").get("/api/v1/me")).status_code == 401


async def test_one_device_is_signed_out_and_only_ones_own(office: Office) -> None:
    desk, chairman = await office.as_(Role.OFFICER), await office.as_(Role.CHAIRMAN)
    phone = await signed_in(office, "officer.test")
    lost = next(one for one in await devices_of(desk) if not one["this"])
    refused = await chairman.delete(f"/api/v1/me/sessions/{lost['id']}")
    assert (refused.status_code, refused.json()["code"]) == (404, "not_found")
    assert (await phone.get("/api/v1/me")).status_code == 200
    assert (await desk.delete(f"/api/v1/me/sessions/{lost['id']}")).status_code == 204
    assert (await phone.get("/api/v1/me")).status_code == 401
    assert (await desk.get("/api/v1/me")).status_code == 200
    assert (await desk.delete(f"/api/v1/me/sessions/{lost['id']}")).status_code == 404
    which = {"device": "Chrome trên Android", "address": "127.0.0.1"}
    assert (await audited(office))[-1] == ("officer.test", "session.end", which)


async def test_all_other_devices_are_signed_out(office: Office) -> None:
    desk, chairman = await office.as_(Role.OFFICER), await office.as_(Role.CHAIRMAN)
    others = [await signed_in(office, "officer.test") for _ in range(2)]
    token = (await desk.post("/api/v1/tokens", json={"name": "máy tính"})).json()["token"]
    assert (await desk.delete("/api/v1/me/sessions")).json() == {"ended": 2}
    assert [(await one.get("/api/v1/me")).status_code for one in (*others, desk, chairman)] == [401, 401, 200, 200]
    program = office.visitor(authorization=f"Bearer {token}")
    assert (await program.delete("/api/v1/me/sessions")).json() == {"ended": 1}, "a program is no device"
    assert (await desk.get("/api/v1/me")).status_code == 401
    assert (await program.get("/api/v1/me")).status_code == 200
    assert [detail for _, action, detail in await audited(office) if action == "session.end_others"] == [
        {"n": 2},
        {"n": 1},
    ]


async def test_a_lost_phone_opens_nothing_until_there_is_a_new_password(office: Office) -> None:
    admin, phone = await office.as_(Role.ADMIN), await office.as_(Role.OFFICER)
    officer = (await phone.get("/api/v1/me")).json()["id"]
    token = (await phone.post("/api/v1/tokens", json={"name": "máy tính"})).json()["token"]
    answer = (await admin.post(f"/api/v1/users/{officer}/lock-out")).json()
    assert (answer["ended"]["sessions"], answer["ended"]["tokens"]) == (1, 1)
    assert (answer["locked_out"], answer["must_change"], answer["disabled"]) == (True, True, False)
    assert (await phone.get("/api/v1/me")).status_code == 401
    assert (await office.visitor(authorization=f"Bearer {token}").get("/api/v1/me")).status_code == 401
    form = {"name": "officer.test", "password": PASSWORD}
    refused = await office.visitor().post("/api/v1/login", json=form)
    assert (refused.status_code, refused.json()["code"]) == (401, "wrong_login")
    given = (await admin.post(f"/api/v1/users/{officer}/one-time-password")).json()
    assert not given["locked_out"]
    answer = await phone.post("/api/v1/login", json=form | {"password": given["one_time_password"]})
    assert answer.json()["must_change"]
    audit = [(who, detail) for who, action, detail in await audited(office) if action == "user.lock_out"]
    assert [(who, detail["sessions"], detail["tokens"]) for who, detail in audit] == [("admin.test", 1, 1)]


async def test_whom_nobody_can_lock_out(office: Office) -> None:
    admin, station = await office.as_(Role.ADMIN), office.station
    async with station.database.transaction() as session:
        operator = await make_operator(session, station.station_id, office.clock.now_us())
    mine = (await admin.get("/api/v1/me")).json()["id"]
    for user, status, code in (
        (mine, 409, "lock_out_self"),
        (operator.id, 409, "operator_stays"),
        ("none", 404, "not_found"),
    ):
        answer = await admin.post(f"/api/v1/users/{user}/lock-out")
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert answer.json()["vi"] != answer.json()["en"]
    assert (await admin.get("/api/v1/me")).status_code == 200
    assert not any(user["locked_out"] for user in (await admin.get("/api/v1/users")).json()["items"])


async def test_the_chairman_locks_a_lost_phone_out_and_changes_nothing_else_of_an_account(office: Office) -> None:
    chairman, phone = await office.as_(Role.CHAIRMAN), await office.as_(Role.OFFICER)
    accounts = (await chairman.get("/api/v1/users")).json()["items"]
    officer = next(one["id"] for one in accounts if one["name"] == "officer.test")
    assert (await phone.get("/api/v1/users")).json()["right"] == "lock_out"
    assert (await phone.post(f"/api/v1/users/{officer}/lock-out")).status_code == 403
    for method, path, form in (
        ("PATCH", f"/{officer}", {"role": "admin"}),
        ("POST", f"/{officer}/one-time-password", None),
        ("POST", "", {"name": "mai", "role": "admin"}),
    ):
        assert (await chairman.request(method, f"/api/v1/users{path}", json=form)).json()["right"] == "admin"
    assert (await chairman.post(f"/api/v1/users/{officer}/lock-out")).json()["locked_out"]
    assert (await phone.get("/api/v1/me")).status_code == 401
