"""The folder of uploads that are not whole yet. What a file holds beyond what was written down is nobody's word."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from audio_library.content import sync_folder
from audio_library.refusal import Refusal
from audio_library.room import check_room, is_full
from broadcast_server.ballast import DiskFull

log = logging.getLogger(__name__)


class Unfinished:
    """Files named by the id of their upload."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._found = sorted(folder.iterdir())

    def begin(self, upload_id: str) -> None:
        """An empty file, durably."""
        self._path(upload_id).touch(mode=0o600, exist_ok=False)
        sync_folder(self.folder)

    def write(self, upload_id: str, offset: int, batch: Sequence[bytes]) -> None:
        """These bytes at that place, durably; DiskFull if there is no room. What lay there before does not matter."""
        try:
            check_room(self.folder, sum(map(len, batch)))
            with self._path(upload_id).open("r+b") as file:
                file.seek(offset)
                file.writelines(batch)
                file.flush()
                os.fsync(file.fileno())
        except Refusal as full:
            raise DiskFull from full
        except OSError as error:
            if is_full(error):
                raise DiskFull from error
            raise

    def holds(self, upload_id: str, held: int) -> bool:
        """Whether so many bytes of it are here."""
        path = self._path(upload_id)
        return path.exists() and path.stat().st_size >= held

    def give(self, upload_id: str, size: int, place: Path) -> bool:
        """Move the whole upload to `place`, durably; done already is done. False if it is in neither."""
        if not self.holds(upload_id, size):
            return place.exists()
        path = self._path(upload_id)
        with path.open("r+b") as file:
            file.truncate(size)
            os.fsync(file.fileno())
        path.rename(place)
        sync_folder(place.parent)
        sync_folder(self.folder)
        return True

    def remove(self, upload_id: str) -> None:
        """Forget it."""
        self._path(upload_id).unlink(missing_ok=True)

    def sweep(self, keep: Iterable[str]) -> int:
        """Remove what an earlier server left here of none of these uploads; how many files."""
        kept = set(keep)
        lost = [file for file in self._found if file.name not in kept and file.is_file()]
        for file in lost:
            try:
                file.unlink(missing_ok=True)  # it may be handed over meanwhile
            except OSError as error:
                log.warning("%s cannot be removed: %s", file, error)
        return len(lost)

    def _path(self, upload_id: str) -> Path:
        return self.folder / upload_id
