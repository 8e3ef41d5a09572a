"""A backup is whole or refused; a restored station goes on above every number it may have used."""

from __future__ import annotations

import shutil
import signal
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from broadcast_server import keeping
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
        assert connection.execute("SELECT seq FROM streams WHERE key_id = 'k'").fetchone()[0] > 41


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


async def test_an_upload_that_came_and_went_between_two_looks_is_not_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, copy_database, copies = tmp_path / "data", keeping._copy_database, 0
    async with open_office(data) as office:
        station_id = office.station.station_id
    insert = (
        "INSERT INTO intakes (id, station_id, state, title, original_name, made_by, made_us, step, permille, attempts,"
        " size) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    )

    def copied_while_an_upload_comes_and_goes(source: Path, target: Path) -> None:
        nonlocal copies
        copies += 1
        with closing(sqlite3.connect(source)) as live, live:
            if copies == 1:
                (data / "incoming" / "u").write_bytes(b"sound")
                row = ("u", station_id, "received", "Bản tin", "", "lan", 1, "received", 0, 0, 5)
                live.execute(insert, row)
        copy_database(source, target)
        with closing(sqlite3.connect(source)) as live, live:
            live.execute("UPDATE intakes SET state = 'ready'")
            (data / "incoming" / "u").unlink(missing_ok=True)

    monkeypatch.setattr(keeping, "_copy_database", copied_while_an_upload_comes_and_goes)
    back_up(data, tmp_path / "a.tar")
    restore(tmp_path / "a.tar", tmp_path / "restored")
    with closing(sqlite3.connect(tmp_path / "restored" / "station.db")) as connection:
        assert connection.execute("SELECT state FROM intakes").fetchall() == [("ready",)]
    assert copies == 2


async def test_an_upload_that_is_lost_for_good_keeps_no_backup_from_ending(tmp_path: Path) -> None:
    async with open_office(tmp_path / "data") as office:
        officer = await office.as_(Role.OFFICER)
        intake = (await officer.post("/api/v1/library/uploads", content=b"x" * 1000)).json()
    (tmp_path / "data" / "incoming" / intake["id"]).unlink()
    assert back_up(tmp_path / "data", tmp_path / "a.tar")["files"] > 1


@pytest.fixture
def other_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on another file system than the tests'."""
    folder = Path(tempfile.mkdtemp(dir="/dev/shm", prefix="tienglang-"))
    try:
        if folder.stat().st_dev == tmp_path.stat().st_dev:
            pytest.skip("there is only one file system here")
        yield folder
    finally:
        shutil.rmtree(folder)


def test_content_on_another_disk_is_in_the_backup_too(archive: Path, tmp_path: Path, other_disk: Path) -> None:
    data = tmp_path / "data"
    shutil.rmtree(data / "content")
    (other_disk / "ab").mkdir()
    (other_disk / "ab" / "abc").write_bytes(b"sound")
    (data / "content").symlink_to(other_disk)
    back_up(data, tmp_path / "b.tar")
    restore(tmp_path / "b.tar", tmp_path / "restored")
    assert (tmp_path / "restored" / "content" / "ab" / "abc").read_bytes() == b"sound"


def test_a_backup_that_was_killed_is_swept_by_the_next(archive: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    die = "os.kill(os.getpid(), 9)"
    killed = f"""import os, sys, pathlib; from broadcast_server import keeping
keeping._write_archive = lambda *_: {die}
keeping.back_up(*map(pathlib.Path, sys.argv[1:]))"""
    done = subprocess.run([sys.executable, "-c", killed, data, tmp_path / "b.tar"], check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL
    assert [path for path in data.rglob("station.db") if path.parent != data]
    back_up(data, tmp_path / "b.tar")
    assert [path for path in data.rglob("station.db") if path.parent != data] == []


def test_a_station_is_restored_onto_a_disk_of_its_own(archive: Path, tmp_path: Path, other_disk: Path) -> None:
    """A mount point can be neither renamed nor removed, and the folder above it is not ours to write in."""
    (other_disk / "lost+found").mkdir()
    data = tmp_path / "mounted"
    data.symlink_to(other_disk)
    restore(archive, data)
    assert data.is_symlink()
    assert (other_disk / "station.db").exists()
    assert dict(files(other_disk)) == {
        name: read for name, read in files(tmp_path / "data") if not name.endswith(".part")
    }
    with pytest.raises(Problem) as refused:
        restore(archive, data)
    assert refused.value.code == "folder_not_empty"


def test_nothing_is_restored_into_a_file(archive: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "nowhere").symlink_to(tmp_path / "gone")
    for place in (tmp_path / "file", tmp_path / "nowhere", tmp_path / "file" / "below"):
        with pytest.raises(Problem) as refused:
            restore(archive, place)
        assert refused.value.code == "not_a_folder"
    assert (tmp_path / "file").read_text() == "x"
