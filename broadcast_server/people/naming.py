"""People by the names that others know them by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast_server.store.people import UserRow


async def full_names(session: AsyncSession, station_id: str, names: Collection[str]) -> dict[str, str]:
    """Full names by login names, with that beside them where two are called alike; without whoever has none, or no
    account any more."""
    if not names:
        return {}
    full = select(UserRow.name, UserRow.full_name).where(UserRow.station_id == station_id, UserRow.full_name != "")
    found: dict[str, str] = dict((await session.execute(full)).all())
    alike = Counter(found.values())
    return {one: f"{found[one]} ({one})" if alike[found[one]] > 1 else found[one] for one in names if one in found}
