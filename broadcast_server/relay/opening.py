"""What kind of sound does a stream begin with? Pure: told from its first bytes and the name it goes by."""

from __future__ import annotations

from collections.abc import Callable

from audio_library.probe import sniff
from audio_library.refusal import Refusal

ENOUGH = 16_384
"""So many bytes tell it; a stream may begin in the middle of a frame."""
_PAGES = ("text/html", "application/xhtml+xml", "application/json", "text/xml", "application/xml")
_TS_PACKET = 188
_MPEG1_KBPS = {
    1: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),  # layer III
    2: (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),  # layer II
}
_MPEG2_KBPS = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_RATES = (44_100, 48_000, 32_000)


def is_page(content_type: str) -> bool:
    """Whether the answer calls itself something that is made to be read."""
    return content_type in _PAGES


def demuxer_of(head: bytes) -> str | None:
    """ffmpeg's name for what begins so; None if it is no sound that we take."""
    if _is_ts(head):
        return "mpegts"
    for demuxer, length in (("aac", _adts_length), ("mp3", _mpeg_length)):
        if _rows(head, length):
            return demuxer
    try:
        found = sniff(head)
    except Refusal:
        return None
    return None if found in ("mp3", "aac") else found  # these need more than the two bytes that are looked at there


def _is_ts(head: bytes) -> bool:
    return len(head) > 3 * _TS_PACKET and all(head[at] == 0x47 for at in range(0, 3 * _TS_PACKET + 1, _TS_PACKET))


def _rows(head: bytes, length_at: Callable[[bytes, int], int]) -> bool:
    """Whether somewhere three frames follow each other without a gap."""
    for start in range(len(head) - 7):
        if head[start] != 0xFF:
            continue
        at, frames = start, 0
        while frames < 3 and at + 7 <= len(head) and (length := length_at(head, at)):
            at, frames = at + length, frames + 1
        if frames == 3:
            return True
    return False


def _adts_length(head: bytes, at: int) -> int:
    if head[at] != 0xFF or head[at + 1] & 0xF6 != 0xF0 or head[at + 2] >> 2 & 15 > 12:
        return 0
    length = (head[at + 3] & 3) << 11 | head[at + 4] << 3 | head[at + 5] >> 5
    return length if length > 7 else 0


def _mpeg_length(head: bytes, at: int) -> int:
    if head[at] != 0xFF or head[at + 1] & 0xE0 != 0xE0:
        return 0
    version, layer = head[at + 1] >> 3 & 3, head[at + 1] >> 1 & 3
    bit_rate, rate, padding = head[at + 2] >> 4, head[at + 2] >> 2 & 3, head[at + 2] >> 1 & 1
    if version == 1 or layer not in _MPEG1_KBPS or bit_rate in (0, 15) or rate == 3:
        return 0
    kbps = (_MPEG1_KBPS[layer] if version == 3 else _MPEG2_KBPS)[bit_rate]
    hertz = _RATES[rate] >> {3: 0, 2: 1, 0: 2}[version]
    samples = 576 if layer == 1 and version != 3 else 1152
    return samples // 8 * kbps * 1000 // hertz + padding
