"""Room on the station's disk that is given up when the disk is full, so that a stop and an alarm are taken even then.

Uploads leave a reserve by themselves; this is for a disk that somebody else filled.
"""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from sqlalchemy.exc import DBAPIError, OperationalError

from audio_library import room
from broadcast_server.problem import Problem

log = logging.getLogger(__name__)
T = TypeVar("T")

FILE, LAST = "ballast", "ballast-of-the-stop"
SIZE = 32_000_000
"""Bytes; an emergency to twenty clusters takes a tenth of one per cent of it."""
LAST_SHARE = 4
"""So many times smaller is what is kept for a stop alone, when alarms have used up the rest."""
SPARE = 4
"""It is laid only where the disk has so many times its size left."""
LAY_EVERY_S = 60.0
_DISK_FULL_SQLSTATE = "53100"


class Ballast:
    """Two files that hold nothing but their room: for alarms and stops, and for stops alone."""

    def __init__(self, folder: Path, size: int = SIZE) -> None:
        self._file = folder / FILE
        self._sizes = {self._file: size, folder / LAST: size // LAST_SHARE}

    async def keep_forever(self) -> None:
        """Lay it, and again once there is room after it was given up; until cancelled."""
        while True:
            await asyncio.to_thread(self.lay)
            await asyncio.sleep(LAY_EVERY_S)

    def lay(self) -> None:
        """Take the room, as far as it is not taken and the disk has it to spare."""
        for file, size in self._sizes.items():
            if _size(file) < size and shutil.disk_usage(file.parent).free >= SPARE * size:
                _take(file, size)

    @contextmanager
    def lent(self) -> Iterator[None]:
        """What is given up meanwhile, for something else than an alarm or a stop, is laid again whatever comes of it:
        half of what is left then, the stop's first."""
        laid = [file for file in self._sizes if file.exists()]
        try:
            yield
        finally:
            with suppress(OSError):  # a dying disk: what came of it is to be told, and not this
                for file in reversed(laid):
                    if not file.exists():
                        _take(file, min(self._sizes[file], shutil.disk_usage(file.parent).free // 2))

    async def spend(self, act: Callable[[], Awaitable[T]], last: bool = False) -> T:
        """What `act` comes to. If the disk was full for it the room is given up, and it is done once more; with `last`
        that which is kept for a stop too."""
        while True:
            try:
                return await act()
            except (OperationalError, DiskFull) as error:
                held = [file for file in self._sizes if file.exists() and (last or file == self._file)]
                if not held or not await asyncio.to_thread(wants_room, error, held[0].parent):
                    raise
                log.error("STATION: nothing can be written (%s); room kept for alarms is given up", error.args)
                try:
                    await asyncio.to_thread(held[0].unlink, missing_ok=True)
                except OSError:  # the disk does not let go of anything either
                    raise error from None


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0


def _take(file: Path, size: int) -> None:
    """So much room, or what it had already."""
    held = _size(file)
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            os.posix_fallocate(handle, 0, size)
        except OSError:
            os.truncate(handle, held)
            raise
        finally:
            os.close(handle)
    except OSError as error:
        log.warning("no more room than %d bytes is kept in %s: %s", held, file.name, error)
        if not held:
            file.unlink(missing_ok=True)


class DiskFull(Problem):
    """507: nothing can be written, and nothing was accepted."""

    def __init__(self) -> None:
        vi = "Ổ đĩa của máy chủ đã đầy nên không ghi được gì, yêu cầu này chưa được nhận. Hãy xóa bớt tệp trên máy chủ."
        en = "The server's disk is full and nothing can be written: this was not accepted. Make room on the server."
        super().__init__(507, "disk_full", vi, en)


def is_full(error: Exception) -> bool:
    """Whether it failed for want of room."""
    if isinstance(error, DiskFull):
        return True
    return _code(error) == sqlite3.SQLITE_FULL or getattr(_cause(error), "sqlstate", None) == _DISK_FULL_SQLSTATE


def wants_room(error: Exception, folder: Path) -> bool:
    """The same, where SQLite's own word for it tells of any failure of a disk: where a quota is used up, or a file
    beside its own cannot be made."""
    return is_full(error) or (is_of_the_disk(error) and room.has_none(folder))


def is_of_the_disk(error: Exception) -> bool:
    """Whether SQLite could not write, read or open a file, for whatever reason."""
    return _code(error) in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN)


def _code(error: Exception) -> int | None:
    """SQLite's primary result code."""
    code: int | None = getattr(_cause(error), "sqlite_errorcode", None)
    return code and code & 0xFF


def _cause(error: Exception) -> object:
    return error.orig if isinstance(error, DBAPIError) else error
