"""Passkeys by a software authenticator: what opens the door, and what does not."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from pathlib import Path

import pytest

import broadcast_server
from broadcast_server.people import throttle
from broadcast_server.people.challenges import LIFE_US
from broadcast_server.people.client_data import base64url
from broadcast_server.people.rights import Role
from broadcast_server.store.people import PasskeyRow
from tests.faces.authenticator import PRESENT, Authenticator
from tests.faces.doorstep import asked, enrolled, knock, officer, refused, stranger
from tests.faces.office import PASSWORD, Office, audited, open_office


async def test_a_phone_logs_in_by_its_own_lock_without_a_name(office: Office) -> None:
    own = await officer(office)
    phone, kept = await enrolled(own, "Điện thoại của Lan")
    assert (kept["name"], kept["site"], kept["synced"], kept["used_us"]) == (
        "Điện thoại của Lan",
        "localhost",
        False,
        None,
    )
    office.clock.at_us += 1_000_000
    browser = stranger(office)
    answer = await knock(browser, phone)
    assert (answer.status_code, answer.json()["name"]) == (200, "officer.test")
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(answer.headers["set-cookie"].split("; "))
    assert (await browser.get("/api/v1/library")).status_code == 200
    (shown,) = (await browser.get("/api/v1/me/passkeys")).json()["items"]
    assert shown == kept | {"used_us": office.clock.at_us}
    assert (await knock(browser, phone)).status_code == 200, "again, with a greater count"
    password = await stranger(office).post("/api/v1/login", json={"name": "officer.test", "password": PASSWORD})
    assert password.status_code == 200
    audit = [(who, action, detail) for who, action, detail in await audited(office) if detail.get("passkey")]
    assert audit == [("officer.test", "session.open", {"address": "127.0.0.1", "passkey": kept["id"]})] * 2


async def test_the_browser_is_asked_for_what_the_station_means_to_check(office: Office) -> None:
    own = await officer(office)
    phone, _ = await enrolled(own)
    options = await asked(own, "/me/passkeys")
    assert options["rp"] == {"id": "localhost", "name": office.station.name}
    assert options["authenticatorSelection"] == {
        "residentKey": "required",
        "requireResidentKey": True,
        "userVerification": "required",
    }
    assert options["excludeCredentials"] == [{"type": "public-key", "id": base64url(phone.credentials[0].id)}]
    assert "officer" not in options["user"]["id"]
    login = await asked(stranger(office), "/login/passkey")
    assert (login["rpId"], login["userVerification"], login["allowCredentials"]) == ("localhost", "required", [])
    assert login["timeout"] * 1000 == LIFE_US
    assert len({(await asked(own, "/login/passkey"))["challenge"] for _ in range(5)}) == 5


async def test_a_signature_for_another_sites_page_opens_nothing(office: Office) -> None:
    own = await officer(office)
    phone, _ = await enrolled(own)
    for spoilt in ({"origin": "https://la.test"}, {"origin": "http://localhost:81"}, {"crossOrigin": True}):
        refused(await knock(stranger(office), phone, **spoilt), 403, "wrong_origin")
        made = phone.create(await asked(own, "/me/passkeys"), **spoilt)
        refused(await own.post("/api/v1/me/passkeys", json={"credential": made}), 403, "wrong_origin")
        phone.credentials.pop()
    assert (await knock(stranger(office), phone)).status_code == 200


async def test_a_challenge_is_good_once(office: Office) -> None:
    own, browser = await officer(office), stranger(office)
    phone, _ = await enrolled(own)
    options = await asked(browser, "/login/passkey")
    credential = phone.get(options)
    assert (await browser.post("/api/v1/login/passkey", json=credential)).status_code == 200
    refused(await browser.post("/api/v1/login/passkey", json=credential), 409, "challenge_used")
    refused(await browser.post("/api/v1/login/passkey", json=phone.get(options)), 409, "challenge_used")
    options = await asked(own, "/me/passkeys")
    assert (await own.post("/api/v1/me/passkeys", json={"credential": phone.create(options)})).status_code == 201
    again = await own.post("/api/v1/me/passkeys", json={"credential": phone.create(options)})
    refused(again, 409, "challenge_used")


async def test_of_two_that_come_with_one_challenge_one_gets_in(office: Office) -> None:
    phone, _ = await enrolled(await officer(office))
    browser = stranger(office)
    credential = phone.get(await asked(browser, "/login/passkey"))
    knocks = (browser.post("/api/v1/login/passkey", json=credential) for _ in range(5))
    assert sorted(answer.status_code for answer in await asyncio.gather(*knocks)) == [200, 409, 409, 409, 409]


async def test_a_challenge_lapses(office: Office) -> None:
    own, browser = await officer(office), stranger(office)
    phone, _ = await enrolled(own)
    login, more = await asked(browser, "/login/passkey"), await asked(own, "/me/passkeys")
    office.clock.at_us += LIFE_US
    refused(await browser.post("/api/v1/login/passkey", json=phone.get(login)), 409, "challenge_expired")
    late = await own.post("/api/v1/me/passkeys", json={"credential": phone.create(more)})
    refused(late, 409, "challenge_expired")


async def test_a_challenge_is_ours_and_for_one_purpose(office: Office) -> None:
    own, chairman = await officer(office), await officer(office, Role.CHAIRMAN)
    phone, _ = await enrolled(own)
    browser, login, mine = stranger(office), await asked(own, "/login/passkey"), await asked(own, "/me/passkeys")
    for challenge in (mine["challenge"], base64url(bytes(56)), base64url(b"short"), "", "B" + login["challenge"][1:]):
        spoilt = phone.get(login | {"challenge": challenge})
        refused(await browser.post("/api/v1/login/passkey", json=spoilt), 409, "challenge_unknown")
    for options in (mine, mine | {"challenge": login["challenge"]}):
        made = Authenticator("http://localhost").create(options)
        refused(await chairman.post("/api/v1/me/passkeys", json={"credential": made}), 409, "challenge_unknown")
    async with open_office(office.station.settings.data) as restarted:
        answer = await stranger(restarted).post("/api/v1/login/passkey", json=phone.get(login))
        refused(answer, 409, "challenge_unknown")


async def test_nobody_gets_in_by_another_users_credential(office: Office) -> None:
    own, chairman = await officer(office), await officer(office, Role.CHAIRMAN)
    mine, _ = await enrolled(own)
    theirs, _ = await enrolled(chairman)
    (my_key,), (their_key,) = mine.credentials, theirs.credentials
    honest, claimed = (my_key.user_handle, my_key.id), (their_key.user_handle, their_key.id)
    for pretended in ((claimed[0], honest[1]), claimed, (honest[0], claimed[1])):
        my_key.user_handle, my_key.id = pretended
        refused(await knock(stranger(office), mine), 401, "wrong_passkey")
    made = mine.create(await asked(own, "/me/passkeys"), their_key.id)
    refused(await own.post("/api/v1/me/passkeys", json={"credential": made}), 409, "passkey_known")
    mine.credentials.pop()
    my_key.user_handle, my_key.id = honest
    assert (await knock(stranger(office), mine)).json()["name"] == "officer.test"
    assert (await knock(stranger(office), theirs)).json()["name"] == "chairman.test"


async def test_a_passkey_that_counts_backwards_was_copied(office: Office) -> None:
    phone, kept = await enrolled(await officer(office))
    browser = stranger(office)
    phone.credentials[0].count = 9
    assert (await knock(browser, phone)).status_code == 200
    for count in (8, 9):
        phone.credentials[0].count = count
        refused(await knock(stranger(office), phone), 401, "passkey_counter")
    counters = [(who, detail) for who, action, detail in await audited(office) if action == "passkey.counter"]
    assert counters == [("officer.test", {"kept": 10, "came": 9}), ("officer.test", {"kept": 10, "came": 10})]
    async with office.station.database.reading() as session:
        row = await session.get(PasskeyRow, kept["id"])
        assert row is not None
        assert row.sign_count == 10
    phone.credentials[0].count = 10
    assert (await knock(browser, phone)).status_code == 200


async def test_one_that_does_not_count_at_all_gets_in_again_and_again(office: Office) -> None:
    phone, _ = await enrolled(await officer(office))
    for _ in range(3):
        phone.credentials[0].count = -1
        assert (await knock(stranger(office), phone)).status_code == 200


async def test_whoever_holds_the_phone_must_be_verified(office: Office) -> None:
    own = await officer(office)
    phone, _ = await enrolled(own)
    for flags in (PRESENT, 0):
        phone.flags = flags
        refused(await knock(stranger(office), phone), 401, "wrong_passkey")
        made = Authenticator("http://localhost", flags).create(await asked(own, "/me/passkeys"))
        refused(await own.post("/api/v1/me/passkeys", json={"credential": made}), 422, "passkey_refused")


async def test_a_planted_session_is_not_taken_over_by_a_passkey_either(office: Office) -> None:
    phone, _ = await enrolled(await officer(office))
    browser = stranger(office)
    browser.cookies.set("tienglang", "planted", domain="localhost.local")
    await knock(browser, phone)
    first = browser.cookies.get("tienglang")
    await knock(browser, phone)
    assert first != browser.cookies.get("tienglang")
    assert (await office.visitor(cookie=f"tienglang={first}").get("/api/v1/me")).status_code == 401


async def test_passkeys_are_tried_no_oftener_than_passwords_and_neither_keeps_the_other_out(office: Office) -> None:
    phone, _ = await enrolled(await officer(office))
    browser = stranger(office)
    form = {"name": "officer.test", "password": "sai bét"}
    for _ in range(throttle.GUESSES_PER_ACCOUNT):
        assert (await browser.post("/api/v1/login", json=form)).status_code == 401
    refused(await browser.post("/api/v1/login", json=form | {"password": PASSWORD}), 429, "too_many_attempts")
    assert (await knock(browser, phone)).status_code == 200, "the owner still gets in"
    for _ in range(throttle.GUESSES_PER_ACCOUNT):
        refused(await knock(browser, phone, origin="https://la.test"), 403, "wrong_origin")
    answer = await knock(browser, phone)
    refused(answer, 429, "too_many_attempts")
    assert int(answer.headers["retry-after"]) == 900
    office.clock.at_us += throttle.WINDOW_US
    assert (await knock(browser, phone)).status_code == 200


async def test_one_address_cannot_try_many_passkeys(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "GUESSES_PER_ADDRESS", 3)
    browser, codes = stranger(office), []
    for _ in range(5):
        phone = Authenticator("http://localhost")
        phone.create({"rp": {"id": "localhost"}, "user": {"id": "x"}, "challenge": ""})
        codes.append((await knock(browser, phone)).status_code)
    assert codes == [401] * 3 + [429] * 2


def test_one_file_knows_the_library_and_nobody_loads_it_unasked(tmp_path: Path) -> None:
    root = Path(broadcast_server.__file__).parent
    users = [file.name for file in root.rglob("*.py") if re.search(r"(from|import) (webauthn|cbor2)", file.read_text())]
    assert users == ["ceremonies.py"]
    program = (
        "import asyncio, sys, pathlib\n"
        "from tests.faces.office import open_office\n"
        "async def run():\n"
        "    async with open_office(pathlib.Path(sys.argv[1])) as office:\n"
        "        browser = office.visitor(origin='http://localhost')\n"
        "        browser.base_url = 'http://localhost'\n"
        "        assert (await browser.post('/api/v1/login/passkey/options')).status_code == 200\n"
        "asyncio.run(run())\n"
        "assert not {'webauthn', 'cbor2', 'OpenSSL'} & set(sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, tmp_path / "data"], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
