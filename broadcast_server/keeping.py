"""Backup and restore of a data folder: one archive, taken while the server runs, checked to the last bit."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import shutil
import sqlite3
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from audio_library import scratch
from audio_library.content import NO_LINK, hash_file, sync_folder
from broadcast_server.clock import SystemClock
from broadcast_server.library import intakes
from broadcast_server.problem import Problem
from broadcast_server.recovering import go_on
from broadcast_server.settings import RECITALS_FOLDER, TAKES_FOLDER, TOKEN_FILE

DATABASE = "station.db"
MANIFEST = "manifest.json"
KEPT = ("keys", "content", "incoming", TAKES_FOLDER, RECITALS_FOLDER)
SINGLE = ("station.env", TOKEN_FILE)
MOST_COPIES = 5
NOTHING = {scratch.FOLDER, "lost+found"}
"""What may stand in an empty folder: unfinished work, and what every new ext4 disk has."""


def back_up(data: Path, target: Path) -> dict[str, Any]:
    """Write the archive durably; returns how many files and bytes. Problem if there is nothing to back up."""
    if not (data / DATABASE).exists():
        raise Problem(404, "no_station", f"Không có trạm nào trong {data}.", f"There is no station in {data}.")
    if target.exists():
        raise Problem(409, "file_exists", f"Đã có tệp {target}.", f"{target} exists already.")
    with _staged(data) as folder:
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        manifest: dict[str, str] = {str(path.relative_to(folder)): hash_file(path) for path in files}
        _write_archive(target, folder, manifest)
    return {"file": str(target), "files": len(manifest), "bytes": target.stat().st_size}


def restore(archive: Path, data: Path) -> dict[str, Any]:
    """Unpack into an empty or absent folder, only if every hash is right; Problem otherwise, and nothing is left."""
    absent = not data.exists()
    _check_empty(data)
    scratch.sweep(data)
    try:
        with _workplace(data) as folder:  # inside, for the folder may be a disk of its own
            manifest = _unpack(archive, folder)
            _go_on_above(folder / DATABASE)
            for entry in sorted(folder.iterdir(), key=lambda entry: entry.name == DATABASE):
                entry.rename(data / entry.name)  # the database last: a station stands when all of it is there
            sync_folder(data)
    except BaseException:
        if absent:
            shutil.rmtree(data, ignore_errors=True)
        raise
    sync_folder(data.parent)
    return {"data": str(data), "files": len(manifest)}


def _check_empty(data: Path) -> None:
    """Make the folder if it is absent; Problem 409 if something is in it, or if it is no folder."""
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise Problem(409, "not_a_folder", f"{data} không phải là thư mục.", f"{data} is not a folder.") from error
    if {entry.name for entry in data.iterdir()} - NOTHING:
        vi, en = f"Thư mục {data} không trống.", f"The folder {data} is not empty."
        raise Problem(409, "folder_not_empty", vi, en)


@contextmanager
def _workplace(data: Path) -> Iterator[Path]:
    """An empty folder on the disk of `data`, swept by the next backup or restore if this one is killed."""
    with scratch.scratch(data) as work:
        folder = work / "station"
        folder.mkdir()
        yield folder


@contextmanager
def _staged(data: Path) -> Iterator[Path]:
    """A folder that holds the data as of one moment: the database copied, all else linked (it is never changed).

    The database is copied again if an upload came in and was worked on between two looks: its file is gone by now, and
    what was made of it is in the next copy. An upload that stays missing is missing from the station too.
    """
    scratch.sweep(data)
    with _workplace(data) as folder:
        for _ in range(MOST_COPIES):
            _link(data, folder, ("incoming",))  # before and after: what turns into a recording meanwhile is kept
            _copy_database(data / DATABASE, folder / DATABASE)
            _link(data, folder, KEPT)
            if not _misses_an_upload(folder):
                break
        for single in SINGLE:
            if (data / single).exists():
                shutil.copy2(data / single, folder / single)
        yield folder


def _link(data: Path, folder: Path, parts: tuple[str, ...]) -> None:
    for part in parts:
        for path in (data / part).rglob("*"):
            inner = path.relative_to(data)
            if path.suffix == ".part" or ".work" in inner.parts or not path.is_file():
                continue
            (folder / inner).parent.mkdir(parents=True, exist_ok=True)
            with contextlib.suppress(FileExistsError, FileNotFoundError):
                _link_one(path, folder / inner)


def _link_one(path: Path, place: Path) -> None:
    try:
        os.link(path, place)
    except OSError as error:
        if error.errno not in NO_LINK:
            raise
        shutil.copy2(path, place)


def _misses_an_upload(folder: Path) -> bool:
    """Whether the copied database still waits for work on an upload whose file is not beside it."""
    with contextlib.closing(sqlite3.connect(folder / DATABASE)) as copy:
        uploads = copy.execute("SELECT id FROM intakes WHERE text IS NULL AND state IN (?, ?)", intakes.OPEN).fetchall()
    return any(not (folder / "incoming" / upload).exists() for (upload,) in uploads)


def _copy_database(source: Path, target: Path) -> None:
    try:
        with contextlib.closing(sqlite3.connect(source)) as live, contextlib.closing(sqlite3.connect(target)) as copy:
            live.backup(copy)
    except sqlite3.DatabaseError as error:
        vi, en = "Cơ sở dữ liệu bị hỏng, không sao lưu được.", "The database is damaged and cannot be backed up."
        raise Problem(409, "database_damaged", vi, f"{en} ({error})") from error


def _write_archive(target: Path, folder: Path, manifest: dict[str, str]) -> None:
    part = target.with_name(target.name + ".part")
    try:
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            with _archive(file, packed=target.suffix in (".gz", ".tgz")) as tar:
                _add_text(tar, MANIFEST, json.dumps(manifest, indent=1))
                for name in manifest:
                    tar.add(folder / name, arcname=name)
            file.flush()
            os.fsync(file.fileno())
        part.rename(target)
    finally:
        part.unlink(missing_ok=True)
    sync_folder(target.parent)


def _archive(file: BinaryIO, packed: bool) -> tarfile.TarFile:
    """Sound is packed already, so little effort is spent on it."""
    return tarfile.open(fileobj=file, mode="w:gz", compresslevel=1) if packed else tarfile.open(fileobj=file, mode="w")


def _add_text(tar: tarfile.TarFile, name: str, text: str) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(text.encode())
    tar.addfile(info, io.BytesIO(text.encode()))


def _unpack(archive: Path, folder: Path) -> dict[str, str]:
    """Every file of the manifest, and nothing else, each with the hash it should have."""
    try:
        with tarfile.open(archive) as tar:
            first = tar.next()
            source = tar.extractfile(first) if first and first.name == MANIFEST else None
            manifest: dict[str, str] = json.load(source) if source else {}
            while member := tar.next():
                _unpack_one(tar, member, manifest, folder)
    except (tarfile.TarError, OSError, EOFError, ValueError) as error:
        raise _broken(str(error)) from error
    missing = [name for name in manifest if not (folder / name).exists()]
    if missing or DATABASE not in manifest:
        raise _broken(f"missing: {', '.join(missing) or DATABASE}")
    return manifest


def _unpack_one(tar: tarfile.TarFile, member: tarfile.TarInfo, manifest: dict[str, str], folder: Path) -> None:
    source = tar.extractfile(member) if member.isfile() and member.name in manifest else None
    place = (folder / member.name).resolve()
    if source is None or not place.is_relative_to(folder.resolve()):
        raise _broken(f"unexpected: {member.name}")
    place.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600 if _private(member.name) else 0o644)
    digest = hashlib.sha256()
    with os.fdopen(handle, "wb") as file:
        while chunk := source.read(1 << 18):
            digest.update(chunk)
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    if digest.hexdigest() != manifest[member.name]:
        raise _broken(f"wrong hash: {member.name}")


def _private(name: str) -> bool:
    return name.startswith("keys/") or name in SINGLE or name == DATABASE


def _go_on_above(database: Path) -> None:
    """Boxes refuse numbers they have seen: go on above them."""
    with contextlib.closing(sqlite3.connect(database)) as connection, connection:
        (verdict,) = connection.execute("PRAGMA quick_check").fetchone()
        if verdict != "ok":
            raise _broken(f"database: {verdict}")
        go_on(connection, SystemClock().now_us())


def _broken(what: str) -> Problem:
    vi, en = "Bản sao lưu bị hỏng hoặc không đầy đủ.", "This backup is damaged or incomplete."
    return Problem(422, "backup_broken", vi, f"{en} ({what})")
