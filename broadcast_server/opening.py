"""A station opens: it is founded, and its first people get in. What an interrupted opening began is completed."""

from __future__ import annotations

from sqlalchemy import select

from audio_library.content import write_durably
from broadcast_server.clock import SystemClock
from broadcast_server.founding import checked_zone, found_station
from broadcast_server.people import accounts, passwords, tokens
from broadcast_server.people.audit import record
from broadcast_server.people.rights import Role
from broadcast_server.schedule.quiet_hours import USUAL, QuietHours
from broadcast_server.settings import TOKEN_FILE, Settings
from broadcast_server.store.base import Database
from broadcast_server.store.people import UserRow
from broadcast_server.store.schema import revision_of
from broadcast_server.store.station import only_station


async def open_up(settings: Settings, name: str, zone: str, admin: str, quiet: QuietHours = USUAL) -> str:
    """Found the station, make its administrator and the operator's token; the administrator's one-time password.

    Problem 409 if the station stands already, 422 for a login name or a zone that is no good; nothing is written then.
    """
    admin, zone = accounts.checked_name(admin), checked_zone(zone)
    settings.data.mkdir(parents=True, exist_ok=True)
    database = Database(settings.database_url)
    try:
        if not await _half_open(database):
            await found_station(database, settings, name, zone, quiet=quiet)
        return await _first_people(database, settings, admin)
    finally:
        await database.close()


async def _half_open(database: Database) -> bool:
    if await revision_of(database) is None:
        return False
    async with database.reading() as session:
        return await session.scalar(select(UserRow.id).limit(1)) is None


async def _first_people(database: Database, settings: Settings, admin: str) -> str:
    now_us = SystemClock().now_us()
    password = passwords.one_time_password()
    password_hash = await passwords.hashed(password)
    async with database.transaction() as session:
        station_id = (await only_station(session)).id
        user = await accounts.make_user(session, station_id, admin, "", Role.ADMIN, password_hash, now_us)
        operator = await accounts.make_operator(session, station_id, now_us)
        _, token = tokens.make_token(session, operator.id, station_id, "tienglang", now_us)
        record(session, station_id, now_us, operator.name, "station.found", station_id, admin=user.name)
        write_durably(settings.data / TOKEN_FILE, [f"{token}\n".encode()])
    return password
