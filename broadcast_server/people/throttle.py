"""How many passwords and passkeys may be tried, and how often the public may write to us: the check comes before the
rest is even looked at."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast_server.people.accounts import canonical
from broadcast_server.problem import Problem
from broadcast_server.store.people import LoginAttemptRow
from speaker_client.protocol.ids import MINUTE, Micros

WINDOW_US = 15 * MINUTE
GUESSES_PER_ACCOUNT = 10
GUESSES_PER_ADDRESS = 50
"""A whole office may stand behind one address."""
COMPLAINTS_PER_ADDRESS = 10
COMPLAINTS = 100


def of_password(name: str, address: str) -> dict[str, int]:
    """What a guess at a password counts against, with the limit of each: the account, then the network."""
    return {f"user:{canonical(name)[:80]}": GUESSES_PER_ACCOUNT, f"address:{network_of(address)}": GUESSES_PER_ADDRESS}


def of_passkey(credential_id: str, address: str) -> dict[str, int]:
    """The same of a passkey: whoever guesses at passwords does not keep the owner of a passkey out."""
    counted = {f"passkey:{credential_id[:80]}": GUESSES_PER_ACCOUNT}
    return counted | {f"passkeys-from:{network_of(address)}": GUESSES_PER_ADDRESS}


def of_complaint(address: str) -> dict[str, int]:
    """What word of a citizen's counts against: their network, and everybody's together."""
    return {f"complaints-from:{network_of(address)}": COMPLAINTS_PER_ADDRESS, "complaints": COMPLAINTS}


async def admit(session: AsyncSession, limits: Mapping[str, int], now_us: Micros) -> bool:
    """Count one guess, unless a limit is reached: then False, and nothing is counted."""
    await session.execute(delete(LoginAttemptRow).where(LoginAttemptRow.at_us <= now_us - WINDOW_US))
    for subject, limit in limits.items():
        if await _count(session, subject) >= limit:
            return False
    session.add_all(LoginAttemptRow(subject=subject, at_us=now_us) for subject in limits)
    return True


def refusal() -> Problem:
    """What is said to whoever is not admitted."""
    vi, en = "Thử đăng nhập quá nhiều lần. Xin thử lại sau 15 phút.", "Too many attempts. Try again in 15 minutes."
    return Problem(429, "too_many_attempts", vi, en, retry_after_s=WINDOW_US // 1_000_000)


async def forgive(session: AsyncSession, limits: Mapping[str, int]) -> None:
    """A right one clears the account, and takes its own attempt off the network."""
    own, network = limits
    await session.execute(delete(LoginAttemptRow).where(LoginAttemptRow.subject == own))
    newest = select(func.max(LoginAttemptRow.id)).where(LoginAttemptRow.subject == network).scalar_subquery()
    await session.execute(delete(LoginAttemptRow).where(LoginAttemptRow.id == newest))


async def _count(session: AsyncSession, subject: str) -> int:
    query = select(func.count()).select_from(LoginAttemptRow).where(LoginAttemptRow.subject == subject)
    return await session.scalar(query) or 0


def network_of(address: str) -> str:
    """An IPv6 customer owns a whole /64."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:80]
    return str(parsed) if parsed.version == 4 else str(ipaddress.ip_network((parsed, 64), strict=False))
