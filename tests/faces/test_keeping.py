"""A backup is whole or refused; a restored station goes on above every number it may have used."""

from __future__ import annotations

import sqlite3
import tarfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from broadcast_server.keeping import back_up, restore
from broadcast_server.people.rights import Role
from broadcast_server.problem import Problem
from tests.faces.office import open_office


@pytest.fixture
async def archive(tmp_path: Path) -> Path:
    """The backup of a station that is running, with an upload it has accepted but not worked on."""
    data, target = tmp_path / "data", tmp_path / "sao-luu.tar"
    async with open_office(data) as office:
        officer = await office.as_(Role.OFFICER)
        await officer.post("/api/v1/library/uploads?title=Chờ", content=b"x" * 1000)
        (data / "incoming" / "torn.part").write_bytes(b"half")
        async with office.station.database.transaction() as session:
            connection = await session.connection()
            await connection.exec_driver_sql("INSERT INTO streams VALUES ('k', 'plan', 'cluster:c', 41)")
        back_up(data, target)
    return target


def files(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "station.db" not in path.name:
            yield str(path.relative_to(folder)), path.read_bytes()


async def test_what_was_accepted_is_in_the_backup(archive: Path, tmp_path: Path) -> None:
    restored = tmp_path / "restored"
    restore(archive, restored)
    kept = [pair for pair in files(tmp_path / "data") if not pair[0].endswith(".part")]
    assert list(files(restored)) == kept
    async with open_office(restored) as office, office.station.database.reading() as session:
        connection = await session.connection()
        titles = await connection.exec_driver_sql("SELECT title, state FROM intakes")
        assert titles.all() == [("Chờ", "received")]


def test_a_restored_station_signs_above_what_it_may_have_signed(archive: Path, tmp_path: Path) -> None:
    restore(archive, tmp_path / "restored")
    with closing(sqlite3.connect(tmp_path / "restored" / "station.db")) as connection:
        assert connection.execute("SELECT seq FROM streams").fetchone()[0] > 41


def test_a_flipped_bit_or_a_lost_end_is_noticed_and_leaves_nothing(archive: Path, tmp_path: Path) -> None:
    whole = archive.read_bytes()
    flipped = bytearray(whole)
    place = whole.index(b"x" * 500)
    flipped[place] ^= 1
    for damaged in (bytes(flipped), whole[: len(whole) // 2], b"not an archive", b""):
        archive.write_bytes(damaged)
        with pytest.raises(Problem) as refused:
            restore(archive, tmp_path / "restored")
        assert refused.value.code == "backup_broken"
    assert {path.name for path in tmp_path.iterdir()} == {"data", "sao-luu.tar"}


def test_an_archive_cannot_write_outside_its_folder(archive: Path, tmp_path: Path) -> None:
    evil = tmp_path / "evil.tar"
    outside = tmp_path / "outside"
    outside.write_text("x")
    with tarfile.open(evil, "w") as tar:
        manifest = tmp_path / "manifest.json"
        manifest.write_text('{"../escaped": "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"}')
        tar.add(manifest, arcname="manifest.json")
        tar.add(outside, arcname="../escaped")
    with pytest.raises(Problem, match="unexpected"):
        restore(evil, tmp_path / "restored")
    assert not (tmp_path / "escaped").exists()


def test_a_backup_overwrites_nothing(archive: Path, tmp_path: Path) -> None:
    with pytest.raises(Problem) as refused:
        back_up(tmp_path / "data", archive)
    assert refused.value.code == "file_exists"
    assert not list((tmp_path / "data").glob(".backup-*"))
