"""Logging in: one-time passwords, sessions, guesses, tokens."""

from __future__ import annotations

import asyncio
import sqlite3
import statistics
import time
import unicodedata

import httpx2
import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from broadcast_server.api.access import Role
from broadcast_server.people import sessions, throttle
from broadcast_server.people.accounts import make_operator
from broadcast_server.people.tokens import make_token
from broadcast_server.store.people import ApiTokenRow, AuditRow, SessionRow
from speaker_client.protocol.ids import HOUR, MINUTE
from tests.faces.office import PASSWORD, Office, open_office

COOKIE = "tienglang"


async def log_in(browser: httpx2.AsyncClient, name: str, password: str = PASSWORD) -> httpx2.Response:
    return await browser.post("/api/v1/login", json={"name": name, "password": password})


async def test_the_session_cookie_cannot_be_read_by_scripts_nor_sent_from_elsewhere(office: Office) -> None:
    await office.hire("lan", Role.OFFICER)
    cookie = (await log_in(office.visitor(), "Lan")).headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))


async def test_over_https_the_cookie_is_bound_to_the_host(office: Office) -> None:
    async with open_office(office.station.settings.data, secure_cookies=True) as secure:
        await secure.hire("mai", Role.OFFICER)
        answer = await log_in(secure.visitor(), "mai")
        assert answer.headers["set-cookie"].startswith(f"__Host-{COOKIE}=")
        assert "Secure" in answer.headers["set-cookie"]
        assert "strict-transport-security" in answer.headers


async def test_a_planted_session_id_is_never_taken_over(office: Office) -> None:
    await office.hire("lan", Role.OFFICER)
    browser = office.visitor(origin="http://dai.test")
    browser.cookies.set(COOKIE, "planted", domain="dai.test")
    await log_in(browser, "lan")
    first = browser.cookies.get(COOKIE)
    await log_in(browser, "lan")
    second = browser.cookies.get(COOKIE)
    assert len({"planted", first, second}) == 3
    thief = office.visitor(cookie=f"{COOKIE}={first}")
    assert (await thief.get("/api/v1/me")).status_code == 401
    assert (await browser.get("/api/v1/me")).json()["name"] == "lan"


async def test_the_database_holds_no_session_id_and_no_token(office: Office) -> None:
    officer = await office.as_(Role.OFFICER)
    token = (await officer.post("/api/v1/tokens", json={"name": "máy tính"})).json()["token"]
    secret = officer.cookies.get(COOKIE)
    async with office.station.database.reading() as session:
        kept = [row.id_hash for row in await session.scalars(select(SessionRow))]
        kept += [row.token_hash for row in await session.scalars(select(ApiTokenRow))]
    assert secret not in kept
    assert token not in kept
    assert len(kept) == 2


async def test_logging_out_ends_the_session(office: Office) -> None:
    officer = await office.as_(Role.OFFICER)
    old = officer.cookies.get(COOKIE)
    assert (await officer.post("/api/v1/logout")).status_code == 204
    assert (await office.visitor(cookie=f"{COOKIE}={old}").get("/api/v1/me")).status_code == 401


async def test_a_session_lapses_after_twelve_idle_hours_and_lives_on_while_used(office: Office) -> None:
    officer = await office.as_(Role.OFFICER)
    for _ in range(3):
        office.clock.at_us += 11 * HOUR
        assert (await officer.get("/api/v1/me")).status_code == 200
    office.clock.at_us += 12 * HOUR
    assert (await officer.get("/api/v1/me")).status_code == 401


async def test_a_one_time_password_opens_only_the_door_to_a_new_one(office: Office) -> None:
    admin = await office.as_(Role.ADMIN)
    made = (await admin.post("/api/v1/users", json={"name": "hoa", "role": "officer"})).json()
    browser = office.visitor(origin="http://dai.test")
    assert (await log_in(browser, "hoa", made["one_time_password"])).json()["must_change"]
    refused = await browser.get("/api/v1/library")
    assert (refused.status_code, refused.json()["code"]) == (403, "password_change_required")
    change = {"old": made["one_time_password"], "new": "hoa đọc bản tin"}
    before = browser.cookies.get(COOKIE)
    assert (await browser.post("/api/v1/me/password", json=change)).status_code == 204
    assert browser.cookies.get(COOKIE) != before
    assert (await browser.get("/api/v1/library")).status_code == 200
    assert (await log_in(office.visitor(), "hoa", made["one_time_password"])).status_code == 401


async def test_weak_new_passwords_are_refused(office: Office) -> None:
    officer = await office.as_(Role.OFFICER)
    for new, code in (
        ("ngắn", "bad_password_length"),
        (PASSWORD, "same_password"),
        ("officer.test1", "password_is_name"),
    ):
        answer = await officer.post("/api/v1/me/password", json={"old": PASSWORD, "new": new})
        assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_of_many_guesses_ten_are_looked_at_in_a_quarter_of_an_hour(office: Office) -> None:
    await office.hire("lan", Role.OFFICER)
    browser = office.visitor()
    guesses = [log_in(browser, "lan", f"sai {n}") for n in range(25)]
    answers = [answer.status_code for answer in await asyncio.gather(*guesses)]
    assert (answers.count(401), answers.count(429)) == (10, 15)
    locked = await log_in(browser, "lan")
    assert (locked.status_code, locked.json()["code"]) == (429, "too_many_attempts")
    assert int(locked.headers["retry-after"]) == 900
    office.clock.at_us += 15 * MINUTE
    assert (await log_in(browser, "lan")).status_code == 200


async def test_a_name_typed_in_many_ways_is_one_account_to_guess_at(office: Office) -> None:
    await office.hire("hoà", Role.OFFICER)
    decomposed = unicodedata.normalize("NFD", "hoà")
    assert (await log_in(office.visitor(), f" {decomposed.upper()}\t")).status_code == 200
    typed = [f"{' ' * n}{decomposed if n % 2 else 'Hoà'}{' ' * (n % 3)}" for n in range(15)]
    answers = [(await log_in(office.visitor(), name, "sai")).status_code for name in typed]
    assert (answers.count(401), answers.count(429)) == (10, 5)


async def test_one_address_cannot_try_a_password_on_everybody(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "GUESSES_PER_ADDRESS", 5)
    browser = office.visitor()
    answers = [(await log_in(browser, f"nguoi{n}", "123456")).status_code for n in range(8)]
    assert answers == [401] * 5 + [429] * 3


async def test_nobody_learns_by_the_time_whether_a_name_exists(office: Office) -> None:
    await office.hire("lan", Role.OFFICER)
    browser, times = office.visitor(), {"lan": [], "khong-co": []}  # type: dict[str, list[float]]
    for _ in range(5):
        for name, spent in times.items():
            began = time.perf_counter()
            assert (await log_in(browser, name, "sai bét")).status_code == 401
            spent.append(time.perf_counter() - began)
    known, unknown = (statistics.median(spent) for spent in times.values())
    assert known / 2 < unknown < known * 2


async def test_a_token_works_until_it_is_taken_back_or_expires(office: Office) -> None:
    officer = await office.as_(Role.OFFICER)
    made = (await officer.post("/api/v1/tokens", json={"name": "máy tính", "days": 1})).json()
    program = office.visitor(authorization=f"Bearer {made['token']}")
    assert (await program.get("/api/v1/me")).json()["role"] == "officer"
    office.clock.at_us += 24 * HOUR
    assert (await program.get("/api/v1/me")).status_code == 401
    officer = office.visitor(origin="http://dai.test")
    await log_in(officer, "officer.test")
    again = (await officer.post("/api/v1/tokens", json={"name": "máy tính"})).json()
    program = office.visitor(authorization=f"Bearer {again['token']}")
    assert (await officer.delete(f"/api/v1/tokens/{again['id']}")).status_code == 204
    assert (await program.get("/api/v1/me")).status_code == 401


async def test_a_disabled_account_is_out_at_once(office: Office) -> None:
    admin, officer = await office.as_(Role.ADMIN), await office.as_(Role.OFFICER)
    token = (await officer.post("/api/v1/tokens", json={"name": "máy"})).json()["token"]
    mine = (await officer.get("/api/v1/me")).json()["id"]
    assert (await admin.patch(f"/api/v1/users/{mine}", json={"disabled": True})).status_code == 200
    assert (await officer.get("/api/v1/me")).status_code == 401
    assert (await office.visitor(authorization=f"Bearer {token}").get("/api/v1/me")).status_code == 401
    assert (await log_in(office.visitor(), "officer.test")).status_code == 401


async def test_a_token_of_before_stays_dead_when_a_disabled_account_is_let_in_again(office: Office) -> None:
    admin, officer = await office.as_(Role.ADMIN), await office.as_(Role.OFFICER)
    token = (await officer.post("/api/v1/tokens", json={"name": "máy"})).json()["token"]
    mine = (await officer.get("/api/v1/me")).json()["id"]
    for disabled in (True, False):
        assert (await admin.patch(f"/api/v1/users/{mine}", json={"disabled": disabled})).status_code == 200
    assert (await office.visitor(authorization=f"Bearer {token}").get("/api/v1/me")).status_code == 401
    assert (await log_in(office.visitor(), "officer.test")).status_code == 200


async def test_a_changed_password_ends_the_tokens_that_the_old_one_made(office: Office) -> None:
    officer = await office.as_(Role.OFFICER)
    token = (await officer.post("/api/v1/tokens", json={"name": "máy"})).json()["token"]
    change = {"old": PASSWORD, "new": "loa thôn bảy giờ"}
    assert (await officer.post("/api/v1/me/password", json=change)).status_code == 204
    assert (await office.visitor(authorization=f"Bearer {token}").get("/api/v1/me")).status_code == 401
    assert (await officer.get("/api/v1/me")).status_code == 200


async def test_the_local_operator_cannot_be_shut_out_and_keeps_the_token(office: Office) -> None:
    admin, station = await office.as_(Role.ADMIN), office.station
    async with station.database.transaction() as session:
        operator = await make_operator(session, station.station_id, office.clock.now_us())
        _, token = make_token(session, operator.id, station.station_id, "tienglang", office.clock.now_us())
    refused = await admin.patch(f"/api/v1/users/{operator.id}", json={"disabled": True})
    assert (refused.status_code, refused.json()["code"]) == (409, "operator_stays")
    assert (await office.visitor(authorization=f"Bearer {token}").get("/api/v1/me")).status_code == 200


async def test_a_reset_password_shuts_out_whoever_held_the_old_one_and_their_tokens(office: Office) -> None:
    admin, officer = await office.as_(Role.ADMIN), await office.as_(Role.OFFICER)
    token = (await officer.post("/api/v1/tokens", json={"name": "máy"})).json()["token"]
    mine = (await officer.get("/api/v1/me")).json()["id"]
    assert (await admin.post(f"/api/v1/users/{mine}/one-time-password")).status_code == 200
    assert (await officer.get("/api/v1/me")).status_code == 401
    assert (await office.visitor(authorization=f"Bearer {token}").get("/api/v1/me")).status_code == 401
    assert (await admin.get("/api/v1/me")).status_code == 200


async def test_the_local_operator_has_no_password_to_reset_and_keeps_the_token(office: Office) -> None:
    admin, station = await office.as_(Role.ADMIN), office.station
    async with station.database.transaction() as session:
        operator = await make_operator(session, station.station_id, office.clock.now_us())
        _, token = make_token(session, operator.id, station.station_id, "tienglang", office.clock.now_us())
    answer = await admin.post(f"/api/v1/users/{operator.id}/one-time-password")
    assert (answer.status_code, answer.json()["code"]) == (409, "no_password")
    assert (await office.visitor(authorization=f"Bearer {token}").get("/api/v1/me")).json()["name"] == "operator"


async def test_the_last_administrator_cannot_be_shut_out(office: Office) -> None:
    admin = await office.as_(Role.ADMIN)
    mine = (await admin.get("/api/v1/me")).json()["id"]
    for change in ({"disabled": True}, {"role": "viewer"}):
        answer = await admin.patch(f"/api/v1/users/{mine}", json=change)
        assert (answer.status_code, answer.json()["code"]) == (409, "last_admin")


async def test_every_change_leaves_its_trace_without_secrets(office: Office) -> None:
    admin = await office.as_(Role.ADMIN)
    made = (await admin.post("/api/v1/users", json={"name": "hoa", "role": "officer"})).json()
    await admin.post(f"/api/v1/users/{made['id']}/one-time-password")
    await admin.post("/api/v1/tokens", json={"name": "máy"})
    async with office.station.database.reading() as session:
        rows = (await session.scalars(select(AuditRow).order_by(AuditRow.id))).all()
    assert [row.action for row in rows] == ["session.open", "user.make", "password.reset", "token.make"]
    assert all(row.who == "admin.test" for row in rows)
    assert made["one_time_password"] not in str([row.detail for row in rows])


async def test_a_session_whose_use_cannot_be_written_down_still_stops_everything(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk is full: of all things the stop must not fail for the bookkeeping of who was here."""
    browser = await office.as_(Role.OFFICER)
    office.clock.at_us += sessions.TOUCH_EVERY_US
    tried = []

    async def fail(*_: object) -> None:
        tried.append(True)
        raise OperationalError("UPDATE", None, sqlite3.OperationalError("database or disk is full"))

    monkeypatch.setattr(sessions, "touch", fail)
    assert (await browser.post("/api/v1/stop", json={})).status_code == 202
    assert tried
