"""Where unfinished work lies: folders below the store that belong to one process each and are swept at start-up."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

FOLDER: Final = ".work"
_LOCK: Final = "held"


@contextmanager
def scratch(store: Path) -> Iterator[Path]:
    """A private folder below `store`, gone when the block is left; after a crash `sweep` removes it."""
    parent = store / FOLDER
    parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=parent))
    handle = os.open(folder / _LOCK, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(handle)


def sweep(store: Path) -> int:
    """Remove what dead processes left behind, living ones are left alone; how many things were removed."""
    left = [folder for folder in (store / FOLDER).glob("*") if not _is_held(folder)]
    for folder in left:
        shutil.rmtree(folder)
    torn = [*store.glob("??/.*.part"), *store.glob(".intakes/.*.part")]
    for file in torn:
        file.unlink(missing_ok=True)
    return len(left) + len(torn)


def _is_held(folder: Path) -> bool:
    try:
        handle = os.open(folder / _LOCK, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False
