"""Whose a passkey is: shown, renamed and removed by its owner, and gone with whoever is locked out."""

from __future__ import annotations

from typing import Any

import pytest

from broadcast_server.people import ceremonies, passkeys
from broadcast_server.people.rights import Role
from tests.faces.authenticator import Authenticator
from tests.faces.doorstep import asked, enrolled, knock, officer, refused, stranger
from tests.faces.office import PASSWORD, Office, audited


async def test_a_removed_passkey_opens_nothing_and_only_its_owner_removes_it(office: Office) -> None:
    own, chairman = await officer(office), await officer(office, Role.CHAIRMAN)
    phone, kept = await enrolled(own)
    path = f"/api/v1/me/passkeys/{kept['id']}"
    refused(await chairman.delete(path), 404, "not_found")
    refused(await chairman.patch(path, json={"name": "của tôi"}), 404, "not_found")
    assert (await own.patch(path, json={"name": " Máy bàn "})).json() == kept | {"name": "Máy bàn"}
    refused(await own.patch(path, json={"name": "  "}), 422, "invalid")
    assert (await chairman.get("/api/v1/me/passkeys")).json() == {"items": []}
    assert (await knock(stranger(office), phone)).status_code == 200
    assert (await own.delete(path)).status_code == 204
    refused(await knock(stranger(office), phone), 401, "passkey_unknown")
    refused(await own.delete(path), 404, "not_found")
    actions = [action for _, action, _ in await audited(office)]
    assert [one for one in actions if one.startswith("passkey")] == ["passkey.add", "passkey.rename", "passkey.remove"]


async def test_a_passkey_that_is_removed_while_it_knocks_opens_nothing(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = await officer(office)
    phone, kept = await enrolled(own)
    verified = ceremonies._asserted

    async def slow(*what: Any) -> Any:
        assert (await own.delete(f"/api/v1/me/passkeys/{kept['id']}")).status_code == 204
        return verified(*what)

    monkeypatch.setattr("broadcast_server.people.passkey_login.asserted", slow)
    refused(await knock(stranger(office), phone), 401, "passkey_unknown")


@pytest.mark.parametrize("change", ["lock-out", "disable"])
async def test_who_is_locked_out_has_no_passkey_any_more(office: Office, change: str) -> None:
    admin, own = await officer(office, Role.ADMIN), await officer(office)
    phone, _ = await enrolled(own)
    user = (await own.get("/api/v1/me")).json()["id"]
    pending = phone.create(await asked(own, "/me/passkeys"))
    phone.credentials.pop()
    path = f"/api/v1/users/{user}"
    if change == "lock-out":
        assert (await admin.post(f"{path}/lock-out")).json()["ended"] == {"sessions": 1, "tokens": 0, "passkeys": 1}
    else:
        await admin.patch(path, json={"disabled": True})
        await admin.patch(path, json={"disabled": False})
    refused(await knock(stranger(office), phone), 401, "passkey_unknown")
    refused(await own.post("/api/v1/me/passkeys", json={"credential": pending}), 401, "login_required")
    given = (await admin.post(f"{path}/one-time-password")).json()["one_time_password"]
    answer = await own.post("/api/v1/login", json={"name": "officer.test", "password": given})
    assert answer.json()["must_change"]
    refused(await knock(stranger(office), phone), 401, "passkey_unknown")


async def test_who_is_locked_out_while_a_passkey_is_made_leaves_none_behind(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin, own = await officer(office, Role.ADMIN), await officer(office)
    user = (await own.get("/api/v1/me")).json()["id"]

    async def slow(*what: Any) -> Any:
        assert (await admin.post(f"/api/v1/users/{user}/lock-out")).status_code == 200
        return ceremonies._registered(*what)

    monkeypatch.setattr("broadcast_server.api.passkeys.registered", slow)
    made = Authenticator("http://localhost").create(await asked(own, "/me/passkeys"))
    refused(await own.post("/api/v1/me/passkeys", json={"credential": made}), 401, "login_required")
    async with office.station.database.reading() as session:
        assert list(await passkeys.passkeys_of(session, user)) == []


async def test_a_passkey_does_not_go_round_a_one_time_password(office: Office) -> None:
    admin, own = await officer(office, Role.ADMIN), await officer(office)
    phone, _ = await enrolled(own)
    user = (await own.get("/api/v1/me")).json()["id"]
    await admin.post(f"/api/v1/users/{user}/one-time-password")
    browser = stranger(office)
    assert (await knock(browser, phone)).json()["must_change"]
    refused(await browser.get("/api/v1/library"), 403, "password_change_required")
    refused(
        await browser.post("/api/v1/me/passkeys/options", json={"password": PASSWORD}), 403, "password_change_required"
    )


async def test_there_is_an_end_to_the_passkeys_of_one_person(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passkeys, "MOST_EACH", 2)
    own = await officer(office)
    await enrolled(own)
    pending = Authenticator("http://localhost").create(await asked(own, "/me/passkeys"))
    await enrolled(own)
    refused(await own.post("/api/v1/me/passkeys/options", json={"password": PASSWORD}), 409, "passkeys_too_many")
    refused(await own.post("/api/v1/me/passkeys", json={"credential": pending}), 409, "passkeys_too_many")


async def test_a_passkey_without_a_name_is_called_after_the_device(office: Office) -> None:
    own = await officer(office)
    own.headers["user-agent"] = "Mozilla/5.0 (Linux; Android 14) Chrome/139.0.0.0"
    _, kept = await enrolled(own, "  ")
    assert kept["name"] == "Chrome trên Android"


async def test_a_phone_that_lies_about_signed_in_makes_nobody_a_passkey(office: Office) -> None:
    own = await officer(office)
    for form, status, code in (
        ({"password": "không phải mật khẩu này"}, 403, "wrong_password"),
        ({}, 422, "invalid"),
    ):
        refused(await own.post("/api/v1/me/passkeys/options", json=form), status, code)
    pending = Authenticator("http://localhost").create(await asked(own, "/me/passkeys"))
    elsewhere = stranger(office)
    await elsewhere.post("/api/v1/login", json={"name": "officer.test", "password": PASSWORD})
    answer = await elsewhere.post("/api/v1/me/passkeys", json={"credential": pending})
    refused(answer, 409, "challenge_unknown")
    assert (await own.post("/api/v1/me/passkeys", json={"credential": pending})).status_code == 201
    guesses = [await own.post("/api/v1/me/passkeys/options", json={"password": "sai"}) for _ in range(11)]
    refused(guesses[-1], 429, "too_many_attempts")
