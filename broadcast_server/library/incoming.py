"""The folder of what was uploaded and is not a recording yet: whole files, or nothing."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

from audio_library.content import sync_folder
from audio_library.refusal import Refusal
from audio_library.room import check_room
from broadcast_server.problem import Problem

COPIES = 2
"""While it is taken in, an upload stands here and in the library."""
_LOOK_EVERY = 16_000_000


class Incoming:
    """Files named by the id of their intake; `.part` while they are being received."""

    def __init__(self, folder: Path, largest: int) -> None:
        self.folder, self.largest = folder, largest
        folder.mkdir(parents=True, exist_ok=True)
        self._found = sorted(folder.iterdir())

    def path(self, intake_id: str) -> Path:
        """Where the upload stands."""
        return self.folder / intake_id

    def spoken(self, intake_id: str) -> Path:
        """Where the sound of a text stands while it is made."""
        return self.folder / f"{intake_id}.spoken"

    def check(self, size: int, promised: int = 0) -> None:
        """Problem 413 or 507 if so many bytes cannot be taken, when so many more are `promised` to others."""
        if size > self.largest:
            raise too_large(self.largest)
        try:
            check_room(self.folder, COPIES * size + promised)
        except Refusal as full:
            raise Problem(507, full.code, full.vi, full.en) from full

    async def receive(self, intake_id: str, chunks: AsyncIterator[bytes]) -> int:
        """Write the upload durably and return its size in bytes; whatever goes wrong, no file is left."""
        part = self.folder / f"{intake_id}.part"
        try:
            size = await self._write(part, chunks)
            if not size:
                raise refused(Refusal("empty"))
            await asyncio.to_thread(_settle, part, self.path(intake_id))
        finally:
            part.unlink(missing_ok=True)
        return size

    async def _write(self, part: Path, chunks: AsyncIterator[bytes]) -> int:
        size, looked = 0, 0
        with part.open("wb") as file:
            async for chunk in chunks:
                size += len(chunk)
                if size > self.largest or size - looked > _LOOK_EVERY:
                    self.check(size)
                    looked = size
                file.write(chunk)
        return size

    def remove(self, intake_id: str) -> None:
        """Forget the upload and the sound made of a text."""
        self.path(intake_id).unlink(missing_ok=True)
        self.spoken(intake_id).unlink(missing_ok=True)

    def sweep(self, keep: Iterable[str]) -> list[str]:
        """Remove what an earlier server left here for none of these intakes. Returns the names.

        Only what stood here when this object was made: uploads may come in while this runs, and are not remains.
        """
        kept = set(keep)
        lost = [file for file in self._found if file.name not in kept and file.exists()]
        for file in lost:
            shutil.rmtree(file) if file.is_dir() else file.unlink()
        return [file.name for file in lost]


def too_large(largest: int) -> Problem:
    """413, with the limit in megabytes, or in kilobytes below one."""
    limit = f"{largest // 1_000_000} MB" if largest >= 1_000_000 else f"{largest // 1000} KB"
    vi, en = f"Tệp lớn hơn {limit}.", f"This file is larger than {limit}."
    return Problem(413, "too_large", vi, en)


def refused(refusal: Refusal) -> Problem:
    """A refusal of the audio library as an answer."""
    return Problem(422, refusal.code, refusal.vi, refusal.en)


def _settle(part: Path, place: Path) -> None:
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.rename(place)
    sync_folder(place.parent)
