"""A watched folder: which of its files are to be played. Nothing outside the configured root is ever opened."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from broadcast_server.relay.reason import Failure, Reason

READY_S = 10
"""So long nobody must have written to a file: it is being copied otherwise."""
TOGETHER_S = 600
"""Files that came within so long before the newest belong to it."""
MOST_FILES = 1000


@dataclass(frozen=True)
class Found:
    """One file, as it was when it was looked at."""

    path: Path
    changed_s: float


def ready_files(root: Path | None, folder: str, now_s: float) -> list[Found]:
    """The newest files that are ready, in the order of their names. Failure `nothing_new` or `refused_address`."""
    if root is None:
        raise Failure(Reason.REFUSED_ADDRESS, folder)
    place = (root / folder).resolve()
    if not place.is_relative_to(root.resolve()):
        raise Failure(Reason.REFUSED_ADDRESS, folder)
    return newest(_files(place), now_s)


def newest(files: list[Found], now_s: float) -> list[Found]:
    """Of all files those that are to be played."""
    ready = [file for file in files if abs(now_s - file.changed_s) >= READY_S]
    if not ready:
        raise Failure(Reason.NOTHING_NEW)
    last = max(file.changed_s for file in ready)
    return sorted((file for file in ready if last - file.changed_s <= TOGETHER_S), key=lambda file: file.path.name)


def _files(place: Path) -> list[Found]:
    """Plain files alone: a link could lead anywhere."""
    found = []
    try:
        with os.scandir(place) as entries:
            for entry in entries:
                told = entry.stat(follow_symlinks=False)
                if stat.S_ISREG(told.st_mode) and told.st_size and not entry.name.startswith("."):
                    found.append(Found(Path(entry.path), told.st_mtime))
    except OSError as error:
        raise Failure(Reason.NOTHING_NEW, error.strerror or "") from error
    return sorted(found, key=lambda file: -file.changed_s)[:MOST_FILES]
