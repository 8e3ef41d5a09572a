"""A file that is named on the command line."""

from __future__ import annotations

import sys
from pathlib import Path

from broadcast_server.library.incoming import too_large


def given(file: Path, largest: int) -> bytes:
    """What is in it, `-` is standard input. Problem 413 `too_large` above `largest` bytes, OSError if it cannot be
    read."""
    if str(file) == "-":
        data = sys.stdin.buffer.read(largest + 1)
    else:
        with file.open("rb") as opened:
            data = opened.read(largest + 1)
    if len(data) > largest:
        raise too_large(largest)
    return data
