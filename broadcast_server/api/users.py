"""The accounts of the station, for its administrators."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select

from broadcast_server.api.access import Right, Role, User, allow
from broadcast_server.api.dependencies import StationDep
from broadcast_server.people import accounts, passwords
from broadcast_server.people.audit import record
from broadcast_server.store.people import UserRow

router = APIRouter(prefix="/api/v1/users", tags=["users"])
Admin = Annotated[User, Depends(allow(Right.ADMIN))]


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


@router.get("")
async def list_users(_admin: Admin, station: StationDep) -> dict[str, Any]:
    """All accounts."""
    async with station.database.reading() as session:
        query = select(UserRow).where(UserRow.station_id == station.station_id).order_by(UserRow.made_us)
        return {"items": [_user_json(row) for row in await session.scalars(query)]}


@router.post("", status_code=201)
async def make_user(new: NewUser, admin: Admin, station: StationDep) -> dict[str, Any]:
    """A new account; `one_time_password` is shown here and never again, and must be changed at the first login."""
    password = passwords.one_time_password()
    password_hash = await passwords.hashed(password)
    now_us = station.clock.now_us()
    async with station.database.transaction() as session:
        row = await accounts.make_user(
            session, station.station_id, new.name, new.full_name, new.role, password_hash, now_us
        )
        record(session, station.station_id, now_us, admin.name, "user.make", row.id, name=row.name, role=row.role)
    return _user_json(row) | {"one_time_password": password}


@router.patch("/{user_id}")
async def change_user(user_id: str, change: UserChange, admin: Admin, station: StationDep) -> dict[str, Any]:
    """Name, role, or shut out, which ends all sessions and tokens."""
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
    return _user_json(row)


@router.post("/{user_id}/one-time-password")
async def reset_password(user_id: str, admin: Admin, station: StationDep) -> dict[str, Any]:
    """A new one-time password for somebody who has lost theirs; all their sessions and tokens end."""
    password = passwords.one_time_password()
    password_hash = await passwords.hashed(password)
    async with station.database.transaction() as session:
        row = await accounts.user_by_id(session, station.station_id, user_id)
        await accounts.set_password(session, row, password_hash, one_time=True)
        record(session, station.station_id, station.clock.now_us(), admin.name, "password.reset", row.id)
    return _user_json(row) | {"one_time_password": password}


def _user_json(row: UserRow) -> dict[str, Any]:
    about = {"id": row.id, "name": row.name, "full_name": row.full_name, "role": row.role}
    return about | {"must_change": row.must_change, "disabled": row.disabled_us is not None, "made_us": row.made_us}
