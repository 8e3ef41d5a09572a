"""Is the container all there? Reads only the lengths that containers declare, never the sound.

Each judge answers True when the file's own words promise more bytes than it has. A container that
promises nothing (a stream from a browser, a recorder that lost power) is never called cut.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Final

_MOST_BOXES: Final = 100_000


def is_cut(path: Path, demuxer: str) -> bool:
    """Whether `path`, a file for this demuxer, ends before its container says so."""
    judge = _JUDGES.get(demuxer)
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        return judge is not None and judge(file, size)


def _mov(file: BinaryIO, size: int) -> bool:
    """Boxes must tile the file, and one of them must be the index."""
    place, indexed = 0, False
    for _ in range(_MOST_BOXES):
        if place + 8 > size:
            break
        file.seek(place)
        head = file.read(16)
        length, kind = int.from_bytes(head[:4]), head[4:8]
        if length == 1:
            length = int.from_bytes(head[8:16])
        indexed = indexed or kind == b"moov"
        if length == 0:  # to the end of the file
            return not indexed
        if length < 8 or not kind.isascii():
            return not indexed
        place += length
    return place > size or not indexed


def _wav(file: BinaryIO, size: int) -> bool:
    """The data chunk must fit; 0 and 0xFFFFFFFF mean that the writer did not know."""
    head = file.read(12)
    place = 12
    for _ in range(_MOST_BOXES):
        file.seek(place)
        chunk = file.read(8)
        length = int.from_bytes(chunk[4:8], "little")
        if len(chunk) < 8:
            return place == 12 and head[:4] == b"RIFF"
        if chunk[:4] == b"data":
            unknown = length in (0, 0xFFFFFFFF, 0x7FFFFFFF) or length >= 0xFFFFFF00
            return not unknown and place + 8 + length > size
        place += 8 + length + (length & 1)
    return False


def _ogg(file: BinaryIO, size: int) -> bool:
    """The last page must be there to its end."""
    file.seek(max(0, size - 131_072))
    tail = file.read()
    at = tail.rfind(b"OggS")
    if at < 0:
        return False
    segments = tail[at + 26] if at + 26 < len(tail) else 255
    lacing = tail[at + 27 : at + 27 + segments]
    return len(lacing) < segments or at + 27 + segments + sum(lacing) > len(tail)


def _matroska(file: BinaryIO, size: int) -> bool:
    """The header and the segment must fit; a segment of unknown length is judged by its last known cluster."""
    place = 0
    for _ in range(_MOST_BOXES):
        file.seek(place)
        head = file.read(16)
        if len(head) < 2:
            break
        kind, after = _vint(head, keep_marker=True)
        length, used = _vint(head[after:], keep_marker=False)
        unknown = length == (1 << 7 * used) - 1
        body = place + after + used
        opened = (kind == _SEGMENT and (unknown or body + length <= size)) or (kind == _CLUSTER and unknown)
        place = body if opened else body + length
    return place > size


_SEGMENT: Final = 0x18538067
_CLUSTER: Final = 0x1F43B675


def _vint(data: bytes, *, keep_marker: bool) -> tuple[int, int]:
    """An EBML number and how many bytes it took; nonsense takes one byte."""
    if not data or not data[0]:
        return 0, 1
    used = 9 - data[0].bit_length()
    value = int.from_bytes(data[:used])
    return (value if keep_marker else value & ((1 << 7 * used) - 1)), used


def _mp3(file: BinaryIO, size: int) -> bool:
    """A Xing or Info header says how many bytes the encoder wrote."""
    start = after_id3(file)
    if start >= size:
        return True
    file.seek(start)
    head = file.read(4096)
    at = max(head.find(b"Xing"), head.find(b"Info"))
    if at < 0 or at > 300 or len(head) < at + 16 or head[at + 7] & 3 != 3:
        return False
    declared = int.from_bytes(head[at + 12 : at + 16])
    return declared > size - start + 8


def after_id3(file: BinaryIO) -> int:
    """Where the sound begins in a file that may start with an ID3 tag; reads from the beginning."""
    head = file.read(10)
    if head[:3] != b"ID3" or len(head) < 10:
        return 0
    return 10 + (head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9])


def _flac(file: BinaryIO, size: int) -> bool:
    """All metadata blocks, and a frame behind them, must be there."""
    place = after_id3(file) + 4
    for _ in range(_MOST_BOXES):
        file.seek(place)
        head = file.read(4)
        place += 4 + int.from_bytes(head[1:4])
        if place >= size or len(head) < 4:
            return True
        if head[0] & 0x80:
            return False
    return False


_JUDGES: Final[dict[str, Callable[[BinaryIO, int], bool]]] = {
    "mov": _mov,
    "wav": _wav,
    "ogg": _ogg,
    "flac": _flac,
    "matroska": _matroska,
    "mp3": _mp3,
}
