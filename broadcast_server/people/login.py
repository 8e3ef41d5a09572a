"""Logging in by password: a guess is counted before it is looked at, and an unknown name takes as long as a known."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from broadcast_server.clock import Clock
from broadcast_server.people import accounts, passwords, sessions, throttle
from broadcast_server.people.audit import record
from broadcast_server.people.secret import secret_hash
from broadcast_server.people.user import User, user_from
from broadcast_server.problem import Problem
from broadcast_server.store.base import Database
from broadcast_server.store.people import UserRow
from speaker_client.protocol.ids import Micros


@dataclass(frozen=True)
class Visitor:
    """Where a login comes from; `old_session` is the secret of the cookie it came with, if any."""

    address: str
    device: str
    old_session: str | None = None


async def let_in(
    session: AsyncSession, user: UserRow, visitor: Visitor, now_us: Micros, **how: str
) -> tuple[User, str]:
    """Whoever has proved who they are: the user, and the secret of a new session in place of the old one."""
    await sessions.sweep(session, now_us)
    if visitor.old_session:
        await sessions.close_session(session, secret_hash(visitor.old_session))
    secret = sessions.open_session(session, user, visitor.device, visitor.address, now_us)
    record(session, user.station_id, now_us, user.name, "session.open", user.id, address=visitor.address, **how)
    return user_from(user, secret_hash(secret)), secret


@dataclass(frozen=True)
class Entrance:
    """The door of one station."""

    database: Database
    clock: Clock
    station_id: str

    async def log_in(self, name: str, password: str, visitor: Visitor) -> tuple[User, str]:
        """The user and the secret of a new session; Problem 401 or 429 otherwise."""
        user = await self._checked(name, password, visitor.address)
        now_us = self.clock.now_us()
        async with self.database.transaction() as session:
            row = await self._unchanged(session, user)
            return await let_in(session, row, visitor, now_us)

    async def log_out(self, user: User) -> None:
        """End the session the user came with."""
        async with self.database.transaction() as session:
            if user.session_hash:
                await sessions.close_session(session, user.session_hash)
            record(session, self.station_id, self.clock.now_us(), user.name, "session.close", user.id)

    async def change_password(self, user: User, old: str, new: str, visitor: Visitor) -> str:
        """Set a new password; all sessions and tokens end, and the secret of a fresh session is returned."""
        checked = await self._checked(user.name, old, visitor.address)
        accounts.check_password(new, user.name)
        if new == old:
            vi, en = "Mật khẩu mới phải khác mật khẩu cũ.", "The new password must differ from the old one."
            raise Problem(422, "same_password", vi, en)
        password_hash = await passwords.hashed(new)
        now_us = self.clock.now_us()
        async with self.database.transaction() as session:
            row = await self._unchanged(session, checked)
            await accounts.set_password(session, row, password_hash, one_time=False)
            record(session, self.station_id, now_us, user.name, "password.change", user.id)
            return sessions.open_session(session, row, visitor.device, visitor.address, now_us)

    async def check_password(self, user: User, password: str, address: str) -> None:
        """That whoever holds the signed-in device knows its owner's password. Problem 403 `wrong_password`, 429."""
        try:
            await self._checked(user.name, password, address)
        except Problem as problem:
            if problem.code != "wrong_login":
                raise
            vi, en = "Mật khẩu không đúng.", "The password is wrong."
            raise Problem(403, "wrong_password", vi, en) from problem

    async def _unchanged(self, session: AsyncSession, checked: UserRow) -> UserRow:
        """The account as it is now; Problem 401 if it was changed or shut while its password was looked at."""
        row = await accounts.user_by_id(session, self.station_id, checked.id)
        if row.disabled_us is not None or row.password_hash != checked.password_hash:
            raise _wrong_login()
        return row

    async def _checked(self, name: str, password: str, address: str) -> UserRow:
        async with self.database.transaction() as session:
            admitted = await throttle.admit(session, throttle.of_password(name, address), self.clock.now_us())
            user = await accounts.find_user(session, self.station_id, name)
        if not admitted:
            raise throttle.refusal()
        known = user.password_hash if user and user.disabled_us is None else passwords.NO_PASSWORD
        if not await passwords.matches(password, known) or user is None:
            raise _wrong_login()
        async with self.database.transaction() as session:
            await throttle.forgive(session, throttle.of_password(name, address))
        return user


def _wrong_login() -> Problem:
    vi, en = "Tên đăng nhập hoặc mật khẩu không đúng.", "The login name or the password is wrong."
    return Problem(401, "wrong_login", vi, en)
