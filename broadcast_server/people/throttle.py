"""How many passwords may be tried: the check comes before the guess is even looked at."""

from __future__ import annotations

import ipaddress

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast_server.people.accounts import canonical
from broadcast_server.store.people import LoginAttemptRow
from speaker_client.protocol.ids import MINUTE, Micros

WINDOW_US = 15 * MINUTE
GUESSES_PER_ACCOUNT = 10
GUESSES_PER_ADDRESS = 50
"""A whole office may stand behind one address."""


def subjects(name: str, address: str) -> dict[str, int]:
    """What a guess counts against, with the limit of each."""
    return {f"user:{canonical(name)[:80]}": GUESSES_PER_ACCOUNT, f"address:{_network(address)}": GUESSES_PER_ADDRESS}


async def admit(session: AsyncSession, name: str, address: str, now_us: Micros) -> bool:
    """Count one guess, unless a limit is reached: then False, and nothing is counted."""
    await session.execute(delete(LoginAttemptRow).where(LoginAttemptRow.at_us <= now_us - WINDOW_US))
    limits = subjects(name, address)
    for subject, limit in limits.items():
        if await _count(session, subject) >= limit:
            return False
    session.add_all(LoginAttemptRow(subject=subject, at_us=now_us) for subject in limits)
    return True


async def forgive(session: AsyncSession, name: str, address: str) -> None:
    """A right password clears the account, and takes its own attempt off the address."""
    user, network = subjects(name, address)
    await session.execute(delete(LoginAttemptRow).where(LoginAttemptRow.subject == user))
    newest = select(func.max(LoginAttemptRow.id)).where(LoginAttemptRow.subject == network).scalar_subquery()
    await session.execute(delete(LoginAttemptRow).where(LoginAttemptRow.id == newest))


async def _count(session: AsyncSession, subject: str) -> int:
    query = select(func.count()).select_from(LoginAttemptRow).where(LoginAttemptRow.subject == subject)
    return await session.scalar(query) or 0


def _network(address: str) -> str:
    """An IPv6 customer owns a whole /64."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:80]
    return str(parsed) if parsed.version == 4 else str(ipaddress.ip_network((parsed, 64), strict=False))
