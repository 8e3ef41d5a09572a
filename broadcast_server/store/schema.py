"""Which schema the database has, and whether this program may touch it."""

from __future__ import annotations

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast_server.ballast import is_of_the_disk
from broadcast_server.problem import Unfit
from broadcast_server.store import (
    airings,
    citizens,
    fleet,
    lexicon,
    library,
    notices,
    orders,
    people,
    programmes,
    relays,
    samples,
    station,
)
from broadcast_server.store.base import Base, Database

REVISION = "0016"
"""The newest migration this program knows."""
KNOWN = tuple(f"{number:04}" for number in range(1, int(REVISION) + 1))
"""All migrations in order."""
TABLES = (airings, citizens, fleet, lexicon, library, notices, orders, people, programmes, relays, samples, station)
_VERSION_TABLE = "CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"


class SchemaUnfit(Unfit):
    """The database cannot be used as it is; the message says what to do."""


class SchemaOld(SchemaUnfit):
    """The database is of an older revision, `found`."""

    def __init__(self, found: str) -> None:
        super().__init__(
            f"Cơ sở dữ liệu ở bản cũ {found}, cần bản {REVISION}: hãy chạy `tienglang upgrade`. / "
            f"The database is of the older revision {found}, {REVISION} is needed: run `tienglang upgrade`."
        )
        self.found = found


async def create_schema(session: AsyncSession) -> None:
    """All tables in an empty database, marked with the revision they are, in the caller's transaction."""
    connection = await session.connection()
    await connection.run_sync(_create_tables)
    await connection.execute(text(_VERSION_TABLE))
    await connection.execute(text("INSERT INTO alembic_version VALUES (:revision)"), {"revision": REVISION})


def _create_tables(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        say_to_postgresql()
    Base.metadata.create_all(connection)


def say_to_postgresql() -> None:
    """Which indexes are partial. Said with the tables it would load PostgreSQL's dialect, 2 MB, into every server."""
    for table in Base.metadata.tables.values():
        for index in table.indexes:
            where = index.dialect_options["sqlite"]["where"]
            if where is not None:
                index.dialect_options["postgresql"]["where"] = where


async def check_schema(database: Database) -> None:
    """Pass if the database is of this program's revision; SchemaOld or SchemaUnfit otherwise."""
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
        raise SchemaOld(found)


async def check_soundness(database: Database) -> None:
    """SQLite looks through its own file; SchemaUnfit if a page of it is damaged, OperationalError if the disk fails."""
    if database.engine.dialect.name != "sqlite":
        return
    try:
        async with database.engine.connect() as connection:
            verdict = (await connection.exec_driver_sql("PRAGMA quick_check(1)")).scalar_one()
    except DatabaseError as error:
        if is_of_the_disk(error):
            raise
        raise _damaged(str(error.orig)) from error
    if verdict != "ok":
        raise _damaged(str(verdict))


async def revision_of(database: Database) -> str | None:
    """The revision that the database is marked with, None if it has no tables of ours. Errors as `check_soundness`."""
    try:
        async with database.engine.connect() as connection:
            return await connection.run_sync(_revision)
    except DatabaseError as error:
        if is_of_the_disk(error):
            raise
        raise _damaged(str(error.orig)) from error


def _revision(connection: Connection) -> str | None:
    if "alembic_version" not in inspect(connection).get_table_names():
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def _damaged(why: str) -> SchemaUnfit:
    return SchemaUnfit(
        "Cơ sở dữ liệu bị hỏng hoặc không mở được: hãy khôi phục từ bản sao lưu (`tienglang restore`). / "
        f"The database is damaged or cannot be opened, restore a backup (`tienglang restore`): {why}"
    )
