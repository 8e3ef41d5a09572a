"""Accounts: made with a one-time password, never shared, disabled rather than deleted."""

from __future__ import annotations

import re
import unicodedata
import uuid

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast_server.people import passwords
from broadcast_server.people.passkeys import remove_all
from broadcast_server.people.rights import Role
from broadcast_server.people.sessions import close_all
from broadcast_server.people.tokens import revoke_all
from broadcast_server.problem import Problem, not_found
from broadcast_server.store.people import UserRow
from speaker_client.protocol.ids import Micros

OPERATOR = "operator"
"""The account of whoever can read the data folder; it has a token and no password."""
_NAME = re.compile(r"[\w.@+-]{2,40}")


def canonical(name: str) -> str:
    """A login name as it is kept, looked for and counted, however it was typed."""
    return unicodedata.normalize("NFC", name).strip().casefold()


def checked_name(name: str) -> str:
    """A login name as it is kept; Problem 422 otherwise."""
    clean = canonical(name)
    if not _NAME.fullmatch(clean):
        vi = "Tên đăng nhập dài 2–40 ký tự, chỉ gồm chữ, số và các dấu “. _ @ + -”."
        en = "A login name has 2 to 40 characters: letters, digits and “. _ @ + -”."
        raise Problem(422, "bad_name", vi, en)
    return clean


def check_password(password: str, name: str) -> None:
    """Problem 422 for a password that is too short, too long, or the name itself."""
    if not passwords.SHORTEST <= len(password) <= passwords.LONGEST:
        vi, en = "Mật khẩu phải dài từ 10 đến 200 ký tự.", "A password has 10 to 200 characters."
        raise Problem(422, "bad_password_length", vi, en)
    if name in password.casefold() and len(password) < len(name) + 6:
        vi, en = "Mật khẩu không được giống tên đăng nhập.", "The password must not resemble the login name."
        raise Problem(422, "password_is_name", vi, en)


async def find_user(session: AsyncSession, station_id: str, name: str) -> UserRow | None:
    """The account of that login name."""
    query = select(UserRow).where(UserRow.station_id == station_id, UserRow.name == canonical(name))
    return (await session.scalars(query)).one_or_none()


async def user_by_id(session: AsyncSession, station_id: str, user_id: str) -> UserRow:
    """The account, or Problem 404."""
    row = await session.get(UserRow, user_id)
    if row is None or row.station_id != station_id:
        raise not_found("tài khoản này", "account")
    return row


async def make_user(
    session: AsyncSession, station_id: str, name: str, full_name: str, role: Role, password_hash: str, now_us: Micros
) -> UserRow:
    """A new account that must change its password; Problem 409 if the name is taken."""
    clean = checked_name(name)
    if await find_user(session, station_id, clean):
        raise Problem(409, "name_taken", "Tên đăng nhập này đã có người dùng.", "This login name is taken.")
    row = UserRow(id=uuid.uuid4().hex, station_id=station_id, name=clean, full_name=full_name.strip(), role=role.value)
    row.password_hash, row.must_change, row.made_us = password_hash, True, now_us
    session.add(row)
    await session.flush()
    return row


async def make_operator(session: AsyncSession, station_id: str, now_us: Micros) -> UserRow:
    """The local operator's account: full rights, no password, so it can only be used with its token."""
    row = await make_user(
        session, station_id, OPERATOR, "Người vận hành tại máy chủ", Role.ADMIN, passwords.NO_PASSWORD, now_us
    )
    row.must_change = False
    return row


async def set_password(session: AsyncSession, user: UserRow, password_hash: str, one_time: bool) -> None:
    """Give the account a new password; every session and every token of it ends. Its passkeys stay.

    Problem 409 for the local operator, who has none: whoever can read the data folder needs no password.
    """
    if user.name == OPERATOR:
        vi, en = "Tài khoản này không dùng mật khẩu.", "This account has no password."
        raise Problem(409, "no_password", vi, en)
    user.password_hash, user.must_change = password_hash, one_time
    await _shut_out(session, user)


async def set_role(session: AsyncSession, user: UserRow, role: Role) -> None:
    """Change what the person may do; Problem 409 for the local operator, or if no administrator would be left."""
    _spare_operator(user)
    if role != Role.ADMIN:
        await _spare_last_admin(session, user)
    user.role = role.value


async def set_disabled(session: AsyncSession, user: UserRow, disabled: bool, now_us: Micros) -> None:
    """Shut an account out, and its sessions, tokens and passkeys for good, or let it in again; Problem 409 as
    `set_role` says."""
    if disabled:
        _spare_operator(user)
        await _spare_last_admin(session, user)
        await _shut_out(session, user)
        await remove_all(session, user.id)
    user.disabled_us = now_us if disabled else None


async def lock_out(session: AsyncSession, user: UserRow) -> dict[str, int]:
    """For a lost phone: nothing that it may hold opens the account, not the password either, until there is a new
    one-time password. How many of each have ended; Problem 409 for the local operator."""
    _spare_operator(user)
    user.password_hash, user.must_change = passwords.NO_PASSWORD, True
    return await _shut_out(session, user) | {"passkeys": await remove_all(session, user.id)}


def locked_out(user: UserRow) -> bool:
    """Whether the account needs a one-time password before anybody gets in."""
    return user.password_hash == passwords.NO_PASSWORD and user.name != OPERATOR


async def _shut_out(session: AsyncSession, user: UserRow) -> dict[str, int]:
    """What was signed in or handed out opens nothing any more; how many there were of each."""
    return {"sessions": await close_all(session, user.id), "tokens": await revoke_all(session, user.id)}


def _spare_operator(user: UserRow) -> None:
    """Without it the command line would be shut out, and with it whoever could undo that."""
    if user.name == OPERATOR:
        vi = "Tài khoản này là của người vận hành tại máy chủ: không khóa, không đổi vai trò được."
        en = "This account is the local operator's: it cannot be disabled, nor its role changed."
        raise Problem(409, "operator_stays", vi, en)


async def _spare_last_admin(session: AsyncSession, user: UserRow) -> None:
    query = select(func.count()).select_from(UserRow).where(UserRow.station_id == user.station_id)
    others = query.where(UserRow.role == Role.ADMIN.value, UserRow.disabled_us.is_(None), UserRow.id != user.id)
    others = others.where(UserRow.name != OPERATOR)
    if user.role == Role.ADMIN and not await session.scalar(others):
        vi, en = "Phải còn ít nhất một người quản trị.", "At least one administrator must remain."
        raise Problem(409, "last_admin", vi, en)
