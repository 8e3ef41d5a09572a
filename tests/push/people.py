"""People whose phones are told things."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx2
from sqlalchemy import select

from broadcast_server.people.rights import Role
from broadcast_server.store.notices import DeliveryRow, PhoneRow
from tests.faces.office import Office, signed_in
from tests.push.service import Pocket, PushService


@dataclass
class Owner:
    """Somebody signed in on a phone that is told; `name` is its place at the push service."""

    browser: httpx2.AsyncClient
    pocket: Pocket
    name: str
    phone: str
    service: PushService

    def told(self) -> list[dict[str, Any]]:
        """What the phone has read."""
        return [self.pocket.read(one.body) for one in self.service.to(self.name)]


async def owner(
    office: Office, service: PushService, name: str, role: Role | None = Role.OFFICER, language: str = "vi"
) -> Owner:
    """A new account, unless `role` is None, with a phone; it is told from now on."""
    if role is not None:
        await office.hire(name, role)
    browser, pocket = await signed_in(office, name), Pocket()
    wish = {**pocket.subscription(service.endpoint(name)), "language": language}
    answer = await browser.put("/api/v1/me/notices/phone", json=wish)
    assert answer.status_code == 200, answer.text
    return Owner(browser, pocket, name, answer.json()["id"], service)


async def deliveries(office: Office) -> list[DeliveryRow]:
    async with office.station.database.reading() as session:
        return list(await session.scalars(select(DeliveryRow).order_by(DeliveryRow.id)))


async def phones(office: Office) -> list[PhoneRow]:
    async with office.station.database.reading() as session:
        return list(await session.scalars(select(PhoneRow).order_by(PhoneRow.endpoint)))


def looked(name: str, ok: bool, at_us: int) -> dict[str, Any]:
    return {
        "source": name, "name": name, "ok": ok, "reason": None if ok else "unreachable", "level_db": None,
        "at_us": at_us, "vi": f"Không kết nối được nguồn “{name}”.", "en": f"“{name}” cannot be reached.",
    }  # fmt: skip
