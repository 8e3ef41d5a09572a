"""Room on the station's disk that is given up when the disk is full, so that a stop and an alarm are taken even then.

Uploads leave a reserve by themselves; this is for a disk that somebody else filled.
"""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from sqlalchemy.exc import OperationalError

from broadcast_server.problem import Problem

log = logging.getLogger(__name__)
T = TypeVar("T")

FILE = "ballast"
SIZE = 32_000_000
"""Bytes; an emergency to twenty clusters takes a tenth of one per cent of it."""
SPARE = 4
"""It is laid only where the disk has so many times its size left."""
LAY_EVERY_S = 60.0
_DISK_FULL_SQLSTATE = "53100"


class Ballast:
    """A file that holds nothing but its room."""

    def __init__(self, folder: Path, size: int = SIZE) -> None:
        self._file, self._size = folder / FILE, size

    async def keep_forever(self) -> None:
        """Lay it, and again once there is room after it was given up; until cancelled."""
        while True:
            await asyncio.to_thread(self.lay)
            await asyncio.sleep(LAY_EVERY_S)

    def lay(self) -> None:
        """Take the room, if it is not taken and the disk has it to spare."""
        if self._file.exists() or shutil.disk_usage(self._file.parent).free < SPARE * self._size:
            return
        handle = os.open(self._file, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            os.posix_fallocate(handle, 0, self._size)
        except OSError as error:
            log.warning("no room is kept for alarms: %s", error)
            self._file.unlink()
        finally:
            os.close(handle)

    async def spend(self, act: Callable[[], Awaitable[T]]) -> T:
        """What `act` comes to. If the disk was full for it the room is given up, and it is done once more."""
        try:
            return await act()
        except (OperationalError, DiskFull) as error:
            if not is_full(error) or not self._file.exists():
                raise
        log.error("STATION: the disk is full; the room kept for alarms is given up")
        with suppress(FileNotFoundError):  # somebody else met the same disk
            await asyncio.to_thread(self._file.unlink)
        return await act()


class DiskFull(Problem):
    """507: nothing can be written, and nothing was accepted."""

    def __init__(self) -> None:
        vi = "Ổ đĩa của máy chủ đã đầy nên không ghi được gì, yêu cầu này chưa được nhận. Hãy xóa bớt tệp trên máy chủ."
        en = "The server's disk is full and nothing can be written: this was not accepted. Make room on the server."
        super().__init__(507, "disk_full", vi, en)


def is_full(error: OperationalError | DiskFull) -> bool:
    """Whether it failed for want of room."""
    if isinstance(error, DiskFull):
        return True
    full = getattr(error.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
    return full or getattr(error.orig, "sqlstate", None) == _DISK_FULL_SQLSTATE
