"""One running station: what is shared by the faces, the use cases and the background tasks."""

from __future__ import annotations

from dataclasses import dataclass

from audio_library.content import FolderStore
from broadcast_server.clock import Clock, SystemClock
from broadcast_server.keys import StationKeys, read_keys
from broadcast_server.news import News
from broadcast_server.settings import Settings
from broadcast_server.signing import Signing
from broadcast_server.store.base import Database
from broadcast_server.store.schema import check_schema
from broadcast_server.store.station import StationRow, only_station
from speaker_client.protocol.ids import StationId


@dataclass(frozen=True)
class Station:
    """Everything a request or a background task may need; made once, by `open_station`."""

    settings: Settings
    clock: Clock
    keys: StationKeys
    database: Database
    station_id: StationId
    name: str
    zone: str
    content: FolderStore
    signing: Signing
    news: News

    async def close(self) -> None:
        """Give back what the station holds open."""
        await self.database.close()


async def open_station(settings: Settings, clock: Clock | None = None) -> Station:
    """The station in the data folder; its schema is checked first. Says what is missing otherwise."""
    database = Database(settings.database_url)
    await check_schema(database)
    async with database.reading() as session:
        row = await only_station(session)
    return compose(settings, clock or SystemClock(), read_keys(settings.data / "keys"), database, row)


def compose(settings: Settings, clock: Clock, keys: StationKeys, database: Database, row: StationRow) -> Station:
    """The parts of a station, wired together."""
    station = StationId(row.id)
    return Station(
        settings=settings,
        clock=clock,
        keys=keys,
        database=database,
        station_id=station,
        name=row.name,
        zone=row.zone,
        content=FolderStore(settings.data / "content"),
        signing=Signing(keys, station),
        news=News(),
    )
