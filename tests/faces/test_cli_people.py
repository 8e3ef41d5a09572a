"""The command line for people: a lost phone, signed-in devices, passkeys."""

from __future__ import annotations

import json

import httpx2

from tests.faces.authenticator import Authenticator
from tests.faces.house import House


def test_a_lost_phone_is_locked_out_and_the_account_comes_back_with_a_new_password(house: House) -> None:
    password = house.ask("user", "add", "mai")["one_time_password"]
    with house.client() as client:
        form, client.headers["Origin"] = {"name": "mai", "password": password}, house.url
        assert client.post("/login", json=form).status_code == 200
        assert house.ask("user", "lock-out", "mai")["ended"]["sessions"] == 1
        assert client.post("/login", json=form).status_code == 401
    assert "cần mật khẩu mới" in house.tienglang("user", "list")
    assert "tienglang user reset mai" in house.tienglang("user", "lock-out", "mai")
    house.ask("user", "reset", "mai")
    assert not {user["name"]: user for user in house.ask("user", "list")["items"]}["mai"]["locked_out"]
    assert json.loads(house.tienglang("user", "lock-out", "operator", "--json", code=1))["code"] == "lock_out_self"


def test_the_devices_one_is_signed_in_on_are_listed_and_signed_out(house: House) -> None:
    password, own = house.ask("user", "add", "tam")["one_time_password"], "tâm ngồi ở uỷ ban"
    with house.client() as client:
        del client.headers["Authorization"]
        client.headers |= {"Origin": house.url, "User-Agent": "Mozilla/5.0 (Linux; Android 14) Chrome/139.0.0.0"}
        client.post("/login", json={"name": "tam", "password": password})
        client.post("/me/password", json={"old": password, "new": own})
        for _ in range(2):
            client.cookies.clear()
            client.post("/login", json={"name": "tam", "password": own})
        token = client.post("/tokens", json={"name": "máy tính"}).json()["token"]
    at = ("--token", token)
    one, two, three = house.ask("user", "sessions", *at)["items"]
    assert [each["this"] for each in (one, two, three)] == [False] * 3
    assert house.tienglang("user", "sessions", *at).count("Chrome trên Android") == 3
    assert house.ask("user", "end-session", one["id"][:8], *at)["id"] == one["id"]
    assert json.loads(house.tienglang("user", "end-session", one["id"], *at, "--json", code=1))["code"] == "not_found"
    assert house.ask("user", "end-sessions", *at) == {"ended": 2}
    assert house.ask("user", "sessions", *at) == {"items": []}


def test_passkeys_are_listed_renamed_and_removed(house: House) -> None:
    localhost = f"http://localhost:{house.port}"
    with house.client() as operator:
        once = operator.post("/users", json={"name": "khoa", "role": "officer"}).json()["one_time_password"]
        refused = operator.post(
            "/me/passkeys/options",
            json={"password": ""},
            headers={"Host": f"localhost:{house.port}", "Origin": localhost},
        )
        assert refused.json()["code"] == "passkey_needs_login"
    with httpx2.Client(base_url=f"{localhost}/api/v1", headers={"Origin": localhost}, trust_env=False) as browser:
        browser.post("/login", json={"name": "khoa", "password": once})
        browser.post("/me/password", json={"old": once, "new": "một hai ba bốn năm"})
        options = browser.post("/me/passkeys/options", json={"password": "một hai ba bốn năm"}).json()
        made = {"name": "Điện thoại", "credential": Authenticator(localhost).create(options)}
        assert browser.post("/me/passkeys", json=made).status_code == 201
        at = ("--token", browser.post("/tokens", json={"name": "thử"}).json()["token"])
    assert "Điện thoại" in house.tienglang("user", "passkeys", *at)
    assert house.ask("user", "rename-passkey", "điện thoại", "Máy cũ", *at)["name"] == "Máy cũ"
    (kept,) = house.ask("user", "passkeys", *at)["items"]
    assert (kept["name"], kept["site"]) == ("Máy cũ", "localhost")
    assert house.ask("user", "remove-passkey", kept["id"][:8], *at)["id"] == kept["id"]
    assert house.ask("user", "passkeys", *at) == {"items": []}
    assert json.loads(house.tienglang("user", "remove-passkey", "máy", *at, "--json", code=1))["code"] == "not_found"
