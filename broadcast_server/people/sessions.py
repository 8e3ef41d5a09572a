"""Signed-in browsers: server-side rows, a random id in the cookie, only its hash here."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import ColumnElement, bindparam, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast_server.people.phones import forget_unseen, silence
from broadcast_server.people.secret import new_secret, secret_hash
from broadcast_server.people.user import KNOWN_BY, User, user_from
from broadcast_server.store.base import past_mapper
from broadcast_server.store.notices import PhoneRow
from broadcast_server.store.people import SessionRow, UserRow
from speaker_client.protocol.ids import DAY, HOUR, MINUTE, Micros

IDLE_US = 12 * HOUR
LONGEST_US = 30 * DAY
TOUCH_EVERY_US = 5 * MINUTE
"""Use is written down no oftener, so that reading pages does not write."""


def open_session(session: AsyncSession, user: UserRow, device: str, address: str, now_us: Micros) -> str:
    """A new session; returns its secret, for the cookie."""
    secret = new_secret()
    row = SessionRow(id_hash=secret_hash(secret), id=uuid.uuid4().hex, user_id=user.id, station_id=user.station_id)
    row.made_us, row.used_us, row.device, row.address = now_us, now_us, device[:200], address
    session.add(row)
    return secret


async def close_session(session: AsyncSession, id_hash: str) -> None:
    """Forget it, and tell its phone nothing more; nothing happens if it is gone."""
    await silence(session, PhoneRow.session_hash == id_hash)
    await session.execute(delete(SessionRow).where(SessionRow.id_hash == id_hash))


async def close_all(session: AsyncSession, user_id: str, but: str | None = None) -> int:
    """Forget the user's sessions, all but the one with that hash; how many there were. Nor are their phones told
    anything more, those whose sessions had lapsed among them."""
    await silence(session, (PhoneRow.user_id == user_id) & (PhoneRow.session_hash != (but or "")))
    others = delete(SessionRow).where(SessionRow.user_id == user_id, SessionRow.id_hash != (but or ""))
    return len((await session.scalars(others.returning(SessionRow.id))).all())


async def close_one(session: AsyncSession, user_id: str, session_id: str) -> SessionRow | None:
    """Forget a session of the user's; what it was, None if there was none of that id."""
    one = select(SessionRow).where(SessionRow.user_id == user_id, SessionRow.id == session_id)
    row = (await session.scalars(one)).one_or_none()
    if row is not None:
        await silence(session, PhoneRow.session_hash == row.id_hash)
        await session.delete(row)
    return row


async def sessions_of(session: AsyncSession, user_id: str, now_us: Micros) -> Sequence[SessionRow]:
    """The user's sessions that have not lapsed, the last used first."""
    query = select(SessionRow).where(SessionRow.user_id == user_id, ~_lapsed(now_us))
    return (await session.scalars(query.order_by(SessionRow.used_us.desc(), SessionRow.id))).all()


async def sweep(session: AsyncSession, now_us: Micros) -> None:
    """Delete sessions that have lapsed, and forget phones that nobody has used for months."""
    await forget_unseen(session, now_us)
    await session.execute(delete(SessionRow).where(_lapsed(now_us)))


async def session_user(session: AsyncSession, secret: str, station_id: str, now_us: Micros) -> tuple[User, bool] | None:
    """The user of a cookie, and whether its use ought to be written down; None if it opens nothing."""
    of = {"secret": secret_hash(secret), "station": station_id, "now": now_us}
    found = (await past_mapper(session, _USER_OF, of)).one_or_none()
    if found is None:
        return None
    return user_from(found, found.id_hash), found.used_us <= now_us - TOUCH_EVERY_US


async def touch(session: AsyncSession, id_hash: str, address: str, now_us: Micros) -> None:
    """It was used just now, from there."""
    used = update(SessionRow).where(SessionRow.id_hash == id_hash)
    await session.execute(used.values(used_us=now_us, address=address))


def _lapsed(now_us: Micros | ColumnElement[int]) -> ColumnElement[bool]:
    return (SessionRow.used_us <= now_us - IDLE_US) | (SessionRow.made_us <= now_us - LONGEST_US)


_USER_OF = (
    select(SessionRow.id_hash, SessionRow.used_us, *KNOWN_BY)
    .join(UserRow, UserRow.id == SessionRow.user_id)
    .where(SessionRow.id_hash == bindparam("secret"), SessionRow.station_id == bindparam("station"))
    .where(~_lapsed(bindparam("now", type_=SessionRow.used_us.type)))
    .where(UserRow.disabled_us.is_(None))
)
"""Put together once: every call asks it, the alarm too."""
