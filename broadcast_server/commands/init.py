"""`tienglang init`: a station in an empty data folder, its first administrator, the local operator's token."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Annotated

import typer

from audio_library.content import sync_folder
from broadcast_server.clock import SystemClock
from broadcast_server.commands.here import Here, command
from broadcast_server.commands.remote import TOKEN_FILE
from broadcast_server.founding import found_station
from broadcast_server.people import accounts, passwords, tokens
from broadcast_server.people.audit import record
from broadcast_server.people.rights import Role
from broadcast_server.problem import Problem
from broadcast_server.settings import Settings, load
from broadcast_server.store.base import Database
from broadcast_server.store.schema import revision_of


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "init")(init)


def init(
    here: Here,
    name: Annotated[str, typer.Option(help="Tên trạm / name of the station.")],
    admin: Annotated[str, typer.Option(help="Tên đăng nhập của quản trị viên / login name of the administrator.")] = (
        "admin"
    ),
    zone: Annotated[str, typer.Option(help="Múi giờ / time zone.")] = "Asia/Ho_Chi_Minh",
    host: Annotated[str | None, typer.Option(help="Địa chỉ lắng nghe / address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Cổng HTTP / HTTP port.")] = None,
) -> None:
    """Lập trạm mới / found a new station. Prints a one-time password, once."""
    here.folder.mkdir(parents=True, exist_ok=True)
    _write_settings(here.folder, {"TIENGLANG_HOST": host, "TIENGLANG_PORT": port})
    settings = load(here.folder)
    password = asyncio.run(_found(settings, name, zone, admin))
    founded = {"station": name, "data": str(settings.data), "user": admin, "password": password}
    here.show(
        founded,
        f"Đã lập trạm “{name}” trong {settings.data}.\n"
        f"Đăng nhập lần đầu / first login: {admin}\n"
        f"Mật khẩu dùng một lần / one-time password: {password}\n"
        "Mật khẩu này chỉ hiện một lần. / It is shown only now.",
    )


async def _found(settings: Settings, name: str, zone: str, admin: str) -> str:
    """The administrator's one-time password. What an interrupted run began is completed."""
    admin = accounts.checked_name(admin)
    database = Database(settings.database_url)
    try:
        if not await _half_founded(database):
            await found_station(database, settings, name, zone)
        return await _first_people(database, settings, admin)
    finally:
        await database.close()


async def _half_founded(database: Database) -> bool:
    from sqlalchemy import select

    from broadcast_server.store.people import UserRow

    if await revision_of(database) is None:
        return False
    async with database.reading() as session:
        return await session.scalar(select(UserRow.id).limit(1)) is None


async def _first_people(database: Database, settings: Settings, admin: str) -> str:
    from broadcast_server.store.station import only_station

    now_us = SystemClock().now_us()
    password = passwords.one_time_password()
    password_hash = await passwords.hashed(password)
    async with database.transaction() as session:
        station_id = (await only_station(session)).id
        user = await accounts.make_user(session, station_id, admin, "", Role.ADMIN, password_hash, now_us)
        operator = await accounts.make_operator(session, station_id, now_us)
        _, token = tokens.make_token(session, operator.id, station_id, "tienglang", now_us)
        record(session, station_id, now_us, operator.name, "station.found", station_id, admin=user.name)
        write_private(settings.data / TOKEN_FILE, token)
    return password


def write_private(path: Path, text: str) -> None:
    """Write a secret that only this user may read."""
    part = path.with_suffix(".part")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    sync_folder(path.parent)


def _write_settings(folder: Path, values: dict[str, str | int | None]) -> None:
    """Keep what was asked for in `station.env`; an existing file is left alone."""
    given = [f"{name}={value}\n" for name, value in values.items() if value is not None]
    path = folder / "station.env"
    if given and path.exists():
        vi, en = f"Đã có {path}: hãy sửa tệp này.", f"{path} exists already: edit it instead."
        raise Problem(409, "settings_exist", vi, en)
    if given:
        write_private(path, "".join(given).rstrip())
