"""Logging in with a passkey: no name, no password, and nothing that another site's page could have asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from broadcast_server.clock import Clock
from broadcast_server.people import throttle
from broadcast_server.people.audit import record
from broadcast_server.people.ceremonies import Signed, asserted, wrong_passkey
from broadcast_server.people.challenges import Challenges
from broadcast_server.people.client_data import check_origin, read_client_data
from broadcast_server.people.login import Visitor, let_in
from broadcast_server.people.passkey_json import RequestOptionsJson
from broadcast_server.people.passkeys import by_credential, goes_back, request_options, user_handle
from broadcast_server.people.relying_party import RelyingParty
from broadcast_server.people.user import User
from broadcast_server.problem import Problem
from broadcast_server.store.base import Database
from broadcast_server.store.people import PasskeyRow, UserRow

LOGIN = "login"
"""What a challenge for logging in is for."""


@dataclass(frozen=True)
class PasskeyDoor:
    """The other door of one station."""

    database: Database
    clock: Clock
    station_id: str
    challenges: Challenges

    def options(self, party: RelyingParty) -> RequestOptionsJson:
        """What the browser is to ask a phone for."""
        return request_options(party, self.challenges.new(LOGIN, self.clock.now_us()))

    async def log_in(self, credential: Mapping[str, Any], party: RelyingParty, visitor: Visitor) -> tuple[User, str]:
        """The user and the secret of a new session; Problem 401, 403, 409, 422 or 429 otherwise."""
        credential_id, response = credential["id"], credential["response"]
        limits, now_us = throttle.of_passkey(credential_id, visitor.address), self.clock.now_us()
        async with self.database.transaction() as session:
            admitted = await throttle.admit(session, limits, now_us)
            passkey, _ = await self._found(session, credential_id)
        if not admitted:
            raise throttle.refusal()
        said = read_client_data(response["clientDataJSON"])
        check_origin(said, party)
        self.challenges.use(said.challenge, LOGIN, now_us)
        if passkey is None or passkey.site != party.id:
            raise _unknown()
        if response["userHandle"] != user_handle(passkey.user_id):
            raise wrong_passkey()
        signed = await asserted(credential, said.challenge, party, passkey.public_key)
        async with self.database.transaction() as session:
            passkey, user = await self._found(session, credential_id)  # it may have been removed meanwhile
            if passkey is None or user is None:
                raise _unknown()
            if not self._counted(session, passkey, user, signed):
                opened = None
            else:
                await throttle.forgive(session, limits)
                opened = await let_in(session, user, visitor, self.clock.now_us(), passkey=passkey.id)
        if opened is None:
            vi = "Passkey này có dấu hiệu bị sao chép nên bị từ chối. Hãy đăng nhập bằng mật khẩu và xóa nó."
            en = "This passkey seems to have been copied and is refused. Log in with the password and remove it."
            raise Problem(401, "passkey_counter", vi, en)
        return opened

    def _counted(self, session: AsyncSession, passkey: PasskeyRow, user: UserRow, signed: Signed) -> bool:
        """Write its use down, or that it is refused for its counter; both stay written."""
        now_us, kept, came = self.clock.now_us(), passkey.sign_count, signed.sign_count
        if goes_back(kept, came):
            record(session, self.station_id, now_us, user.name, "passkey.counter", passkey.id, kept=kept, came=came)
            return False
        passkey.sign_count, passkey.synced, passkey.used_us = came, signed.synced, now_us
        return True

    async def _found(self, session: AsyncSession, credential_id: str) -> tuple[PasskeyRow | None, UserRow | None]:
        """The passkey and its owner; None for one that opens nothing."""
        passkey = await by_credential(session, self.station_id, credential_id)
        user = await session.get(UserRow, passkey.user_id) if passkey else None
        return (passkey, user) if user is not None and user.disabled_us is None else (None, None)


def _unknown() -> Problem:
    vi = "Passkey này không còn dùng được ở trạm. Hãy đăng nhập bằng mật khẩu."
    return Problem(401, "passkey_unknown", vi, "This passkey opens nothing here. Log in with the password.")
