"""Phones that the station may tell things: whose they are, and when they are told no more."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast_server.people.user import User
from broadcast_server.problem import Problem
from broadcast_server.store.notices import PhoneRow
from speaker_client.protocol.ids import DAY, Micros

MOST_PHONES = 20
"""Of one person."""
KEPT_US = 90 * DAY
"""A phone on which nobody has opened the app for so long is told nothing more."""


@dataclass(frozen=True)
class Address:
    """Where a phone is told things: at its push service, sealed with its keys, in its owner's language."""

    endpoint: str
    p256dh: str
    auth: str
    language: str
    device: str
    """The browser's own name for itself, its user agent."""


async def keep_phone(
    session: AsyncSession, station: str, user: User, address: Address, now_us: Micros
) -> tuple[PhoneRow, bool]:
    """Tell this phone from now on, and whether that is new; another's at this address is told no more. Problem 409."""
    assert user.session_hash
    mine = PhoneRow.user_id == user.id
    await silence(session, (PhoneRow.endpoint == address.endpoint) & ~mine)
    row = await session.scalar(select(PhoneRow).where(PhoneRow.endpoint == address.endpoint))
    fresh = row is None
    if row is None:
        if len(await phones_of(session, user.id)) >= MOST_PHONES:
            vi, en = f"Nhiều nhất {MOST_PHONES} máy nhận báo tin.", f"At most {MOST_PHONES} devices can be told."
            raise Problem(409, "phones_full", vi, en)
        row = PhoneRow(id=uuid.uuid4().hex, station_id=station, user_id=user.id, made_us=now_us)
        session.add(row)
    row.endpoint, row.p256dh, row.auth = address.endpoint, address.p256dh, address.auth
    row.language, row.device = address.language, address.device[:200]
    row.session_hash, row.seen_us = user.session_hash, now_us
    await session.flush()
    return row, fresh


async def phones_of(session: AsyncSession, user_id: str) -> Sequence[PhoneRow]:
    """The user's phones, the one seen last first."""
    query = select(PhoneRow).where(PhoneRow.user_id == user_id)
    return (await session.scalars(query.order_by(PhoneRow.seen_us.desc(), PhoneRow.id))).all()


async def phone_of(session: AsyncSession, user_id: str, phone_id: str) -> PhoneRow | None:
    """One of the user's phones."""
    return await session.scalar(select(PhoneRow).where(PhoneRow.user_id == user_id, PhoneRow.id == phone_id))


async def silence(session: AsyncSession, whose: ColumnElement[bool]) -> None:
    """Tell these phones nothing more: their owner signed them out, or somebody else did. A session that only lapsed is
    no reason: the phone lies in a pocket, which is what notices are for."""
    await session.execute(delete(PhoneRow).where(whose))


async def forget_unseen(session: AsyncSession, now_us: Micros) -> None:
    """Phones on which the app was not opened for months."""
    await silence(session, PhoneRow.seen_us <= now_us - KEPT_US)
