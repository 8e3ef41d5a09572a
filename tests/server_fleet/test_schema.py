"""Databases of every revision: the newest as the tables are, an older one upgraded, a newer one left alone."""

from __future__ import annotations

import errno
import json
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine

from broadcast_server.ballast import FILE, LAST, Ballast
from broadcast_server.settings import Settings
from broadcast_server.station import make_fit, open_station
from broadcast_server.store import schema, upgrading
from broadcast_server.store.base import Base, Database
from broadcast_server.store.upgrading import MIGRATIONS, alembic_config, upgrade_file
from tests.faces.house import ask
from tests.server_fleet.ground import founded
from tests.speaker_client.small_disk import small_disk

NEXT = """
from alembic import op
import sqlalchemy as sa
revision, down_revision = "{after_that}", "{newest}"
def upgrade():
    op.add_column("villages", sa.Column("colour", sa.String, server_default="green", nullable=False))
    {after}
"""


def migrations_with(folder: Path, after: str = "pass") -> Path:
    """Ours, and one more of tomorrow."""
    copy = folder / "migrations"
    shutil.copytree(MIGRATIONS, copy, ignore=shutil.ignore_patterns("__pycache__"))
    numbers = {"newest": schema.REVISION, "after_that": f"{int(schema.REVISION) + 1:04}"}
    (copy / "versions" / f"{numbers['after_that']}_colours.py").write_text(NEXT.format(after=after, **numbers))
    return copy


async def a_station(folder: Path) -> Path:
    """A founded station with a village; its database file."""
    settings = await founded(folder)
    station = await open_station(settings)
    await station.places.add_village("Thôn Đoài", "hoa")
    await station.close()
    return folder / "station.db"


def test_the_migrations_make_the_very_tables_that_the_program_knows(tmp_path: Path) -> None:
    file = tmp_path / "old.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)")
        connection.commit()
    upgrade_file(file, "nothing")
    engine = create_engine(f"sqlite:///{file}")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == [], (
            "the tables changed: see broadcast_server/store/migrations"
        )
    engine.dispose()
    assert ask(file, "SELECT * FROM alembic_version") == [(schema.REVISION,)]


@pytest.mark.parametrize("had", [False, True], ids=["as released", "made between two revisions"])
def test_a_stop_that_was_in_force_still_means_only_what_it_names(tmp_path: Path, had: bool) -> None:
    file = tmp_path / "old.db"
    engine = create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        command.upgrade(alembic_config(connection, MIGRATIONS), "0001")
    engine.dispose()
    stop = {"payload": json.dumps({"airings": ["a", "b"]}), "signatures": []}
    with closing(sqlite3.connect(file)) as old, old:
        old.execute(
            "INSERT INTO commands (id, station_id, audience, kind, seq, made_by, made_us, expires_us, envelope) "
            "VALUES ('c', 's', 'cluster:1', 'stop', 1, 'lan', 1, 2, ?)",
            (json.dumps(stop),),
        )
        if had:
            old.execute("CREATE TABLE stop_names (command_id VARCHAR NOT NULL, airing_id VARCHAR NOT NULL)")
            old.execute("INSERT INTO stop_names VALUES ('c', 'a'), ('c', 'b')")
    upgrade_file(file, "0001")
    assert sorted(ask(file, "SELECT * FROM stop_names")) == [("c", "a"), ("c", "b")]
    assert ask(file, "SELECT * FROM complaints") == []


def test_postgresql_hears_that_an_index_is_partial_and_no_other_server_loads_its_dialect() -> None:
    program = (
        "import sys, broadcast_server.serving\n"
        "assert 'sqlalchemy.dialects.postgresql' not in sys.modules\n"
        "from sqlalchemy.dialects import postgresql\n"
        "from sqlalchemy.schema import CreateIndex\n"
        "from broadcast_server.store import schema\n"
        "schema.say_to_postgresql()\n"
        "for index in schema.Base.metadata.tables['airings'].indexes:\n"
        "    print(CreateIndex(index).compile(dialect=postgresql.dialect()))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert "ix_airings_undecided ON airings (station_id, end_us) WHERE state IN ('PENDING', 'PLAYING')" in done.stdout
    assert "ix_airings_open ON airings (cluster_id) WHERE state IN ('PENDING', 'PLAYING', 'UNKNOWN')" in done.stdout
    assert done.stdout.count("WHERE") == 2


def test_the_program_knows_every_migration_there_is() -> None:
    numbers = sorted(file.name.split("_")[0] for file in (MIGRATIONS / "versions").glob("[0-9]*.py"))
    assert tuple(numbers) == schema.KNOWN
    assert schema.KNOWN[-1] == schema.REVISION


async def test_an_upgrade_keeps_everything_and_the_old_database_beside_it(tmp_path: Path) -> None:
    file = await a_station(tmp_path / "data")
    kept = upgrade_file(file, schema.REVISION, migrations_with(tmp_path))
    assert ask(file, "SELECT name, colour FROM villages") == [("Thôn Đoài", "green")]
    assert ask(kept, "SELECT name FROM villages") == [("Thôn Đoài",)]
    assert ask(kept, "SELECT * FROM alembic_version") == [(schema.REVISION,)]
    assert not list(file.parent.glob("*upgrading*"))


async def test_an_upgrade_that_fails_half_way_changes_nothing(tmp_path: Path) -> None:
    file = await a_station(tmp_path / "data")
    with pytest.raises(RuntimeError, match="power"):
        upgrade_file(file, schema.REVISION, migrations_with(tmp_path, after="raise RuntimeError('power')"))
    assert ask(file, "SELECT * FROM villages") != []
    assert "colour" not in str(ask(file, "SELECT sql FROM sqlite_master WHERE name = 'villages'"))
    assert [one.name for one in file.parent.glob("*.db*") if "upgrad" in one.name] == []


async def test_a_start_or_an_upgrade_that_meets_a_full_disk_takes_the_room_kept_for_alarms_or_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrations, tomorrow = migrations_with(tmp_path), f"{int(schema.REVISION) + 1:04}"
    with small_disk(tmp_path / "disk", "16m") as disk:
        file = await a_station(disk.folder / "data")
        ballast = Ballast(file.parent, 3_000_000)
        ballast.lay()
        disk.fill()
        before = file.read_bytes()
        monkeypatch.setattr(schema, "KNOWN", (*schema.KNOWN, tomorrow))
        monkeypatch.setattr(schema, "REVISION", tomorrow)
        monkeypatch.setattr(upgrading, "upgrade_file", partial(upgrade_file, migrations=migrations))
        database = Database(f"sqlite+aiosqlite:///{file}")
        with monkeypatch.context() as without:
            without.setattr("broadcast_server.ballast.FILE", "none")
            without.setattr("broadcast_server.ballast.LAST", "none")
            with pytest.raises(schema.SchemaUnfit, match="make room and start again"):
                await make_fit(database, file.parent)
        assert file.read_bytes() == before
        assert not list(file.parent.glob("*upgrad*"))
        await make_fit(database, file.parent)
        assert ask(file, "SELECT name, colour FROM villages") == [("Thôn Đoài", "green")]
        assert 0 < (file.parent / FILE).stat().st_size < 3_000_000, "half of what was left of it"
        assert (file.parent / LAST).exists()
        await database.close()


async def test_a_start_that_was_refused_leaves_room_for_alarms_and_one_after_many_alarms_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with small_disk(tmp_path / "disk", "16m") as disk:
        file = await a_station(disk.folder / "data")
        Ballast(file.parent, 100_000).lay()
        disk.fill()
        database = Database(f"sqlite+aiosqlite:///{file}")
        with monkeypatch.context() as older:
            older.setattr(schema, "KNOWN", (*schema.KNOWN, "tomorrow"))
            older.setattr(schema, "REVISION", "tomorrow")
            with pytest.raises(schema.SchemaUnfit, match="make room and start again"):
                await make_fit(database, file.parent)
        assert (file.parent / FILE).exists()
        assert (file.parent / LAST).exists()
        await database.close()
        (file.parent / FILE).unlink()  # alarms took it
        disk.fill()
        await make_fit(database, file.parent)
        assert (file.parent / LAST).exists()
        await database.close()


async def test_a_disk_that_fails_otherwise_is_not_called_full_and_keeps_its_room_for_alarms(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "16m") as disk:
        file = await a_station(disk.folder / "data")
        Ballast(file.parent, 3_000_000).lay()
        disk.turn("ro")
        database = Database(f"sqlite+aiosqlite:///{file}")
        with pytest.raises(schema.SchemaUnfit, match="cannot be read or written"):
            await make_fit(database, file.parent)
        assert (file.parent / FILE).exists()
        await database.close()


async def test_where_a_file_has_one_name_only_the_old_database_is_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    file = await a_station(tmp_path / "data")
    monkeypatch.setattr("os.link", no_links)
    kept = upgrade_file(file, schema.REVISION, migrations_with(tmp_path))
    assert ask(file, "SELECT name, colour FROM villages") == [("Thôn Đoài", "green")]
    assert ask(kept, "SELECT name FROM villages") == [("Thôn Đoài",)]


KILLED = """
import os, sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute("PRAGMA wal_autocheckpoint=0")
connection.execute("UPDATE villages SET name = 'Thôn Tây'")
connection.commit()
os.kill(os.getpid(), 9)
"""


def rename_the_village_and_die(file: Path) -> None:
    """What was committed stands in the write-ahead log alone."""
    assert subprocess.run([sys.executable, "-c", KILLED, file], check=False).returncode == -9


@pytest.mark.parametrize("reading", [True, False])
async def test_an_upgrade_waits_until_nobody_has_the_old_database_open(tmp_path: Path, reading: bool) -> None:
    file = await a_station(tmp_path / "data")
    migrations = migrations_with(tmp_path)
    with closing(sqlite3.connect(file, isolation_level=None)) as reader:
        reader.execute("BEGIN" if reading else "SELECT 1")
        reader.execute("SELECT * FROM villages").fetchall()
        rename_the_village_and_die(file)
        with pytest.raises(schema.SchemaUnfit, match="close it, then upgrade again"):
            upgrade_file(file, schema.REVISION, migrations)
        assert [one.name for one in file.parent.glob("*upgrad*")] == []
    kept = upgrade_file(file, schema.REVISION, migrations)
    assert ask(file, "SELECT name, colour FROM villages") == [("Thôn Tây", "green")]
    assert ask(kept, "SELECT name FROM villages") == [("Thôn Tây",)]
    assert ask(file, "PRAGMA integrity_check") == [("ok",)]


async def test_a_newer_database_is_refused_in_words(tmp_path: Path) -> None:
    file = await a_station(tmp_path)
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(schema.SchemaUnfit, match="newer than this program"):
        await open_station(Settings(data=tmp_path))


async def test_a_file_that_is_no_database_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "station.db").write_bytes(b"not a database at all" * 500)
    with pytest.raises(schema.SchemaUnfit):
        await open_station(Settings(data=tmp_path))


async def test_a_database_with_a_damaged_page_is_refused_in_words(tmp_path: Path) -> None:
    file = await a_station(tmp_path)
    whole = bytearray(file.read_bytes())
    for page in range(1, len(whole) // 4096):
        whole[page * 4096 : page * 4096 + 100] = b"\xff" * 100
    file.write_bytes(whole)
    with pytest.raises(schema.SchemaUnfit, match="tienglang restore"):
        await open_station(Settings(data=tmp_path))
