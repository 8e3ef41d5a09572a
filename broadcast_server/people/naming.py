"""People by the names that others know them by."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast_server.store.people import UserRow


async def full_names(session: AsyncSession, station_id: str, names: Collection[str]) -> dict[str, str]:
    """Full names by login names; without whoever has none, or no account any more."""
    if not names:
        return {}
    wanted = UserRow.station_id == station_id, UserRow.name.in_(names), UserRow.full_name != ""
    found: dict[str, str] = dict((await session.execute(select(UserRow.name, UserRow.full_name).where(*wanted))).all())
    return found
