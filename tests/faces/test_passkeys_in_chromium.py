"""Passkeys in a real Chromium with its own virtual authenticator, at the real server on http://localhost."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import CDPSession, Page, async_playwright

from tests.faces.authenticator import PHONE
from tests.faces.house import House, serving

CHROMIUM = "/usr/bin/chromium"
MINE = {"password": "loa phường sáu giờ"}
CALL = """async ([method, path, body]) => {
  const asked = { method, headers: { "content-type": "application/json" }, body: body && JSON.stringify(body) };
  const answer = await fetch("/api/v1" + path, asked);
  return [answer.status, answer.status === 204 ? null : await answer.json()];
}"""
CREATE = """async (options) => (await navigator.credentials.create(
  { publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })).toJSON()"""
GET = """async (options) => (await navigator.credentials.get(
  { publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) })).toJSON()"""


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A station that serves."""
    yield from serving(tmp_path)


@asynccontextmanager
async def browsing(house: House) -> AsyncIterator[tuple[Page, CDPSession, str]]:
    """A page of the station's at http://localhost, and a phone with a fingerprint reader; the phone's name."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = await browser.new_page()
        devtools = await page.context.new_cdp_session(page)
        await devtools.send("WebAuthn.enable")
        phone = await devtools.send("WebAuthn.addVirtualAuthenticator", {"options": PHONE})
        await page.goto(f"http://localhost:{house.port}/")
        try:
            yield page, devtools, phone["authenticatorId"]
        finally:
            await browser.close()


async def call(page: Page, method: str, path: str, body: Any = None, code: int = 200) -> Any:
    """What the page gets for that request."""
    status, answer = await page.evaluate(CALL, [method, path, body])
    assert status == code, answer
    return answer


async def enrol(page: Page, house: House) -> dict[str, Any]:
    """Log in with the one-time password, change it, and make a passkey."""
    given = house.ask("user", "add", "lan")["one_time_password"]
    await call(page, "POST", "/login", {"name": "lan", "password": given})
    await call(page, "POST", "/me/password", {"old": given, "new": MINE["password"]}, 204)
    credential = await page.evaluate(CREATE, await call(page, "POST", "/me/passkeys/options", MINE))
    kept: dict[str, Any] = await call(page, "POST", "/me/passkeys", {"credential": credential}, 201)
    await call(page, "POST", "/logout", code=204)
    return kept


async def get(page: Page) -> Any:
    """What the phone says to a login."""
    return await page.evaluate(GET, await call(page, "POST", "/login/passkey/options"))


async def test_a_phone_makes_a_passkey_and_opens_the_station_with_it_until_it_is_lost(house: House) -> None:
    async with browsing(house) as (page, devtools, phone):
        kept = await enrol(page, house)
        assert (kept["site"], kept["name"]) == ("localhost", "Chrome trên Linux")
        shown = await get(page)
        assert (await call(page, "POST", "/login/passkey", shown))["name"] == "lan"
        assert (await call(page, "POST", "/login/passkey", shown, 409))["code"] == "challenge_used"
        (here,) = (await call(page, "GET", "/me/sessions"))["items"]
        assert (here["device"]["vi"], here["this"]) == ("Chrome trên Linux", True)
        assert (await call(page, "GET", "/me/passkeys"))["items"][0]["used_us"] is not None
        assert len((await devtools.send("WebAuthn.getCredentials", {"authenticatorId": phone}))["credentials"]) == 1
        again = await call(page, "POST", "/me/passkeys/options", MINE)
        with pytest.raises(Exception, match="InvalidStateError"):
            await page.evaluate(CREATE, again)
        ended = house.ask("user", "lock-out", "lan")["ended"]
        assert ended == {"sessions": 1, "tokens": 0, "passkeys": 1}
        assert (await call(page, "GET", "/me/passkeys", code=401))["code"] == "login_required"
        assert (await call(page, "POST", "/login/passkey", await get(page), 401))["code"] == "passkey_unknown"


async def test_a_phone_that_does_not_know_its_holder_signs_nothing(house: House) -> None:
    async with browsing(house) as (page, devtools, phone):
        await enrol(page, house)
        verified = {"authenticatorId": phone, "isUserVerified": False}
        await devtools.send("WebAuthn.setUserVerified", verified)
        with pytest.raises(Exception, match="NotAllowedError"):
            await get(page)


async def test_by_its_number_the_station_has_no_passkeys_and_says_so(house: House) -> None:
    async with browsing(house) as (page, _, _):
        await page.goto(f"{house.url}/")
        answer = await call(page, "POST", "/login/passkey/options", code=409)
        assert answer["code"] == "passkey_ip_address"
