"""An older database becomes one of this program's revision: on a copy, with the old one kept, or not at all."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, create_engine
from sqlalchemy.exc import OperationalError

from audio_library import room
from audio_library.content import sync_folder, write_durably
from broadcast_server.ballast import DiskFull, wants_room
from broadcast_server.store.base import Database
from broadcast_server.store.schema import SchemaUnfit

if TYPE_CHECKING:
    from alembic.config import Config

log = logging.getLogger(__name__)

MIGRATIONS = Path(__file__).parent / "migrations"


async def upgrade(database: Database, found: str) -> None:
    """Bring the database from revision `found` to the newest: an SQLite file on a copy, others in one transaction."""
    if database.engine.dialect.name == "sqlite" and database.engine.url.database:
        await database.close()
        await asyncio.to_thread(upgrade_file, Path(database.engine.url.database), found)
        return
    async with database.engine.begin() as connection:
        await connection.run_sync(_to_head, MIGRATIONS)


def upgrade_file(database: Path, found: str, migrations: Path = MIGRATIONS) -> Path:
    """Migrate the SQLite file; where the old one is kept. Any error leaves it as it was; SchemaUnfit if it is open,
    DiskFull if there is no room for two."""
    fresh = database.with_name(f".{database.name}.upgrading")
    kept = database.with_name(f"{database.stem}-before-upgrade-from-{found}.db")
    fresh.unlink(missing_ok=True)
    try:
        _copy(database, fresh)
        _migrate(fresh, migrations)
        with fresh.open("rb+") as file:
            os.fsync(file.fileno())
        if Path(f"{database}-wal").exists():  # SQLite removes it with the last that closes: somebody has it open
            raise _held(database)
        _keep(database, kept)
        os.replace(fresh, database)
        sync_folder(database.parent)
    except (OSError, OperationalError, sqlite3.OperationalError) as error:
        if wants_room(error, database.parent) or (isinstance(error, OSError) and room.is_full(error)):
            raise DiskFull from error
        raise
    finally:
        for rest in (fresh, Path(f"{fresh}-wal"), Path(f"{fresh}-shm"), Path(f"{fresh}-journal")):
            rest.unlink(missing_ok=True)
    log.info("the database was upgraded from revision %s; the old one is kept as %s", found, kept)
    return kept


def alembic_config(connection: Connection, migrations: Path) -> Config:
    """Alembic on this connection. It is imported only here, when there is something to migrate."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(migrations))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _copy(source: Path, target: Path) -> None:
    """A copy at rest: the write-ahead log is folded in, so that a link to the old file is all of it.

    SchemaUnfit if somebody reads the old one: its log would be played into the new file.
    """
    with contextlib.closing(sqlite3.connect(source)) as old, contextlib.closing(sqlite3.connect(target)) as new:
        (busy, _, _) = old.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise _held(source)
        old.backup(new)
        new.execute("PRAGMA journal_mode=DELETE").fetchall()


def _keep(database: Path, kept: Path) -> None:
    """The old file under another name too; a copy of it where a file system knows no second name."""
    kept.unlink(missing_ok=True)
    try:
        os.link(database, kept)
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK):
            raise
        with database.open("rb") as old:
            write_durably(kept, iter(lambda: old.read(1 << 20), b""))


def _held(database: Path) -> SchemaUnfit:
    return SchemaUnfit(
        f"Một chương trình khác đang mở {database}: hãy đóng nó rồi nâng cấp lại. / "
        f"Another program has {database} open: close it, then upgrade again."
    )


def _to_head(connection: Connection, migrations: Path) -> None:
    from alembic import command

    command.upgrade(alembic_config(connection, migrations), "head")


def _migrate(file: Path, migrations: Path) -> None:
    engine = create_engine(f"sqlite:///{file}")
    try:
        with engine.connect() as connection:
            _to_head(connection, migrations)
            connection.commit()
            verdict = connection.exec_driver_sql("PRAGMA quick_check").scalar_one()
            assert verdict == "ok", f"the migrated database is damaged: {verdict}"
    finally:
        engine.dispose()
