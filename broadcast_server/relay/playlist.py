"""HLS playlists (RFC 8216), as much of them as sound needs. Pure, and bounded whatever a server writes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from broadcast_server.relay.guard import joined
from broadcast_server.relay.reason import Failure, Reason

MOST_SEGMENTS = 5000
LONGEST_TARGET_S = 60.0
MOST_LINES = 10 * MOST_SEGMENTS
_ATTRIBUTE = re.compile(r'(?:^|,)[ \t]*([A-Z0-9-]+)=("[^"]*"|[^,]*)')
"""Tried at commas alone: a line of a megabyte is read in no time, whatever stands in it."""
_RANGE = re.compile(r"(\d{1,12})(?:@(\d{1,12}))?")
_PICTURES = ("avc", "hvc", "hev", "av01", "vp0", "vp9", "dvh")


@dataclass(frozen=True)
class Piece:
    """Bytes to be fetched: all that the URL names, or from the first to the last of `extent`."""

    url: str
    extent: tuple[int, int] | None = None


@dataclass(frozen=True)
class Segment:
    """A stretch of sound; `number` counts on over all versions of the playlist."""

    number: int
    piece: Piece
    head: Piece | None
    """What fMP4 needs before it."""


@dataclass(frozen=True)
class Playlist:
    """What can be fetched now."""

    segments: tuple[Segment, ...]
    target_s: float
    ended: bool
    """Whether nothing will be added."""


@dataclass(frozen=True)
class Choice:
    """A playlist of playlists, and which of them is the cheapest that has the sound."""

    url: str


def read_playlist(text: str, url: str) -> Playlist | Choice:
    """What it says; Failure `not_audio` or `encrypted`, Refused for an address that is none."""
    lines = text.removeprefix("\ufeff").splitlines()
    if len(lines) > MOST_LINES:
        raise Failure(Reason.NOT_AUDIO, "a playlist without end")
    lines = [line.strip() for line in lines]
    if not lines or not lines[0].startswith("#EXTM3U"):
        raise Failure(Reason.NOT_AUDIO, "no playlist")
    if any(line.startswith(("#EXT-X-STREAM-INF:", "#EXT-X-MEDIA:")) for line in lines):
        return _choice(lines, url)
    return _media(lines, url)


def _choice(lines: list[str], url: str) -> Choice:
    sounds = [_attributes(line) for line in lines if line.startswith("#EXT-X-MEDIA:")]
    sounds = [one for one in sounds if one.get("TYPE") == "AUDIO" and one.get("URI")]
    variants = []
    for line, following in pairwise(lines):
        if line.startswith("#EXT-X-STREAM-INF:") and following and not following.startswith("#"):
            variants.append((_cost(_attributes(line)), following, _attributes(line).get("AUDIO")))
    if not variants:
        raise Failure(Reason.NOT_AUDIO, "an empty playlist")
    _, where, group = min(variants, key=lambda variant: variant[0])
    own = [
        one["URI"] for one in sorted(sounds, key=lambda one: one.get("DEFAULT") != "YES") if one["GROUP-ID"] == group
    ]
    return Choice(joined(url, own[0] if own else where))


def _cost(attributes: dict[str, str]) -> tuple[bool, int]:
    """Sound alone before pictures, then the fewest bits."""
    pictures = "RESOLUTION" in attributes or any(codec in attributes.get("CODECS", "") for codec in _PICTURES)
    return pictures, _whole(attributes.get("BANDWIDTH", ""), 1 << 40)


def _media(lines: list[str], url: str) -> Playlist:
    target, number, ended = 6.0, 0, False
    segments: list[Segment] = []
    head: Piece | None = None
    extent: tuple[int, int] | None = None
    last = -1
    """The last byte of the segment before, from which a range without a beginning goes on."""
    for line in lines:
        name, _, value = line.partition(":")
        if name == "#EXT-X-TARGETDURATION":
            target = min(max(float(_whole(value, 6)), 0.5), LONGEST_TARGET_S)
        elif name == "#EXT-X-MEDIA-SEQUENCE":
            number = _whole(value, 0)
        elif name == "#EXT-X-ENDLIST":
            ended = True
        elif name == "#EXT-X-KEY" and _attributes(line).get("METHOD", "NONE") != "NONE":
            raise Failure(Reason.ENCRYPTED)
        elif name == "#EXT-X-MAP":
            told = _attributes(line)
            head = Piece(joined(url, told.get("URI", "")), _extent(told.get("BYTERANGE", ""), -1))
        elif name == "#EXT-X-BYTERANGE":
            extent = _extent(value, last)
        elif line and not line.startswith("#"):
            segments.append(Segment(number, Piece(joined(url, line), extent), head))
            last, extent, number = (extent[1] if extent else -1), None, number + 1
            if len(segments) > MOST_SEGMENTS:
                raise Failure(Reason.NOT_AUDIO, "a playlist without end")
    return Playlist(tuple(segments), target, ended)


def _extent(text: str, last: int) -> tuple[int, int] | None:
    found = _RANGE.fullmatch(text.strip())
    if not found or not int(found[1]):
        return None
    first = int(found[2]) if found[2] else last + 1
    return first, first + int(found[1]) - 1


def _attributes(line: str) -> dict[str, str]:
    def read() -> Iterator[tuple[str, str]]:
        for name, value in _ATTRIBUTE.findall(line.partition(":")[2]):
            yield name, value.strip('"')

    return {"GROUP-ID": "", **dict(read())}


def _whole(text: str, otherwise: int) -> int:
    digits = text.strip()
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 19 else otherwise
