"""Which schema the database has, and whether this program may touch it."""

from __future__ import annotations

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast_server.store import airings, fleet, library, people, programmes, station
from broadcast_server.store.base import Base, Database

REVISION = "0001"
"""The newest migration this program knows."""
KNOWN = ("0001",)
"""All migrations in order."""
TABLES = (airings, fleet, library, people, programmes, station)
_VERSION_TABLE = "CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"


class SchemaUnfit(Exception):
    """The database cannot be used as it is; the message says what to do."""


async def create_schema(session: AsyncSession) -> None:
    """All tables in an empty database, marked with the revision they are, in the caller's transaction."""
    connection = await session.connection()
    await connection.run_sync(Base.metadata.create_all)
    await connection.execute(text(_VERSION_TABLE))
    await connection.execute(text("INSERT INTO alembic_version VALUES (:revision)"), {"revision": REVISION})


async def check_schema(database: Database) -> None:
    """Pass if the database is of this program's revision; SchemaUnfit says what is the matter otherwise."""
    found = await revision_of(database)
    if found is None:
        raise SchemaUnfit(
            "Chưa có dữ liệu trạm: hãy chạy `tienglang init`. / No station here yet: run `tienglang init`."
        )
    if found not in KNOWN:
        raise SchemaUnfit(
            f"Cơ sở dữ liệu (bản {found}) mới hơn chương trình này (bản {REVISION}): hãy cài bản Tiếng Làng mới hơn. / "
            f"The database (revision {found}) is newer than this program (revision {REVISION}): "
            "install a newer Tiếng Làng."
        )
    if found != REVISION:
        raise SchemaUnfit(
            f"Cơ sở dữ liệu ở bản cũ {found}: hãy chạy `tienglang upgrade`. / "
            f"The database is of the older revision {found}: run `tienglang upgrade`."
        )


async def revision_of(database: Database) -> str | None:
    """The revision that the database is marked with, None if it has no tables of ours."""
    try:
        async with database.engine.connect() as connection:
            return await connection.run_sync(_revision)
    except OperationalError as error:
        raise SchemaUnfit(f"Không mở được cơ sở dữ liệu. / The database cannot be opened: {error.orig}") from error


def _revision(connection: Connection) -> str | None:
    if "alembic_version" not in inspect(connection).get_table_names():
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
