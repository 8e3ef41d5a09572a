"""Just enough of Ogg Opus (RFC 7845) to know how long a file plays."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO, Final

OPUS_RATE: Final = 48_000
_TAIL: Final = 131_072
_HEADER: Final = 27
_LAST_PAGE: Final = 4


def duration_us(path: Path) -> int:
    """Microseconds that a decoder gives out: the last granule position less the pre-skip. ValueError if not Opus."""
    with path.open("rb") as file:
        return duration_of(file)


def duration_of(file: BinaryIO) -> int:
    """The same for an open file."""
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


def is_ended(data: bytes) -> bool:
    """Whether a stream whose bytes came so far has its last page, whole."""
    at = data.rfind(b"OggS")
    if at < 0 or len(data) < at + _HEADER or not data[at + 5] & _LAST_PAGE:
        return False
    lacing = data[at + _HEADER :][: data[at + _HEADER - 1]]
    return len(lacing) == data[at + _HEADER - 1] and len(data) >= at + _HEADER + len(lacing) + sum(lacing)


def _pre_skip(file: BinaryIO) -> int:
    head = file.read(64)
    if head[:4] != b"OggS" or head[28:36] != b"OpusHead":
        raise ValueError("not Ogg Opus")
    return int.from_bytes(head[38:40], "little")
