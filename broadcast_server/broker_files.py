"""The accounts of a running station for the Mosquitto beside it: every box that may come in, and the station itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import select

from broadcast_server.mosquitto_files import StationAccounts, password_hash, write_files
from broadcast_server.problem import Problem
from broadcast_server.settings import Settings
from broadcast_server.store.base import Database
from broadcast_server.store.fleet import BoxRow
from broadcast_server.store.schema import check_schema
from broadcast_server.store.station import only_station
from speaker_client.protocol.ids import BoxId, StationId


async def export_broker_files(settings: Settings, folder: Path) -> dict[str, Any]:
    """Write `passwords` and `acl` into the folder; how many boxes are in them. The server may go on running.

    Problem 409 if the station has no password for its broker; SchemaUnfit or NoStation if there is no station.
    """
    if not settings.station_password:
        vi = "Chưa đặt TIENGLANG_STATION_PASSWORD trong station.env: trạm chưa có mật khẩu ở máy chủ MQTT."
        en = "TIENGLANG_STATION_PASSWORD is not set in station.env: the station has no password at its broker."
        raise Problem(409, "station_password_missing", vi, en)
    accounts = await _accounts(settings)
    _write(folder, accounts)
    return {"folder": str(folder), "boxes": len(accounts.boxes)}


async def _accounts(settings: Settings) -> StationAccounts:
    database = Database(settings.database_url)
    try:
        await check_schema(database)
        async with database.reading() as session:
            station = StationId((await only_station(session)).id)
            admitted = select(BoxRow).filter_by(station_id=station, revoked_us=None)
            boxes = {BoxId(row.id): row.broker_hash for row in await session.scalars(admitted)}
        return StationAccounts(station, password_hash(settings.station_password), boxes)
    finally:
        await database.close()


def _write(folder: Path, accounts: StationAccounts) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    write_files(folder, accounts)
