"""Just enough of Ogg Opus (RFC 7845) to know how long a file plays."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO, Final

OPUS_RATE: Final = 48_000
_TAIL: Final = 131_072


def duration_us(path: Path) -> int:
    """Microseconds that a decoder gives out: the last granule position less the pre-skip. ValueError if not Opus."""
    with path.open("rb") as file:
        pre_skip = _pre_skip(file)
        file.seek(0, 2)
        file.seek(max(0, file.tell() - _TAIL))
        last = last_granule(file.read())
    if last is None:
        raise ValueError("no Ogg page at the end")
    return (last - pre_skip) * 1_000_000 // OPUS_RATE


def last_granule(data: bytes) -> int | None:
    """Position in samples of the last page that begins in `data` and ends a packet; None if there is none."""
    at = data.rfind(b"OggS")
    while at >= 0:
        granule = int.from_bytes(data[at + 6 : at + 14], "little", signed=True)
        if len(data) >= at + 14 and granule >= 0:
            return granule
        at = data.rfind(b"OggS", 0, at)
    return None


def _pre_skip(file: BinaryIO) -> int:
    head = file.read(64)
    if head[:4] != b"OggS" or head[28:36] != b"OpusHead":
        raise ValueError("not Ogg Opus")
    return int.from_bytes(head[38:40], "little")
