"""Room on the disk: what an intake leaves to whoever else writes there."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

from audio_library.refusal import Refusal

RESERVE: Final = 200_000_000
"""Bytes of the disk that uploads never take: the log and emergencies need room."""

PROBE: Final = 1 << 20
"""Bytes: who asks whether there is room wants to write a little."""


def check_room(folder: Path, size: float) -> None:
    """Refusal `disk_full` unless so many bytes can be written below `folder` and the reserve is still left."""
    free = shutil.disk_usage(folder).free
    if free < RESERVE + size:
        raise Refusal("disk_full", f"{free} bytes free, {size:.0f} wanted")


def is_full(error: OSError) -> bool:
    """Whether it failed because the disk, or what of it is ours, has no room left."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT)


def has_none(folder: Path) -> bool:
    """Whether not even a little can be written there, for want of room and for no other reason."""
    try:
        with tempfile.TemporaryFile(dir=folder) as probe:
            os.posix_fallocate(probe.fileno(), 0, PROBE)
    except OSError as error:
        return is_full(error)
    return False
