"""Signed-in browsers: server-side rows, a random id in the cookie, only its hash here."""

from __future__ import annotations

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast_server.people.secret import new_secret, secret_hash
from broadcast_server.people.user import User, user_from
from broadcast_server.store.people import SessionRow, UserRow
from speaker_client.protocol.ids import DAY, HOUR, MINUTE, Micros

IDLE_US = 12 * HOUR
LONGEST_US = 30 * DAY
TOUCH_EVERY_US = 5 * MINUTE
"""Use is written down no oftener, so that reading pages does not write."""


def open_session(session: AsyncSession, user: UserRow, device: str, now_us: Micros) -> str:
    """A new session; returns its secret id, for the cookie."""
    secret = new_secret()
    row = SessionRow(id_hash=secret_hash(secret), user_id=user.id, station_id=user.station_id)
    row.made_us, row.used_us, row.device = now_us, now_us, device[:200]
    session.add(row)
    return secret


async def close_session(session: AsyncSession, id_hash: str) -> None:
    """Forget it; nothing happens if it is gone."""
    await session.execute(delete(SessionRow).where(SessionRow.id_hash == id_hash))


async def close_all(session: AsyncSession, user_id: str, but: str | None = None) -> None:
    """Forget the user's sessions, all but the one named."""
    await session.execute(delete(SessionRow).where(SessionRow.user_id == user_id, SessionRow.id_hash != (but or "")))


async def sweep(session: AsyncSession, now_us: Micros) -> None:
    """Delete sessions that have lapsed."""
    lapsed = (SessionRow.used_us <= now_us - IDLE_US) | (SessionRow.made_us <= now_us - LONGEST_US)
    await session.execute(delete(SessionRow).where(lapsed))


async def session_user(session: AsyncSession, secret: str, station_id: str, now_us: Micros) -> tuple[User, bool] | None:
    """The user of a cookie, and whether its use ought to be written down; None if it opens nothing."""
    query = (
        select(SessionRow, UserRow)
        .join(UserRow, UserRow.id == SessionRow.user_id)
        .where(SessionRow.id_hash == secret_hash(secret), SessionRow.station_id == station_id)
        .where(SessionRow.used_us > now_us - IDLE_US, SessionRow.made_us > now_us - LONGEST_US)
        .where(UserRow.disabled_us.is_(None))
    )
    found = (await session.execute(query)).one_or_none()
    if found is None:
        return None
    return user_from(found[1], found[0].id_hash), found[0].used_us <= now_us - TOUCH_EVERY_US


async def touch(session: AsyncSession, id_hash: str, now_us: Micros) -> None:
    """It was used just now."""
    await session.execute(update(SessionRow).where(SessionRow.id_hash == id_hash).values(used_us=now_us))
