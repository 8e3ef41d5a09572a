"""The accounts of the station, for its administrators, and for whoever shuts one out when a phone is lost."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from typing_extensions import TypedDict

from broadcast_server.api.access import Right, Role, User, allow
from broadcast_server.api.dependencies import StationDep
from broadcast_server.api.router import ItemsJson, Router
from broadcast_server.people import accounts, passwords
from broadcast_server.people.audit import record
from broadcast_server.people.rights import rights_of
from broadcast_server.problem import Problem
from broadcast_server.store.people import UserRow

router = Router(prefix="/api/v1/users", tags=["users"])
Admin = Annotated[User, Depends(allow(Right.ADMIN))]
Guardian = Annotated[User, Depends(allow(Right.LOCK_OUT))]


class NewUser(BaseModel):
    """Whom to let in."""

    model_config = ConfigDict(frozen=True)
    name: str = Field(max_length=80)
    full_name: str = Field(default="", max_length=120)
    role: Role


class UserChange(BaseModel):
    """What to change; what is left out stays."""

    model_config = ConfigDict(frozen=True)
    full_name: str | None = Field(default=None, max_length=120)
    role: Role | None = None
    disabled: bool | None = None


class AccountJson(TypedDict):
    """An account. `must_change`: its password is a one-time one; `disabled`: it is shut out; `locked_out`: it is so
    until it has a new one-time password."""

    id: str
    name: str
    full_name: str
    role: Role
    must_change: bool
    disabled: bool
    locked_out: bool
    made_us: int


class LockedOutJson(AccountJson):
    """An account that was locked out; `ended` counts what ended with that: sessions, tokens, passkeys."""

    ended: dict[str, int]


class OpenedJson(AccountJson):
    """An account with a new password, which is shown only here."""

    one_time_password: str


@router.get("")
async def list_users(_guardian: Guardian, station: StationDep) -> ItemsJson[AccountJson]:
    """All accounts."""
    async with station.database.reading() as session:
        query = select(UserRow).where(UserRow.station_id == station.station_id).order_by(UserRow.made_us)
        return {"items": [_account_json(row) for row in await session.scalars(query)]}


@router.post("", status_code=201)
async def make_user(new: NewUser, admin: Admin, station: StationDep) -> OpenedJson:
    """A new account; `one_time_password` is shown here and never again, and must be changed at the first login."""
    password = passwords.one_time_password()
    password_hash = await passwords.hashed(password)
    now_us = station.clock.now_us()
    async with station.database.transaction() as session:
        row = await accounts.make_user(
            session, station.station_id, new.name, new.full_name, new.role, password_hash, now_us
        )
        record(session, station.station_id, now_us, admin.name, "user.make", row.id, name=row.name, role=row.role)
    return {**_account_json(row), "one_time_password": password}


@router.patch("/{user_id}")
async def change_user(user_id: str, change: UserChange, admin: Admin, station: StationDep) -> AccountJson:
    """Name, role, or shut out, which ends all sessions, tokens and passkeys."""
    now_us = station.clock.now_us()
    async with station.database.transaction() as session:
        row = await accounts.user_by_id(session, station.station_id, user_id)
        if change.full_name is not None:
            row.full_name = change.full_name.strip()
        if change.role is not None:
            await accounts.set_role(session, row, change.role)
        if change.disabled is not None:
            await accounts.set_disabled(session, row, change.disabled, now_us)
        detail = change.model_dump(mode="json", exclude_none=True)
        record(session, station.station_id, now_us, admin.name, "user.change", row.id, **detail)
    station.feeding.doubt(row.id)
    return _account_json(row)


@router.post("/{user_id}/one-time-password")
async def reset_password(user_id: str, admin: Admin, station: StationDep) -> OpenedJson:
    """A new one-time password for somebody who has lost theirs; all their sessions and tokens end,
    their passkeys stay."""
    password = passwords.one_time_password()
    password_hash = await passwords.hashed(password)
    async with station.database.transaction() as session:
        row = await accounts.user_by_id(session, station.station_id, user_id)
        await accounts.set_password(session, row, password_hash, one_time=True)
        record(session, station.station_id, station.clock.now_us(), admin.name, "password.reset", row.id)
    station.feeding.doubt(row.id)
    return {**_account_json(row), "one_time_password": password}


@router.post("/{user_id}/lock-out")
async def lock_out(user_id: str, guardian: Guardian, station: StationDep) -> LockedOutJson:
    """Somebody has lost their phone: all their sessions, tokens and passkeys end, and their password opens nothing,
    until they get a new one-time password."""
    if user_id == guardian.id:
        vi = "Không tự khóa tài khoản của mình được: hãy đăng xuất các thiết bị khác."
        raise Problem(409, "lock_out_self", vi, "You cannot lock yourself out: sign your other devices out.")
    async with station.database.transaction() as session:
        row = await accounts.user_by_id(session, station.station_id, user_id)
        if Right.ADMIN in rights_of(row.role) and Right.ADMIN not in rights_of(guardian.role):
            vi = "Chỉ người quản trị mới khóa được tài khoản quản trị."
            raise Problem(403, "lock_out_admin", vi, "Only an administrator locks an administrator out.")
        ended = await accounts.lock_out(session, row)
        record(session, station.station_id, station.clock.now_us(), guardian.name, "user.lock_out", row.id, **ended)
    station.feeding.doubt(row.id)
    return {**_account_json(row), "ended": ended}


def _account_json(row: UserRow) -> AccountJson:
    return {
        "id": row.id,
        "name": row.name,
        "full_name": row.full_name,
        "role": Role(row.role),
        "must_change": row.must_change,
        "disabled": row.disabled_us is not None,
        "locked_out": accounts.locked_out(row),
        "made_us": row.made_us,
    }
