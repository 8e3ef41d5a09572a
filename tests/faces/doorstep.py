"""People at the door with their phones: browsers on the station's page, passkeys made and shown, refusals read."""

from __future__ import annotations

from typing import Any

import httpx2

from broadcast_server.people.rights import Role
from tests.faces.authenticator import Authenticator
from tests.faces.office import PASSWORD, Office


async def officer(office: Office, role: Role = Role.OFFICER) -> httpx2.AsyncClient:
    """Somebody logged in at http://localhost by their password."""
    await office.hire(f"{role}.test", role)
    browser = stranger(office)
    answer = await browser.post("/api/v1/login", json={"name": f"{role}.test", "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    return browser


def stranger(office: Office, url: str = "http://localhost") -> httpx2.AsyncClient:
    """A browser on the station's own page."""
    transport = httpx2.ASGITransport(app=office.app, raise_app_exceptions=False)
    return httpx2.AsyncClient(transport=transport, base_url=url, headers={"origin": url})


async def asked(browser: httpx2.AsyncClient, path: str) -> dict[str, Any]:
    form = {"password": PASSWORD} if path == "/me/passkeys" else None
    answer = await browser.post(f"/api/v1{path}/options", json=form)
    assert answer.status_code == 200, answer.text
    options: dict[str, Any] = answer.json()
    return options


async def enrolled(browser: httpx2.AsyncClient, name: str = "") -> tuple[Authenticator, dict[str, Any]]:
    """A phone that holds a passkey of theirs, and what the station says of it."""
    phone = Authenticator(str(browser.base_url))
    credential = phone.create(await asked(browser, "/me/passkeys"))
    answer = await browser.post("/api/v1/me/passkeys", json={"name": name, "credential": credential})
    assert answer.status_code == 201, answer.text
    return phone, answer.json()


async def knock(browser: httpx2.AsyncClient, phone: Authenticator, **spoilt: Any) -> httpx2.Response:
    """Log in with the phone's passkey."""
    credential = phone.get(await asked(browser, "/login/passkey"), **spoilt)
    return await browser.post("/api/v1/login/passkey", json=credential)


def refused(answer: httpx2.Response, status: int, code: str) -> None:
    body = answer.json()
    assert (answer.status_code, body["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert body["vi"] != body["en"]
