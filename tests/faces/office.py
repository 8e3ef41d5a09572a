"""A station's office for tests: a real database and content folder, the real application, people with accounts."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
from fastapi import FastAPI
from sqlalchemy import select

from broadcast_server.app import create_app
from broadcast_server.founding import found_station
from broadcast_server.people import accounts, passwords
from broadcast_server.people.rights import Role
from broadcast_server.schedule.quiet_hours import NEVER
from broadcast_server.settings import Settings
from broadcast_server.station import Station, open_station
from broadcast_server.store.base import Database
from broadcast_server.store.people import AuditRow
from speaker_client.protocol.ids import Micros
from tests.contract import HOOKS

NAME = "Xã Tây Hồ"
PASSWORD = "loa phường sáu giờ"
PHONE = (
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Mobile Safari/537.36"
)


class Hand:
    """A clock that stands until it is moved."""

    def __init__(self, now_us: int = 1_795_000_000_000_000) -> None:
        self.at_us = now_us

    def now_us(self) -> Micros:
        return Micros(self.at_us)


@dataclass
class Office:
    """The station, its application, and a way in for everybody."""

    station: Station
    app: FastAPI
    clock: Hand

    def visitor(self, **headers: str) -> httpx2.AsyncClient:
        """Somebody at the door."""
        transport = httpx2.ASGITransport(app=self.app, raise_app_exceptions=False)
        return httpx2.AsyncClient(transport=transport, base_url="http://dai.test", headers=headers, event_hooks=HOOKS)

    async def hire(self, name: str, role: Role) -> None:
        """An account whose one-time password was already changed."""
        password_hash = await passwords.hashed(PASSWORD)
        station = self.station
        async with station.database.transaction() as session:
            row = await accounts.make_user(
                session, station.station_id, name, name.title(), role, password_hash, self.clock.now_us()
            )
            row.must_change = False

    async def as_(self, role: Role) -> httpx2.AsyncClient:
        """A browser logged in with that role, on the station's own page."""
        await self.hire(f"{role}.test", role)
        browser = self.visitor(origin="http://dai.test")
        answer = await browser.post("/api/v1/login", json={"name": f"{role}.test", "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        return browser


@asynccontextmanager
async def open_office(folder: Path, working: bool = False, **settings: Any) -> AsyncIterator[Office]:
    """An office in `folder`, founded if need be, without quiet hours; `working` = the library's lanes run, and lives
    are watched over."""
    clock = Hand()
    wanted = Settings(data=folder, **settings)
    database = Database(wanted.database_url)
    if not (folder / "station.db").exists():
        await found_station(database, wanted, NAME, clock=clock, quiet=NEVER)
    await database.close()
    station = await open_station(wanted, clock)
    library = (station.reception.run, station.resuming.run)
    jobs = (*library, station.speaking.watch_forever, station.archiving.keep_forever)
    app = create_app(station, background=lambda _station: jobs if working else ())
    async with app.router.lifespan_context(app):
        yield Office(station, app, clock)


async def finished(browser: httpx2.AsyncClient, intake: dict[str, Any], patience_s: float = 20) -> dict[str, Any]:
    """The intake once it has ended."""
    async with asyncio.timeout(patience_s):
        while intake["state"] in ("received", "working"):
            await asyncio.sleep(0.05)
            intake = (await browser.get(f"/api/v1/library/uploads/{intake['id']}")).json()
    return intake


def sound(path: Path, seconds: float = 3, frequency: int = 440) -> Path:
    """A small recording as a phone would make it; the format is by the name."""
    source = f"sine=frequency={frequency}:duration={seconds}"
    subprocess.run(
        ["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", source, "-af", "volume=-8dB", str(path)],
        check=True, timeout=30,
    )  # fmt: skip
    return path


async def signed_in(office: Office, name: str, device: str = PHONE) -> httpx2.AsyncClient:
    """Another browser of somebody who works here."""
    browser = office.visitor(**{"origin": "http://dai.test", "user-agent": device})
    answer = await browser.post("/api/v1/login", json={"name": name, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    return browser


async def audited(office: Office) -> list[tuple[str, str, dict[str, Any]]]:
    async with office.station.database.reading() as session:
        rows = (await session.scalars(select(AuditRow).order_by(AuditRow.id))).all()
    return [(row.who, row.action, row.detail) for row in rows]
