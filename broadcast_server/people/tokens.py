"""Bearer tokens for the command line and for programs."""

from __future__ import annotations

import uuid

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast_server.people.secret import new_token, secret_hash
from broadcast_server.people.user import User, user_from
from broadcast_server.store.people import ApiTokenRow, UserRow
from speaker_client.protocol.ids import Micros


def make_token(
    session: AsyncSession, user_id: str, station_id: str, name: str, now_us: Micros, expires_us: Micros | None = None
) -> tuple[ApiTokenRow, str]:
    """A new token of the user; the text is shown once and kept nowhere."""
    token = new_token()
    row = ApiTokenRow(id=uuid.uuid4().hex, token_hash=secret_hash(token), user_id=user_id, station_id=station_id)
    row.name, row.made_us, row.expires_us = name, now_us, expires_us
    session.add(row)
    return row, token


async def revoke_all(session: AsyncSession, user_id: str) -> int:
    """No token of the user opens anything any more; how many there were."""
    theirs = delete(ApiTokenRow).where(ApiTokenRow.user_id == user_id)
    return len((await session.scalars(theirs.returning(ApiTokenRow.id))).all())


async def token_user(session: AsyncSession, token: str, station_id: str, now_us: Micros) -> User | None:
    """The user of a token, None if it opens nothing."""
    query = (
        select(UserRow)
        .join(ApiTokenRow, ApiTokenRow.user_id == UserRow.id)
        .where(ApiTokenRow.token_hash == secret_hash(token), ApiTokenRow.station_id == station_id)
        .where(ApiTokenRow.expires_us.is_(None) | (ApiTokenRow.expires_us > now_us))
        .where(UserRow.disabled_us.is_(None))
    )
    row = await session.scalar(query)
    return None if row is None else user_from(row)
