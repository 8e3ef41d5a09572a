"""What no phone sends: refused in words, and never a failure of the server."""

from __future__ import annotations

import json
import secrets
from typing import Any

import cbor2
import pytest

from broadcast_server.people import throttle
from broadcast_server.people.client_data import base64url, from_base64url
from tests.faces.authenticator import Authenticator
from tests.faces.doorstep import asked, enrolled, knock, officer, stranger
from tests.faces.office import Office

NOISE = ("", "A", "====", "không", "\x00", base64url(b"\x81" * 9000), base64url(secrets.token_bytes(300)), "A" * 20_000)
NO_CLIENT_DATA = (b"", b"{", b"[]", b"null", b"7", b'{"type":1}', b'{"challenge":7,"type":"","origin":""}', b"[" * 9000)
NO_KEY: tuple[Any, ...] = (
    {},
    {1: 2, 3: -7},
    {1: 2, 3: -7, -1: 1, -2: bytes(32), -3: bytes(32)},
    {1: 2, 3: -7, -1: 1, -2: 5, -3: []},
    {1: 2, 3: -7, -1: 99, -2: b"x", -3: b"y"},
    {1: 3, 3: -257, -1: b"", -2: b""},
    {1: 99, 3: -7},
    {1: 1, 3: -8, -1: 6, -2: b"short"},
    {1: 2, 3: -65535, -1: 1, -2: b"x" * 32, -3: b"y" * 32},
    [],
    7,
)


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Here it is not the number that is refused."""
    monkeypatch.setattr(throttle, "GUESSES_PER_ACCOUNT", 1000)
    monkeypatch.setattr(throttle, "GUESSES_PER_ADDRESS", 1000)


async def test_a_login_of_noise_is_refused_in_words(office: Office) -> None:
    phone, _ = await enrolled(await officer(office))
    browser = stranger(office)
    spoilt = [(name, noise) for name in ("authenticatorData", "signature", "userHandle") for noise in NOISE]
    spoilt += [("clientDataJSON", noise) for noise in (*NOISE, *map(base64url, NO_CLIENT_DATA))]
    for name, noise in spoilt:
        credential = phone.get(await asked(browser, "/login/passkey"))
        credential["response"][name] = noise
        answer = await browser.post("/api/v1/login/passkey", json=credential)
        assert (answer.status_code, answer.json()["code"]) in (
            (401, "wrong_passkey"),
            (422, "bad_passkey"),
            (422, "invalid"),
        ), (name, noise[:20])
    for about in ({"id": "không"}, {"id": ""}, {"rawId": "AAAA"}, {"type": "password"}, {"response": None}):
        credential = phone.get(await asked(browser, "/login/passkey")) | about
        answer = await browser.post("/api/v1/login/passkey", json=credential)
        assert answer.json()["code"] in ("invalid", "wrong_passkey"), about
    assert (await knock(browser, phone)).status_code == 200


async def test_a_passkey_that_no_phone_makes_is_not_kept(office: Office) -> None:
    own = await officer(office)

    async def told(spoil: Any) -> tuple[int, str]:
        made = Authenticator("http://localhost").create(await asked(own, "/me/passkeys"))
        made["response"]["attestationObject"] = spoil(made["response"]["attestationObject"])
        answer = await own.post("/api/v1/me/passkeys", json={"credential": made})
        return answer.status_code, answer.json()["code"]

    def with_key(key: Any) -> Any:
        def spoil(whole: str) -> str:
            said = cbor2.loads(from_base64url(whole))
            return base64url(cbor2.dumps(said | {"authData": said["authData"][: 37 + 16 + 2 + 32] + cbor2.dumps(key)}))

        return spoil

    def with_more(**more: Any) -> Any:
        return lambda whole: base64url(cbor2.dumps(cbor2.loads(from_base64url(whole)) | more))

    for noise in NOISE:
        assert await told(lambda _, noise=noise: noise) in ((422, "passkey_refused"), (422, "invalid")), noise[:20]
    for key in NO_KEY:
        assert await told(with_key(key)) == (422, "passkey_refused"), key
    for more in ({"fmt": 7}, {"fmt": "tpm"}, {"fmt": "packed"}, {"attStmt": 7}, {"attStmt": {"sig": b"x"}}):
        assert await told(with_more(**more)) == (422, "passkey_refused"), more
    for said in ({"authData": b""}, {"authData": 7}, {"authData": bytes(37)}):
        assert await told(with_more(**said)) == (422, "passkey_refused"), said
    assert (await own.get("/api/v1/me/passkeys")).json() == {"items": []}


async def test_a_body_that_is_no_credential_is_refused_in_words(office: Office) -> None:
    own = await officer(office)
    bodies: tuple[Any, ...] = ({}, [], {"credential": {}}, {"credential": 7}, {"name": "a" * 81}, json.dumps({}))
    for body in bodies:
        for path in ("/login/passkey", "/me/passkeys"):
            answer = await own.post(f"/api/v1{path}", json=body)
            assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
