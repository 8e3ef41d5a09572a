"""The passkeys of each account: kept, shown, renamed and removed; what a browser is asked for."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast_server.people.ceremonies import ALGORITHMS, Signed
from broadcast_server.people.challenges import LIFE_US
from broadcast_server.people.client_data import base64url
from broadcast_server.people.passkey_json import PUBLIC_KEY, CreationOptionsJson, RequestOptionsJson
from broadcast_server.people.relying_party import RelyingParty
from broadcast_server.people.user import User
from broadcast_server.problem import Problem, not_found
from broadcast_server.store.people import PasskeyRow
from speaker_client.protocol.ids import Micros

MOST_EACH = 20
_TIMEOUT_MS = LIFE_US // 1000


def user_handle(user_id: str) -> str:
    """What a phone knows the account by; says nothing of the person."""
    return base64url(user_id.encode())


def creation_options(
    party: RelyingParty, station: str, user: User, challenge: bytes, known: Iterable[PasskeyRow]
) -> CreationOptionsJson:
    """For `navigator.credentials.create`: a passkey that names its owner and asks who holds the phone."""
    return {
        "rp": {"id": party.id, "name": station},
        "user": {"id": user_handle(user.id), "name": user.name, "displayName": user.full_name or user.name},
        "challenge": base64url(challenge),
        "pubKeyCredParams": [{"type": PUBLIC_KEY, "alg": one} for one in ALGORITHMS],
        "timeout": _TIMEOUT_MS,
        "excludeCredentials": [{"type": PUBLIC_KEY, "id": row.credential_id} for row in known if row.site == party.id],
        "authenticatorSelection": {
            "residentKey": "required",
            "requireResidentKey": True,
            "userVerification": "required",
        },
        "attestation": "none",
    }


def request_options(party: RelyingParty, challenge: bytes) -> RequestOptionsJson:
    """For `navigator.credentials.get`: any passkey of this site, with who holds the phone verified."""
    return {
        "challenge": base64url(challenge),
        "rpId": party.id,
        "timeout": _TIMEOUT_MS,
        "userVerification": "required",
        "allowCredentials": [],
    }


async def passkeys_of(session: AsyncSession, user_id: str) -> Sequence[PasskeyRow]:
    """The user's passkeys in the order they were made."""
    query = select(PasskeyRow).where(PasskeyRow.user_id == user_id)
    return (await session.scalars(query.order_by(PasskeyRow.made_us, PasskeyRow.id))).all()


async def by_credential(session: AsyncSession, station_id: str, credential_id: str) -> PasskeyRow | None:
    """The passkey that a phone calls so."""
    query = select(PasskeyRow).where(PasskeyRow.credential_id == credential_id, PasskeyRow.station_id == station_id)
    return (await session.scalars(query)).one_or_none()


async def check_room(session: AsyncSession, user_id: str) -> Sequence[PasskeyRow]:
    """The user's passkeys; Problem 409 if there can be no more."""
    known = await passkeys_of(session, user_id)
    if len(known) >= MOST_EACH:
        vi, en = f"Mỗi người có nhiều nhất {MOST_EACH} passkey.", f"Nobody may have more than {MOST_EACH} passkeys."
        raise Problem(409, "passkeys_too_many", vi, en)
    return known


async def add(
    session: AsyncSession, user_id: str, station_id: str, party: RelyingParty, signed: Signed, name: str, now_us: Micros
) -> PasskeyRow:
    """Keep a new one; Problem 409 if somebody has it already."""
    await check_room(session, user_id)
    taken = await session.scalar(select(PasskeyRow.id).where(PasskeyRow.credential_id == signed.credential_id))
    if taken is not None:
        raise Problem(409, "passkey_known", "Passkey này đã được đăng ký.", "This passkey is registered already.")
    row = PasskeyRow(id=uuid.uuid4().hex, user_id=user_id, station_id=station_id, site=party.id, name=name)
    row.credential_id, row.public_key = signed.credential_id, signed.public_key
    row.sign_count, row.synced, row.made_us = signed.sign_count, signed.synced, now_us
    session.add(row)
    await session.flush()
    return row


async def own(session: AsyncSession, user_id: str, passkey_id: str) -> PasskeyRow:
    """A passkey of the user's; Problem 404."""
    row = await session.get(PasskeyRow, passkey_id)
    if row is None or row.user_id != user_id:
        raise not_found("passkey này", "passkey")
    return row


async def remove_all(session: AsyncSession, user_id: str) -> int:
    """No passkey of the user opens anything any more; how many there were."""
    theirs = delete(PasskeyRow).where(PasskeyRow.user_id == user_id)
    return len((await session.scalars(theirs.returning(PasskeyRow.id))).all())


def goes_back(kept: int, came: int) -> bool:
    """Whether a passkey's own count says that there are two of it. One that does not count says 0 for ever."""
    return (kept > 0 or came > 0) and came <= kept
